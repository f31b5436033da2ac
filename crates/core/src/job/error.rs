//! The errors that the server reports for jobs and rows.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::wire::{
    ErrorBody,
    decode::{PlainError, redacted},
};

/// The error that the server reports for a failed job.
///
/// ```
/// use prism_imports_core::{ImportJob, wire::{ErrorBody, Snapshot, Status}};
///
/// let mut snapshot = Snapshot::new(Status::Failed, 10);
/// snapshot.job_id = Some("j-1".into());
/// snapshot.error = Some(ErrorBody::new("import_failed", "the list was deleted"));
/// let ImportJob::Failed(job) = ImportJob::try_from(snapshot)? else { unreachable!() };
/// assert_eq!(job.error().unwrap().to_string(), "import_failed: the list was deleted");
/// # Ok::<(), prism_imports_core::Contradiction>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct JobError {
    code: Option<Box<str>>,
    message: Option<Box<str>>,
}

impl JobError {
    /// Reads an error; `None` if it is blank.
    pub(super) fn of(body: &ErrorBody) -> Option<Self> {
        (!PlainError::of(body).is_blank()).then(|| Self {
            code: body.code.as_deref().map(Into::into),
            message: body.message.as_deref().map(Into::into),
        })
    }

    /// Returns the error code. The service does not document the set of codes.
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Returns the error message.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code(), self.message()) {
            (Some(code), Some(message)) => write!(f, "{code}: {message}"),
            (Some(text), None) | (None, Some(text)) => f.write_str(text),
            (None, None) => f.write_str("no reason given"),
        }
    }
}

impl std::error::Error for JobError {}

impl From<&JobError> for ErrorBody {
    fn from(error: &JobError) -> Self {
        Self::non_blank(error.code(), error.message())
    }
}

/// The error that the server reports for a failed row.
///
/// The message may quote the row, so there is no `Display`. `Debug` prints only the code, or `*` if the code is not an
/// identifier. [`RowError::message`] and serde return the message.
///
/// ```
/// use prism_imports_core::{ImportJob, wire::Snapshot};
///
/// let body = br#"{"job_id":null,"status":"complete","total":1,"succeeded":0,"failed":1,
///     "results":[{"error":{"code":"invalid_email","message":"ada@ is not an e-mail"}}]}"#;
/// let ImportJob::Complete(job) = ImportJob::from_slice(body)? else { unreachable!() };
/// let error = job.failed_rows().next().unwrap().error().unwrap();
/// assert_eq!(error.code(), Some("invalid_email"));
/// assert_eq!(format!("{error:?}"), r#"RowError { code: Some("invalid_email"), .. }"#);
/// # Ok::<(), prism_imports_core::ReadError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RowError {
    /// The code followed by the message, in one allocation.
    text: Box<str>,
    code: Option<u32>,
    has_message: bool,
}

impl RowError {
    pub(super) fn new(code: Option<&str>, message: Option<&str>) -> Self {
        // A code of 4 GiB or more is kept as part of the message.
        let code_len = code.map(|code| u32::try_from(code.len()).unwrap_or(0));
        let text = [code.unwrap_or_default(), message.unwrap_or_default()]
            .concat()
            .into();
        Self {
            text,
            code: code_len,
            has_message: message.is_some(),
        }
    }

    fn split(&self) -> (&str, &str) {
        let at = self
            .code
            .map_or(0, |len| usize::try_from(len).unwrap_or(usize::MAX));
        self.text.split_at_checked(at).unwrap_or((&self.text, ""))
    }

    /// Returns the error code. The service does not document the set of codes.
    pub fn code(&self) -> Option<&str> {
        self.code.map(|_| self.split().0)
    }

    /// Returns the error message, which may quote the row.
    pub fn message(&self) -> Option<&str> {
        self.has_message.then(|| self.split().1)
    }
}

impl fmt::Debug for RowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowError")
            .field("code", &self.code().map(redacted))
            .finish_non_exhaustive()
    }
}

impl From<&RowError> for ErrorBody {
    fn from(error: &RowError) -> Self {
        Self::non_blank(error.code(), error.message())
    }
}

impl Serialize for RowError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ErrorBody::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RowError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let body = ErrorBody::deserialize(deserializer)?;
        Ok(Self::new(body.code.as_deref(), body.message.as_deref()))
    }
}
