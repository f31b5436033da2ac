//! When the job will end, as far as its counters tell.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::steps::Steps;

/// What the looks at a job's counters have shown so far, and what follows from it.
///
/// Times are seconds since the job began; progress is the share of the rows that were attempted. Progress and
/// the time it took are summed with a memory that fades, and reaches back about as far as the end lies ahead: a
/// far end is told from the long run, a near one from the last moments.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Forecast {
    latest: Option<Look>,
    /// The fading sum of progress.
    gained: f64,
    /// The fading sum of the seconds that the progress took.
    spent: f64,
    /// How far off the expectations were of late, as a share.
    error: f64,
    /// When the work began, as well as that is known.
    began: f64,
    steps: Steps,
}

/// The counters at the last look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Look {
    at: f64,
    progress: f64,
    /// The last look that showed less.
    before: f64,
    /// The first look that showed as much.
    since: f64,
}

/// What the next wait is chosen by; times in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Outlook {
    /// There is nothing to go by.
    Blind,
    /// The counters have not moved yet.
    Idle,
    /// The counters move.
    Moving {
        /// The time to the end.
        left: f64,
        /// How far off that may be, each way.
        doubt: f64,
        /// How far ahead the looks so far can be trusted to see.
        reach: f64,
    },
    /// Every row was attempted, and the job goes on.
    Finishing {
        /// The time since that was first seen.
        since: f64,
    },
}

impl Forecast {
    /// Takes in the progress at a job's age; a look that is not later than the last one changes nothing.
    pub(super) fn observe(&mut self, age: Duration, progress: f64) {
        let at = age.as_secs_f64();
        let progress = progress.clamp(0.0, 1.0);
        let Some(last) = self.latest else {
            self.latest = Some(Look {
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
            self.latest = Some(Look { at, ..last });
            return;
        }
        let next = Look {
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

    /// Returns what the looks so far foretell.
    pub(super) fn outlook(&self) -> Outlook {
        let Some(look) = self.latest else {
            return Outlook::Blind;
        };
        if look.progress >= 1.0 {
            return Outlook::Finishing {
                since: look.at - look.since,
            };
        }
        let Some(rate) = self.rate() else {
            return Outlook::Idle;
        };
        let rest = 1.0 - look.progress;
        let still = look.at - self.moved_at(look);
        let share = self.error.hypot(LEAST_ERROR);
        let reach = REACH * (look.at - self.began);
        let (left, doubt) = if self.steps.are_seen() {
            // The next step is under way unseen. What it is late by slows the rate; when the last one was made
            // is known no better than between two looks.
            let late = (still - self.steps.size() / rate).max(0.0);
            let whole = rest * (self.spent + late) / self.gained;
            let blur = (look.since - look.before) / 2.0;
            ((whole - still).max(0.0), share * rest / rate + blur + late)
        } else {
            // A standstill counts as time spent for nothing, and may last as long again.
            let left = rest * (self.spent + still) / self.gained;
            (left, share * left + still)
        };
        Outlook::Moving { left, doubt, reach }
    }

    /// Takes in the first movement: the work began anywhere between two looks, a first guess soon outweighed.
    fn begin(&mut self, gain: f64, next: Look) {
        let took = (next.at - next.before) / 2.0;
        self.gained = gain;
        self.spent = took;
        self.error = FIRST_ERROR;
        self.began = next.at - took;
    }

    /// Takes in a later movement, and how far it was off what the rate had promised.
    fn revise(&mut self, rate: f64, last: Look, next: Look) {
        let gain = next.progress - last.progress;
        let took = (self.moved_at(next) - self.moved_at(last)).max(f64::EPSILON);
        let expected = rate * took;
        let blur = if self.steps.are_seen() {
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

    /// Returns when the counters moved to where they stand, as well as that is known.
    fn moved_at(&self, look: Look) -> f64 {
        if self.steps.are_seen() {
            f64::midpoint(look.before, look.since)
        } else {
            look.since
        }
    }

    /// Returns the share of the rows attempted per second, once something has moved.
    fn rate(&self) -> Option<f64> {
        let rate = self.gained / self.spent;
        (rate.is_finite() && rate > 0.0).then_some(rate)
    }
}

/// The error that a first rate is given, before it was held against anything.
const FIRST_ERROR: f64 = 0.4;
/// The error that even a steady rate may have; the jitter of a wait is as much.
const LEAST_ERROR: f64 = 0.1;
/// A forecast is trusted twice as far ahead as the movement it rests on goes back: the first row of a slow start
/// must not put the next look off by an hour.
const REACH: f64 = 2.0;
