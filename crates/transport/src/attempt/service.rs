//! The service whose attempts are bounded.

use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use tokio::time::timeout_at;
use tower_service::Service;

use super::limits::Allowance;
use super::reader::{Limits, Reader};
use super::{AttemptLayer, decode};
use crate::body::ResponseBody;
use crate::call::CallContext;
use crate::error::{BoxError, Error};
use crate::service::{ResponseFuture, take_ready};
use crate::telemetry::{Subject, within};

/// A service whose attempts end in time and whose bodies are whole.
///
/// Made by [`AttemptLayer`]. Cancel safety: dropping the future ends the attempt; the report of the call
/// shows how far it got.
#[derive(Clone, Debug)]
pub struct Attempt<S> {
    inner: S,
    settings: AttemptLayer,
}

impl<S> Attempt<S> {
    pub(super) const fn new(inner: S, settings: AttemptLayer) -> Self {
        Self { inner, settings }
    }
}

impl<S, B, C> Service<Request<B>> for Attempt<S>
where
    S: Service<Request<B>, Response = Response<C>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Send + 'static,
    C: Body<Data = Bytes> + Send + 'static,
    C::Error: Into<BoxError>,
{
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = ResponseFuture<ResponseBody>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx).map_err(Into::into)
    }

    fn call(&mut self, mut request: Request<B>) -> ResponseFuture<ResponseBody> {
        let call = CallContext::join(&mut request);
        let allowance = Allowance::of(&request, &self.settings);
        let mut subject =
            Subject::of_attempt(&request, call.clone(), self.settings.observers.clone());
        let span = subject.span();
        let mut inner = take_ready(&mut self.inner);
        Box::pin(within(span, async move {
            let result = attempt(&call, allowance, &mut inner, request).await;
            subject.end(&result);
            call.finish(result)
        }))
    }
}

async fn attempt<S, B, C>(
    call: &CallContext,
    allowance: Allowance,
    inner: &mut S,
    mut request: Request<B>,
) -> Result<Response<ResponseBody>, Error>
where
    S: Service<Request<B>, Response = Response<C>>,
    S::Error: Into<BoxError>,
    C: Body<Data = Bytes> + Send + 'static,
    C::Error: Into<BoxError>,
{
    let is_head = *request.method() == Method::HEAD;
    let asks_for_gzip = decode::ask(request.headers_mut());
    let mark = call.mark();
    let end = allowance.attempt;
    let response = match timeout_at(end.at, call.pass_on(inner, request)).await {
        Ok(response) => response?,
        Err(_) => return Err(Error::timeout(end.scope, call.phase_since(mark))),
    };
    let (mut head, body) = response.into_parts();
    // The head of the answer to HEAD declares a body that does not come.
    if is_head {
        return Ok(Response::from_parts(head, ResponseBody::default()));
    }
    let body = decode::undo(body, &mut head.headers, asks_for_gzip);
    let is_streamed = allowance.is_streamed && head.status.is_success();
    let limits = Limits {
        end: if is_streamed { allowance.stream } else { end },
        idle: allowance.idle,
        max_body: allowance.max_body,
    };
    let reader = Reader::new(body, &head, limits, call);
    let body = if !head.status.is_success() {
        reader.read_some(allowance.max_error_body).await.into()
    } else if is_streamed {
        reader.into_stream()?
    } else {
        reader.read_all().await?.into()
    };
    Ok(Response::from_parts(head, body))
}
