//! How a secret is written into a header.

use http::header::AUTHORIZATION;
use http::{HeaderName, HeaderValue};

use crate::error::{Error, Kind, Phase};

/// Which header carries the secret, and what stands before it.
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

    pub(super) const fn name(&self) -> &HeaderName {
        &self.header
    }

    pub(super) fn value(&self, secret: &str) -> Result<HeaderValue, Error> {
        let built = if self.prefix.is_empty() {
            HeaderValue::from_str(secret)
        } else {
            HeaderValue::try_from(format!("{}{secret}", self.prefix))
        };
        match built {
            Ok(mut value) => {
                value.set_sensitive(true);
                Ok(value)
            }
            // The source would quote nothing of the value, and says nothing either.
            Err(_) => Err(Error::new(Kind::Credentials, Phase::NotSent).with_message(
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
