//! The base URL of the API.

use bytes::Bytes;
use http::{
    HeaderValue, Uri,
    uri::{self, PathAndQuery},
};
use prism_imports_core::JobId;
use prism_imports_transport::Origin;

use crate::{error::ConfigError, percent};

/// The base URL of every request: an origin and an optional path prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    scheme: uri::Scheme,
    authority: uri::Authority,
    /// Without a trailing slash.
    prefix: Box<str>,
    origin: Origin,
    host: Option<HeaderValue>,
}

impl BaseUrl {
    /// The production host.
    pub(crate) const PRODUCTION: &str = "https://developers.micro.so";

    /// Parses a base URL; `plain` allows `http` beyond loopback.
    pub(crate) fn parse(text: &str, plain: bool) -> Result<Self, ConfigError> {
        let refuse = |reason| Err(ConfigError::BaseUrl { reason });
        if text.contains('#') {
            return refuse("it has a fragment");
        }
        let Ok(url) = text.trim().parse::<Uri>() else {
            return refuse("it is not a URL");
        };
        let parts = url.clone().into_parts();
        let (Some(scheme), Some(authority)) = (parts.scheme, parts.authority) else {
            return refuse("it has no scheme and host, as in `https://host`");
        };
        if authority.as_str().contains('@') {
            return refuse("it contains a user or a password");
        }
        if url.query().is_some() {
            return refuse("it has a query");
        }
        let Ok(origin) = Origin::of(&url) else {
            return refuse("it is neither `http` nor `https`, or has no host");
        };
        if !origin.is_secure() && !origin.is_loopback() && !plain {
            return refuse("it is plain `http` beyond loopback, where the key is sent unencrypted");
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

    /// Returns the `Host` header if the URL is plain `http` with a port; otherwise the HTTP client sets it.
    ///
    /// hyper formats host and port again for each request, which costs as much as all other headers of a request.
    pub(crate) fn host(&self) -> Option<&HeaderValue> {
        self.host.as_ref()
    }

    /// Appends a path to the base URL.
    pub(crate) fn join<'a>(&self, parts: impl IntoIterator<Item = Part<'a>>) -> Uri {
        // Enough capacity for the path of a job.
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
        // A parsed prefix and encoded segments form a valid path, so the fallback is never used.
        parts.path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(path)).ok();
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// Returns the job id that follows a path in a URL under this base.
    pub(crate) fn last_segment<'a>(
        &self,
        url: &str,
        parts: impl IntoIterator<Item = Part<'a>>,
    ) -> Option<JobId> {
        let url: Uri = url.parse().ok()?;
        // A relative URL belongs to the origin that sent it.
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
    /// Text that needs no encoding: slashes, fixed names and UUIDs.
    Plain(&'a str),
    /// One path segment, to be percent-encoded.
    Segment(&'a str),
}

/// `/v2/prism/TEAM/imports/JOB` with two UUIDs.
const PATH: usize = 96;

#[cfg(test)]
mod tests;
