//! The targets of the presets.

use std::fmt;

use super::Stats;

/// A figure and its bound, printed as `name value unit target ≤ bound met|missed`.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    name: &'static str,
    value: f64,
    unit: &'static str,
    bound: f64,
}

impl Target {
    /// Returns `true` if the figure is within its bound.
    pub fn is_met(&self) -> bool {
        self.value <= self.bound
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            value,
            unit,
            bound,
        } = self;
        let verdict = if self.is_met() { "met" } else { "missed" };
        write!(f, "{name} {value:.2} {unit} target ≤ {bound} {verdict}")
    }
}

/// Returns the targets with the results of the presets.
pub fn targets(prompt: Stats, balanced: Stats, frugal: Stats) -> Vec<Target> {
    let target = |name, value, unit, bound| Target {
        name,
        value,
        unit,
        bound,
    };
    vec![
        target(
            "prompt-requests-mean",
            prompt.requests_mean,
            "requests/job",
            75.0,
        ),
        target("prompt-delay-mean", prompt.delay_mean, "s", 4.5),
        target("prompt-delay-median", prompt.delay_median, "s", 0.5),
        target(
            "balanced-requests-mean",
            balanced.requests_mean,
            "requests/job",
            35.0,
        ),
        target("balanced-delay-mean", balanced.delay_mean, "s", 15.0),
        target("balanced-delay-median", balanced.delay_median, "s", 0.9),
        target(
            "frugal-requests-mean",
            frugal.requests_mean,
            "requests/job",
            20.0,
        ),
        target(
            "frugal-requests-median",
            frugal.requests_median,
            "requests/job",
            10.0,
        ),
        target("frugal-delay-mean", frugal.delay_mean, "s", 40.0),
        target("frugal-delay-median", frugal.delay_median, "s", 1.5),
    ]
}
