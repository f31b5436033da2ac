//! A code and a message, of a job or of a row.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};

use super::{
    decode::{ErrorParts, required, shown},
    fields::Fields,
};

/// What the server says went wrong with a job or with a row: `{"code": …, "message": …}`.
///
/// Older servers send a plain string, which becomes the message. `Debug` shows the code, if it is an identifier, and no
/// message: a row's message may quote the row.
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
    /// A word to branch on; the service does not enumerate them.
    pub code: Option<String>,
    /// A sentence for people.
    pub message: Option<String>,
    /// Fields that this version does not know.
    pub extra: Fields,
}

impl ErrorBody {
    /// Creates an error body of a code and a message.
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

    /// Creates an error body that says something even where there is neither code nor message: what was met as
    /// an error stays one when it is written and read again.
    pub(crate) fn marked(code: Option<&str>, message: Option<&str>) -> Self {
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
            .field("code", &self.code.as_deref().map(shown))
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
