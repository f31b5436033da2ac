//! How the server says a job stands.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::decode::required;

/// The `status` of a job, as the server spells it.
///
/// A status that this version does not know is kept: a server that learns a new word must not take a watch down.
///
/// ```
/// use prism_imports_core::wire::Status;
///
/// assert_eq!(Status::from("complete"), Status::Complete);
/// assert_eq!(Status::from("paused").as_str(), "paused");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Rows are being imported.
    Processing,
    /// Every row was attempted.
    Complete,
    /// The job itself failed; rows that failed do not make a job fail.
    Failed,
    /// Any other word.
    Unknown(UnknownStatus),
}

impl Status {
    /// Returns the status as it stands on the wire.
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
        match text {
            "processing" => Self::Processing,
            "complete" => Self::Complete,
            "failed" => Self::Failed,
            other => Self::Unknown(UnknownStatus(other.into())),
        }
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

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        required::<Cow<'de, str>, D>(deserializer).map(|text| Self::from(&*text))
    }
}

/// A status word outside the documented three; never one of them, since only [`Status::from`] makes it.
///
/// ```
/// use prism_imports_core::wire::Status;
///
/// let Status::Unknown(word) = Status::from("paused") else { unreachable!() };
/// assert_eq!(word.to_string(), "paused");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UnknownStatus(Box<str>);

impl UnknownStatus {
    /// Returns the word.
    ///
    /// ```
    /// # use prism_imports_core::wire::Status;
    /// # let Status::Unknown(word) = Status::from("paused") else { unreachable!() };
    /// assert_eq!(word.as_str(), "paused");
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
