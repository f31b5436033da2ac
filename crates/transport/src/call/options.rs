//! What a caller may say about one call: request extensions.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use http::Request;

use super::Carried;

/// The instant by which the call must end: attempts, waits and body together.
///
/// [`DeadlineLayer`](crate::DeadlineLayer) sets one when there is none, and keeps the earlier one when both
/// are known; every layer inside reads it by [`Deadline::of`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use http::Request;
/// use prism_imports_transport::Deadline;
///
/// let mut request = Request::get("https://api.example/").body(()).unwrap();
/// request.extensions_mut().insert(Deadline::after(Duration::from_secs(5)));
/// ```
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Deadline {
    at: tokio::time::Instant,
}

impl Deadline {
    /// Sets the deadline at an instant.
    pub fn at(instant: Instant) -> Self {
        Self { at: instant.into() }
    }

    /// Sets the deadline `timeout` from now. A timeout beyond what the clock can express is 100 years.
    pub fn after(timeout: Duration) -> Self {
        Self::after_start(tokio::time::Instant::now(), timeout)
    }

    pub(crate) fn after_start(start: tokio::time::Instant, timeout: Duration) -> Self {
        Self {
            at: start
                .checked_add(timeout)
                .unwrap_or_else(|| start + FAR_FUTURE),
        }
    }

    /// Returns the deadline of a request: the one that a [`DeadlineLayer`](crate::DeadlineLayer) has set or the caller's
    /// own, whichever is earlier.
    pub fn of<B: 'static>(request: &Request<B>) -> Option<Self> {
        Carried::deadline(request)
    }

    /// Returns the instant.
    pub fn instant(&self) -> Instant {
        self.at.into_std()
    }

    /// Returns the time left, zero once it has passed.
    pub fn remaining(&self) -> Duration {
        self.at
            .saturating_duration_since(tokio::time::Instant::now())
    }

    pub(crate) fn tokio_instant(self) -> tokio::time::Instant {
        self.at
    }
}

/// The time this call may take, in place of the layer's own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a named duration, nothing more")]
pub struct CallTimeout(pub Duration);

/// The time one attempt of this call may take, headers and body, in place of the layer's own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a named duration, nothing more")]
pub struct AttemptTimeout(pub Duration);

/// The largest body this call accepts in bytes, in place of the layer's own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a named number, nothing more")]
pub struct SizeCap(pub u64);

/// Asks for a body that is read while it arrives instead of one that is buffered.
///
/// Only answers with a status of 2xx are streamed: error bodies are small, and a retry wants them read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a mark, nothing more")]
pub struct Streamed;

/// The route of the request with its parameters still open, such as `/v2/jobs/{jobId}`.
///
/// Spans carry it in place of the URL: raw ids would make every span its own.
#[derive(Clone, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a named text, nothing more")]
pub struct UrlTemplate(pub Cow<'static, str>);

/// Which attempt of its call a request is, counted from 1; [`RetryLayer`](crate::RetryLayer) sets it.
///
/// # Examples
///
/// ```
/// use http::Request;
/// use prism_imports_transport::{AttemptNumber, RequestBody};
///
/// // In a layer around every attempt:
/// fn is_resend(request: &Request<RequestBody>) -> bool {
///     AttemptNumber::of(request).is_some_and(|number| number.get() > 1)
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AttemptNumber {
    number: u32,
    free: u32,
}

impl AttemptNumber {
    pub(crate) const FIRST: Self = Self { number: 1, free: 0 };

    /// Returns the number of a request inside a [`RetryLayer`](crate::RetryLayer).
    pub fn of<B: 'static>(request: &Request<B>) -> Option<Self> {
        Carried::number(request)
    }

    /// Returns the number, free replays included.
    pub const fn get(self) -> u32 {
        self.number
    }

    /// Returns how many of the attempts before this one cost nothing: the server had surely not seen them,
    /// or a reused connection had closed under them.
    pub const fn free(self) -> u32 {
        self.free
    }

    /// Returns the attempts that count against the policy's limit.
    pub(crate) const fn counted(self) -> u32 {
        self.number.saturating_sub(self.free)
    }

    pub(crate) const fn next(self, free: bool) -> Self {
        Self {
            number: self.number.saturating_add(1),
            free: self.free.saturating_add(if free { 1 } else { 0 }),
        }
    }
}

/// Far enough to be no deadline, near enough for every clock.
const FAR_FUTURE: Duration = Duration::from_secs(100 * 365 * 86_400);
