//! The transport over real sockets, with faults of servers and networks.

mod bodies;
mod cancellation;
mod connections;
mod contract;
mod heads;
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
    CallReport, Error, HttpClient, HttpService, Replay, RequestBody, ResponseBody, RetryLayer,
    RetryPolicy, StackBuilder,
};
use tower::ServiceExt;

/// A retry policy without backoff.
fn no_backoff() -> RetryPolicy {
    RetryPolicy::default().with_backoff(Backoff::new(Duration::ZERO, Duration::ZERO))
}

/// A layer whose retries are free.
fn retry(policy: RetryPolicy) -> RetryLayer {
    RetryLayer::new(policy).with_budget(None)
}

fn client() -> HttpClient {
    HttpClient::builder().without_proxy().build().unwrap()
}

fn stack(client: HttpClient) -> HttpService {
    StackBuilder::new().retry(retry(no_backoff())).build(client)
}

fn get(uri: Uri) -> Request<RequestBody> {
    Request::get(uri).body(RequestBody::default()).unwrap()
}

fn post(uri: Uri, replay: Replay) -> Request<RequestBody> {
    Request::post(uri)
        .header("idempotency-key", "k-1")
        .extension(replay)
        .body(RequestBody::from("{\"rows\":[1,2,3]}"))
        .unwrap()
}

async fn send(
    service: &HttpService,
    request: Request<RequestBody>,
) -> Result<Response<ResponseBody>, Error> {
    let sent = service.clone().oneshot(request).await;
    sent.map_err(Error::from_boxed)
}

fn report(response: &Response<ResponseBody>) -> CallReport {
    CallReport::of(response).unwrap()
}

/// Reads the body of a response.
async fn body(response: Response<ResponseBody>) -> Bytes {
    response.into_body().collect().await.unwrap()
}
