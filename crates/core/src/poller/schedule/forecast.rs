//! The estimate of a job's end from its counters.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::wait;
use crate::poller::Pace;

/// Estimates the end of a job from its counters.
///
/// Times are seconds since the job began. Progress is the fraction of the rows that were processed. Progress and the
/// time that it took are exponentially decaying sums. The decay time is about the estimated time to the end: a distant
/// end is estimated from a long history, and a near end from the last moments.
///
/// Some servers count each row, and gains have any size. Others count each batch, and gains are whole multiples of the
/// batch size. An unfinished batch is not counted, so the end has to be estimated from the time of the last step.
///
/// The serialized form has the points, from which a similar forecast is made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "Vec<Point>", into = "Vec<Point>")]
pub(super) struct Forecast {
    /// The first counters, the first that moved, and the latest that moved.
    points: Vec<Point>,
    /// The age at the latest poll.
    polled: Duration,
    /// The age at the last poll before the counters moved.
    before: Duration,
    /// The decaying sum of progress.
    gained: f64,
    /// The decaying sum of the seconds that the progress took.
    spent: f64,
    /// The recent relative error of the expected progress.
    error: f64,
    /// The estimated time at which the work began.
    began: f64,
    /// The smallest gain so far; 0 before the first.
    step: f64,
    /// The number of consecutive gains that were whole multiples of the smallest.
    whole_steps: u32,
}

/// The counters of a job at an age.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Point {
    age: Duration,
    processed: u64,
    total: u64,
}

impl Forecast {
    /// Records the counters. A poll that is not later than the last one is ignored.
    pub(super) fn observe(&mut self, age: Duration, processed: u64, total: u64) {
        let last = self.points.last().copied();
        if total == 0 || (last.is_some() && age <= self.polled) {
            return;
        }
        let next = Point {
            age,
            processed,
            total,
        };
        let before = self.polled;
        self.polled = age;
        if let Some(last) = last {
            if next.progress() <= last.progress() {
                return;
            }
            self.revise(last, next, before);
        }
        self.points.truncate(KEPT);
        // Most jobs of a large fleet have one.
        self.points.reserve_exact(1);
        self.points.push(next);
    }

    /// Chooses the wait before the next poll of a job at this age, without jitter.
    pub(super) fn wait(&self, pace: &Pace, age: Duration) -> Duration {
        let Some(point) = self.points.last() else {
            return wait::open_ended(pace, age, 1.0);
        };
        if point.progress() >= 1.0 {
            return wait::open_ended(pace, self.still(point), 1.0);
        }
        let Some((remaining, uncertainty)) = self.remaining() else {
            return wait::open_ended(pace, age, IDLE);
        };
        let horizon = HORIZON * (self.polled.as_secs_f64() - self.began);
        wait::approach(pace, remaining, uncertainty, horizon)
    }

    /// Returns the estimated time to the end and its uncertainty in each direction; `None` before the first movement.
    pub(super) fn remaining(&self) -> Option<(f64, f64)> {
        let (point, rate) = (self.points.last()?, self.rate()?);
        let rest = 1.0 - point.progress();
        let still = self.still(point).as_secs_f64();
        let error = self.error.hypot(LEAST_ERROR);
        Some(if self.is_stepped() {
            // The next step is in progress and not counted yet. Its delay lowers the rate.
            let blur = self.blur(point.age);
            let late = (still + blur - self.step / rate).max(0.0);
            let whole = rest * (self.spent + late) / self.gained;
            let remaining = (whole - still - blur).max(0.0);
            (remaining, error * rest / rate + blur + late)
        } else {
            // A standstill counts as time without progress, and may last as long again.
            let remaining = rest * (self.spent + still) / self.gained;
            (remaining, error * remaining + still)
        })
    }

    /// Returns the time since the first poll with the current counters.
    fn still(&self, point: &Point) -> Duration {
        self.polled.saturating_sub(point.age)
    }

