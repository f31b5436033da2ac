//! Consistent counters.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The known counters of a job. Succeeded + failed never exceeds the total.
///
/// ```
/// use prism_imports_core::Counts;
///
/// let counts = Counts::new(100, 97, 3)?;
/// assert_eq!(counts.processed(), 100);
/// assert!(Counts::new(100, 98, 3).is_err());
/// # Ok::<(), prism_imports_core::CountsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Counts {
    total: u64,
    succeeded: u64,
    failed: u64,
}

impl Counts {
    /// Creates counters.
    ///
    /// # Errors
    ///
    /// Returns [`CountsError`] if succeeded + failed exceeds the total.
    ///
    /// ```
    /// # use prism_imports_core::Counts;
    /// assert!(Counts::new(0, 0, 0).is_ok());
    /// ```
    pub fn new(total: u64, succeeded: u64, failed: u64) -> Result<Self, CountsError> {
        match succeeded.checked_add(failed) {
            Some(processed) if processed <= total => Ok(Self {
                total,
                succeeded,
                failed,
            }),
            _ => Err(CountsError {
                total,
                succeeded,
                failed,
            }),
        }
    }

    /// Returns the number of rows in the import.
    ///
    /// ```
    /// # use prism_imports_core::Counts;
    /// assert_eq!(Counts::new(3, 1, 1)?.total(), 3);
    /// # Ok::<(), prism_imports_core::CountsError>(())
    /// ```
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Returns the number of processed rows.
    ///
    /// ```
    /// # use prism_imports_core::Counts;
    /// assert_eq!(Counts::new(3, 1, 1)?.processed(), 2);
    /// # Ok::<(), prism_imports_core::CountsError>(())
    /// ```
    pub fn processed(&self) -> u64 {
        // `new` checked that the sum is at most `total`.
        self.succeeded.saturating_add(self.failed)
    }

    /// Returns the number of rows that succeeded.
    ///
    /// ```
    /// # use prism_imports_core::Counts;
    /// assert_eq!(Counts::new(3, 2, 1)?.succeeded(), 2);
    /// # Ok::<(), prism_imports_core::CountsError>(())
    /// ```
    pub fn succeeded(&self) -> u64 {
        self.succeeded
    }

    /// Returns the number of rows that failed.
    ///
    /// ```
    /// # use prism_imports_core::Counts;
    /// assert_eq!(Counts::new(3, 2, 1)?.failed(), 1);
    /// # Ok::<(), prism_imports_core::CountsError>(())
    /// ```
    pub fn failed(&self) -> u64 {
        self.failed
    }
}

#[derive(Deserialize)]
struct Unchecked {
    total: u64,
    succeeded: u64,
    failed: u64,
}

impl TryFrom<Unchecked> for Counts {
    type Error = CountsError;

    fn try_from(counts: Unchecked) -> Result<Self, CountsError> {
        Self::new(counts.total, counts.succeeded, counts.failed)
    }
}

/// The error for counters whose succeeded + failed exceeds the total.
///
/// ```
/// use prism_imports_core::Counts;
///
/// let error = Counts::new(2, 2, 1).unwrap_err();
/// assert_eq!(error.to_string(), "2 rows succeeded and 1 failed of 2");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountsError {
    total: u64,
    succeeded: u64,
    failed: u64,
}

impl fmt::Display for CountsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} rows succeeded and {} failed of {}",
            self.succeeded, self.failed, self.total
        )
    }
}

impl std::error::Error for CountsError {}
