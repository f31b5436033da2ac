//! What a task does after an error of the client: a pure decision.

use std::time::Duration;

use prism_imports::{Commit, Error, ErrorKind};

use crate::store::State;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Wait, then send the same again.
    Again(Duration),
    /// The import ends in this state.
    End(State),
}

/// Decides about a submit. An import that may exist at the server is sent again under its key only, or ends as unknown.
pub(crate) fn of_submit(error: &Error, failures: u32) -> Verdict {
    match error.kind() {
        // The import itself is at fault, so another attempt has the same result. Nor was it started by an attempt before
        // this one, also not by a worker that was killed: the server would have repeated its first response to the key.
        ErrorKind::Argument | ErrorKind::Rejected if !error.is_retryable() => {
            Verdict::End(match error.commit() {
                None | Some(Commit::NotCommitted) => State::Rejected,
                Some(_) => State::Unknown,
            })
        }
        // The server answers, but not with a job that can be watched. The same key would get the same answer.
        ErrorKind::Decode | ErrorKind::Contract | ErrorKind::TooLarge => {
            Verdict::End(State::Unknown)
        }
        _ => Verdict::Again(wait(error, failures)),
    }
}

/// Decides about a watch that ended with an error.
pub(crate) fn of_watch(error: &Error, failures: u32) -> Verdict {
    match error.kind() {
        // The import was carried out, and how its rows ended is not available any more.
        ErrorKind::NotFound
        | ErrorKind::Gone
        | ErrorKind::Expired
        | ErrorKind::Argument
        | ErrorKind::Rejected
        | ErrorKind::Decode
        | ErrorKind::Contract
        | ErrorKind::TooLarge => Verdict::End(State::Unknown),
        _ => Verdict::Again(wait(error, failures)),
    }
}

/// An operator may have to act, such as on a key that expired, so there is no last attempt.
fn wait(error: &Error, failures: u32) -> Duration {
    let backoff = FIRST_WAIT.saturating_mul(1 << failures.min(16));
    let asked = error.retry_after().unwrap_or_default();
    backoff.min(LONGEST_WAIT).max(asked)
}

const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Short enough to continue soon after a failure is repaired.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests;
