//! The timing of a watch.

mod forecast;
#[cfg(test)]
mod tests;
mod wait;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::forecast::Forecast;
use super::{Limits, Pace, StopReason};
use crate::ImportJob;

/// When the next poll is due, or how the watch ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Schedule {
    pub(super) pace: Pace,
    pub(super) limits: Limits,
    seed: u64,
    /// The latest offset that was passed in; time never goes backwards.
    pub(super) clock: Duration,
    /// When the next poll is due.
    pub(super) due: Duration,
    /// The number of answered requests.
    pub(super) requests: u32,
    /// The number of consecutive faults.
    faults: u32,
    /// The number of consecutive answers that are not the last one, though the end may be near.
    early: u32,
    /// How much older than the watch the job is.
    pub(super) head_start: Option<SignedDuration>,
    #[serde(rename = "points")]
    forecast: Forecast,
    pub(super) end: Option<End>,
}

/// How a watch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum End {
    Done,
    Stopped(StopReason),
}

impl Schedule {
    pub(super) fn new(pace: Pace, limits: Limits, seed: u64) -> Self {
        Self {
            pace,
            limits,
            seed,
            ..Self::default()
        }
    }

    pub(super) fn advance(&mut self, now: Duration) {
        self.clock = self.clock.max(now);
    }

    /// Returns the limit that is reached, if any.
    pub(super) fn limit(&self) -> Option<StopReason> {
        let (timeout, requests) = (self.limits.timeout(), self.limits.requests());
        if timeout.is_some_and(|timeout| self.clock >= timeout) {
            Some(StopReason::Timeout)
        } else if requests.is_some_and(|requests| self.requests >= requests) {
            Some(StopReason::Requests)
        } else {
            None
        }
    }

    /// Schedules the next poll of an unfinished job, whose last answer was sent at a time of the server.
    pub(super) fn wait_for_end(
        &mut self,
        job: &ImportJob,
        sent: Option<Timestamp>,
        hint: Option<Duration>,
    ) {
        (self.faults, self.early) = (0, 0);
        let (details, progress) = (job.details(), job.progress());
        if self.head_start.is_none()
            && let Some(age) = between(details.created_at(), sent)
        {
            self.head_start = Some(signed(age).saturating_sub(signed(self.clock)));
            self.forecast.observe(Duration::ZERO, 0, 1);
        }
        // Without its age, the job is assumed to begin with the watch.
        let age = signed(self.clock).saturating_add(self.head_start.unwrap_or_default());
        let age = Duration::try_from(age).unwrap_or_default();
        if let Some(processed) = progress.processed() {
            self.forecast.observe(age, processed, progress.total());
        }
        let wait = self.forecast.wait(&self.pace, age);
        let expires_in = between(sent, details.expires_at());
        let expires_at = expires_in.map(|left| self.clock.saturating_add(left));
        self.schedule(wait, hint, expires_at);
    }

    /// Schedules the next poll after an answer that is not the last one, though the end may be near. The wait doubles
    /// with each, and the last poll is due at `until`.
    pub(super) fn wait_until(&mut self, until: Duration, hint: Option<Duration>) {
        self.faults = 0;
        self.early = self.early.saturating_add(1);
        let wait = wait::doubled(&self.pace, self.early);
        self.schedule(wait, hint, None);
        self.due = self.due.min(until.max(self.earliest(hint)));
    }

    /// Schedules the next poll after a transient fault. The wait doubles with each consecutive fault; at the limit of
    /// faults, the watch stops with `reason`.
    pub(super) fn wait_after_fault(&mut self, hint: Option<Duration>, reason: StopReason) {
        self.faults = self.faults.saturating_add(1);
        if self.faults >= self.limits.faults() {
            self.end = Some(End::Stopped(reason));
        } else {
            let wait = wait::doubled(&self.pace, self.faults);
            self.schedule(wait, hint, None);
        }
    }

    /// Schedules the next poll. One that would be due too late is moved to shortly before the end of the watch, or to
    /// shortly before and after the server deletes the job.
    fn schedule(&mut self, wait: Duration, hint: Option<Duration>, expires_at: Option<Duration>) {
        let floor = self.earliest(hint);
        let factor = wait::jitter(self.seed, self.requests);
        let hint = hint.unwrap_or_default();
        // A hint is only lengthened, so that clients with the same hint do not return at the same time.
        let hint = wait::from_secs(hint.as_secs_f64() * f64::midpoint(factor, 1.1)).max(hint);
        let wait = wait::from_secs(wait.as_secs_f64() * factor).max(hint);
        self.due = self.clock.saturating_add(wait);
        let before = |end: Duration| Some(end.saturating_sub(MARGIN)).filter(|last| *last >= floor);
        if let Some(end) = expires_at.filter(|end| self.clock < *end && *end <= self.due) {
            let after = end.saturating_add(MARGIN).max(floor);
            self.due = before(end).unwrap_or(after);
        }
        if let Some(end) = self.limits.timeout().filter(|end| *end <= self.due) {
            self.due = before(end).unwrap_or(end);
        }
    }

    fn earliest(&self, hint: Option<Duration>) -> Duration {
        let wait = self.pace.shortest().max(hint.unwrap_or_default());
        self.clock.saturating_add(wait)
    }
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

/// Returns the time from `earlier` to `later`, or zero if `later` is not later.
fn between(earlier: Option<Timestamp>, later: Option<Timestamp>) -> Option<Duration> {
    let time = later?.duration_since(earlier?);
    Some(Duration::try_from(time).unwrap_or_default())
}

/// The time between a poll and the end that it is scheduled for. Two seconds cover a slow round trip.
const MARGIN: Duration = Duration::from_secs(2);
