//! One simulated job.

use super::{Mix, mix::Shares};

/// A job whose whole life is known.
#[derive(Clone, Debug)]
pub struct Job {
    mix: Mix,
    /// Seconds from the beginning to the end.
    length: f64,
    rows: u32,
    /// The work done by a time: corners of a line from (0, 0) to (length, 1), neither part ever falling.
    corners: Vec<(f64, f64)>,
}

impl Job {
    /// Draws the job with this number from the mixes and a seed.
    pub fn draw(shares: &Shares, seed: u64, number: u32) -> Self {
        // One stream per job: a mix that draws more numbers than another must not move the jobs after it.
        let stream = fastrand::Rng::with_seed(seed).u64(..) ^ u64::from(number);
        let mut random = fastrand::Rng::with_seed(fastrand::Rng::with_seed(stream).u64(..));
        let mix = Mix::draw(shares, &mut random);
        let length = mix.length(&mut random);
        let rows = log_uniform(&mut random, 100.0, 1_000_000.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most a million"
        )]
        let rows = rows as u32;
        let delay = if random.bool() {
            0.3 * random.f64()
        } else {
            0.0
        };
        let corners = mix.corners(&mut random, length * delay, length);
        Self {
            mix,
            length,
            rows,
            corners,
        }
    }

    /// Returns what kind of job it is.
    pub fn mix(&self) -> Mix {
        self.mix
    }

    /// Returns the seconds from its beginning to its end.
    pub fn length(&self) -> f64 {
        self.length
    }

    /// Returns the number of its rows.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Returns the rows that its counters say were attempted by a time; `None` without counters.
    pub fn processed(&self, at: f64) -> Option<u32> {
        let after = self.corners.partition_point(|(time, _)| *time <= at);
        let done = match (
            after
                .checked_sub(1)
                .and_then(|before| self.corners.get(before)),
            self.corners.get(after),
        ) {
            (Some((t0, w0)), Some((t1, w1))) => w0 + (w1 - w0) * (at - t0) / (t1 - t0),
            (Some((_, work)), None) => *work,
            (None, _) => 0.0,
        };
        let shown = match self.mix {
            Mix::Bursts => (done * 10.0).floor() / 10.0,
            Mix::Quarters => (done * 4.0).floor() / 4.0,
            Mix::CountedLate => 0.0,
            Mix::NoCounters => return None,
            Mix::Steady
            | Mix::Changing
            | Mix::Stalling
            | Mix::VeryShort
            | Mix::Quickening
            | Mix::Slackening
            | Mix::Finishing
            | Mix::Shifts => done,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of the rows"
        )]
        let processed = (shown * f64::from(self.rows)).floor() as u32;
        Some(processed)
    }
}

/// Draws a number whose logarithm is uniform.
pub(super) fn log_uniform(random: &mut fastrand::Rng, least: f64, most: f64) -> f64 {
    least * (most / least).powf(random.f64())
}
