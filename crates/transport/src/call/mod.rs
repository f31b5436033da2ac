//! One call: its options, its context and its report.
//!
//! What layers share about a call travels in extensions, where layers of your own can read it too:
//!
//! | extension | of | written by | read by |
//! |---|---|---|---|
//! | [`CallContext`] | request | the outermost layer of ours | every layer, the HTTP service |
//! | [`Deadline`] | request | the caller, [`DeadlineLayer`](crate::DeadlineLayer) | retry, quota, attempt |
//! | [`AttemptNumber`] | request | [`RetryLayer`](crate::RetryLayer) | layers inside it, spans |
//! | [`Replay`], [`RetryPolicy`](crate::RetryPolicy) | request | the caller | retry |
//! | [`AttemptTimeout`], [`MaxBody`], [`Streamed`] | request | the caller | attempt |
//! | [`UrlTemplate`] | request | the caller | spans, observers |
//! | [`CallReport`] | response | every layer of ours, the outermost last | the caller |
//!
//! A layer that rebuilds a request must copy its extensions. A write whose context was lost is refused by
//! the HTTP service of a [stack](crate::stack) before it is sent: its outcome could not be reported truthfully.

mod context;
mod options;
mod report;

pub use self::context::CallContext;
#[cfg(feature = "client")]
pub(crate) use self::context::Note;
pub(crate) use self::options::after;
pub use self::options::{
    AttemptNumber, AttemptTimeout, Deadline, MaxBody, Replay, Streamed, UrlTemplate,
};
pub use self::report::{CallReport, Phase, Stop};

#[cfg(test)]
mod tests;
