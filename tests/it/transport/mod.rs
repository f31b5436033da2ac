//! The transport over real sockets, with faults of servers and networks.

mod bodies;
mod cancellation;
mod connections;
mod contract;
mod http2;
mod origins;
mod phases;
mod proxies;
mod secrets;
mod tls;

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use prism_imports_transport::retry::Backoff;
use prism_imports_transport::{
    CallReport, Error, HttpClient, HttpService, Replay, ResponseBody, RetryLayer, RetryPolicy,
    Stack,
};
use tower::ServiceExt;

/// A retry policy without backoff.
fn no_backoff() -> RetryPolicy {
    RetryPolicy::default()
        .with_backoff(Backoff::new(Duration::ZERO, Duration::ZERO))
        .without_budget()
}

fn client() -> HttpClient {
    HttpClient::builder().without_proxy().build().unwrap()
}

fn stack(client: HttpClient) -> HttpService {
    Stack::builder()
        .retry(RetryLayer::new(no_backoff()))
        .boxed(client)
}

fn get(uri: Uri) -> Request<Bytes> {
    Request::get(uri).body(Bytes::new()).unwrap()
}

fn post(uri: Uri, replay: Replay) -> Request<Bytes> {
    Request::post(uri)
        .header("idempotency-key", "k-1")
        .extension(replay)
        .body(Bytes::from_static(b"{\"rows\":[1,2,3]}"))
        .unwrap()
}

async fn send(
    service: &HttpService,
    request: Request<Bytes>,
) -> Result<Response<ResponseBody>, Error> {
    service.clone().oneshot(request).await
}

fn report(response: &Response<ResponseBody>) -> CallReport {
    CallReport::of(response).unwrap()
}
