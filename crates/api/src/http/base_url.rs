//! The base URL of the API.

use http::{Uri, uri::Scheme};
use prism_imports_core::JobId;
use prism_imports_transport::Origin;

use crate::{error::ConfigError, ids};

/// An origin and an optional path prefix, to which every path is appended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl {
    /// Without a trailing slash.
    text: String,
    pub(crate) origin: Origin,
}

impl BaseUrl {
    /// The production host.
    pub(crate) const PRODUCTION: &str = "https://developers.micro.so";

    /// Reads a base URL; `plain` allows `http` beyond loopback.
    pub(crate) fn parse(text: &str, plain: bool) -> Result<Self, ConfigError> {
        let refuse = |reason| Err(ConfigError::BaseUrl(reason));
        if text.contains('#') {
            return refuse("it has a fragment");
        }
        let Ok(url) = text.trim().parse::<Uri>() else {
            return refuse("it is not a URL");
        };
        let (Some(scheme), Some(authority)) = (url.scheme(), url.authority()) else {
            return refuse("it has no scheme and host, as in `https://host`");
        };
        if authority.as_str().contains('@') {
            return refuse("it contains a user or a password");
        }
        if url.query().is_some() {
            return refuse("it has a query");
        }
        let Ok(origin) = Origin::of(&url) else {
            let is_http = [Scheme::HTTP, Scheme::HTTPS].contains(scheme);
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
        let text = url.to_string().trim_end_matches('/').to_owned();
        Ok(Self { text, origin })
    }

    /// Appends the segments of a path.
    pub(crate) fn join(&self, segments: &[&str]) -> Uri {
        let mut url = String::with_capacity(self.text.len() + USUAL_PATH);
        url.push_str(&self.text);
        for segment in segments {
            url.push('/');
            url.extend(ids::encode(segment));
        }
        Uri::try_from(url).expect("a parsed URL with encoded segments is a URL")
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
        JobId::new(ids::decode(last)?).ok()
    }
}

/// Room for the path of a request.
const USUAL_PATH: usize = 128;

#[cfg(test)]
mod tests;
