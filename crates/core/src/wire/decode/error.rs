//! What is wrong with a body, and where.

use std::fmt;

/// A body that is no snapshot: what was expected, where, and never what stood there.
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
    truncated: bool,
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

    /// The error of a whole document that lacks the field `name`.
    pub(crate) fn missing(name: &str, offset: usize) -> Self {
        Self::new(
            format_args!("the field `{name}` is missing"),
            String::new(),
            offset,
        )
    }

    pub(super) fn truncated(path: String, offset: usize) -> Self {
        Self {
            message: "the body ends too early".into(),
            path: path.into(),
            offset,
            truncated: true,
        }
    }

    /// Returns where in the document it is, as in `results[3].created`; empty at the top.
    ///
    /// Names that are no identifiers are left out as `*`: an unknown object may be keyed by a customer's data.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns how many bytes of the body had been read.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Tells whether the body was fine as far as it went.
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
