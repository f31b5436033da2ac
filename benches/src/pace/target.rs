//! What each of our presets has to reach.

use std::fmt;

use super::Stats;

/// One figure and its bound, printed as `name value unit target ≤ bound met|short`.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    name: &'static str,
    value: f64,
    unit: &'static str,
    bound: f64,
}

impl Target {
    /// Returns whether the figure is within its bound.
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
        let verdict = if self.is_met() { "met" } else { "short" };
        write!(f, "{name} {value:.2} {unit} target ≤ {bound} {verdict}")
    }
}

/// Returns every target with what the presets came to.
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
