//! Where the API lives.

use bytes::Bytes;
use http::{
    HeaderValue, Uri,
    uri::{self, PathAndQuery},
};
use prism_imports_core::JobId;
use prism_imports_transport::Origin;

use crate::{error::ConfigError, percent};

/// The URL that every path is put behind: an origin, and maybe a path prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    scheme: uri::Scheme,
    authority: uri::Authority,
    /// Without a slash at its end.
    prefix: Box<str>,
    origin: Origin,
    host: Option<HeaderValue>,
}

impl BaseUrl {
    /// The production host.
    pub(crate) const PRODUCTION: &str = "https://developers.micro.so";

    /// Reads a base URL; `plain` allows `http` beyond loopback.
    pub(crate) fn parse(text: &str, plain: bool) -> Result<Self, ConfigError> {
        let refuse = |reason| Err(ConfigError::BaseUrl { reason });
        if text.contains('#') {
            return refuse("it has a fragment");
        }
        let Ok(url) = text.trim().parse::<Uri>() else {
            return refuse("it is no URL");
        };
        let parts = url.clone().into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return refuse("it has no scheme and host, as in `https://host`");
        };
        if authority.as_str().contains('@') {
            return refuse("it holds a user or a password");
        }
        if url.query().is_some() {
            return refuse("it has a query");
        }
        let Ok(origin) = Origin::of(&url) else {
            return refuse("it is neither `http` nor `https`, or has no host");
        };
        if !origin.is_secure() && !origin.is_loopback() && !plain {
            return refuse(
                "it is plain `http` beyond loopback, where a key could be read on the way",
            );
        }
        let prefix = url.path().trim_end_matches('/').into();
        let names_port = authority.port_u16().is_some_and(|port| port != 80);
        let host = (!origin.is_secure() && names_port)
            .then(|| HeaderValue::from_str(authority.as_str()).ok());
        Ok(Self {
            scheme,
            authority,
            prefix,
            origin,
            host: host.flatten(),
        })
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Returns what `Host` says where the URL is plain and names a port; elsewhere the HTTP client knows it best.
    ///
    /// hyper writes the two together anew for each request, which costs as much as all that we put on one.
    pub(crate) fn host(&self) -> Option<&HeaderValue> {
        self.host.as_ref()
    }

    /// Puts a path behind the base.
    pub(crate) fn join<'a>(&self, parts: impl IntoIterator<Item = Part<'a>>) -> Uri {
        // Room for the path of a job, so that it is written without growing.
        let mut path = String::with_capacity(self.prefix.len().saturating_add(PATH));
        path.push_str(&self.prefix);
        for part in parts {
            match part {
                Part::Plain(text) => path.push_str(text),
                Part::Segment(text) => path.extend(percent::encode(text)),
            }
        }
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        // A prefix that was parsed and segments that were encoded make a path; the fallback is never seen.
        parts.path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(path)).ok();
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// Returns the job that a URL of this base names behind a path.
    pub(crate) fn last_segment<'a>(
        &self,
        url: &str,
        parts: impl IntoIterator<Item = Part<'a>>,
    ) -> Option<JobId> {
        let url: Uri = url.parse().ok()?;
        // A URL without an origin is one of the origin that sent it.
        if url.authority().is_some() && !self.origin.is_origin_of(&url) {
            return None;
        }
        let path = self.join(parts);
        let last = url.path().strip_prefix(path.path())?.strip_prefix('/')?;
        JobId::new(percent::decode(last)?).ok()
    }
}

/// A part of a path.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// Slashes, names of ours and UUIDs: text that has nothing to encode.
    Plain(&'a str),
    /// What stands between two slashes, to be percent-encoded.
    Segment(&'a str),
}

/// `/v2/prism/TEAM/imports/JOB` with two UUIDs.
const PATH: usize = 96;

#[cfg(test)]
mod tests;
