//! The error that a server describes in the body of its response.

use serde::Deserialize;
use serde_json::{Map, Value};

/// An error as the server describes it.
///
/// It is read from the documented envelope, and from others in use: `{"message": …}`, `error` as text or as an
/// array of one. `Debug` shows the code and the fields at fault, and no message, since a message may quote a row.
///
/// ```
/// use prism_imports::ServerError;
///
/// let body = br#"{"error":{"code":"invalid_request","message":"1 field is invalid",
///     "errors":[{"field":".body.options.list_id","code":"invalid_uuid","message":"not a UUID"}]}}"#;
/// let error = ServerError::from_slice(body).unwrap();
/// assert_eq!(error.code(), Some("invalid_request"));
/// assert_eq!(error.issues()[0].field(), ".body.options.list_id");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ServerError {
    code: Option<Box<str>>,
    message: Option<Box<str>>,
    request_id: Option<Box<str>>,
    issues: Vec<FieldIssue>,
    write_committed: Option<bool>,
}

impl ServerError {
    /// Reads the body of a response with an error status; `None` if it describes no error, as HTML does not.
    pub fn from_slice(body: &[u8]) -> Option<Self> {
        let Ok(Value::Object(mut top)) = serde_json::from_slice(body) else {
            return None;
        };
        let envelope = match top.remove("error") {
            Some(Value::Object(envelope)) => envelope,
            Some(Value::Array(envelopes)) => match envelopes.into_iter().next() {
                Some(Value::Object(envelope)) => envelope,
                Some(Value::String(message)) => of_message(message),
                Some(_) | None => return None,
            },
            Some(Value::String(message)) => {
                // Some gateways put a code into `error`, with the message beside it.
                match text(&top, "message") {
                    Some(_) => {
                        top.insert("code".into(), Value::String(message));
                        top
                    }
                    None => of_message(message),
                }
            }
            Some(_) | None => top,
        };
        let issues = envelope
            .get("errors")
            .and_then(Value::as_array)
            .map(|issues| {
                issues
                    .iter()
                    .filter_map(|issue| FieldIssue::deserialize(issue).ok())
                    .collect()
            });
        let error = Self {
            code: text(&envelope, "code"),
            message: text(&envelope, "message"),
            request_id: text(&envelope, "request_id"),
            issues: issues.unwrap_or_default(),
            write_committed: envelope
                .get("details")
                .and_then(|details| details.get("write_committed"))
                .and_then(Value::as_bool),
        };
        (error != Self::default()).then_some(error)
    }

    /// Returns the code to branch on, such as `invalid_request`.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the message for people.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    pub(crate) fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// Returns the server's statement that it has carried the write out, or has not.
    pub(crate) fn write_committed(&self) -> Option<bool> {
        self.write_committed
    }

    /// Returns the fields at fault, of an `invalid_request`.
    pub fn issues(&self) -> &[FieldIssue] {
        &self.issues
    }
}

impl std::fmt::Debug for ServerError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerError")
            .field("code", &self.code)
            .field("issues", &self.issues)
            .finish_non_exhaustive()
    }
}

/// One field at fault.
///
/// ```
/// use prism_imports::ServerError;
///
/// let body = br#"{"error":{"errors":[{"field":".body.objects","message":"too few"}]}}"#;
/// let error = ServerError::from_slice(body).unwrap();
/// assert_eq!(error.issues()[0].message(), Some("too few"));
/// assert_eq!(error.issues()[0].code(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct FieldIssue {
    field: Box<str>,
    #[serde(default)]
    code: Option<Box<str>>,
    #[serde(default)]
    message: Option<Box<str>>,
}

impl FieldIssue {
    /// Returns the field's path in the request, such as `.body.default.email`.
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Returns the code to branch on.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the message for people, which may quote the field's value.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl std::fmt::Debug for FieldIssue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FieldIssue")
            .field("field", &self.field)
            .field("code", &self.code)
            .finish_non_exhaustive()
    }
}

fn text(object: &Map<String, Value>, name: &str) -> Option<Box<str>> {
    object
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.trim().is_empty())
        .map(Into::into)
}

fn of_message(message: String) -> Map<String, Value> {
    Map::from_iter([("message".to_owned(), Value::String(message))])
}
