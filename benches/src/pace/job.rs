//! A simulated job.

use super::{
    Mix,
    mix::{Shares, log_uniform},
};

/// A job whose progress over time is known.
#[derive(Clone, Debug)]
pub struct Job {
    mix: Mix,
    /// The duration in seconds.
    length: f64,
    rows: u32,
    /// The share of the work done by a time: the corners of a monotonic line from (0, 0) to (length, 1).
    corners: Vec<(f64, f64)>,
}

impl Job {
    /// Draws the job with this number from the mixes and a seed.
    pub fn draw(shares: &Shares, seed: u64, number: u32) -> Self {
        // One stream per job, so the number of draws of a mix does not affect later jobs.
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

    /// Returns the kind of job.
    pub fn mix(&self) -> Mix {
        self.mix
    }

    /// Returns the duration in seconds.
    pub fn length(&self) -> f64 {
        self.length
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> u32 {
        self.rows
    }

    /// Returns the number of processed rows that the counters show at a time, or `None` without counters.
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
