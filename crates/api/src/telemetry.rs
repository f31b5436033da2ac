//! The span of a call or a watch, and the line of one that failed: nothing without the feature `tracing`.

use std::{future::Future, time::Duration};

use prism_imports_core::JobId;
use uuid::Uuid;

use crate::error::Error;

/// Makes a call in its span.
pub(crate) async fn traced<T>(
    operation: &'static str,
    team: Option<Uuid>,
    job: Option<&JobId>,
    call: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let trace = Trace::begin(operation, team, job);
    (trace.run(call).await).inspect_err(|error| trace.failed(error))
}

/// The span of a call or a watch. Numbers are `i64`, since `tracing-opentelemetry` exports unsigned ones as text.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trace {
    /// `None` before it begins, and without a subscriber: a fleet keeps one for each job.
    #[cfg(feature = "tracing")]
    span: Option<Box<tracing::Span>>,
}

#[cfg_attr(
    not(feature = "tracing"),
    expect(unused_variables, clippy::unused_self, reason = "there is no span")
)]
impl Trace {
    pub(crate) fn begin(operation: &'static str, team: Option<Uuid>, job: Option<&JobId>) -> Self {
        #[cfg(feature = "tracing")]
        let span = tracing::info_span!(
            "prism.call",
            otel.name = operation,
            otel.kind = "internal",
            otel.status_code = tracing::field::Empty,
            prism.team.id = team.map(tracing::field::display),
            prism.job.id = job.map(JobId::as_str),
            prism.job.status = tracing::field::Empty,
            error.type = tracing::field::Empty,
        );
        Self {
            #[cfg(feature = "tracing")]
            span: (!span.is_disabled()).then(|| Box::new(span)),
        }
    }

    /// Begins the span, unless it has begun.
    pub(crate) fn or_begin(&mut self, operation: &'static str, team: Uuid, job: &JobId) -> &Self {
        #[cfg(feature = "tracing")]
        if self.span.is_none() {
            *self = Self::begin(operation, Some(team), Some(job));
        }
        self
    }

    #[cfg(feature = "tracing")]
    fn span(&self) -> tracing::Span {
        let span = self.span.as_deref().cloned();
        span.unwrap_or_else(tracing::Span::none)
    }

    /// Returns the span that the task is in.
    pub(crate) fn current() -> Self {
        Self {
            #[cfg(feature = "tracing")]
            span: Some(Box::new(tracing::Span::current())),
        }
    }

    /// Runs a part of the call in its span.
    #[cfg(feature = "tracing")]
    pub(crate) fn run<F>(&self, part: F) -> tracing::instrument::Instrumented<F> {
        tracing::Instrument::instrument(part, self.span())
    }

    #[cfg(not(feature = "tracing"))]
    pub(crate) fn run<F>(&self, part: F) -> F {
        part
    }

    /// Records the job that a submit has started, or the state in which a job has finished.
    pub(crate) fn job(&self, job: Option<&JobId>, status: Option<&'static str>) {
        #[cfg(feature = "tracing")]
        {
            self.span().record("prism.job.id", job.map(JobId::as_str));
            self.span().record("prism.job.status", status);
        }
    }

    /// Emits an event for one step of a watch or a stream: its result, and the wait before the next one.
    pub(crate) fn stepped(&self, result: &'static str, fault: Option<&Error>, wait: Duration) {
        #[cfg(feature = "tracing")]
        tracing::debug!(
            parent: &self.span(),
            result,
            error.type = fault.map(|error| error.kind().as_str()),
            http.response.status_code = fault.and_then(status),
            request_id = fault.and_then(Error::request_id),
            wait_ms = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX),
            "prism.step",
        );
    }

    /// Records that the call has failed, and emits the one line about it.
    pub(crate) fn failed(&self, error: &Error) {
        #[cfg(feature = "tracing")]
        self.span().in_scope(|| {
            let (kind, job) = (error.kind().as_str(), error.job_id().map(JobId::as_str));
            self.span().record("otel.status_code", "ERROR");
            self.span().record("error.type", kind);
            tracing::warn!(
                error.type = kind,
                prism.job.id = job,
                http.response.status_code = status(error),
                request_id = error.request_id(),
                attempts = i64::from(error.attempts()),
                commit = error.commit().map(crate::Commit::as_str),
                "call failed",
            );
        });
    }
}

#[cfg(feature = "tracing")]
fn status(error: &Error) -> Option<i64> {
    error.status().map(|status| status.as_u16().into())
}
