//! A future within its span.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;

use super::subject::Subject;
use crate::call::Call;
use crate::error::{BoxError, Error};

pin_project! {
    /// The future of [`CallSpan`](super::CallSpan) and [`AttemptSpan`](super::AttemptSpan).
    pub struct SpanFuture<F> {
        #[pin]
        future: F,
        // Boxed: most calls and attempts are not observed.
        subject: Option<Box<Subject>>,
        // The call whose account is closed here.
        owned: Option<Call>,
    }
}

impl<F> SpanFuture<F> {
    pub(super) const fn new(future: F, subject: Option<Box<Subject>>, owned: Option<Call>) -> Self {
        Self {
            future,
            subject,
            owned,
        }
    }
}

impl<F, C, E> Future for SpanFuture<F>
where
    F: Future<Output = Result<Response<C>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<C>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = {
            let _entered = this
                .subject
                .as_deref()
                .map(|subject| subject.span().enter());
            this.future.poll(cx)
        };
        let result = ready!(polled);
        let mut result = result.map_err(|error| Error::from_boxed(error.into()));
        if let Some(call) = this.owned {
            call.close(&mut result);
        }
        if let Some(subject) = this.subject {
            subject.end(&result);
        }
        Poll::Ready(result)
    }
}

impl<F> fmt::Debug for SpanFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanFuture").finish_non_exhaustive()
    }
}
