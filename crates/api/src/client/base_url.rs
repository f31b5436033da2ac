//! Where the API lives.

use bytes::Bytes;
use http::{
    Uri,
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
        Ok(Self {
            scheme,
            authority,
            prefix,
            origin,
        })
    }

    pub(crate) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Puts path segments behind the base, each percent-encoded.
    pub(crate) fn join<'a>(&self, segments: impl IntoIterator<Item = &'a str>) -> Uri {
        // Room for the path of a job, so that it is written without growing.
        let mut path = String::with_capacity(self.prefix.len().saturating_add(PATH));
        path.push_str(&self.prefix);
        for segment in segments {
            path.push('/');
            path.extend(percent::encode(segment));
        }
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        // A prefix that was parsed and segments that were encoded make a path; the fallback is never seen.
        parts.path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(path)).ok();
        Uri::from_parts(parts).unwrap_or_default()
    }
}

impl BaseUrl {
    /// Returns the job that a URL of this base names behind `segments`.
    pub(crate) fn last_segment<'a>(
        &self,
        url: &str,
        segments: impl IntoIterator<Item = &'a str>,
    ) -> Option<JobId> {
        let url: Uri = url.parse().ok()?;
        // A URL without an origin is one of the origin that sent it.
        if url.authority().is_some() && !self.origin.is_origin_of(&url) {
            return None;
        }
        let path = self.join(segments);
        let last = url.path().strip_prefix(path.path())?.strip_prefix('/')?;
        JobId::new(percent::decode(last)?).ok()
    }
}

/// `/v2/prism/TEAM/imports/JOB` with two UUIDs.
const PATH: usize = 96;

#[cfg(test)]
mod tests;
