//! The timing of a watch, without the job.

mod forecast;
mod jitter;
mod steps;
#[cfg(test)]
mod tests;
mod wait;

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use self::forecast::Forecast;
use super::{Limits, Pace, StopReason};

/// The timing of one watch, without the job.
///
/// ```text
///              due                  answer: unfinished            due
///   waiting ─────────> fetching ───────────────────────> waiting ─────> …
///                       │  │ answer: finished
///                       │  └──────────> done
///                       └─ a limit ───> stopped
/// ```
///
/// Its serialized form has the polls that the forecast was made from, not the forecast.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Schedule {
    pace: Pace,
    limits: Limits,
    seed: u64,
    /// The latest offset that was passed in; time never goes backwards.
    clock: Duration,
    /// When the next poll is due.
    due: Duration,
    requests: u32,
    /// The number of consecutive faults.
    faults: u32,
    /// The number of consecutive answers that are not the last one, though the end may be near.
    early: u32,
    /// How much older than the watch the job is.
    head_start: Option<SignedDuration>,
    /// The first counters, the first that moved, and the latest that moved.
    points: Vec<Point>,
    end: Option<End>,
    /// Whether the fetch that is due was returned.
    #[serde(skip)]
    asked: bool,
    /// Whether the schedule was restored and has had no answer since.
    #[serde(skip)]
    restored: bool,
    #[serde(skip)]
    forecast: Forecast,
}

/// The counters of a job at an age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    age: Duration,
    processed: u64,
    total: u64,
}

/// How a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    Done,
    Stopped(StopReason),
}

/// What the caller has to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Fetch { attempt: u32 },
    Wait { until: Duration },
    Done,
    Stopped(StopReason),
}

/// The facts about an unfinished job that the schedule needs.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct PollResult {
    /// The processed rows and the total.
    pub(super) progress: Option<(u64, u64)>,
    /// The age of the job. Without it, the job is assumed to begin with the watch.
    pub(super) age: Option<Duration>,
    /// The time until the server deletes the job.
    pub(super) expires_in: Option<Duration>,
}

impl Schedule {
    /// Creates the schedule of a watch that begins now. The first poll is due immediately.
    pub(super) fn new(pace: Pace, limits: Limits, seed: u64) -> Self {
        Self {
            pace,
            limits,
            seed,
            clock: Duration::ZERO,
            due: Duration::ZERO,
            requests: 0,
            faults: 0,
            early: 0,
            head_start: None,
            points: Vec::new(),
            end: None,
            asked: false,
            restored: false,
            forecast: Forecast::default(),
        }
    }

    /// Returns the schedule in the form to store.
    pub(super) fn stored(&self) -> Self {
        Self {
            asked: false,
            restored: false,
            forecast: Forecast::default(),
            ..self.clone()
        }
    }

    /// Returns a stored schedule in the form to continue with.
    pub(super) fn restored(mut self) -> Self {
        for point in &self.points {
            self.forecast.observe(point.age, point.progress());
        }
        self.restored = true;
        self
    }

