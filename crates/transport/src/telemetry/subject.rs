//! A call or an attempt under observation, which ends exactly once.

use std::future::Future;

use http::{Method, Request, Response};
use tokio::time::Instant;

use super::observer::{AttemptEnd, CallEnd, End, Observers};
use super::span::{self, Span};
use crate::call::{AttemptNumber, CallContext, UrlTemplate};
use crate::error::Error;

/// A call or an attempt under observation. Dropped before its end, it reports that.
#[derive(Debug)]
pub(crate) struct Subject {
    span: Span,
    call: CallContext,
    method: Method,
    template: Option<UrlTemplate>,
    /// The number of an attempt, and when it began.
    attempt: Option<(u32, Instant)>,
    observers: Observers,
    is_open: bool,
}

impl Subject {
    pub(crate) fn of_call<B>(request: &Request<B>, call: &CallContext, to: &Observers) -> Self {
        Self::new(request, span::call(request), call, None, to)
    }

    pub(crate) fn of_attempt<B>(request: &Request<B>, call: &CallContext, to: &Observers) -> Self {
        // A resend after a 401 has the number of the retry's attempt, so the requests sent so far are counted.
        let sent = call.report().attempts().saturating_add(1);
        let number = AttemptNumber::of(request).map_or(sent, |number| sent.max(number.get()));
        let attempt = Some((number, Instant::now()));
        Self::new(request, span::attempt(request, number), call, attempt, to)
    }

    fn new<B>(
        request: &Request<B>,
        span: Span,
        call: &CallContext,
        attempt: Option<(u32, Instant)>,
        observers: &Observers,
    ) -> Self {
        Self {
            span,
            call: call.clone(),
            method: request.method().clone(),
            template: request.extensions().get().cloned(),
            attempt,
            observers: observers.clone(),
            is_open: true,
        }
    }

    /// Runs the call or the attempt within its span, and reports how it ends.
    pub(crate) async fn observe<C>(
        mut self,
        future: impl Future<Output = Result<Response<C>, Error>>,
    ) -> Result<Response<C>, Error> {
        let result = span::within(self.span.clone(), future).await;
        let result = self.call.finish(result);
        span::ended(&self.span, &result);
        self.report(match &result {
            Ok(response) => End::Answered(response.status()),
            Err(error) => End::Failed(error),
        });
        result
    }

    fn report(&mut self, end: End<'_>) {
        self.is_open = false;
        let method = &self.method;
        let template = self.template.as_ref().map(|template| &*template.0);
        let report = self.call.report();
        if self.attempt.is_none() {
            span::counted(&self.span, report.attempts());
        }
        self.observers.notify(|observer| match self.attempt {
            None => observer.on_call(&CallEnd {
                method,
                template,
                end,
                report,
            }),
            Some((number, began)) => observer.on_attempt(&AttemptEnd {
                method,
                template,
                number,
                end,
                elapsed: began.elapsed(),
            }),
        });
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if self.is_open {
            span::dropped(&self.span);
            self.report(End::Dropped);
        }
    }
}
