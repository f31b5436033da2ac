//! What the transport stack adds to a call, around a service that answers at once.

use std::{
    convert::Infallible,
    future::{Ready, poll_fn, ready},
    io::{self, Write},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use prism_imports_transport::{AuthLayer, Credentials, Origin, RequestBody, Stack};
use tokio::runtime::Runtime;
use tower::service_fn;
use tower_service::Service;

use super::{Bound, Figure, Report, Side, race};
use crate::{
    body::PROCESSING,
    rivals::{KEY, stock},
};

/// Measures a call through the stack against one through tower's own timeout and retry.
///
/// Ours does more: it signs, gives a place in a quota, limits the whole call, and hands the body over whole and
/// counted. The rival's answer is dropped with its body unread, and it is not boxed where ours is.
///
/// # Errors
///
/// When a line cannot be written.
pub fn transport<W: Write>(report: &mut Report<W>, runtime: &Runtime) -> io::Result<()> {
    if !report.wants("transport") {
        return Ok(());
    }
    let sides = [
        side(runtime, generic()),
        side(runtime, boxed()),
        side(runtime, rival()),
    ];
    let [generic, boxed, rival] = race(TIME, sides);
    for (name, ratio, most) in [
        ("transport/generic/tower", generic / rival, 1.5),
        ("transport/boxed/tower", boxed / rival, 2.0),
    ] {
        report.tell(&Figure::new(name, ratio, "x-time", Bound::AtMost(most)))?;
    }
    Ok(())
}

/// A service that takes a request and answers a body.
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

/// Makes our stack with its defaults and a key.
pub fn generic() -> impl Calls<prism_imports_transport::ResponseBody> {
    Stack::builder()
        .auth(auth())
        .service(service_fn(answer::<RequestBody>))
}

/// Makes the same stack under its one name.
pub fn boxed() -> impl Calls<prism_imports_transport::ResponseBody> {
    Stack::builder()
        .auth(auth())
        .boxed(service_fn(answer::<RequestBody>))
}

/// Makes tower's own.
pub fn rival() -> impl Calls<Full<Bytes>> {
    stock(service_fn(answer::<Bytes>))
}

/// Calls a service once, when it is ready, and tells whether it answered.
pub async fn call<B: Send>(service: &mut impl Calls<B>) -> bool {
    let ready = poll_fn(|cx| service.poll_ready(cx)).await;
    ready.is_ok() && service.call(request()).await.is_ok()
}

fn side<'a, B: Send + 'a>(runtime: &'a Runtime, mut service: impl Calls<B> + 'a) -> Side<'a> {
    Side::timed(move || {
        let start = Instant::now();
        runtime.block_on(async {
            for _ in 0..CALLS {
                assert!(call(&mut service).await, "the service answers");
            }
        });
        start.elapsed() / CALLS
    })
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
    let origin = Origin::of(&http::Uri::from_static(URL)).expect("the URL has one");
    AuthLayer::new(origin, Credentials::fixed(KEY))
}

fn answer<B>(_: Request<B>) -> Ready<Result<Response<Full<Bytes>>, Infallible>> {
    let mut response = Response::new(Full::new(Bytes::from_static(PROCESSING)));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    ready(Ok(response))
}

const URL: &str = "http://localhost/v2/prism/4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11/imports/b5f1";
const CALLS: u32 = 2_000;
const TIME: Duration = Duration::from_secs(3);
