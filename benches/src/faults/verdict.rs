//! The comparison of two cells.

use std::fmt;

use prism_imports_tests::faults::{Breach, Outcome, Script};

use super::{ATTEMPTS, Cell};

/// The class of a result, from the best to the worst.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Class {
    /// The requested job.
    Answer,
    /// An error within the deadline.
    Error,
    /// More memory than the cap.
    Heavy,
    /// A result after the deadline.
    Late,
    /// Damage that cannot be undone: see [`Breach`].
    Harm,
}

impl Class {
    /// Returns the class of a cell.
    pub fn of(cell: &Cell) -> Self {
        let own = match cell.reported.outcome {
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

/// The reason why a cell of our client is worse.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Worse {
    /// Its class is worse.
    Class,
    /// The same result took more requests.
    Requests,
    /// The same result took as many requests and more connections.
    Connections,
    /// More requests than allowed attempts.
    Attempts,
}

impl fmt::Display for Worse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Class => "a worse outcome",
            Self::Requests => "more requests",
            Self::Connections => "more connections",
            Self::Attempts => "more requests than attempts",
        })
    }
}

/// Returns the reason if a cell of our client is worse than that of another client under the same script.
pub fn worse(script: &Script, ours: &Cell, theirs: &Cell) -> Option<Worse> {
    let counted = ours.wire.requests.saturating_sub(ours.wire.unprocessed);
    if counted > ATTEMPTS as usize {
        return Some(Worse::Attempts);
    }
    let (own, their) = (Class::of(ours), Class::of(theirs));
    if own != their {
        return (own > their).then_some(Worse::Class);
    }
    // A client that gives up early on a transient fault is not better.
    if own != Class::Answer && !script.permanent {
        return None;
    }
    if ours.wire.requests != theirs.wire.requests {
        return (ours.wire.requests > theirs.wire.requests).then_some(Worse::Requests);
    }
    (ours.wire.connections > theirs.wire.connections).then_some(Worse::Connections)
}
