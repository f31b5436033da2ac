//! The client as a service.

use std::convert::Infallible;
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Context, Poll};

use bytes::Bytes;
use futures_util::stream;
use http::{Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::StreamBody;
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error as PoolError};
use tower_service::Service;

use super::HttpClientBuilder;
use super::connection::{Silence, Wait};
use super::connector::Connector;
#[cfg(feature = "proxy")]
use super::connector::Parts;
use crate::body::{RequestBody, ResponseBody};
use crate::call::{CallContext, Note};
use crate::error::{BoxError, Error, Kind, Phase};
use crate::service::ResponseFuture;

/// An HTTP client with a connection pool: hyper over rustls.
///
/// Clones share the pool. It must be called within a tokio runtime; building it needs none.
#[derive(Clone)]
pub struct HttpClient {
    pub(super) client: Arc<Client<Connector, WireBody>>,
    #[cfg(feature = "proxy")]
    pub(super) parts: Arc<Parts>,
}

impl HttpClient {
    /// Makes a client with the defaults of [`HttpClientBuilder`].
    ///
    /// # Errors
    ///
    /// [`Kind::Config`] if the platform's certificates cannot be used.
    pub fn new() -> Result<Self, Error> {
        Self::builder().build()
    }

    /// Starts a client with other settings.
    pub fn builder() -> HttpClientBuilder {
        HttpClientBuilder::default()
    }
}

impl Service<Request<RequestBody>> for HttpClient {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = ResponseFuture<ResponseBody>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> ResponseFuture<ResponseBody> {
        #[cfg(feature = "proxy")]
        self.parts.proxies.authorize(&mut request);
        let call = request.extensions().get::<CallContext>().cloned();
        let note = match call.map(|call| call.hand_over(&mut request)) {
            Some(Ok(note)) => note,
            Some(Err(error)) => return Box::pin(ready(Err(error.into()))),
            None => Arc::default(),
        };
        let mut request = request.map(|body| WireBody::new(body, Arc::clone(&note)));
        let mut wait = Wait::on(&mut request);
        let answered = self.client.request(request);
        Box::pin(async move {
            let result = answered.await;
            wait.set_waiting(false);
            let result = answer(result, wait);
            note.ended(&result);
            Ok(result?)
        })
    }
}

fn answer(
    result: Result<Response<Incoming>, PoolError>,
    wait: Wait,
) -> Result<Response<ResponseBody>, Error> {
    match result {
        Ok(mut response) => {
            response.extensions_mut().remove::<Silence>();
            Ok(response.map(|body| answer_body(body, wait)))
        }
        Err(error) => {
            let is_silent = Silence::broke(&error);
            let error = Error::from_any(error);
            Err(match (error.kind(), error.phase()) {
                (Kind::Closed, Phase::MaybeSent) if is_silent => error.with_stale_connection(),
                _ => error,
            })
        }
    }
}

/// Makes a response body that notes whether its reader waits for more.
fn answer_body(mut body: Incoming, mut wait: Wait) -> ResponseBody {
    ResponseBody::new(StreamBody::new(stream::poll_fn(move |cx| {
        wait.set_waiting(true);
        let frame = task::ready!(Pin::new(&mut body).poll_frame(cx));
        wait.set_waiting(false);
        let cut_short = |error| Error::new(Kind::Body, Phase::Answered).with_source(error);
        Poll::Ready(frame.map(|frame: Result<_, hyper::Error>| frame.map_err(cut_short)))
    })))
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpClient").finish_non_exhaustive()
    }
}

/// A request body that notes whether hyper ever read it.
pub(crate) struct WireBody {
    body: RequestBody,
    note: Arc<Note>,
}

impl WireBody {
    pub(crate) const fn new(body: RequestBody, note: Arc<Note>) -> Self {
        Self { body, note }
    }
}

impl Drop for WireBody {
    fn drop(&mut self) {
        self.note.set_body_dropped();
    }
}

impl Body for WireBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.note.set_body_read();
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.note.set_body_read();
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.note.set_body_read();
        self.body.size_hint()
    }
}
