//! The rules that no client may break, whatever the server does.

use std::fmt;
use std::time::Duration;

use super::{Call, Outcome, Reported, Times, Wire};

/// A broken rule.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "support code of this workspace's own tests"
)]
pub enum Breach {
    /// A POST without an idempotency key was sent twice although the server may have processed it.
    Doubled,
    /// A POST with an idempotency key was sent again with another key or another body.
    OtherKey,
    /// A secret was sent to another origin.
    Leaked,
    /// An answer that the client did not request was accepted.
    Wrong,
    /// The error reports that nothing was sent although a request was sent.
    FalselyUnsent,
    /// The call continued after its deadline.
    Late,
    /// The memory use exceeded the cap.
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

/// Returns the rules that a call broke.
pub fn breaches(call: Call, times: &Times, wire: &Wire, reported: &Reported) -> Vec<Breach> {
    let found = [
        (
            Breach::Doubled,
            call == Call::Unkeyed && wire.maybe_processed > 1,
        ),
        (Breach::OtherKey, call == Call::Keyed && !wire.consistent),
        (Breach::Leaked, wire.leaked),
        (Breach::Wrong, reported.outcome == Outcome::Wrong),
        (
            Breach::FalselyUnsent,
            reported.unsent && wire.requests > wire.unprocessed,
        ),
        (
            Breach::Late,
            reported
                .elapsed
                .is_some_and(|elapsed| elapsed > times.deadline + SLACK),
        ),
        (Breach::Heavy, reported.peak.is_some_and(|peak| peak > CAP)),
    ];
    let found = found.into_iter().filter(|(_, is_broken)| *is_broken);
    found.map(|(breach, _)| breach).collect()
}

/// The tolerance of a deadline: a busy machine wakes tasks late.
const SLACK: Duration = Duration::from_millis(250);

/// The memory cap of a process, in KiB. An answer has at most 64 MiB and may be in two buffers while the buffer grows;
/// 32 MiB are for the program itself.
const CAP: u64 = (2 * 64 + 32) * 1024;
