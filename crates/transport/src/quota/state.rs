//! What a process carries over a restart.

use serde::{Deserialize, Serialize};

/// The used part of a period, to be kept over a restart.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use prism_imports_transport::quota::Quota;
///
/// let month = Duration::from_secs(30 * 86_400);
/// let before = Quota::unlimited().with_period(1_000, month);
/// let saved = before.state();
/// let after = Quota::unlimited().with_period(1_000, month).with_state(saved);
/// assert_eq!(after.left(), Some(1_000));
/// ```
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct QuotaState {
    /// How many requests the period has seen.
    pub used: u64,
    /// When the period began, in seconds since 1970; 0 when it has not begun.
    pub began: u64,
}
