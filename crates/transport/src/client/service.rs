//! The client as a service.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error as PoolError};
use tower_service::Service;

use super::HttpClientBuilder;
use super::connection::Silence;
use super::connector::Connector;
use super::wire_body::WireBody;
use crate::body::{RequestBody, ResponseBody};
use crate::call::{CallContext, Recipient};
use crate::error::{BoxError, Error, Kind, Phase};
use crate::service::ResponseFuture;

/// An HTTP client with a connection pool: hyper over rustls.
///
/// Clones share the pool. It must be called within a tokio runtime; building it needs none.
#[derive(Clone, Debug)]
pub struct HttpClient {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    client: Client<Connector, WireBody>,
    connector: Connector,
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

    pub(super) fn from_hyper(client: Client<Connector, WireBody>, connector: Connector) -> Self {
        Self {
            shared: Arc::new(Shared { client, connector }),
        }
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
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            shared.connector.authorize(&mut request);
            let Some(call) = request.extensions().get::<CallContext>().cloned() else {
                let request = request.map(|body| WireBody::new(body, None));
                let result = shared.client.request(request).await;
                return Ok(answer(result)?);
            };
            let note = call.hand_over(&mut request, Recipient::Http)?;
            let probe = call.probe_body(note);
            let request = request.map(|body| WireBody::new(body, Some(probe)));
            let result = answer(shared.client.request(request).await);
            call.end(note, &result);
            Ok(result?)
        })
    }
}

fn answer(result: Result<Response<Incoming>, PoolError>) -> Result<Response<ResponseBody>, Error> {
    match result {
        Ok(mut response) => {
            response.extensions_mut().remove::<Silence>();
            Ok(response.map(|body| ResponseBody::new(body.map_err(cut_short))))
        }
        Err(error) => {
            let is_silent = Silence::broke(&error);
            let error = Error::from_boxed(error.into());
            Err(match (error.kind(), error.phase()) {
                (Kind::Closed, Phase::MaybeSent) if is_silent => error.with_stale_connection(),
                _ => error,
            })
        }
    }
}

fn cut_short(error: hyper::Error) -> Error {
    Error::new(Kind::Body, Phase::Answered).with_source(error)
}
