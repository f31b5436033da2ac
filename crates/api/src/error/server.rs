//! The error that a server describes in the body of its response.

use std::{fmt, slice};

use serde_json::{Map, Value};

/// An error as the server describes it.
///
/// It is read from the documented envelope, and from others in use: `{"message": …}`, `error` as text or as an
/// array of one, problem details (RFC 9457), `error_description`, plain text; and from `errors` as an array or by field. `Debug` shows the code and the fields at fault, and no message, since a message may quote a row.
///
/// ```
/// use prism_imports::ServerError;
///
/// let body = br#"{"error":{"code":"invalid_request","message":"1 field is invalid",
///     "errors":[{"field":".body.options.list_id","code":"invalid_uuid","message":"not a UUID"}]}}"#;
/// let error = ServerError::from_slice(body).unwrap();
/// assert_eq!(error.code(), Some("invalid_request"));
/// assert_eq!(error.issues()[0].field(), Some(".body.options.list_id"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerError {
    code: Option<String>,
    message: Option<Hidden>,
    pub(crate) request_id: Option<String>,
    issues: Vec<FieldIssue>,
    /// The server's statement that it has carried the write out, or has not.
    pub(crate) write_committed: Option<bool>,
}

impl ServerError {
    /// Reads the body of a response with an error status; `None` if it describes no error, as an HTML page does not.
    pub fn from_slice(body: &[u8]) -> Option<Self> {
        let body = body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body);
        let top = match serde_json::from_slice(body) {
            Ok(Value::Object(top)) => top,
            Ok(Value::String(message)) => of_message(message),
            Ok(_) => return None,
            Err(_) => of_message(plain_text(body)?),
        };
        Self::from_object(top)
    }

    fn from_object(mut top: Map<String, Value>) -> Option<Self> {
        let issues_at_top = top.remove("errors");
        let envelope = match top.remove("error") {
            Some(Value::Object(envelope)) => envelope,
            Some(Value::Array(envelopes)) => match envelopes.into_iter().next() {
                Some(Value::Object(envelope)) => envelope,
                Some(Value::String(message)) => of_message(message),
                Some(_) | None => return None,
            },
            // Some gateways put a code into `error`, with the message beside it.
            Some(Value::String(code)) if message(&top).is_some() => {
                top.insert("code".into(), Value::String(code));
                top
            }
            Some(Value::String(message)) => of_message(message),
            Some(_) | None => top,
        };
        let issues = [
            envelope.get("errors"),
            issues_at_top.as_ref(),
            envelope.get("detail"),
        ]
        .into_iter()
        .flatten()
        .map(FieldIssue::all)
        .find(|issues| !issues.is_empty());
        let details = envelope.get("details");
        let error = Self {
            code: text(&envelope, "code"),
            message: message(&envelope).map(Hidden),
            request_id: text(&envelope, "request_id"),
            issues: issues.unwrap_or_default(),
            write_committed: details.and_then(|details| details.get("write_committed")?.as_bool()),
        };
        (error != Self::default()).then_some(error)
    }

    /// Returns the code to branch on, such as `invalid_request`.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the message for people.
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(|message| &*message.0)
    }

    /// Returns the fields at fault, of an `invalid_request`.
    pub fn issues(&self) -> &[FieldIssue] {
        &self.issues
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldIssue {
    field: Option<String>,
    code: Option<String>,
    message: Option<Hidden>,
}

impl FieldIssue {
    /// Reads an array of issues, or an object that has one message or several under the name of each field.
    fn all(issues: &Value) -> Vec<Self> {
        match issues {
            Value::Array(issues) => issues.iter().filter_map(Self::from_value).collect(),
            Value::Object(fields) => {
                let issues = fields.iter().flat_map(|(field, issues)| {
                    let issues = issues
                        .as_array()
                        .map_or(slice::from_ref(issues), Vec::as_slice);
                    let issues = issues.iter().filter_map(Self::from_value);
                    issues.map(|issue| Self {
                        field: issue.field.or_else(|| Some(field.clone())),
                        ..issue
                    })
                });
                issues.collect()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
        }
    }

    fn from_value(issue: &Value) -> Option<Self> {
        let issue = match issue {
            Value::Object(issue) => Self {
                field: text(issue, "field").or_else(|| place(issue.get("loc")?)),
                code: text(issue, "code"),
                message: message(issue).map(Hidden),
            },
            Value::String(message) => Self {
                message: Some(Hidden(message.clone())),
                ..Self::default()
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => return None,
        };
        (issue != Self::default()).then_some(issue)
    }

    /// Returns the field's path in the request, such as `.body.default.email`.
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// Returns the code to branch on.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the message for people, which may quote the field's value.
    pub fn message(&self) -> Option<&str> {
        self.message.as_ref().map(|message| &*message.0)
    }
}

/// A value that `Debug` does not show: it may hold a secret or a value of a row, or has no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Hidden<T = String>(pub(crate) T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}

/// Returns a field that is a text or a number.
fn text(object: &Map<String, Value>, name: &str) -> Option<String> {
    let text = match object.get(name)? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// Returns a place that is given as an array, such as `body.objects.0`.
fn place(parts: &Value) -> Option<String> {
    let name = |part: &Value| {
        part.as_str()
            .map_or_else(|| part.to_string(), str::to_owned)
    };
    let parts: Vec<_> = parts.as_array()?.iter().map(name).collect();
    Some(parts.join("."))
}

/// Returns the message, by any of the names in use; `title` and `detail` are those of RFC 9457.
fn message(object: &Map<String, Value>) -> Option<String> {
    ["message", "error_description", "msg", "detail", "title"]
        .into_iter()
        .find_map(|name| text(object, name))
}

fn of_message(message: String) -> Map<String, Value> {
    Map::from_iter([("message".to_owned(), Value::String(message))])
}

/// Returns a short text that is neither a page nor broken JSON.
fn plain_text(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    let is_text = !text.is_empty() && text.len() <= LONGEST_TEXT && !text.contains('\0');
    (is_text && !text.starts_with(['<', '{', '[', '\u{fffd}'])).then(|| text.to_owned())
}

/// UTF-8's byte order mark, which some servers put before JSON.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// A longer text is a page or a stack trace.
const LONGEST_TEXT: usize = 500;

#[cfg(test)]
mod tests;
