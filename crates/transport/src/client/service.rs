//! The client as a service.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use hyper_util::client::legacy::{Client, ResponseFuture};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::connector::Connector;
use super::read::is_silent_end;
use super::{ClientBody, HttpClientBuilder};
use crate::body::{RequestBody, WireBody};
use crate::error::{Error, Kind};

/// An HTTP client with a connection pool: hyper over rustls.
///
/// Clones share the pool. It must be called within a tokio runtime; building it needs none.
#[derive(Clone, Debug)]
pub struct HttpClient {
    // One pointer: hyper's client is half a kilobyte of settings, and every layer above keeps a clone.
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
    /// [`Kind::Config`] when the platform's certificates cannot be used.
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
    type Response = Response<ClientBody>;
    type Error = Error;
    type Future = HttpClientFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> HttpClientFuture {
        self.shared.connector.authorize(&mut request);
        HttpClientFuture {
            future: self.shared.client.request(request.map(WireBody::from)),
        }
    }
}

pin_project! {
    /// The future of [`HttpClient`].
    #[derive(Debug)]
    pub struct HttpClientFuture {
        #[pin]
        future: ResponseFuture,
    }
}

impl Future for HttpClientFuture {
    type Output = Result<Response<ClientBody>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(self.project().future.poll(cx)) {
            Ok(response) => Ok(response.map(ClientBody::new)),
            Err(error) => {
                let is_silent = is_silent_end(&error);
                let error = Error::from_boxed(error.into());
                // `Closed` and not, say, `Protocol`: a connection that spoke is not a silent one.
                if is_silent && error.kind() == Kind::Closed {
                    Err(error.with_stale_connection())
                } else {
                    Err(error)
                }
            }
        })
    }
}
