//! Rate limits.

use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};

/// A limit on the requests of a key; further requests are answered with 429.
///
/// Seconds and months are fixed windows of the sandbox's clock; a month has 30 days.
///
/// ```
/// use std::num::NonZeroU32;
/// use prism_imports_sandbox::{RateLimit, RetryHint, Sandbox};
///
/// let limit = RateLimit::published().with_hint(RetryHint::Date);
/// let sandbox = Sandbox::builder().rate_limit(limit).build()?;
/// # drop(sandbox);
/// # Ok::<(), prism_imports_sandbox::InvalidSetting>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimit {
    pub(crate) per_second: Option<NonZeroU32>,
    pub(crate) per_month: Option<NonZeroU32>,
    pub(crate) hint: RetryHint,
}

impl RateLimit {
    /// Creates the published limit: 10 requests a second and 1,000 a month.
    pub fn published() -> Self {
        Self {
            per_second: NonZeroU32::new(10),
            per_month: NonZeroU32::new(1_000),
            hint: RetryHint::default(),
        }
    }

    /// Sets the limit of requests per second. Default: none.
    #[must_use]
    pub fn with_per_second(mut self, requests: NonZeroU32) -> Self {
        self.per_second = Some(requests);
        self
    }

    /// Sets the limit of requests per month. Default: none.
    #[must_use]
    pub fn with_per_month(mut self, requests: NonZeroU32) -> Self {
        self.per_month = Some(requests);
        self
    }

    /// Sets the form of the retry hint in a 429. Default: [`RetryHint::Seconds`].
    #[must_use]
    pub fn with_hint(mut self, hint: RetryHint) -> Self {
        self.hint = hint;
        self
    }
}

/// The form of the retry hint in a 429.
///
/// ```
/// use prism_imports_sandbox::RetryHint;
/// assert_eq!(RetryHint::default(), RetryHint::Seconds);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum RetryHint {
    /// `Retry-After`, in whole seconds.
    #[default]
    Seconds,
    /// `Retry-After-Ms`, in milliseconds.
    Millis,
    /// `Retry-After`, as an HTTP date.
    Date,
    /// No hint.
    Absent,
}
