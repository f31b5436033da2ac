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
use prism_imports_tests::net::FaultServer;
use prism_imports_transport::retry::{Backoff, Budget};
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
    RetryLayer::new(policy).with_budget(Budget::unlimited())
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

/// Waits until a server has received a request.
async fn received(server: &FaultServer) {
    let is_received = async {
        while server.received().is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let waited = tokio::time::timeout(LONG, is_received).await;
    waited.expect("the server receives the request");
}

/// Sends a request to a server that never answers, and moves time to its timeout once the server has received it.
async fn times_out(
    service: &HttpService,
    server: &FaultServer,
    request: Request<RequestBody>,
) -> Error {
    let service = service.clone();
    let call = tokio::spawn(async move { send(&service, request).await });
    received(server).await;
    // All tasks of this runtime are waiting now, so paused time moves to the next timer.
    tokio::time::pause();
    let error = call.await.unwrap().unwrap_err();
    tokio::time::resume();
    error
}

fn report(response: &Response<ResponseBody>) -> CallReport {
    CallReport::of(response).unwrap()
}

/// Reads the body of a response.
async fn body(response: Response<ResponseBody>) -> Bytes {
    response.into_body().collect().await.unwrap()
}

/// Longer than any answer over loopback takes, however busy the machine is.
const LONG: Duration = Duration::from_secs(60);
