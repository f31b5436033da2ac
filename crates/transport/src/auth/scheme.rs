//! How a secret is written into a header.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue, Request};

use super::credentials::Token;
use crate::error::{Error, Kind, Phase};

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

    /// Writes a token into a request.
    pub(super) fn sign<B>(&self, request: &mut Request<B>, token: &Token) -> Result<(), Error> {
        let value = self.value(token.secret())?;
        request.headers_mut().insert(self.header.clone(), value);
        Ok(())
    }

    fn value(&self, secret: &Bytes) -> Result<HeaderValue, Error> {
        let text = if self.prefix.is_empty() {
            secret.clone()
        } else {
            [self.prefix.as_bytes(), secret].concat().into()
        };
        // A header may carry bytes beyond ASCII, but no two servers read them alike.
        let built = Some(text).filter(|text| text.is_ascii());
        match built.map(HeaderValue::from_maybe_shared) {
            Some(Ok(mut value)) => {
                value.set_sensitive(true);
                Ok(value)
            }
            Some(Err(_)) | None => Err(Error::new(Kind::Credentials, Phase::NotSent).with_message(
                "the credential has characters that a header cannot carry, such as a line break",
            )),
        }
    }
}

impl Default for AuthScheme {
    /// `x-api-key`.
    fn default() -> Self {
        Self::header(HeaderName::from_static("x-api-key"))
    }
}
