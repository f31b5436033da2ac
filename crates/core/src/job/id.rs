//! The name of a job on its server.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// The id of an async import job: any text that can stand as one segment of a path.
///
/// Empty text, `.` and `..`, a slash and control characters are refused, because no escaping makes them name one
/// job safely on the way through proxies. Everything else is the server's business.
///
/// ```
/// use prism_imports_core::{JobId, JobIdError};
///
/// let id: JobId = "import 7".parse()?;
/// assert_eq!(id.as_str(), "import 7");
/// assert_eq!("..".parse::<JobId>(), Err(JobIdError::DotSegment));
/// # Ok::<(), JobIdError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct JobId(Box<str>);

impl JobId {
    /// Checks `id` and takes it.
    ///
    /// # Errors
    ///
    /// [`JobIdError`] names what makes the text unusable.
    ///
    /// ```
    /// # use prism_imports_core::JobId;
    /// assert!(JobId::new("b5f1").is_ok());
    /// ```
    pub fn new(id: impl Into<Box<str>>) -> Result<Self, JobIdError> {
        let id = id.into();
        if id.is_empty() {
            return Err(JobIdError::Empty);
        }
        if &*id == "." || &*id == ".." {
            return Err(JobIdError::DotSegment);
        }
        // Without a way out in the middle, so that it is done for many bytes at once.
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

    /// Returns the id as the server gave it, not percent-encoded.
    ///
    /// ```
    /// # use prism_imports_core::JobId;
    /// assert_eq!(JobId::new("ä")?.as_str(), "ä");
    /// # Ok::<(), prism_imports_core::JobIdError>(())
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
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

impl FromStr for JobId {
    type Err = JobIdError;

    fn from_str(text: &str) -> Result<Self, JobIdError> {
        Self::new(text)
    }
}

impl<'de> Deserialize<'de> for JobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Box::<str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Why a text is no [`JobId`].
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
    /// No text at all.
    #[error("a job id must not be empty")]
    Empty,
    /// `.` or `..`, which a path swallows.
    #[error("a job id must not be `.` or `..`: a path swallows them")]
    DotSegment,
    /// A slash.
    #[error("a job id must not hold a slash, as at byte {at}")]
    Slash {
        /// The byte at which the slash stands.
        at: usize,
    },
    /// A control character.
    #[error("a job id must not hold a control character, as at byte {at}")]
    Control {
        /// The byte at which the character stands.
        at: usize,
    },
}
