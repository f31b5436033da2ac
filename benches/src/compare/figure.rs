//! One figure and its target.

use std::fmt;

/// A figure with the bound it is to keep.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    bound: Bound,
}

/// What a figure is to be.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there is no third way to be bounded"
)]
pub enum Bound {
    /// No more than this.
    AtMost(f64),
    /// No less than this.
    AtLeast(f64),
}

impl Figure {
    /// Creates a figure; its name is a path without spaces.
    pub fn new(name: impl Into<String>, value: f64, unit: &'static str, bound: Bound) -> Self {
        let name = name.into();
        Self {
            name,
            value,
            unit,
            bound,
        }
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Tells whether the figure is within its bound, by its exact value and not by the one that is shown.
    pub fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtMost(most) => self.value <= most,
            Bound::AtLeast(least) => self.value >= least,
        }
    }
}

/// `name value unit target (≤|≥) bound met|short`, in columns.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, bound) = match self.bound {
            Bound::AtMost(bound) => ('≤', bound),
            Bound::AtLeast(bound) => ('≥', bound),
        };
        let value = Shown(self.value).to_string();
        let met = if self.is_met() { "met" } else { "short" };
        write!(
            f,
            "{:<42} {value:>9} {:<10} target {sign} {bound:<5} {met}",
            self.name, self.unit
        )
    }
}

/// A number with as many digits as are worth reading.
struct Shown(f64);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(value) = self;
        if value.fract() == 0.0 || value.abs() >= 1_000.0 {
            write!(f, "{value:.0}")
        } else if value.abs() >= 100.0 {
            write!(f, "{value:.1}")
        } else {
            write!(f, "{value:.3}")
        }
    }
}
