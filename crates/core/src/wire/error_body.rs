//! The error of a job or of a row, as on the wire.

use std::fmt;

use serde::Serialize;

use super::{
    decode::{Object, PlainError, Slot, redacted},
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
#[derive(Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ErrorBody {
    /// The error code. The service does not document the set of codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The error message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Unknown fields.
    #[serde(flatten)]
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
            body.extra.insert("unspecified", true.into());
        }
        body
    }
}

impl Object for ErrorBody {
    const PATH: &'static str = "error.";

    fn slot(&mut self, name: &str) -> Option<(u16, Slot<'_>)> {
        Some(match name {
            "code" => (1, Slot::Code(&mut self.code)),
            "message" => (1 << 1, Slot::Text(&mut self.message)),
            _ => return None,
        })
    }

    fn extra(&mut self) -> &mut Fields {
        &mut self.extra
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
