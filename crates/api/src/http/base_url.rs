//! The base URL of the API.

use bytes::Bytes;
use http::{
    Uri,
    uri::{self, PathAndQuery},
};
use prism_imports_core::JobId;
use prism_imports_transport::Origin;

use crate::{error::ConfigError, ids::percent};

/// An origin and an optional path prefix, to which every path is appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    scheme: uri::Scheme,
    authority: uri::Authority,
    /// Without a trailing slash.
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
            return refuse("it is not a URL");
        };
        let (Some(scheme), Some(authority)) = (url.scheme().cloned(), url.authority().cloned())
        else {
            return refuse("it has no scheme and host, as in `https://host`");
        };
        if authority.as_str().contains('@') {
            return refuse("it contains a user or a password");
        }
        if url.query().is_some() {
            return refuse("it has a query");
        }
        let Ok(origin) = Origin::of(&url) else {
            let is_http = [uri::Scheme::HTTP, uri::Scheme::HTTPS].contains(&scheme);
            return refuse(if is_http && !authority.host().is_empty() {
                "its port is not a number from 1 to 65535"
            } else {
                "it is neither `http` nor `https`, or has no host"
            });
        };
        if !origin.is_secure() && !origin.is_loopback() && !plain {
            return refuse(
                "it is plain `http` beyond loopback, where the key could be read on the network",
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

    /// Appends the segments of a path.
    pub(crate) fn join(&self, segments: &[&str]) -> Uri {
        let length = segments
            .iter()
            .map(|segment| 1 + segment.len())
            .sum::<usize>();
        let mut path = String::with_capacity(self.prefix.len() + length);
        path.push_str(&self.prefix);
        for segment in segments {
            path.push('/');
            path.extend(percent::encode(segment));
        }
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        // A parsed prefix and encoded segments are a path: the fallback is never used.
        parts.path_and_query = PathAndQuery::from_maybe_shared(Bytes::from(path)).ok();
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// Returns the job that a URL of this base names after the segments of a path.
    pub(crate) fn last_segment(&self, url: &str, segments: &[&str]) -> Option<JobId> {
        let url: Uri = url.parse().ok()?;
        // A relative URL belongs to the origin that sent it.
        if url.authority().is_some() && !self.origin.is_origin_of(&url) {
            return None;
        }
        let path = self.join(segments);
        let last = url.path().strip_prefix(path.path())?.strip_prefix('/')?;
        JobId::new(percent::decode(last)?).ok()
    }
}

#[cfg(test)]
mod tests;
