//! The limits of one attempt.

use std::time::Duration;

use http::Request;
use tokio::time::Instant;

use super::AttemptLayer;
use crate::call::{AttemptTimeout, Deadline, MaxBody, Streamed};
use crate::error::Scope;

/// The limits of one attempt: those of the layer or of the request, and never beyond the call's deadline.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    /// When the attempt must end, unless its body is streamed.
    pub(super) attempt: End,
    /// When a streamed body must end.
    pub(super) stream: End,
    pub(super) idle: Duration,
    pub(super) max_body: u64,
    pub(super) max_error_body: u64,
    pub(super) is_streamed: bool,
}

/// The instant of an end, and which limit sets it.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) at: Instant,
    pub(super) scope: Scope,
}

impl Allowance {
    pub(super) fn of<B>(request: &Request<B>, layer: &AttemptLayer) -> Self {
        let extensions = request.extensions();
        let timeout = extensions
            .get::<AttemptTimeout>()
            .map_or(layer.timeout, |timeout| timeout.0);
        let began = Instant::now();
        let ours = Deadline::after_start(began, timeout);
        let call = Deadline::of(request);
        let end = |deadline: Deadline, scope| End {
            at: deadline.tokio_instant(),
            scope,
        };
        Self {
            attempt: match call {
                Some(call) if call <= ours => end(call, Scope::Call),
                Some(_) | None => end(ours, Scope::Attempt),
            },
            // Without a deadline only the idle timeout ends a stream.
            stream: end(
                call.unwrap_or_else(|| Deadline::after_start(began, Duration::MAX)),
                Scope::Call,
            ),
            idle: layer.idle,
            max_body: extensions
                .get::<MaxBody>()
                .map_or(layer.max_body, |max| max.0),
            max_error_body: layer.max_error_body,
            is_streamed: extensions.get::<Streamed>().is_some(),
        }
    }
}
