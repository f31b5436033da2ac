//! A call or an attempt under observation, which ends exactly once.

use http::{Method, Request, Response};
use tokio::time::Instant;

use super::observer::{AttemptEnd, CallEnd, End};
#[cfg(feature = "tracing")]
use super::span;
use crate::call::{CallContext, UrlTemplate};
use crate::error::Error;

/// A call or an attempt under observation. Dropped before its end, it reports that.
pub(crate) struct Subject {
    #[cfg(feature = "tracing")]
    span: tracing::Span,
    call: CallContext,
    method: Method,
    template: Option<UrlTemplate>,
    /// The number of an attempt, and when it began.
    attempt: Option<(u32, Instant)>,
    is_open: bool,
}

impl Subject {
    /// Begins to observe a call, or the attempt with this number.
    pub(crate) fn of<B>(request: &Request<B>, call: &CallContext, attempt: Option<u32>) -> Self {
        Self {
            #[cfg(feature = "tracing")]
            span: span::of(request, attempt),
            call: call.clone(),
            method: request.method().clone(),
            template: request.extensions().get().cloned(),
            attempt: attempt.map(|number| (number, Instant::now())),
            is_open: true,
        }
    }

    /// Runs a call or an attempt within its span.
    #[cfg(feature = "tracing")]
    pub(crate) fn instrument<F>(
        this: Option<&Self>,
        future: F,
    ) -> tracing::instrument::Instrumented<F> {
        let span = this.map_or_else(tracing::Span::none, |subject| subject.span.clone());
        tracing::Instrument::instrument(future, span)
    }

    /// Reports how the call or the attempt ended.
    pub(crate) fn ended<C>(mut self, result: &Result<Response<C>, Error>) {
        #[cfg(feature = "tracing")]
        span::answered(&self.span, result);
        self.report(match result {
            Ok(response) => End::Answered(response.status()),
            Err(error) => End::Failed(error),
        });
    }

    fn report(&mut self, end: End<'_>) {
        self.is_open = false;
        let method = &self.method;
        let template = self.template.as_ref().map(|template| &*template.0);
        // Only a call has one.
        let report = || self.call.report();
        #[cfg(feature = "tracing")]
        {
            let requests = self.attempt.is_none().then(|| report().attempts);
            span::ended(&self.span, end, requests);
        }
        match (self.call.observer(), self.attempt) {
            (Some(observer), None) => observer.on_call(&CallEnd {
                method,
                template,
                end,
                report: report(),
            }),
            (Some(observer), Some((number, began))) => observer.on_attempt(&AttemptEnd {
                method,
                template,
                number,
                end,
                elapsed: began.elapsed(),
            }),
            (None, _) => {}
        }
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if self.is_open {
            self.report(End::Dropped);
        }
    }
}
