//! The timing of a watch.

mod forecast;
mod jitter;
mod step;
mod steps;
#[cfg(test)]
mod tests;
mod wait;

use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::step::{Step, StopReason};

use self::forecast::Forecast;
use super::{Limits, Pace, PollResult, version::Version};

/// The timing of one watch, without the job. A [`Poller`](super::Poller) is built on it.
///
/// The calling contract is that of the poller: [`poll_output`](Self::poll_output) returns what to do, and the result
/// of a fetch is passed to [`handle_poll_result`](Self::handle_poll_result) or [`handle_fault`](Self::handle_fault).
/// A schedule can be used for anything that is polled until it finishes.
///
/// ```text
///              due                  answer: unfinished            due
///   waiting ─────────> fetching ───────────────────────> waiting ─────> …
///                       │  │ answer: finished
///                       │  └──────────> done
///                       └─ a limit ───> stopped
/// ```
///
/// ```
/// use std::time::Duration;
/// use prism_imports_core::poller::{Limits, Pace, Schedule, PollResult, Step};
///
/// let mut schedule = Schedule::new(Pace::balanced(), Limits::default(), 7);
/// let mut now = Duration::ZERO;
/// assert_eq!(schedule.poll_output(now), Step::Fetch { attempt: 1 });
/// schedule.handle_poll_result(now, &PollResult::unfinished().with_progress(0, 10), None);
///
/// let Step::Wait { until } = schedule.poll_output(now) else { unreachable!() };
/// now = until;
/// assert_eq!(schedule.poll_output(now), Step::Fetch { attempt: 2 });
/// schedule.handle_poll_result(now, &PollResult::finished(), None);
/// assert_eq!(schedule.poll_output(now), Step::Done);
/// ```
///
/// A serialized schedule contains the version of its format. Deserializing an unsupported version fails.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    version: Version<1>,
    pace: Pace,
    limits: Limits,
    seed: u64,
    /// The latest offset that was passed in; time never goes backwards.
    clock: Duration,
    /// When the next poll is due.
    due: Duration,
    /// Whether the fetch that is due was returned.
    asked: bool,
    requests: u32,
    /// The number of consecutive transient faults.
    faults: u32,
    /// The number of waits so far, from which the next jitter is derived.
    waits: u32,
    /// The age of the job when the watch began, if known.
    head_start: Option<Duration>,
    /// When the server deletes the job.
    expires_at: Option<Duration>,
    forecast: Forecast,
    end: Option<End>,
}

/// How a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Done,
    Stopped(StopReason),
}

impl Schedule {
    /// Creates the schedule of a watch that begins now. The first poll is due immediately.
    ///
    /// The seed determines the jitter: two watches with the same seed and the same answers poll at the same times.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use prism_imports_core::poller::{Limits, Pace, Schedule, Step};
    /// let mut schedule = Schedule::new(Pace::frugal(), Limits::default().with_requests(50), 7);
    /// assert_eq!(schedule.poll_output(Duration::ZERO), Step::Fetch { attempt: 1 });
    /// ```
    pub fn new(pace: Pace, limits: Limits, seed: u64) -> Self {
        Self {
            version: Version,
            pace,
            limits,
            seed,
            clock: Duration::ZERO,
            due: Duration::ZERO,
            asked: false,
            requests: 0,
            faults: 0,
            waits: 0,
            head_start: None,
            expires_at: None,
            forecast: Forecast::default(),
            end: None,
        }
    }

    /// Returns what to do at an offset since the watch began.
    ///
    /// The call can be repeated: the same offset gives the same output, and a fetch whose answer was lost is returned
    /// again. If the offset is earlier than a previous one, the latest previous one is used instead.
    pub fn poll_output(&mut self, now: Duration) -> Step {
        let now = self.advance(now);
        if self.end.is_none() {
            self.end = self.limit(now).map(End::Stopped);
        }
        match self.end {
            Some(End::Done) => Step::Done,
            Some(End::Stopped(reason)) => Step::Stopped(reason),
            None if now < self.due => Step::Wait { until: self.due },
            None => {
                self.asked = true;
                Step::Fetch {
                    attempt: self.requests.saturating_add(1),
                }
            }
        }
    }

