//! Request extensions: what a caller can set for one call.

#![expect(
    clippy::exhaustive_structs,
    reason = "a named value or a mark, nothing more"
)]

use std::borrow::Cow;
use std::time::{Duration, Instant};

use http::{Method, Request};

/// The instant by which the call must end: attempts, waits and body together.
///
/// A caller may set one, and so does [`DeadlineLayer`](crate::DeadlineLayer). The earlier of the two holds: a deadline
/// can be brought forward and never put off.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Deadline {
    pub(crate) at: tokio::time::Instant,
}

impl Deadline {
    /// Makes a deadline at an instant.
    pub fn at(instant: Instant) -> Self {
        Self { at: instant.into() }
    }

    /// Makes a deadline `timeout` from now. A timeout beyond what the clock can express is 100 years.
    pub fn after(timeout: Duration) -> Self {
        let at = after(tokio::time::Instant::now(), timeout);
        Self { at }
    }

    /// Returns the deadline of a request.
    pub fn of<B>(request: &Request<B>) -> Option<Self> {
        request.extensions().get().copied()
    }

    /// Returns the time left, zero once it has passed.
    pub fn remaining(&self) -> Duration {
        let now = tokio::time::Instant::now();
        self.at.saturating_duration_since(now)
    }

    pub(crate) fn has_passed(self) -> bool {
        self.at < tokio::time::Instant::now()
    }
}

/// Whether sending a request twice could do something twice.
///
/// A request extension, set by the caller. Without it, GET and
/// HEAD are [`Safe`](Self::Safe) and every other method is [`Never`](Self::Never).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the retry table has exactly these three columns"
)]
pub enum Replay {
    /// It only reads: any number of sends is one.
    Safe,
    /// It writes under an idempotency key the server honours.
    Keyed,
    /// It writes, and a second send may write again: only a request that surely was not sent is retried.
    Never,
}

impl Replay {
    /// Returns the extension of the request, or the default for its method.
    pub fn of<B>(request: &Request<B>) -> Self {
        match request.extensions().get::<Self>() {
            Some(replay) => *replay,
            None if [Method::GET, Method::HEAD].contains(request.method()) => Self::Safe,
            None => Self::Never,
        }
    }
}

/// The time one attempt of this call may take, headers and body, in place of the layer's setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AttemptTimeout(pub Duration);

/// The largest body this call accepts in bytes, in place of the layer's setting.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct MaxBody(pub u64);

/// Asks for a body that is read while it arrives instead of one that is buffered.
///
/// Only responses with a status of 2xx are streamed: error bodies are small, and a retry reads them.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Streamed;

/// The route of the request with its parameters still open, such as `/v2/jobs/{jobId}`.
///
/// Spans and metrics carry it in place of the URL, whose ids would make every one of them unique.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UrlTemplate(pub Cow<'static, str>);

impl UrlTemplate {
    /// Returns the route of a request.
    pub(crate) fn of<B>(request: &Request<B>) -> Option<&str> {
        let template = request.extensions().get::<Self>()?;
        Some(&template.0)
    }
}

/// Which attempt of its call a request is, counted from 1; [`RetryLayer`](crate::RetryLayer) sets it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AttemptNumber {
    number: u32,
    free: u32,
}

impl AttemptNumber {
    pub(crate) const FIRST: Self = Self { number: 1, free: 0 };

    /// Returns the number of a request inside a [`RetryLayer`](crate::RetryLayer).
    pub fn of<B>(request: &Request<B>) -> Option<Self> {
        request.extensions().get().copied()
    }

    /// Returns the number, free replays included.
    pub const fn get(self) -> u32 {
        self.number
    }

    /// Returns how many of the attempts before this one were free: the server had surely not seen the request,
    /// or a reused connection had closed under it.
    pub const fn free(self) -> u32 {
        self.free
    }

    /// Returns the attempts that count against the policy's limit.
    pub(crate) const fn counted(self) -> u32 {
        self.number.saturating_sub(self.free)
    }

    pub(crate) const fn next(self, is_free: bool) -> Self {
        Self {
            number: self.number.saturating_add(1),
            free: self.free.saturating_add(if is_free { 1 } else { 0 }),
        }
    }
}

/// Returns an instant `by` later. A sum that the clock cannot express is the far future all the same.
pub(crate) fn after(instant: tokio::time::Instant, by: Duration) -> tokio::time::Instant {
    let sum = instant.checked_add(by);
    sum.unwrap_or_else(|| instant + FAR_FUTURE)
}

/// Far enough to be no deadline, near enough for every clock.
const FAR_FUTURE: Duration = Duration::from_secs(100 * 365 * 86_400);
