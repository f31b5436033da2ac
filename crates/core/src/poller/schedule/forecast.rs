//! The estimate of a job's end from its counters.

use std::time::Duration;

use super::steps::Steps;

/// Estimates the end of a job from its counters.
///
/// Times are seconds since the job began. Progress is the fraction of the rows that were processed. Progress and the
/// time that it took are exponentially decaying sums. The decay time is about the estimated time to the end: a distant
/// end is estimated from a long history, and a near end from the last moments.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Forecast {
    latest: Option<Poll>,
    /// The decaying sum of progress.
    gained: f64,
    /// The decaying sum of the seconds that the progress took.
    spent: f64,
    /// The recent relative error of the expected progress.
    error: f64,
    /// The estimated time at which the work began.
    began: f64,
    steps: Steps,
}

/// The counters at the last poll.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Poll {
    at: f64,
    progress: f64,
    /// The time of the last poll with less progress.
    before: f64,
    /// The time of the first poll with this progress.
    since: f64,
}

/// The basis for choosing the next wait. Times are in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Estimate {
    /// There are no counters.
    Unknown,
    /// The counters have not moved yet.
    Idle,
    /// The counters move.
    Moving {
        /// The estimated time to the end.
        remaining: f64,
        /// The uncertainty of the estimate, in each direction.
        uncertainty: f64,
        /// The time for which the estimate can be trusted.
        horizon: f64,
    },
    /// Every row was processed, and the job is not finished.
    Finishing {
        /// The time since the first poll with all rows processed.
        since: f64,
    },
}

impl Forecast {
    /// Records the progress at a job's age. A poll that is not later than the last one is ignored.
    pub(super) fn observe(&mut self, age: Duration, progress: f64) {
        let at = age.as_secs_f64();
        let progress = progress.clamp(0.0, 1.0);
        let Some(last) = self.latest else {
            self.latest = Some(Poll {
                at,
                progress,
                before: at,
                since: at,
            });
            return;
        };
        if at <= last.at {
            return;
        }
        let gain = progress - last.progress;
        if gain <= 0.0 {
            self.latest = Some(Poll { at, ..last });
            return;
        }
        let next = Poll {
            at,
            progress,
            before: last.at,
            since: at,
        };
        let rate = self.rate();
        self.steps.measure(gain);
        match rate {
            Some(rate) => self.revise(rate, last, next),
            None => self.begin(gain, next),
        }
        self.latest = Some(next);
    }

    /// Returns the estimate from all polls so far.
    pub(super) fn estimate(&self) -> Estimate {
        let Some(poll) = self.latest else {
            return Estimate::Unknown;
        };
        if poll.progress >= 1.0 {
            return Estimate::Finishing {
                since: poll.at - poll.since,
            };
        }
        let Some(rate) = self.rate() else {
            return Estimate::Idle;
        };
        let rest = 1.0 - poll.progress;
        let still = poll.at - self.moved_at(poll);
        let error = self.error.hypot(LEAST_ERROR);
        let horizon = HORIZON * (poll.at - self.began);
        let (remaining, uncertainty) = if self.steps.are_visible() {
            // The next step is in progress and not counted yet. Its delay lowers the rate. The time of the last step is
            // only known to lie between two polls.
            let late = (still - self.steps.size() / rate).max(0.0);
            let whole = rest * (self.spent + late) / self.gained;
            let blur = (poll.since - poll.before) / 2.0;
            ((whole - still).max(0.0), error * rest / rate + blur + late)
        } else {
            // A standstill counts as time without progress, and may last as long again.
            let remaining = rest * (self.spent + still) / self.gained;
            (remaining, error * remaining + still)
        };
        Estimate::Moving {
            remaining,
            uncertainty,
            horizon,
        }
    }

    /// Records the first movement. The work began between two polls; the midpoint is a first guess that later polls
    /// outweigh.
    fn begin(&mut self, gain: f64, next: Poll) {
        let took = (next.at - next.before) / 2.0;
        self.gained = gain;
        self.spent = took;
        self.error = FIRST_ERROR;
        self.began = next.at - took;
    }

    /// Records a later movement and its deviation from the expected progress.
    fn revise(&mut self, rate: f64, last: Poll, next: Poll) {
        let gain = next.progress - last.progress;
        let took = (self.moved_at(next) - self.moved_at(last)).max(f64::EPSILON);
        let expected = rate * took;
        let blur = if self.steps.are_visible() {
            rate * (next.since - next.before) / 2.0
        } else {
            0.0
        };
        let off = ((gain - expected).abs() - blur).max(0.0) / gain.max(expected);
        self.error = f64::midpoint(self.error * self.error, off * off).sqrt();
        let left = (1.0 - last.progress) / rate;
        let kept = (-took / left).exp();
        self.gained = self.gained * kept + gain;
        self.spent = self.spent * kept + took;
    }

    /// Returns the estimated time at which the counters moved to their current values.
    fn moved_at(&self, poll: Poll) -> f64 {
        if self.steps.are_visible() {
            f64::midpoint(poll.before, poll.since)
        } else {
            poll.since
        }
    }

    /// Returns the fraction of the rows processed per second; `None` before the first movement.
    fn rate(&self) -> Option<f64> {
        let rate = self.gained / self.spent;
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }
}

/// The assumed error of the first rate, before it was compared with later progress.
const FIRST_ERROR: f64 = 0.4;
/// The minimum error, which even a steady rate may have. The jitter of a wait is as large.
const LEAST_ERROR: f64 = 0.1;
/// The horizon of an estimate, as a multiple of the time since the work began. The first row of a slow start must not
/// delay the next poll by an hour.
const HORIZON: f64 = 2.0;
