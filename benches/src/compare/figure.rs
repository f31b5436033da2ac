//! A figure and its target.

use std::fmt;

/// A figure with its target bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
    bound: Bound,
}

/// The bound of a figure.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "there are only upper and lower bounds"
)]
pub enum Bound {
    /// An upper bound.
    AtMost(f64),
    /// A lower bound.
    AtLeast(f64),
}

impl Figure {
    /// Creates a figure. The name is a path without spaces.
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

    /// Returns `true` if the exact value, not the rounded one, is within the bound.
    pub fn is_met(&self) -> bool {
        match self.bound {
            Bound::AtMost(most) => self.value <= most,
            Bound::AtLeast(least) => self.value >= least,
        }
    }
}

/// `name value unit target (≤|≥) bound met|missed`, in columns.
impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, bound) = match self.bound {
            Bound::AtMost(bound) => ('≤', bound),
            Bound::AtLeast(bound) => ('≥', bound),
        };
        let value = Rounded(self.value).to_string();
        let met = if self.is_met() { "met" } else { "missed" };
        write!(
            f,
            "{:<42} {value:>9} {:<10} target {sign} {bound:<5} {met}",
            self.name, self.unit
        )
    }
}

/// Formats a number with three or four significant digits.
struct Rounded(f64);

impl fmt::Display for Rounded {
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
