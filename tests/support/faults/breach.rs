//! What no client may do, whatever is done to it.

use std::fmt;
use std::time::Duration;

use super::{Call, Outcome, Times, Told, Wire};

/// What no client may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Breach {
    /// A POST without a key was on the wire twice, and was not given back.
    Doubled,
    /// A POST with a key was sent again under another one, or with other bytes.
    OtherKey,
    /// A secret came to another origin.
    Leaked,
    /// What nobody had asked for was taken for the answer.
    Wrong,
    /// The error says that nothing was sent, and something was.
    FalselyUnsent,
    /// The call went on after its deadline.
    Late,
    /// The memory went over the cap.
    Heavy,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Doubled => "DOUBLED",
            Self::OtherKey => "OTHER KEY",
            Self::Leaked => "LEAKED",
            Self::Wrong => "WRONG",
            Self::FalselyUnsent => "FALSELY UNSENT",
            Self::Late => "LATE",
            Self::Heavy => "HEAVY",
        })
    }
}

/// Finds what a call did that no client may do.
pub fn breaches(call: Call, times: &Times, wire: &Wire, told: &Told) -> Vec<Breach> {
    let found = [
        (Breach::Doubled, call == Call::Unkeyed && wire.taken > 1),
        (Breach::OtherKey, call == Call::Keyed && !wire.same),
        (Breach::Leaked, wire.leaked),
        (Breach::Wrong, told.outcome == Outcome::Wrong),
        (
            Breach::FalselyUnsent,
            told.unsent && wire.requests > wire.given_back,
        ),
        (
            Breach::Late,
            told.elapsed
                .is_some_and(|elapsed| elapsed > times.deadline + SLACK),
        ),
        (Breach::Heavy, told.peak.is_some_and(|peak| peak > CAP)),
    ];
    let found = found.into_iter().filter(|(_, is_so)| *is_so);
    found.map(|(breach, _)| breach).collect()
}

/// What a busy machine may add to a deadline: it wakes nobody on the tick.
const SLACK: Duration = Duration::from_millis(250);

/// The most memory of a process, in KiB: an answer is at most 64 MiB, which may be in two buffers while one grows into
/// the next, and 32 MiB are the program's.
const CAP: u64 = (2 * 64 + 32) * 1024;
