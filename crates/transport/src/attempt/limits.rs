//! What one attempt may take.

use std::time::Duration;

use http::Request;
use tokio::time::Instant;

use crate::call::{AttemptTimeout, Deadline, SizeCap, Streamed};
use crate::error::Scope;

/// The limits of a layer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) timeout: Duration,
    pub(super) idle: Duration,
    pub(super) size_cap: u64,
    pub(super) error_cap: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            idle: Duration::from_secs(15),
            size_cap: 64 * 1024 * 1024,
            error_cap: 64 * 1024,
        }
    }
}

/// The limits of one attempt: the layer's or the request's own, and never beyond the call's deadline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// When the attempt began.
    pub(super) began: Instant,
    /// When the attempt must end, unless its body is streamed.
    pub(super) attempt: End,
    /// When a streamed body must end.
    pub(super) stream: End,
    pub(super) idle: Duration,
    pub(super) size_cap: u64,
    pub(super) error_cap: u64,
    pub(super) streamed: bool,
}

/// The instant of an end, and whose limit it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) at: Instant,
    pub(super) scope: Scope,
}

impl Limits {
    pub(super) fn of<B: 'static>(&self, request: &Request<B>) -> Allowance {
        let extensions = request.extensions();
        let timeout = extensions
            .get::<AttemptTimeout>()
            .map_or(self.timeout, |timeout| timeout.0);
        let end = |deadline: Deadline, scope| End {
            at: deadline.tokio_instant(),
            scope,
        };
        let began = Instant::now();
        let own = Deadline::after_start(began, timeout);
        let call = Deadline::of(request);
        Allowance {
            began,
            attempt: match call {
                Some(call) if call <= own => end(call, Scope::Call),
                Some(_) | None => end(own, Scope::Attempt),
            },
            // Without a deadline only the idle limit ends a stream.
            stream: end(
                call.unwrap_or_else(|| Deadline::after_start(began, Duration::MAX)),
                Scope::Call,
            ),
            idle: self.idle,
            size_cap: extensions
                .get::<SizeCap>()
                .map_or(self.size_cap, |cap| cap.0),
            error_cap: self.error_cap,
            streamed: extensions.get::<Streamed>().is_some(),
        }
    }
}
