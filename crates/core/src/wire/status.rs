//! The status of a job, as on the wire.

use std::fmt;

use serde::{Serialize, Serializer};

/// The `status` of a job.
///
/// An unknown status is kept, so that a new status of the server does not break a watch. The letter case does not matter.
///
/// ```
/// use prism_imports_core::wire::Status;
///
/// assert_eq!(Status::from("complete"), Status::Complete);
/// assert_eq!(Status::from("COMPLETE"), Status::Complete);
/// assert_eq!(Status::from("paused").as_str(), "paused");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Rows are being imported.
    Processing,
    /// Every row was processed.
    Complete,
    /// The job failed as a whole. Failed rows do not make a job fail.
    Failed,
    /// Any other status.
    Unknown(UnknownStatus),
}

impl Status {
    /// Returns the status as on the wire.
    ///
    /// ```
    /// # use prism_imports_core::wire::Status;
    /// assert_eq!(Status::Processing.as_str(), "processing");
    /// ```
    pub fn as_str(&self) -> &str {
        match self {
            Self::Processing => "processing",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Unknown(other) => other.as_str(),
        }
    }
}

impl From<&str> for Status {
    fn from(text: &str) -> Self {
        [Self::Processing, Self::Complete, Self::Failed]
            .into_iter()
            .find(|known| text.eq_ignore_ascii_case(known.as_str()))
            .unwrap_or_else(|| Self::Unknown(UnknownStatus(text.into())))
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Status {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// An undocumented status. Only [`Status::from`] creates it, so it is never one of the documented ones.
///
/// ```
/// use prism_imports_core::wire::Status;
///
/// let Status::Unknown(status) = Status::from("paused") else { unreachable!() };
/// assert_eq!(status.to_string(), "paused");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnknownStatus(Box<str>);

impl UnknownStatus {
    /// Returns the status as on the wire.
    ///
    /// ```
    /// # use prism_imports_core::wire::Status;
    /// # let Status::Unknown(status) = Status::from("paused") else { unreachable!() };
    /// assert_eq!(status.as_str(), "paused");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for UnknownStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