    /// Handles the result of a poll. `hint` is the minimum wait that the server asked for.
    ///
    /// A result without a preceding fetch, such as the answer to a submit, does not count as a request. A schedule that
    /// is done or stopped ignores the result.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use prism_imports_core::poller::{Limits, Pace, Schedule, PollResult, Step};
    /// let mut schedule = Schedule::new(Pace::default(), Limits::default(), 7);
    /// let hint = Duration::from_secs(30);
    /// schedule.handle_poll_result(Duration::ZERO, &PollResult::unfinished(), Some(hint));
    /// assert!(matches!(schedule.poll_output(Duration::ZERO), Step::Wait { until } if until >= hint));
    /// ```
    pub fn handle_poll_result(
        &mut self,
        now: Duration,
        result: &PollResult,
        hint: Option<Duration>,
    ) {
        let now = self.answered(now);
        if self.end.is_some() {
            return;
        }
        if result.is_finished() {
            self.end = Some(End::Done);
            return;
        }
        self.faults = 0;
        if self.head_start.is_none()
            && let Some(age) = result.age()
        {
            self.head_start = Some(age.saturating_sub(now));
            self.forecast.observe(Duration::ZERO, 0.0);
        }
        if let Some(left) = result.expires_in() {
            self.expires_at = Some(now.saturating_add(left));
        }
        let age = self.age(now);
        if let Some(progress) = result.progress() {
            self.forecast.observe(age, progress);
        }
        let wait = wait::before_next(&self.pace, age, self.forecast.estimate());
        self.schedule(now, wait, hint);
    }

    /// Handles a fetch that failed with a transient fault. `hint` is the minimum wait that the server asked for.
    ///
    /// The wait doubles with each consecutive fault.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use prism_imports_core::poller::{Limits, Pace, Schedule, Step, StopReason};
    /// let mut schedule = Schedule::new(Pace::default(), Limits::default().with_faults(1), 7);
    /// schedule.handle_fault(Duration::ZERO, None);
    /// assert_eq!(schedule.poll_output(Duration::ZERO), Step::Stopped(StopReason::Faults));
    /// ```
    pub fn handle_fault(&mut self, now: Duration, hint: Option<Duration>) {
        let now = self.answered(now);
        if self.end.is_some() {
            return;
        }
        self.faults = self.faults.saturating_add(1);
        if self.faults >= self.limits.faults() {
            self.end = Some(End::Stopped(StopReason::Faults));
            return;
        }
        let wait = wait::after_fault(&self.pace, self.faults);
        self.schedule(now, wait, hint);
    }

    /// Returns the limits that end the watch early.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sets another pace. It holds from the next wait on.
    pub fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    /// Sets other limits.
    pub fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Returns the number of answered requests.
    pub fn requests(&self) -> u32 {
        self.requests
    }

    /// Returns the latest offset that was passed in.
    pub fn clock(&self) -> Duration {
        self.clock
    }

    /// Returns `true` if the schedule is done or stopped. A limit of time counts once `poll_output` has returned it.
    pub fn is_over(&self) -> bool {
        self.end.is_some()
    }

    fn advance(&mut self, now: Duration) -> Duration {
        self.clock = self.clock.max(now);
        self.clock
    }

    fn answered(&mut self, now: Duration) -> Duration {
        if self.asked {
            self.asked = false;
            self.requests = self.requests.saturating_add(1);
        }
        self.advance(now)
    }

    fn age(&self, now: Duration) -> Duration {
        now.saturating_add(self.head_start.unwrap_or_default())
    }

    /// Returns the limit that is reached, if any.
    fn limit(&self, now: Duration) -> Option<StopReason> {
        let past = |limit: Option<Duration>| limit.is_some_and(|limit| now >= limit);
        if past(self.expires_at) {
            Some(StopReason::Expired)
        } else if past(self.limits.timeout()) {
            Some(StopReason::Timeout)
        } else if self
            .limits
            .requests()
            .is_some_and(|limit| self.requests >= limit)
        {
            Some(StopReason::Requests)
        } else {
            None
        }
    }

    /// Schedules the next poll. One that would be due too late is moved to shortly before the end of the watch.
    fn schedule(&mut self, now: Duration, wait: Duration, hint: Option<Duration>) {
        let factor = jitter::factor(self.seed, self.waits);
        self.waits = self.waits.wrapping_add(1);
        let hint = hint.unwrap_or_default();
        // A hint is only lengthened, so that clients with the same hint do not return at the same time.
        let floor = wait::from_secs(hint.as_secs_f64() * f64::midpoint(factor, 1.1)).max(hint);
        let wait = wait::from_secs(wait.as_secs_f64() * factor).max(floor);
        self.due = now.saturating_add(wait);
        let end = match (self.limits.timeout(), self.expires_at) {
            (Some(timeout), Some(expires_at)) => timeout.min(expires_at),
            (Some(end), None) | (None, Some(end)) => end,
            (None, None) => return,
        };
        if self.due >= end {
            let last = end.saturating_sub(LAST_POLL);
            let floor = now.saturating_add(self.pace.shortest().max(hint));
            self.due = if last >= floor { last } else { end };
        }
    }
}

/// The time between the last poll and the end of the watch. Two seconds cover a slow round trip.
const LAST_POLL: Duration = Duration::from_secs(2);
