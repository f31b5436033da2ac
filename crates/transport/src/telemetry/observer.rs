//! What an observer is told.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::{Method, StatusCode};

use crate::call::CallReport;
use crate::classify::Reason;
use crate::error::Error;

/// Somebody who counts and measures. Every method does nothing by default, and none may block.
pub trait Observer: Send + Sync + 'static {
    /// Is told how an attempt ended, however it ended.
    fn on_attempt(&self, attempt: &AttemptEnd<'_>) {
        let _ = attempt;
    }

    /// Is told that a call will be tried again.
    fn on_retry(&self, retry: &RetryPlanned) {
        let _ = retry;
    }

    /// Is told how a call ended, however it ended.
    fn on_call(&self, call: &CallEnd<'_>) {
        let _ = call;
    }
}

/// The end of an attempt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttemptEnd<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// The route of the request, when the caller has named it.
    pub template: Option<&'a str>,
    /// Which attempt of its call it was, from 1.
    pub number: u32,
    /// What it came to.
    pub end: End<'a>,
    /// How long it took, headers and body.
    pub elapsed: Duration,
}

/// The end of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallEnd<'a> {
    /// The method of the request.
    pub method: &'a Method,
    /// The route of the request, when the caller has named it.
    pub template: Option<&'a str>,
    /// What it came to.
    pub end: End<'a>,
    /// The account of the call.
    pub report: CallReport,
}

/// What an attempt or a call came to.
#[derive(Clone, Copy, Debug)]
#[expect(
    clippy::exhaustive_enums,
    reason = "a future ends in exactly these ways"
)]
pub enum End<'a> {
    /// An answer.
    Answered(StatusCode),
    /// An error.
    Failed(&'a Error),
    /// Nothing: it was dropped, by its caller or by a limit further out.
    Dropped,
}

/// A retry that has been decided on.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RetryPlanned {
    /// The number of the attempt that gave the reason, from 1.
    pub attempt: u32,
    /// Why it is worth another one.
    pub reason: Reason,
    /// How long the wait is; zero for a free replay.
    pub after: Duration,
}

/// The observer of a call, if it has one.
#[derive(Clone, Default)]
pub(crate) struct Observers {
    one: Option<Arc<dyn Observer>>,
}

impl Observers {
    pub(crate) fn of(observer: impl Observer) -> Self {
        Self {
            one: Some(Arc::new(observer)),
        }
    }

    pub(crate) fn get(&self) -> Option<&dyn Observer> {
        self.one.as_deref()
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Observers")
            .field("some", &self.one.is_some())
            .finish()
    }
}
