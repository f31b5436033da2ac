//! The layers in a plain `ServiceBuilder`, around hyper's own client, with a custom layer inside.
//!
//! `cargo run --example layers` starts the sandbox in this process, lets it fail now and then, and sends three
//! requests: a read, a write under an idempotency key, and a write that must not be sent twice.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use prism_imports_sandbox::{Fault, On, Sandbox};
use prism_imports_transport::attempt::AttemptLayer;
use prism_imports_transport::auth::{AuthLayer, Credential, Credentials};
use prism_imports_transport::deadline::DeadlineLayer;
use prism_imports_transport::quota::Quota;
use prism_imports_transport::retry::{Backoff, RetryLayer, RetryPolicy};
use prism_imports_transport::{
    AttemptNumber, BoxError, CallReport, Error, Origin, Replay, RequestBody, ResponseBody,
};
use tower::{Service, ServiceBuilder, ServiceExt};

const TEAM: &str = "1b4e28ba-2fa1-11d2-883f-0016d3cca427";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn StdError + Send + Sync>> {
    let sandbox = Sandbox::builder()
        .api_key("sesame")
        .fault(
            Fault::answer(503)
                .header("retry-after-ms", "40")
                .on(On::Poll)
                .times(2),
        )
        .fault(Fault::answer(500).on(On::Submit).times(1))
        .fault(Fault::answer(500).on(On::Submit).skip(2).times(1))
        .build()?;
    let server = sandbox.serve("127.0.0.1:0".parse()?).await?;
    let base: Uri = server.base_url().parse()?;
    let quota = Quota::unlimited().with_rate(10, Duration::from_secs(1));

    // The outermost first.
    let mut service = ServiceBuilder::new()
        .layer(DeadlineLayer::new(Duration::from_secs(20)))
        .layer(RetryLayer::new(RetryPolicy::default().with_backoff(
            Backoff::new(Duration::from_millis(50), Duration::from_secs(1)),
        )))
        .layer(AuthLayer::new(Origin::of(&base)?, credentials()))
        .layer(quota.clone())
        .layer(AttemptLayer::default().with_timeout(Duration::from_secs(5)))
        // A layer of our own, which sees every attempt.
        .map_request(announce)
        .service(Client::builder(TokioExecutor::new()).build_http::<RequestBody>());

    let job = format!("{base}v2/prism/{TEAM}/imports/no-such-job");
    println!("a read, which is safe:");
    let read = Request::get(job).body(RequestBody::default())?;
    show(send(&mut service, read).await);

    let imports = format!("{base}v2/prism/{TEAM}/contact/import");
    println!("a write under a key, which is sent again under the same key:");
    show(send(&mut service, submit(&imports, Replay::Keyed)?).await);
    println!("a write without a key, which is sent once:");
    show(send(&mut service, submit(&imports, Replay::Never)?).await);

    println!("{} requests went through the quota", quota.used());
    server.shutdown().await;
    Ok(())
}

/// A source that is asked once, and again if the server answers 401.
fn credentials() -> Credentials {
    Credentials::refreshing(|| async {
        println!("  (asking for the key)");
        Ok::<_, Error>(Credential::new("sesame"))
    })
}

fn submit(uri: &str, replay: Replay) -> Result<Request<RequestBody>, http::Error> {
    const ROW: &str = r#"{"objects":[{"default":{"email":"ada@example.com"}}]}"#;
    Request::post(uri)
        .header("content-type", "application/json")
        .header("idempotency-key", format!("layers-{replay:?}"))
        .extension(replay)
        .body(RequestBody::from(Bytes::from_static(ROW.as_bytes())))
}

fn announce(request: Request<RequestBody>) -> Request<RequestBody> {
    let number = AttemptNumber::of(&request);
    println!(
        "  attempt {}: {} {} with key {:?}",
        number.map_or(0, AttemptNumber::get),
        request.method(),
        request.uri().path(),
        request.headers().get("x-api-key"),
    );
    request
}

async fn send<S>(
    service: &mut S,
    request: Request<RequestBody>,
) -> Result<Response<ResponseBody>, Error>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>, Error = BoxError>,
{
    let ready = service.ready().await.map_err(Error::from_boxed)?;
    ready.call(request).await.map_err(Error::from_boxed)
}

fn show(result: Result<Response<ResponseBody>, Error>) {
    match result {
        Ok(response) => {
            let report = CallReport::of(&response).unwrap_or_default();
            print!("  {} after {} attempts", response.status(), report.attempts);
            match report.stop {
                Some(stop) => println!(", and no more: {stop}"),
                None => println!(),
            }
        }
        Err(error) => println!(
            "  {error} ({}, {} attempts)",
            error.phase(),
            error.report().attempts
        ),
    }
}
