//! The id of a job.

use std::{borrow::Borrow, fmt, str::FromStr, sync::Arc};

use serde::{Deserialize, Serialize};

/// The id of an async import job: any text that can be used as a path segment.
///
/// Empty text, `.`, `..`, slashes and control characters are refused, because proxies may change such paths even if
/// they are percent-encoded. Everything else is accepted. Clones share the text.
///
/// ```
/// use prism_imports_core::{JobId, JobIdError};
///
/// let id: JobId = "import 7".parse()?;
/// assert_eq!(id.as_str(), "import 7");
/// assert_eq!("..".parse::<JobId>(), Err(JobIdError::DotSegment));
/// # Ok::<(), JobIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct JobId(Arc<str>);

impl JobId {
    /// Creates a job id.
    ///
    /// # Errors
    ///
    /// Returns a [`JobIdError`] if the text cannot be used as a path segment.
    ///
    /// ```
    /// # use prism_imports_core::JobId;
    /// assert!(JobId::new("b5f1").is_ok());
    /// ```
    pub fn new(id: impl Into<Arc<str>>) -> Result<Self, JobIdError> {
        let id = id.into();
        if id.is_empty() {
            return Err(JobIdError::Empty);
        }
        if matches!(&*id, "." | "..") {
            return Err(JobIdError::DotSegment);
        }
        // There is no early exit, so that the compiler can vectorize the loop.
        let plain = |byte: u8| matches!(byte, b' '..=b'.' | b'0'..=b'~');
        if id.bytes().fold(true, |all, byte| all & plain(byte)) {
            return Ok(Self(id));
        }
        match id.char_indices().find(|(_, c)| *c == '/' || c.is_control()) {
            Some((at, '/')) => Err(JobIdError::Slash { at }),
            Some((at, _)) => Err(JobIdError::Control { at }),
            None => Ok(Self(id)),
        }
    }

    /// Returns the id as the server sent it, not percent-encoded.
    ///
    /// ```
    /// # use prism_imports_core::JobId;
    /// assert_eq!(JobId::new("ä")?.as_str(), "ä");
    /// # Ok::<(), prism_imports_core::JobIdError>(())
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id as a string.
    pub fn into_string(self) -> String {
        self.0.to_string()
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl AsRef<str> for JobId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for JobId {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for JobId {
    type Error = JobIdError;

    fn try_from(text: String) -> Result<Self, JobIdError> {
        Self::new(text)
    }
}

impl FromStr for JobId {
    type Err = JobIdError;

    fn from_str(text: &str) -> Result<Self, JobIdError> {
        Self::new(text)
    }
}

/// The error for a text that is not a valid [`JobId`].
///
/// ```
/// use prism_imports_core::{JobId, JobIdError};
///
/// assert_eq!(JobId::new("a/b"), Err(JobIdError::Slash { at: 1 }));
/// assert_eq!(JobIdError::Empty.to_string(), "a job id must not be empty");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JobIdError {
    /// The text is empty.
    #[error("a job id must not be empty")]
    Empty,
    /// The text is `.` or `..`, which are removed from paths.
    #[error("a job id must not be `.` or `..`")]
    DotSegment,
    /// The text contains a slash.
    #[error("a job id must not contain a slash (at byte {at})")]
    Slash {
        /// The byte offset of the slash.
        at: usize,
    },
    /// The text contains a control character.
    #[error("a job id must not contain a control character (at byte {at})")]
    Control {
        /// The byte offset of the character.
        at: usize,
    },
}
