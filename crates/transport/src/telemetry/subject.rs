//! A call or an attempt under observation, which ends exactly once.

use http::{Method, Request, Response};
use tokio::time::Instant;

use super::observer::{AttemptEnd, CallEnd, End, Observers};
use super::span::Span;
use crate::call::{AttemptNumber, CallContext, UrlTemplate};
use crate::error::Error;

/// A call or an attempt under observation. Dropped before its end, it reports that.
#[derive(Debug)]
pub(crate) struct Subject {
    span: Span,
    call: CallContext,
    method: Method,
    template: Option<UrlTemplate>,
    role: Role,
    observers: Observers,
    is_open: bool,
}

#[derive(Clone, Copy, Debug)]
enum Role {
    Call,
    Attempt { number: u32, began: Instant },
}

impl Subject {
    pub(crate) fn of_call<B>(
        request: &Request<B>,
        call: CallContext,
        observers: Observers,
    ) -> Self {
        let span = Span::call(request, request.extensions().get());
        Self::new(request, span, call, Role::Call, observers)
    }

    pub(crate) fn of_attempt<B>(
        request: &Request<B>,
        call: CallContext,
        observers: Observers,
    ) -> Self {
        // A resend after a 401 has the number of the retry's attempt, so the requests sent so far are counted.
        let sent = call.report().attempts().saturating_add(1);
        let number = AttemptNumber::of(request).map_or(sent, |number| sent.max(number.get()));
        let span = Span::attempt(request, request.extensions().get(), number);
        let began = Instant::now();
        Self::new(
            request,
            span,
            call,
            Role::Attempt { number, began },
            observers,
        )
    }

    fn new<B>(
        request: &Request<B>,
        span: Span,
        call: CallContext,
        role: Role,
        observers: Observers,
    ) -> Self {
        Self {
            span,
            call,
            method: request.method().clone(),
            template: request.extensions().get().cloned(),
            role,
            observers,
            is_open: true,
        }
    }

    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    pub(crate) fn end<C>(&mut self, result: &Result<Response<C>, Error>) {
        match result {
            Ok(response) => {
                self.span.answered(response.status(), response.headers());
                self.report(End::Answered(response.status()));
            }
            Err(error) => {
                self.span.failed(error);
                self.report(End::Failed(error));
            }
        }
    }

    fn report(&mut self, end: End<'_>) {
        self.is_open = false;
        let template = self.template.as_ref().map(|template| &*template.0);
        match self.role {
            Role::Call => {
                let report = self.call.report();
                self.span.counted(report.attempts());
                self.observers.on_call(&CallEnd {
                    method: &self.method,
                    template,
                    end,
                    report,
                });
            }
            Role::Attempt { number, began } => self.observers.on_attempt(&AttemptEnd {
                method: &self.method,
                template,
                number,
                end,
                elapsed: began.elapsed(),
            }),
        }
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if self.is_open {
            self.span.dropped();
            self.report(End::Dropped);
        }
    }
}
