//! The error of a job or of a row, as on the wire.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};

use super::{
    decode::{ErrorParts, redacted, required},
    fields::Fields,
};

/// The error of a job or of a row: `{"code": …, "message": …}`.
///
/// Older servers send a plain string, which becomes the message. `Debug` prints the code if it is an identifier, and
/// never the message, because the message of a row may quote the row.
///
/// ```
/// use prism_imports_core::wire::ErrorBody;
///
/// let error: ErrorBody = serde_json::from_str(r#""email is not valid""#).unwrap();
/// assert_eq!(error.message.as_deref(), Some("email is not valid"));
/// assert_eq!(error.code, None);
/// ```
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The error code. The service does not document the set of codes.
    pub code: Option<String>,
    /// The error message.
    pub message: Option<String>,
    /// Unknown fields.
    pub extra: Fields,
}

impl ErrorBody {
    /// Creates an error from a code and a message.
    ///
    /// ```
    /// # use prism_imports_core::wire::ErrorBody;
    /// let error = ErrorBody::new("invalid_email", "email is not valid");
    /// assert_eq!(error.code.as_deref(), Some("invalid_email"));
    /// ```
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: Some(code.into()),
            message: Some(message.into()),
            extra: Fields::default(),
        }
    }

    /// Creates an error that is not blank even if there is neither a code nor a message, so that it is still an error
    /// after a round trip.
    pub(crate) fn non_blank(code: Option<&str>, message: Option<&str>) -> Self {
        let mut body = Self {
            code: code.map(Into::into),
            message: message.map(Into::into),
            extra: Fields::default(),
        };
        if ErrorParts::of(&body).is_blank() {
            body.extra = Fields::marker("unspecified");
        }
        body
    }
}

impl From<ErrorParts<'_, Fields>> for ErrorBody {
    fn from(parts: ErrorParts<'_, Fields>) -> Self {
        Self {
            code: parts.code().map(str::to_owned),
            message: parts.message().map(str::to_owned),
            extra: parts.unknown,
        }
    }
}

impl fmt::Debug for ErrorBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErrorBody")
            .field("code", &self.code.as_deref().map(redacted))
            .field("extra", &self.extra)
            .finish_non_exhaustive()
    }
}

impl Serialize for ErrorBody {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(code) = &self.code {
            map.serialize_entry("code", code)?;
        }
        if let Some(message) = &self.message {
            map.serialize_entry("message", message)?;
        }
        self.extra.write(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for ErrorBody {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        required::<ErrorParts<'de, Fields>, D>(deserializer).map(Self::from)
    }
}
