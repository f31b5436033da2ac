//! Layers that an application may put around a client, the harmful ones included.

use std::time::Duration;

use http::{Request, Response, StatusCode, header};
use prism_imports::{
    ClientBuilder,
    transport::{BoxError, HttpLayer, HttpService, RequestBody, ResponseBody},
};
use prism_imports_sandbox::Moment;
use tower::{
    ServiceBuilder, ServiceExt,
    buffer::BufferLayer,
    layer::layer_fn,
    limit::ConcurrencyLimitLayer,
    load_shed::LoadShedLayer,
    retry::{Policy, RetryLayer},
    service_fn, timeout,
};
use tower_http::{
    auth::AddAuthorizationLayer,
    catch_panic::CatchPanicLayer,
    decompression::DecompressionLayer,
    map_response_body::MapResponseBodyLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    set_header::SetRequestHeaderLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

use super::super::Place;

/// A layer that an application may put around a client.
#[derive(Clone, Copy, Debug)]
pub(super) enum Layer {
    Trace,
    SetHeader,
    RequestIds,
    Authorization,
    Decompression,
    CatchPanic,
    MapBody,
    LoadShed,
    Limit,
    Buffer,
    /// The timeout of tower-http, which answers with 408.
    Answer408(Duration),
    /// The timeout of tower, which is an error.
    Elapsed(Duration),
    /// The retry of tower, which sends every request three times.
    Repeat,
    /// Sends in a task, which goes on when the caller has given up.
    Detach,
    /// Sends a second request when there is no answer after a while, and takes the first result.
    Race,
    /// Fails at once, and sends the request later.
    Defer(Duration),
    /// Answers by itself, in place of the call or after it.
    MakeUp(Moment, u16),
    /// Fails by itself, in place of the call or after it.
    Fail(Moment),
    /// Removes the extensions of the request.
    Forget,
}

impl Layer {
    pub(super) fn add(self, place: Place, client: ClientBuilder) -> ClientBuilder {
        match self {
            Self::Trace => place.add(client, TraceLayer::new_for_http()),
            Self::SetHeader => {
                let value = http::HeaderValue::from_static("seven");
                let set = SetRequestHeaderLayer::overriding(header::FROM, value);
                place.add(client, set)
            }
            Self::RequestIds => place.add(
                client,
                ServiceBuilder::new()
                    .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                    .layer(PropagateRequestIdLayer::x_request_id()),
            ),
            Self::Authorization => place.add(client, AddAuthorizationLayer::bearer("a-token")),
            Self::Decompression => place.add(client, DecompressionLayer::new()),
            Self::CatchPanic => place.add(client, CatchPanicLayer::new()),
            Self::MapBody => {
                place.add(client, MapResponseBodyLayer::new(|body: ResponseBody| body))
            }
            Self::LoadShed => place.add(client, LoadShedLayer::new()),
            Self::Limit => place.add(client, ConcurrencyLimitLayer::new(1)),
            Self::Buffer => {
                let layers = ServiceBuilder::new().layer(BufferLayer::new(2));
                place.add(client, layers.rate_limit(1, Duration::from_millis(100)))
            }
            Self::Answer408(limit) => {
                let status = StatusCode::REQUEST_TIMEOUT;
                place.add(client, TimeoutLayer::with_status_code(status, limit))
            }
            Self::Elapsed(limit) => place.add(client, timeout::TimeoutLayer::new(limit)),
            Self::Repeat => place.add(client, repeat(2)),
            Self::Detach => place.add(client, detach()),
            Self::Race => place.add(client, race()),
            Self::Defer(time) => place.add(client, defer(time)),
            Self::MakeUp(moment, status) => place.add(client, make_up(moment, status)),
            Self::Fail(moment) => place.add(client, fail(moment)),
            Self::Forget => place.add(client, forget()),
        }
    }
}

/// Repeats every request, whatever its result.
#[derive(Clone, Debug)]
struct Repeating {
    left: u32,
}

impl<P, E> Policy<Request<RequestBody>, Response<P>, E> for Repeating {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<RequestBody>,
        _: &mut Result<Response<P>, E>,
    ) -> Option<Self::Future> {
        self.left = self.left.checked_sub(1)?;
        Some(std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<RequestBody>) -> Option<Request<RequestBody>> {
        Some(request.clone())
    }
}

pub(super) fn repeat(left: u32) -> impl HttpLayer {
    RetryLayer::new(Repeating { left })
}

fn detach() -> impl HttpLayer {
    layer_fn(|inner: HttpService| {
        service_fn(move |request: Request<RequestBody>| {
            let sent = tokio::spawn(inner.clone().oneshot(request));
            async move { sent.await? }
        })
    })
}

fn race() -> impl HttpLayer {
    layer_fn(|inner: HttpService| {
        service_fn(move |request: Request<RequestBody>| {
            let first = inner.clone().oneshot(request.clone());
            let inner = inner.clone();
            let second = async move {
                tokio::time::sleep(Duration::from_millis(100)).await;
                inner.oneshot(request).await
            };
            async move {
                tokio::select! {
                    biased;
                    result = first => result,
                    result = second => result,
                }
            }
        })
    })
}

fn defer(time: Duration) -> impl HttpLayer {
    layer_fn(move |inner: HttpService| {
        service_fn(move |request: Request<RequestBody>| {
            let inner = inner.clone();
            tokio::spawn(async move {
                tokio::time::sleep(time).await;
                drop(inner.oneshot(request).await);
            });
            std::future::ready(Err::<Response<ResponseBody>, BoxError>("sent later".into()))
        })
    })
}

/// Calls inside or not, then gives a result of its own.
fn in_place<F>(moment: Moment, result: F) -> impl HttpLayer
where
    F: Fn() -> Result<Response<ResponseBody>, BoxError> + Copy + Send + Sync + 'static,
{
    layer_fn(move |inner: HttpService| {
        service_fn(move |request: Request<RequestBody>| {
            let inner = inner.clone();
            async move {
                if moment == Moment::After {
                    drop(inner.oneshot(request).await);
                }
                result()
            }
        })
    })
}

pub(super) fn make_up(moment: Moment, status: u16) -> impl HttpLayer {
    in_place(moment, move || {
        let response = Response::builder()
            .status(status)
            .header(header::CONTENT_TYPE, "application/json");
        Ok(response.body(ResponseBody::from("{}"))?)
    })
}

fn fail(moment: Moment) -> impl HttpLayer {
    in_place(moment, || Err("the cache is on fire".into()))
}

pub(super) fn forget() -> impl HttpLayer {
    layer_fn(|inner: HttpService| {
        service_fn(move |mut request: Request<RequestBody>| {
            *request.extensions_mut() = http::Extensions::new();
            inner.clone().oneshot(request)
        })
    })
}