    /// Records a movement since the poll `before`, and its deviation from the expected progress.
    fn revise(&mut self, last: Point, next: Point, before: Duration) {
        let gain = next.progress() - last.progress();
        let steps = gain.max(self.step) / gain.min(self.step);
        let is_whole = steps < MOST_STEPS && (steps - steps.round()).abs() <= TOLERANCE;
        self.whole_steps = if is_whole {
            self.whole_steps.saturating_add(1)
        } else {
            0
        };
        let last_blur = self.blur(last.age);
        self.before = before;
        let Some(rate) = self.rate() else {
            // The work began between two polls. The midpoint is a first guess that later polls outweigh.
            self.spent = next.age.saturating_sub(before).as_secs_f64() / 2.0;
            self.began = next.age.as_secs_f64() - self.spent;
            (self.gained, self.step, self.error) = (gain, gain, FIRST_ERROR);
            return;
        };
        self.step = self.step.min(gain);
        let blur = self.blur(next.age);
        let took = next.age.saturating_sub(last.age).as_secs_f64();
        let took = (took + last_blur - blur).max(f64::EPSILON);
        let expected = rate * took;
        let off = ((gain - expected).abs() - rate * blur).max(0.0) / gain.max(expected);
        self.error = f64::midpoint(self.error * self.error, off * off).sqrt();
        let left = (1.0 - last.progress()) / rate;
        let kept = (-took / left).exp();
        self.gained = self.gained * kept + gain;
        self.spent = self.spent * kept + took;
    }

    /// Returns the fraction of the rows processed per second; `None` before the first movement.
    fn rate(&self) -> Option<f64> {
        (self.gained > 0.0).then(|| self.gained / self.spent)
    }

    /// Returns `true` if the counters move in steps that are observed one by one.
    pub(super) fn is_stepped(&self) -> bool {
        self.whole_steps >= 2
    }

    /// Returns how much earlier than at its first poll the last step is assumed: it was between two polls.
    fn blur(&self, first: Duration) -> f64 {
        if self.is_stepped() {
            first.saturating_sub(self.before).as_secs_f64() / 2.0
        } else {
            0.0
        }
    }
}

impl Point {
    /// Returns the fraction of the rows that were processed.
    fn progress(&self) -> f64 {
        // Dividing durations avoids a lossy cast of the counts.
        let (processed, total) = (self.processed.min(self.total), self.total);
        Duration::from_secs(processed).div_duration_f64(Duration::from_secs(total))
    }
}

/// The points make the forecast.
impl PartialEq for Forecast {
    fn eq(&self, other: &Self) -> bool {
        self.points == other.points
    }
}

impl From<Vec<Point>> for Forecast {
    fn from(points: Vec<Point>) -> Self {
        let mut forecast = Self::default();
        for point in points {
            forecast.observe(point.age, point.processed, point.total);
        }
        forecast
    }
}

impl From<Forecast> for Vec<Point> {
    fn from(forecast: Forecast) -> Self {
        forecast.points
    }
}

/// The rarity of a job whose counters have not moved and that is on a server that only counts at the end. Most likely
/// the job has not begun, and its counters will move before it ends.
const IDLE: f64 = 10.0;
/// The points that are kept beside the latest.
const KEPT: usize = 2;
/// The assumed error of the first rate, before it was compared with later progress.
const FIRST_ERROR: f64 = 0.4;
/// The minimum error, which even a steady rate may have. The jitter of a wait is as large.
const LEAST_ERROR: f64 = 0.1;
/// The horizon of an estimate, as a multiple of the time since the work began. The first row of a slow start must not
/// delay the next poll by an hour.
const HORIZON: f64 = 2.0;
/// How far from a whole number of steps a gain may be. Batches differ by one row if their number does not divide the
/// total.
const TOLERANCE: f64 = 0.02;
/// Gains of more than ten steps are whole multiples by chance too often.
const MOST_STEPS: f64 = 10.5;
