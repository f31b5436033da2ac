//! When to look at a job again: a machine without IO, clock or chance of its own.
//!
//! # The contract
//! A [`Poller`] watches one job. Ask [`poll_output`](Poller::poll_output) what to do, and do it:
//!
//! | output | what to do |
//! |---|---|
//! | [`Fetch`](Output::Fetch) | ask the server for the job and hand in what came of it, by one of the three below; then ask again |
//! | [`Wait`](Output::Wait) | ask again at that offset, or earlier |
//! | [`Done`](Output::Done) | take the job with [`into_job`](Poller::into_job) |
//! | [`Stopped`](Output::Stopped) | the watch is over before the job; the reason and the last job seen are in it |
//!
//! | what came of a fetch | goes to |
//! |---|---|
//! | a job | [`handle_snapshot`](Poller::handle_snapshot) |
//! | a snapshot that contradicts itself | [`handle_contradiction`](Poller::handle_contradiction) |
//! | a fault that may pass | [`handle_fault`](Poller::handle_fault) |
//! | a fault that cannot pass | nobody: the watch is over, drop the poller |
//! | nothing, the future was dropped | nobody: the next `poll_output` issues the same fetch again |
//!
//! What an answer says of the server's clock goes to [`handle_server_time`](Poller::handle_server_time), before the
//! job.
//!
//! So a caller may be cancelled anywhere and loses at most one request. `now` is always the offset since the watch
//! began; one that goes back counts as the latest before it. The same seed and the same inputs give the same
//! outputs. After `Done` or `Stopped` every input is ignored.
//!
//! # The pace
//! Requests are scarce and promptness is wanted. A [`Pace`] says how many seconds of delay in seeing a job's end
//! one saved request makes up for; how long to wait follows from that and from how likely the end is by then:
//!
//! - The server's **hint** is a floor: no wait is shorter.
//! - Counters that move foretell the **end**, with a doubt that is learned from how the last forecasts did. The
//!   next look falls shortly after the end can have come; the closer the end, the smaller the doubt.
//! - A **standstill** moves the end away and widens the doubt, so the polling slows down.
//! - Without counters the wait grows with the job's **age**.
//!
//! Each wait is spread by ±10 %, a hint by up to 10 % upwards only.
//!
//! [`Limits`] end a watch early: a timeout, a number of requests, transient faults in a row. A wait never goes
//! beyond the timeout or the time at which the server forgets the job; where one would, a last look is taken two
//! seconds before.
//!
//! A [`Checkpoint`] goes on in another process. [`Schedule`] is the timing alone, for jobs of another kind.

mod checkpoint;
mod limits;
mod machine;
mod output;
mod pace;
mod schedule;
mod poll_result;
#[cfg(test)]
mod tests;
mod version;

pub use self::{
    checkpoint::Checkpoint,
    limits::Limits,
    machine::Poller,
    output::{Output, Rejection, Seen, Stopped},
    pace::{Pace, PaceBuilder, PaceError},
    poll_result::PollResult,
    schedule::{Schedule, Step, StopReason},
};
