//! A future within its span.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;

use super::subject::Subject;
use crate::error::{BoxError, Error};

pin_project! {
    /// The future of [`CallSpan`](super::CallSpan) and [`AttemptSpan`](super::AttemptSpan).
    pub struct SpanFuture<F> {
        #[pin]
        future: F,
        subject: Option<Subject>,
    }
}

impl<F> SpanFuture<F> {
    pub(super) const fn new(future: F, subject: Option<Subject>) -> Self {
        Self { future, subject }
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
        let typed = |result: Result<_, E>| result.map_err(|error| Error::from_boxed(error.into()));
        let Some(subject) = this.subject else {
            return this.future.poll(cx).map(typed);
        };
        let result = ready!(subject.span().within(|| this.future.poll(cx)));
        Poll::Ready(subject.end(typed(result)))
    }
}

impl<F> fmt::Debug for SpanFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanFuture").finish_non_exhaustive()
    }
}
