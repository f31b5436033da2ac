//! Fault injection.

mod effect;
mod make;
mod rule;
mod scenario;
mod sloppy;
#[cfg(test)]
mod tests;

pub(crate) use self::effect::{Effect, ScriptedAnswer};
pub use self::{
    effect::{Envelope, Moment},
    rule::{Fault, On},
    scenario::{Scenario, ScenarioError, Settings},
    sloppy::Sloppy,
};
