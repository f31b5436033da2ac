//! What a span is about, and how it ends exactly once.

use http::{Method, Request, Response};
use tokio::time::Instant;

use super::observer::{AttemptEnd, CallEnd, End, Observers};
use super::span::Span;
use crate::call::{Call, Carried, UrlTemplate};
use crate::error::Error;

/// A call or an attempt under observation; dropped before its end, it says so.
#[derive(Debug)]
pub(super) struct Subject {
    span: Span,
    call: Call,
    method: Method,
    template: Option<UrlTemplate>,
    role: Role,
    observers: Observers,
    open: bool,
}

#[derive(Clone, Copy, Debug)]
enum Role {
    Call,
    Attempt { number: u32, began: Instant },
}

impl Subject {
    /// Begins to observe a call; `None` where nobody would learn of it.
    pub(super) fn call<B: 'static>(
        request: &Request<B>,
        call: &Call,
        observers: &Observers,
    ) -> Option<Box<Self>> {
        if observers.get().is_some() {
            call.observe(observers.clone());
        }
        let template = request.extensions().get::<UrlTemplate>();
        let span = Span::call(request, template);
        Self::new(request, span, call.clone(), Role::Call, observers)
    }

    /// Begins to observe an attempt; `None` where nobody would learn of it.
    pub(super) fn attempt<B: 'static>(
        request: &Request<B>,
        observers: &Observers,
    ) -> Option<Box<Self>> {
        if !Span::IS_SEEN && observers.get().is_none() {
            return None;
        }
        // Never the owner of the account: whoever watches the attempt itself comes next and joins too.
        let call = Carried::find(request)
            .map(|carried| carried.call().clone())
            .unwrap_or_default();
        let number = call.attempts().saturating_add(1);
        let template = request.extensions().get::<UrlTemplate>();
        let span = Span::attempt(request, template, number);
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
        call: Call,
        role: Role,
        observers: &Observers,
    ) -> Option<Box<Self>> {
        if span.is_disabled() && observers.get().is_none() {
            return None;
        }
        Some(Box::new(Self {
            span,
            call,
            method: request.method().clone(),
            template: request.extensions().get().cloned(),
            role,
            observers: observers.clone(),
            open: true,
        }))
    }

    pub(super) const fn span(&self) -> &Span {
        &self.span
    }

    pub(super) fn end<C>(&mut self, result: &Result<Response<C>, Error>) {
        match result {
            Ok(response) => {
                self.span.answered(response.status(), response.headers());
                self.tell(End::Answered(response.status()));
            }
            Err(error) => {
                self.span.failed(error);
                self.tell(End::Failed(error));
            }
        }
    }

    fn tell(&mut self, end: End<'_>) {
        self.open = false;
        let template = self.template.as_ref().map(|template| &*template.0);
        match self.role {
            Role::Call => {
                self.span.counted(&self.call);
                if let Some(observer) = self.observers.get() {
                    observer.on_call(&CallEnd {
                        method: &self.method,
                        template,
                        end,
                        report: self.call.report(),
                    });
                }
            }
            Role::Attempt { number, began } => {
                if let Some(observer) = self.observers.get() {
                    observer.on_attempt(&AttemptEnd {
                        method: &self.method,
                        template,
                        number,
                        end,
                        elapsed: began.elapsed(),
                    });
                }
            }
        }
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        if self.open {
            self.span.dropped();
            self.tell(End::Dropped);
        }
    }
}
