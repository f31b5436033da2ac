//! The kinds of jobs.

use std::fmt;

/// The behaviour of the counters of a job. The [module documentation](super) has the shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "matches must cover every mix")]
pub enum Mix {
    /// A constant rate.
    Steady,
    /// A rate that changes a few times.
    Changing,
    /// A constant rate with stalls.
    Stalling,
    /// Changing rates, shown in steps of a tenth.
    Bursts,
    /// No counters before the end.
    NoCounters,
    /// A few seconds long.
    VeryShort,
    /// An increasing rate.
    Quickening,
    /// A decreasing rate.
    Slackening,
    /// Continues after the last row.
    Finishing,
    /// Counters that stay at 0 until the end.
    CountedLate,
    /// Work in shifts with pauses in between.
    Shifts,
    /// Progress shown in quarters.
    Quarters,
}

/// The mixes that a simulation draws from, with the share of each in percent.
pub type Shares = [(Mix, u32)];

impl Mix {
    /// The mixes that the presets were tuned on.
    pub const TUNED: &'static Shares = &[
        (Self::Steady, 20),
        (Self::Changing, 25),
        (Self::Stalling, 20),
        (Self::Bursts, 15),
        (Self::NoCounters, 10),
        (Self::VeryShort, 10),
    ];

    /// Mixes that were not used for tuning.
    pub const UNSEEN: &'static Shares = &[
        (Self::Quickening, 20),
        (Self::Slackening, 20),
        (Self::Finishing, 20),
        (Self::Shifts, 20),
        (Self::Quarters, 10),
        (Self::CountedLate, 10),
    ];

    /// Draws a mix by the shares.
    pub(super) fn draw(shares: &Shares, random: &mut fastrand::Rng) -> Self {
        let mut ticket = random.u32(..100);
        for (mix, share) in shares {
            if ticket < *share {
                return *mix;
            }
            ticket -= share;
        }
        Self::Steady
    }

    /// Draws a job's length in seconds.
    pub(super) fn length(self, random: &mut fastrand::Rng) -> f64 {
        match self {
            Self::VeryShort => log_uniform(random, 0.2, 5.0),
            Self::Steady
            | Self::Changing
            | Self::Stalling
            | Self::Bursts
            | Self::NoCounters
            | Self::Quickening
            | Self::Slackening
            | Self::Finishing
            | Self::CountedLate
            | Self::Shifts
            | Self::Quarters => log_uniform(random, 1.0, 86_400.0),
        }
    }

    /// Draws the corners of the progress line, from the start of the work to the end of the job.
    pub(super) fn corners(
        self,
        random: &mut fastrand::Rng,
        start: f64,
        end: f64,
    ) -> Vec<(f64, f64)> {
        // Stretches with a relative length and a relative rate.
        let stretches = match self {
            Self::Steady
            | Self::NoCounters
            | Self::VeryShort
            | Self::CountedLate
            | Self::Quarters => {
                vec![(1.0, 1.0)]
            }
            Self::Quickening => ramp().collect(),
            Self::Slackening => ramp().rev().collect(),
            Self::Finishing => vec![(1.0, 1.0), (0.01 + 0.24 * random.f64(), 0.0)],
            Self::Shifts => {
                let rest = 0.2 + 2.0 * random.f64();
                let shifts = random.usize(3..=12);
                let day = [(1.0, 1.0), (rest, 0.0)];
                let days = std::iter::repeat_n(day, shifts).flatten();
                days.take(2 * shifts - 1).collect()
            }
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

/// Returns a rate that grows tenfold, in twenty stretches.
fn ramp() -> impl DoubleEndedIterator<Item = (f64, f64)> {
    (0..20).map(|stretch| (1.0, 1.0 + 9.0 * f64::from(stretch) / 19.0))
}

/// Draws a constant rate with 1 to 3 stalls of 3 to 20 % of the length, at random positions.
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
            Self::Quickening => "quickening",
            Self::Slackening => "slackening",
            Self::Finishing => "finishing",
            Self::CountedLate => "counted late",
            Self::Shifts => "shifts",
            Self::Quarters => "quarters",
        })
    }
}

/// Draws a log-uniform number.
pub(super) fn log_uniform(random: &mut fastrand::Rng, least: f64, most: f64) -> f64 {
    least * (most / least).powf(random.f64())
}
