//! The rule of what is worse.

use std::fmt;

use prism_imports_tests::faults::{Breach, Outcome, Script};

use super::{ATTEMPTS, Cell};

/// How good it is what came of a call, from the best to the worst.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Class {
    /// The job that was asked for.
    Answer,
    /// An error, in time.
    Error,
    /// More memory than the cap.
    Heavy,
    /// After the deadline.
    Late,
    /// Something that cannot be mended: see [`Breach`].
    Harm,
}

impl Class {
    /// Returns the class of a cell.
    pub fn of(cell: &Cell) -> Self {
        let own = match cell.told.outcome {
            Outcome::Answer => Self::Answer,
            Outcome::Wrong => Self::Harm,
            Outcome::Error(_) => Self::Error,
        };
        let breaches = cell.breaches.iter().map(|breach| match breach {
            Breach::Heavy => Self::Heavy,
            Breach::Late => Self::Late,
            Breach::Doubled
            | Breach::OtherKey
            | Breach::Leaked
            | Breach::Wrong
            | Breach::FalselyUnsent => Self::Harm,
        });
        breaches.fold(own, Self::max)
    }
}

/// In what a cell of ours is worse.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Worse {
    /// Its class is worse.
    Class,
    /// The same took more requests.
    Requests,
    /// The same took as many requests and more connections.
    Connections,
    /// More requests than it was given attempts.
    Attempts,
}

impl fmt::Display for Worse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Class => "a worse end",
            Self::Requests => "more requests",
            Self::Connections => "more connections",
            Self::Attempts => "more requests than attempts",
        })
    }
}

/// Tells whether, and in what, a cell of ours is worse than that of another client under the same script.
pub fn worse(script: &Script, ours: &Cell, theirs: &Cell) -> Option<Worse> {
    let counted = ours.wire.requests.saturating_sub(ours.wire.given_back);
    if counted > ATTEMPTS as usize {
        return Some(Worse::Attempts);
    }
    let (own, their) = (Class::of(ours), Class::of(theirs));
    if own != their {
        return (own > their).then_some(Worse::Class);
    }
    // Who gives up earlier on what may pass is not better.
    if own != Class::Answer && !script.lasting {
        return None;
    }
    if ours.wire.requests != theirs.wire.requests {
        return (ours.wire.requests > theirs.wire.requests).then_some(Worse::Requests);
    }
    (ours.wire.connections > theirs.wire.connections).then_some(Worse::Connections)
}
