//! The client as a service.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use hyper_util::client::legacy::{Client, ResponseFuture};
use pin_project_lite::pin_project;
use tower_service::Service;

use super::connection::Usage;
use super::connector::Connector;
use super::{ClientBody, HttpClientBuilder, Probe};
use crate::body::RequestBody;
use crate::call::Call;
use crate::error::{Error, Kind};

/// An HTTP client with a connection pool: hyper over rustls.
///
/// Clones share the pool. It must be called within a tokio runtime; building it needs none.
#[derive(Clone, Debug)]
pub struct HttpClient {
    client: Client<Connector, RequestBody>,
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

    pub(super) const fn from_hyper(
        client: Client<Connector, RequestBody>,
        connector: Connector,
    ) -> Self {
        Self { client, connector }
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
        self.connector.authorize(&mut request);
        let probe = Probe::of(&mut request);
        if let Some(call) = Call::find(request.extensions()) {
            call.watch(probe.clone());
        }
        HttpClientFuture {
            future: self.client.request(request),
            probe,
            reads_before: None,
        }
    }
}

pin_project! {
    /// The future of [`HttpClient`].
    #[derive(Debug)]
    pub struct HttpClientFuture {
        #[pin]
        future: ResponseFuture,
        probe: Probe,
        // The connection the request went to, and its reads at that moment.
        reads_before: Option<(Usage, u64)>,
    }
}

impl Future for HttpClientFuture {
    type Output = Result<Response<ClientBody>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = this.future.poll(cx);
        if this.reads_before.is_none() {
            // An idle connection is taken and written to within one poll: what is read from here on is the answer.
            *this.reads_before = this.probe.usage().map(|usage| {
                let reads = usage.reads();
                (usage, reads)
            });
        }
        Poll::Ready(match ready!(polled) {
            Ok(response) => {
                if let Some((usage, _)) = this.reads_before {
                    usage.count_answer();
                }
                Ok(response.map(ClientBody::new))
            }
            Err(error) => {
                let error = Error::from_boxed(error.into());
                let stale = this
                    .reads_before
                    .as_ref()
                    .is_some_and(|(usage, before)| is_stale(usage, *before));
                Err(if stale && error.kind() == Kind::Closed {
                    error.with_stale_connection()
                } else {
                    error
                })
            }
        })
    }
}

/// Returns whether a connection had answered before and has ended without another byte.
fn is_stale(usage: &Usage, reads_before: u64) -> bool {
    usage.is_reused() && usage.reads().saturating_sub(reads_before) <= 1
}
