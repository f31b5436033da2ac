//! The error of an invalid body.

use std::fmt;

/// The error for a body that is not a valid snapshot. It contains the expected type and the position, but never quotes
/// the body.
///
/// ```
/// use prism_imports_core::wire::Snapshot;
///
/// let body = br#"{"status":"complete","total":1,"results":[{"created":"yes"}]}"#;
/// let error = Snapshot::from_slice(body).unwrap_err();
/// assert_eq!(error.path(), "results[0].created");
/// assert_eq!(error.offset(), 58);
/// assert_eq!(
///     error.to_string(),
///     "expected a boolean, found a string at `results[0].created` (byte 58)",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    message: Box<str>,
    path: Box<str>,
    offset: usize,
    pub(super) truncated: bool,
}

impl DecodeError {
    pub(super) fn new(message: impl fmt::Display, path: String, offset: usize) -> Self {
        Self {
            message: message.to_string().into(),
            path: path.into(),
            offset,
            truncated: false,
        }
    }

    /// Returns the path of the error, such as `results[3].created`; empty at the top level.
    ///
    /// Names that are not identifiers are replaced with `*`, because the keys of an unknown object may be customer data.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the byte offset of the error.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Returns `true` if the body is valid so far, but ends too early.
    ///
    /// ```
    /// # use prism_imports_core::wire::Snapshot;
    /// assert!(Snapshot::from_slice(br#"{"status":"comp"#).unwrap_err().is_truncated());
    /// ```
    pub fn is_truncated(&self) -> bool {
        self.truncated
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.path.is_empty() {
            write!(f, " at `{}`", self.path)?;
        }
        write!(f, " (byte {})", self.offset)
    }
}

impl std::error::Error for DecodeError {}
