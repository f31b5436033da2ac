//! Layers of the application in all three places: `cargo run --example middleware`.
//!
//! - around typed calls: a limit of two at once, from tower, around [`Imports::gets`](prism_imports::Imports::gets);
//! - around each call: a meter, which sees a call once however often it is sent;
//! - around each attempt: a signer, which signs each request as it is sent, for a company's gateway.
//!
//! The server is a sandbox in this process without a socket, behind such a gateway: requests without a signature are
//! refused. It fails now and then, so there are more attempts than calls.
#![expect(clippy::print_stdout, reason = "a program for people")]

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use http::{HeaderName, HeaderValue, Request, Response};
use prism_imports::{
    Client, GetImport, ObjectType, Submitted,
    transport::{RequestBody, RetryPolicy, retry::Backoff},
};
use prism_imports_sandbox::{Fault, ResponseBody, Sandbox};
use ring::hmac;
use serde_json::json;
use tower::{Layer, Service, ServiceBuilder, ServiceExt};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let meter = Meter::default();
    let signer = Signer::new(b"the gateway's secret");
    let gateway = Gateway {
        signer: signer.clone(),
        sandbox: Sandbox::builder()
            .rows_per_second(2_000.0)
            .fault(Fault::answer(503).skip(2).times(2))
            .fault(Fault::latency(Duration::from_millis(20)))
            .build()?,
        passed: Arc::default(),
    };
    let passed = gateway.passed.clone();
    let backoff = Backoff::new(Duration::from_millis(20), Duration::from_millis(200));
    let client = Client::builder()
        .base_url("http://localhost")
        .api_key("sandbox-key")
        .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .retry(RetryPolicy::default().with_backoff(backoff))
        .layer(meter.clone())
        .attempt_layer(SignLayer(signer))
        .http_service(gateway)
        .build()?;
    let imports = client.imports();

    let rows = (0..400).map(|n| json!({"default": {"email": format!("contact{n}@example.com")}}));
    let submit = imports.submit(ObjectType::Contact).rows(rows);
    let Submitted::Started(handle) = submit.await? else {
        return Err("the sandbox is configured to start jobs".into());
    };
    println!("started: job {}", handle.job_id());

    // Ten calls at once, of which two are let through at a time.
    let service = ServiceBuilder::new()
        .concurrency_limit(2)
        .service(imports.gets());
    let calls: Vec<_> = (0..10)
        .map(|_| {
            let get = GetImport::new(handle.clone());
            tokio::spawn(service.clone().oneshot(get))
        })
        .collect();
    for call in calls {
        let reply = call.await??;
        let job = reply.value();
        println!(
            "{}: {} ({} attempts)",
            job.status(),
            job.progress(),
            reply.attempts()
        );
    }
    let end = imports.wait(handle).await?;

    println!("finished: {}", end.progress());
    println!(
        "{} calls, {} failed; {} attempts, all signed",
        meter.calls.load(Relaxed),
        meter.failed.load(Relaxed),
        passed.load(Relaxed),
    );
    Ok(())
}

/// Counts calls and those that failed.
#[derive(Clone, Debug, Default)]
struct Meter {
    calls: Arc<AtomicU64>,
    failed: Arc<AtomicU64>,
}

impl<S> Layer<S> for Meter {
    type Service = Metered<S>;

    fn layer(&self, inner: S) -> Metered<S> {
        let meter = self.clone();
        Metered { meter, inner }
    }
}

#[derive(Clone, Debug)]
struct Metered<S> {
    meter: Meter,
    inner: S,
}

impl<S> Service<Request<RequestBody>> for Metered<S>
where
    S: Service<Request<RequestBody>>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        self.meter.calls.fetch_add(1, Relaxed);
        let failed = Arc::clone(&self.meter.failed);
        let answer = self.inner.call(request);
        Box::pin(async move {
            answer.await.inspect_err(|_| {
                failed.fetch_add(1, Relaxed);
            })
        })
    }
}

/// Signs the method, the path, the time and the body.
#[derive(Clone, Debug)]
struct Signer(Arc<hmac::Key>);

impl Signer {
    fn new(secret: &[u8]) -> Self {
        Self(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    fn sign(&self, request: &Request<RequestBody>, time: &HeaderValue) -> HeaderValue {
        let tag = hmac::sign(&self.0, &message(request, time));
        let halves = tag.as_ref().iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let hex: String = halves
            .filter_map(|half| char::from_digit(half.into(), 16))
            .collect();
        HeaderValue::from_str(&hex).expect("hexadecimal digits are valid in a header")
    }

    fn is_signed(&self, request: &Request<RequestBody>) -> bool {
        let headers = request.headers();
        let (Some(time), Some(given)) = (headers.get(SIGNED_AT), headers.get(SIGNATURE)) else {
            return false;
        };
        let bytes = given.as_bytes().chunks(2).map(|pair| {
            let pair = std::str::from_utf8(pair).unwrap_or_default();
            u8::from_str_radix(pair, 16).unwrap_or_default()
        });
        let tag: Vec<u8> = bytes.collect();
        hmac::verify(&self.0, &message(request, time), &tag).is_ok()
    }
}

fn message(request: &Request<RequestBody>, time: &HeaderValue) -> Vec<u8> {
    let mut message = format!("{}\n{}\n", request.method(), request.uri().path()).into_bytes();
    message.extend_from_slice(time.as_bytes());
    message.push(b'\n');
    message.extend_from_slice(request.body().as_bytes());
    message
}

/// Signs the requests of a service.
#[derive(Clone, Debug)]
struct SignLayer(Signer);

impl<S> Layer<S> for SignLayer {
    type Service = Signed<S>;

    fn layer(&self, inner: S) -> Signed<S> {
        let signer = self.0.clone();
        Signed { signer, inner }
    }
}

#[derive(Clone, Debug)]
struct Signed<S> {
    signer: Signer,
    inner: S,
}

impl<S: Service<Request<RequestBody>>> Service<Request<RequestBody>> for Signed<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<RequestBody>) -> S::Future {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let time = HeaderValue::from(now.unwrap_or_default().as_secs());
        let signature = self.signer.sign(&request, &time);
        request.headers_mut().insert(SIGNED_AT, time);
        request.headers_mut().insert(SIGNATURE, signature);
        self.inner.call(request)
    }
}

/// Lets signed requests through to the sandbox.
#[derive(Clone, Debug)]
struct Gateway {
    signer: Signer,
    sandbox: Sandbox,
    passed: Arc<AtomicU64>,
}

impl Service<Request<RequestBody>> for Gateway {
    type Response = Response<ResponseBody>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        // `call` uses `oneshot`, which polls the readiness of the sandbox.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        if !self.signer.is_signed(&request) {
            return Box::pin(async { Err("the request is not signed".into()) });
        }
        self.passed.fetch_add(1, Relaxed);
        let sandbox = self.sandbox.clone();
        Box::pin(async move { Ok(sandbox.oneshot(request).await?) })
    }
}

const SIGNED_AT: HeaderName = HeaderName::from_static("x-signed-at");

const SIGNATURE: HeaderName = HeaderName::from_static("x-signature");
