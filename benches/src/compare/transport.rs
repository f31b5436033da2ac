//! The overhead of the transport stack per call, around a service without network.

use std::{
    convert::Infallible,
    future::{Ready, poll_fn, ready},
    io::{self, Write},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body::Body;
use http_body_util::{BodyExt, Full};
use prism_imports_transport::{AuthLayer, Credentials, Origin, RequestBody, Stack, StackBuilder};
use tokio::{runtime::Runtime, task::yield_now};
use tower::service_fn;
use tower_service::Service;

use super::{Bound, Figure, Report, Side, race};
use crate::{
    body::PROCESSING,
    rivals::{KEY, stock},
};

/// Measures a call through the stack against one through tower's timeout and retry.
///
/// Our stack does more: it signs the request, takes a slot of the quota, limits the duration of the call, and buffers
/// and counts the body. tower's stack drops the answer without reading the body and is never boxed.
///
/// The figures *in use* give both the same work: the service answers at the second poll, as with a fast network, so
/// both set their timers; both sign the request and read the whole body.
///
/// # Errors
///
/// Returns an error if a line cannot be written.
pub fn transport<W: Write>(report: &mut Report<W>, runtime: &Runtime) -> io::Result<()> {
    if !report.includes("transport") {
        return Ok(());
    }
    let sides = [
        side(runtime, generic()),
        side(runtime, boxed()),
        side(runtime, rival()),
    ];
    let [generic, boxed, rival] = race(TIME, sides);
    let sides = [
        used(
            runtime,
            stack().service(service_fn(answer_late::<RequestBody>)),
            false,
        ),
        used(
            runtime,
            stack().boxed(service_fn(answer_late::<RequestBody>)),
            false,
        ),
        used(runtime, stock(service_fn(answer_late::<Bytes>)), true),
    ];
    let [generic_used, boxed_used, rival_used] = race(TIME, sides);
    for (name, ratio, most) in [
        ("transport/generic/tower", generic / rival, 1.5),
        ("transport/boxed/tower", boxed / rival, 2.0),
        (
            "transport/generic/tower-in-use",
            generic_used / rival_used,
            1.5,
        ),
        ("transport/boxed/tower-in-use", boxed_used / rival_used, 2.0),
    ] {
        report.record(&Figure::new(name, ratio, "x-time", Bound::AtMost(most)))?;
    }
    Ok(())
}

/// A service from a request with bytes to a response.
pub trait Calls<B>:
    Service<Request<Bytes>, Response = Response<B>, Error: Send, Future: Send> + Clone + Send + Sync
{
}

impl<S, B> Calls<B> for S where
    S: Service<Request<Bytes>, Response = Response<B>, Error: Send, Future: Send>
        + Clone
        + Send
        + Sync
{
}

/// Creates our stack with its defaults and a key.
pub fn generic() -> impl Calls<prism_imports_transport::ResponseBody> {
    stack().service(service_fn(answer::<RequestBody>))
}

/// Creates the same stack as a boxed service.
pub fn boxed() -> impl Calls<prism_imports_transport::ResponseBody> {
    stack().boxed(service_fn(answer::<RequestBody>))
}

/// Creates the stack of tower's layers.
pub fn rival() -> impl Calls<Full<Bytes>> {
    stock(service_fn(answer::<Bytes>))
}

/// Waits until a service is ready, calls it once and returns `true` if it answered.
pub async fn call<B: Send>(service: &mut impl Calls<B>) -> bool {
    let ready = poll_fn(|cx| service.poll_ready(cx)).await;
    ready.is_ok() && service.call(request()).await.is_ok()
}

fn side<'a, B: Send + 'a>(runtime: &'a Runtime, mut service: impl Calls<B> + 'a) -> Side<'a> {
    calls(runtime, async move || call(&mut service).await)
}

/// Also reads the whole body of each answer. If `signs` is set, adds the API key to the request.
fn used<'a, B>(runtime: &'a Runtime, mut service: impl Calls<B> + 'a, signs: bool) -> Side<'a>
where
    B: Body<Error: Send> + Send + 'a,
{
    calls(runtime, async move || {
        let ready = poll_fn(|cx| service.poll_ready(cx)).await;
        let mut request = request();
        if signs {
            let mut key = HeaderValue::from_static(KEY);
            key.set_sensitive(true);
            request.headers_mut().insert("x-api-key", key);
        }
        let response = service.call(request).await;
        let body = match response {
            Ok(response) => response.into_body().collect().await.ok(),
            Err(_) => None,
        };
        ready.is_ok() && body.is_some_and(|body| body.to_bytes() == PROCESSING)
    })
}

fn calls<'a>(runtime: &'a Runtime, mut call: impl AsyncFnMut() -> bool + 'a) -> Side<'a> {
    Side::timed(move || {
        let start = Instant::now();
        runtime.block_on(async {
            for _ in 0..CALLS {
                assert!(call().await, "the service answers");
            }
        });
        start.elapsed() / CALLS
    })
}

fn stack() -> StackBuilder {
    Stack::builder().auth(auth())
}

fn request() -> Request<Bytes> {
    let mut request = Request::new(Bytes::new());
    *request.uri_mut() = http::Uri::from_static(URL);
    let json = HeaderValue::from_static("application/json");
    request.headers_mut().insert(header::ACCEPT, json);
    let agent = HeaderValue::from_static("compare/1.0");
    request.headers_mut().insert(header::USER_AGENT, agent);
    request
}

fn auth() -> AuthLayer {
    let origin = Origin::of(&http::Uri::from_static(URL)).expect("the URL has an origin");
    AuthLayer::new(origin, Credentials::fixed(KEY))
}

fn answer<B>(_: Request<B>) -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
    let mut response = Response::new(Full::new(Bytes::from_static(PROCESSING)));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    ready(Ok(response))
}

/// Answers at the second poll.
async fn answer_late<B: Send>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    yield_now().await;
    answer(request).await
}

const URL: &str = "http://localhost/v2/prism/4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11/imports/b5f1";
const CALLS: u32 = 2_000;
const TIME: Duration = Duration::from_secs(3);
