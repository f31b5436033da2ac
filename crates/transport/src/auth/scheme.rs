//! How a secret is written into a header.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request};

use crate::error::{Error, Kind};

/// Which header carries the secret, and with which prefix.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuthScheme {
    header: HeaderName,
    prefix: &'static str,
}

impl AuthScheme {
    /// Writes the bare secret into a header of this name.
    pub const fn header(name: HeaderName) -> Self {
        Self {
            header: name,
            prefix: "",
        }
    }

    /// Writes `Authorization: Bearer SECRET`.
    pub const fn bearer() -> Self {
        Self {
            header: AUTHORIZATION,
            prefix: "Bearer ",
        }
    }

    /// Writes a secret into a request.
    pub(super) fn sign<B>(&self, request: &mut Request<B>, secret: &Bytes) -> Result<(), Error> {
        let text = if self.prefix.is_empty() {
            secret.clone()
        } else {
            [self.prefix.as_bytes(), secret].concat().into()
        };
        let mut value =
            HeaderValue::from_maybe_shared(text).map_err(|_error| unsendable(Kind::Credentials))?;
        value.set_sensitive(true);
        request.headers_mut().insert(self.header.clone(), value);
        Ok(())
    }
}

impl Default for AuthScheme {
    /// `x-api-key`.
    fn default() -> Self {
        Self::header(HeaderName::from_static("x-api-key"))
    }
}

/// Returns `true` if a header can carry a secret. It may carry bytes beyond ASCII, but no two servers read them alike.
pub(super) fn can_be_sent(secret: &[u8]) -> bool {
    !secret.trim_ascii().is_empty()
        && secret
            .iter()
            .all(|byte| matches!(byte, b'\t' | b' '..=b'~'))
}

/// The error of a secret that a header cannot carry: a setting, or one that a source returned.
pub(super) fn unsendable(kind: Kind) -> Error {
    let message = "the credential is blank, or has characters that a header cannot carry, such as a line break";
    Error::refused(kind, message)
}
