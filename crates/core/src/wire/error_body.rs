//! The error of a job or of a row, as on the wire.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::MapAccess, ser::SerializeMap};

use super::{
    decode::{Object, PlainError, Seen, Source, Value, redacted, required},
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
        if PlainError::of(&body).is_blank() {
            body.extra = Fields::marker("unspecified");
        }
        body
    }
}

impl Object for ErrorBody {
    fn read<'de, S: Source<'de>>(
        &mut self,
        name: &str,
        seen: &mut Seen,
        source: &mut S,
    ) -> Result<bool, S::Error> {
        match name {
            "code" => seen.tolerant(0, "error.code", &mut self.code, &mut self.extra, source),
            "message" => seen.fill(1, &mut self.message, source),
            _ => Ok(false),
        }
    }

    fn extra(&mut self) -> &mut Fields {
        &mut self.extra
    }
}

impl<'de> Value<'de> for ErrorBody {
    const EXPECTED: &'static str = "an error object or a string";

    /// Older servers only send the message.
    fn from_text(message: Cow<'de, str>) -> Option<Self> {
        Some(Self {
            message: Some(message.into_owned()),
            ..Self::default()
        })
    }

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Self::read_map(map)
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
        required(deserializer)
    }
}
