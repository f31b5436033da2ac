//! A sans-IO state machine that decides when to poll a job.
//!
//! # Calling contract
//! A [`Poller`] watches one job. The caller calls [`poll_output`](Poller::poll_output) and acts on its output:
//!
//! | output | action of the caller |
//! |---|---|
//! | [`Fetch`](Output::Fetch) | request the job from the server, pass the result to a method of the second table, then call `poll_output` again |
//! | [`Wait`](Output::Wait) | call `poll_output` again at that offset, or earlier |
//! | [`Done`](Output::Done) | take the job with [`into_job`](Poller::into_job) |
//! | [`Stopped`](Output::Stopped) | stop polling; the output contains the reason and the last snapshot |
//!
//! | result of a fetch | method |
//! |---|---|
//! | a job | [`handle_snapshot`](Poller::handle_snapshot) |
//! | a snapshot that contradicts itself | [`handle_contradiction`](Poller::handle_contradiction) |
//! | the server does not know the job | [`handle_not_found`](Poller::handle_not_found) |
//! | a transient fault | [`handle_fault`](Poller::handle_fault) |
//! | a permanent fault | none: the caller drops the poller |
//! | none, because the future was dropped | none: the next `poll_output` returns the same fetch again |
//!
//! If an answer contains the server's time, the caller passes it to
//! [`handle_server_time`](Poller::handle_server_time) before it passes the job.
//!
//! A caller can be cancelled at any point and loses at most one request. `now` is the offset since the watch began.
//! If it is earlier than a previous one, the latest previous one is used instead. The same seed and the same inputs
//! produce the same outputs. After `Done` or `Stopped`, all inputs are ignored.
//!
//! # Pace
//! Polling trades requests for delay. A [`Pace`] sets how many seconds of delay in detecting the end of a job one
//! request is worth. The wait before the next poll depends on the pace and on the likely end of the job:
//!
//! - The server's **hint** is a lower bound for the wait.
//! - Counters that move allow an **estimate** of the end, with an uncertainty based on the errors of earlier
//!   estimates. The next poll is due shortly after the earliest likely end. The uncertainty shrinks as the end
//!   approaches.
//! - A **standstill** of the counters delays the estimated end and increases the uncertainty, so polling slows down.
//! - Without counters, the wait grows with the **age** of the job.
//!
//! Each wait is jittered by ±10 %. A hint is only lengthened, by up to 10 %.
//!
//! # End
//! [`Limits`] end a watch early: a timeout, a number of requests, a number of consecutive faults. A wait never extends
//! past the timeout. If it would, the last poll is due two seconds before it.
//!
//! An unfinished job never ends a watch by its counters: they are estimates, and a snapshot that deviates is a snapshot.
//! Two answers are polled again for a limited time: that the server does not know a job which the caller has submitted, and
//! that a job is complete without its results.
//!
//! The server deletes a job at its `expires_at`. Polls are due two seconds before and after it. The watch stops as
//! expired if the server no longer knows the job, or if an answer with the server's time says that it has passed.
//! The local clock does not decide that: an answer proves that the job is still kept.
//!
//! A [`Checkpoint`] continues a watch in another process.

mod checkpoint;
mod limits;
mod machine;
mod output;
mod pace;
mod schedule;
#[cfg(test)]
mod tests;

pub use self::{
    checkpoint::{Checkpoint, CheckpointError},
    limits::Limits,
    machine::Poller,
    output::{Output, Rejection, Seen, StopReason, Stopped},
    pace::{Pace, PaceBuilder, PaceError},
};
