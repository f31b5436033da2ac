//! The kinds of job.

use std::fmt;

use super::job::log_uniform;

/// What a job's counters do on the way; the shares are in the [module's documentation](super).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a mix that a table leaves out would go unseen"
)]
pub enum Mix {
    /// One rate from the start to the end.
    Steady,
    /// A rate that changes a few times.
    Changing,
    /// A steady rate with standstills.
    Stalling,
    /// Changing rates, shown in steps of a tenth.
    Bursts,
    /// Nothing to see before the end.
    NoCounters,
    /// Over in a few seconds.
    VeryShort,
}

impl Mix {
    /// Every mix with its share in percent.
    pub const SHARES: [(Self, u32); 6] = [
        (Self::Steady, 20),
        (Self::Changing, 25),
        (Self::Stalling, 20),
        (Self::Bursts, 15),
        (Self::NoCounters, 10),
        (Self::VeryShort, 10),
    ];

    /// Draws a mix by the shares.
    pub(super) fn draw(random: &mut fastrand::Rng) -> Self {
        let mut ticket = random.u32(..100);
        for (mix, share) in Self::SHARES {
            if ticket < share {
                return mix;
            }
            ticket -= share;
        }
        Self::Steady
    }

    /// Draws a job's length in seconds.
    pub(super) fn length(self, random: &mut fastrand::Rng) -> f64 {
        match self {
            Self::VeryShort => log_uniform(random, 0.2, 5.0),
            Self::Steady | Self::Changing | Self::Stalling | Self::Bursts | Self::NoCounters => {
                log_uniform(random, 1.0, 86_400.0)
            }
        }
    }

    /// Draws the corners of the line of work, from the start of the work to the end of the job.
    pub(super) fn corners(
        self,
        random: &mut fastrand::Rng,
        start: f64,
        end: f64,
    ) -> Vec<(f64, f64)> {
        // Stretches of a length and a rate, of which only the proportions count.
        let stretches = match self {
            Self::Steady | Self::NoCounters | Self::VeryShort => vec![(1.0, 1.0)],
            Self::Changing | Self::Bursts => {
                let count = random.usize(3..=8);
                (0..count)
                    .map(|_| (0.1 + random.f64(), log_uniform(random, 1.0 / 3.0, 3.0)))
                    .collect()
            }
            Self::Stalling => stalls(random),
        };
        let (length, work) = stretches.iter().fold((0.0, 0.0), |(length, work), (l, r)| {
            (length + l, work + l * r)
        });
        let mut corner = (start, 0.0);
        let mut corners = vec![corner];
        for (l, r) in stretches {
            corner = (
                corner.0 + (end - start) * l / length,
                corner.1 + l * r / work,
            );
            corners.push(corner);
        }
        corners
    }
}

/// Draws a steady rate with 1 to 3 standstills of 3 to 20 % of the length, anywhere on the way.
fn stalls(random: &mut fastrand::Rng) -> Vec<(f64, f64)> {
    let count = random.usize(1..=3);
    let mut places: Vec<f64> = (0..count).map(|_| random.f64()).collect();
    places.sort_by(f64::total_cmp);
    let lengths: Vec<f64> = places.iter().map(|_| 0.03 + 0.17 * random.f64()).collect();
    let moving = 1.0 - lengths.iter().sum::<f64>();
    let mut stretches = Vec::new();
    let mut before = 0.0;
    for (place, length) in places.into_iter().zip(lengths) {
        stretches.push(((place - before) * moving, 1.0));
        stretches.push((length, 0.0));
        before = place;
    }
    stretches.push(((1.0 - before) * moving, 1.0));
    stretches
}

impl fmt::Display for Mix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Steady => "steady",
            Self::Changing => "changing",
            Self::Stalling => "stalling",
            Self::Bursts => "bursts",
            Self::NoCounters => "no counters",
            Self::VeryShort => "very short",
        })
    }
}