    /// Returns what to do at an offset since the watch began.
    pub(super) fn poll_output(&mut self, now: Duration) -> Step {
        let now = self.advance(now);
        if self.end.is_none()
            && let Some(reason) = self.limit(now)
        {
            if self.restored && reason == StopReason::Timeout {
                // The clock of another host may be wrong: the server is asked before the watch is given up.
                self.due = self.due.min(now);
            } else {
                self.end = Some(End::Stopped(reason));
            }
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

    /// Handles a poll of an unfinished job. `hint` is the minimum wait that the server asked for.
    ///
    /// A result without a preceding fetch, such as the answer to a submit, does not count as a request.
    pub(super) fn handle_poll_result(
        &mut self,
        now: Duration,
        result: &PollResult,
        hint: Option<Duration>,
    ) {
        let was_restored = self.restored;
        let now = self.answered(now);
        (self.faults, self.early) = (0, 0);
        if let Some(age) = result.age
            && (self.head_start.is_none() || was_restored)
        {
            self.head_start = Some(signed(age).saturating_sub(signed(now)));
            if self.points.is_empty() {
                self.observe(Duration::ZERO, (0, 1));
            }
        }
        let age = signed(now).saturating_add(self.head_start.unwrap_or_default());
        let age = Duration::try_from(age).unwrap_or_default();
        if let Some(progress) = result.progress {
            self.observe(age, progress);
        }
        let wait = wait::before_next(&self.pace, age, self.forecast.estimate());
        let expires_at = result.expires_in.map(|left| now.saturating_add(left));
        self.schedule(now, wait, hint, expires_at);
    }

    /// Handles an answer that is not the last one, though the end may be near. The wait doubles with each, and the last
    /// poll is due at `until`.
    pub(super) fn handle_early(&mut self, now: Duration, until: Duration, hint: Option<Duration>) {
        let now = self.answered(now);
        self.faults = 0;
        self.early = self.early.saturating_add(1);
        let wait = wait::after_fault(&self.pace, self.early);
        self.schedule(now, wait, hint, None);
        let floor = now.saturating_add(self.pace.shortest().max(hint.unwrap_or_default()));
        self.due = self.due.min(until.max(floor));
    }

    /// Handles a fetch that failed with a transient fault. The wait doubles with each consecutive fault; at the limit
    /// of faults, the watch stops with `reason`.
    pub(super) fn handle_fault(
        &mut self,
        now: Duration,
        hint: Option<Duration>,
        reason: StopReason,
    ) {
        let now = self.answered(now);
        self.faults = self.faults.saturating_add(1);
        if self.faults >= self.limits.faults() {
            self.end = Some(End::Stopped(reason));
            return;
        }
        let wait = wait::after_fault(&self.pace, self.faults);
        self.schedule(now, wait, hint, None);
    }

    /// Handles the last answer.
    pub(super) fn finish(&mut self, now: Duration) {
        self.answered(now);
        self.end = Some(End::Done);
    }

    /// Handles an answer after which there is nothing to poll.
    pub(super) fn stop(&mut self, now: Duration, reason: StopReason) {
        self.answered(now);
        self.end = Some(End::Stopped(reason));
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Sets another pace. It holds from the next wait on.
    pub(super) fn set_pace(&mut self, pace: Pace) {
        self.pace = pace;
    }

    pub(super) fn set_limits(&mut self, limits: Limits) {
        self.limits = limits;
    }

    /// Returns the number of answered requests.
    pub(super) fn requests(&self) -> u32 {
        self.requests
    }

    /// Returns the latest offset that was passed in.
    pub(super) fn clock(&self) -> Duration {
        self.clock
    }

    /// Returns `true` if the schedule was restored and has had no answer since.
    pub(super) fn is_restored(&self) -> bool {
        self.restored
    }

    /// Returns `true` if the schedule is done or stopped. A limit of time counts once `poll_output` has returned it.
    pub(super) fn is_over(&self) -> bool {
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
        self.restored = false;
        self.advance(now)
    }

    fn observe(&mut self, age: Duration, (processed, total): (u64, u64)) {
        if total == 0 {
            return;
        }
        let point = Point {
            age,
            processed,
            total,
        };
        self.forecast.observe(age, point.progress());
        let moves = |last: &Point| age > last.age && point.progress() > last.progress();
        if self.points.last().is_none_or(moves) {
            self.points.truncate(KEPT);
            // Most jobs of a large fleet have one.
            self.points.reserve_exact(1);
            self.points.push(point);
        }
    }

    /// Returns the limit that is reached, if any.
    fn limit(&self, now: Duration) -> Option<StopReason> {
        let requests = self.limits.requests();
        if self.limits.timeout().is_some_and(|timeout| now >= timeout) {
            Some(StopReason::Timeout)
        } else if requests.is_some_and(|limit| self.requests >= limit) {
            Some(StopReason::Requests)
        } else {
            None
        }
    }

    /// Schedules the next poll. One that would be due too late is moved to shortly before the end of the watch, or to
    /// shortly before and after the server deletes the job.
    fn schedule(
        &mut self,
        now: Duration,
        wait: Duration,
        hint: Option<Duration>,
        expires_at: Option<Duration>,
    ) {
        let factor = jitter::factor(self.seed, self.requests);
        let hint = hint.unwrap_or_default();
        // A hint is only lengthened, so that clients with the same hint do not return at the same time.
        let floor = wait::from_secs(hint.as_secs_f64() * f64::midpoint(factor, 1.1)).max(hint);
        let wait = wait::from_secs(wait.as_secs_f64() * factor).max(floor);
        self.due = now.saturating_add(wait);
        let floor = now.saturating_add(self.pace.shortest().max(hint));
        let before = |end: Duration| Some(end.saturating_sub(MARGIN)).filter(|last| *last >= floor);
        if let Some(end) = expires_at.filter(|end| now < *end && *end <= self.due) {
            let after = end.saturating_add(MARGIN).max(floor);
            self.due = before(end).unwrap_or(after);
        }
        if let Some(end) = self.limits.timeout().filter(|end| *end <= self.due) {
            self.due = before(end).unwrap_or(end);
        }
    }
}

impl Point {
    /// Returns the fraction of the rows that were processed.
    fn progress(&self) -> f64 {
        // Dividing durations avoids a lossy cast of the counts.
        Duration::from_secs(self.processed).div_duration_f64(Duration::from_secs(self.total))
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// The points that are kept beside the latest.
const KEPT: usize = 2;
/// The time between a poll and the end that it is scheduled for. Two seconds cover a slow round trip.
const MARGIN: Duration = Duration::from_secs(2);
