//! A service that answers by a script and records its requests, for the tests of the layers.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Extensions, HeaderMap, HeaderValue, Request, Response};
use tokio::time::Instant;
use tower::layer::layer_fn;
use tower::service_fn;
use tower_service::Service;

use crate::body::{RequestBody, ResponseBody};
use crate::call::{AttemptNumber, Deadline};
use crate::error::{BoxError, Error, Kind, Phase};
use crate::stack::{HttpLayer, HttpService};

/// What the service does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Answer(u16, &'static [(&'static str, &'static str)]),
    Fault(Kind, Phase),
    Stale,
    /// Takes so long, then does what the other step says.
    Slow(Duration, Box<Self>),
    Hang,
}

pub(crate) const OK: Step = Step::Answer(200, &[]);
pub(crate) const BUSY: Step = Step::Answer(503, &[]);

/// One request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) at: Duration,
    pub(crate) body: Bytes,
    pub(crate) headers: HeaderMap,
    pub(crate) extensions: Extensions,
    pub(crate) number: Option<AttemptNumber>,
    pub(crate) deadline: Option<Deadline>,
}

/// Plays its steps in order, the last one again and again; clones play from the same script.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    start: Instant,
}

impl Script {
    pub(crate) fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self {
            steps: Arc::new(Mutex::new(steps.into_iter().collect())),
            seen: Arc::default(),
            start: Instant::now(),
        }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// Forgets the requests, and returns how many there were.
    pub(crate) fn clear(&self) -> usize {
        self.seen.lock().unwrap().drain(..).count()
    }

    /// When the requests arrived, since the script was made.
    pub(crate) fn times(&self) -> Vec<Duration> {
        self.seen().iter().map(|seen| seen.at).collect()
    }

    fn next(&self) -> Step {
        let mut steps = self.steps.lock().unwrap();
        if steps.len() > 1 {
            steps.pop_front().unwrap()
        } else {
            steps.front().cloned().unwrap()
        }
    }
}

type Answer = Pin<Box<dyn Future<Output = Result<Response<RequestBody>, Error>> + Send>>;

impl Service<Request<RequestBody>> for Script {
    type Response = Response<RequestBody>;
    type Error = Error;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<RequestBody>) -> Answer {
        let (number, deadline) = (AttemptNumber::of(&request), Deadline::of(&request));
        let (parts, body) = request.into_parts();
        self.seen.lock().unwrap().push(Seen {
            at: self.start.elapsed(),
            body: body.into_bytes(),
            headers: parts.headers,
            extensions: parts.extensions,
            number,
            deadline,
        });
        Box::pin(play(self.next()))
    }
}

/// A service that never becomes ready.
#[derive(Clone, Debug)]
pub(crate) struct NeverReady;

impl Service<Request<RequestBody>> for NeverReady {
    type Response = Response<RequestBody>;
    type Error = Error;
    type Future = std::future::Pending<Result<Self::Response, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Pending
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        panic!("called unready")
    }
}

async fn play(step: Step) -> Result<Response<RequestBody>, Error> {
    match step {
        Step::Answer(status, headers) => {
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(*name, HeaderValue::from_static(value));
            }
            Ok(response.body(RequestBody::default()).unwrap())
        }
        Step::Fault(kind, phase) => Err(Error::new(kind, phase)),
        Step::Stale => Err(Error::new(Kind::Closed, Phase::MaybeSent).with_stale_connection()),
        Step::Slow(delay, then) => {
            tokio::time::sleep(delay).await;
            Box::pin(play(*then)).await
        }
        Step::Hang => match std::future::pending::<Infallible>().await {},
    }
}

/// A layer that is one function of the service inside and the request.
pub(crate) fn http_layer<F, A>(act: F) -> impl HttpLayer + Clone
where
    F: Fn(HttpService, Request<RequestBody>) -> A + Clone + Send + Sync + 'static,
    A: Future<Output = Result<Response<ResponseBody>, BoxError>> + Send + 'static,
{
    layer_fn(move |inner: HttpService| {
        let act = act.clone();
        service_fn(move |request| act(inner.clone(), request))
    })
}

pub(crate) fn get() -> Request<RequestBody> {
    Request::get("https://api.example/v1/things")
        .body(RequestBody::default())
        .unwrap()
}

pub(crate) fn post() -> Request<RequestBody> {
    Request::post("https://api.example/v1/things")
        .header("idempotency-key", "k-1")
        .body(RequestBody::from("{\"rows\":[1]}"))
        .unwrap()
}

/// The error of a service's result.
pub(crate) trait Fault {
    fn fault(self) -> Error;
}

impl<T: std::fmt::Debug> Fault for Result<T, BoxError> {
    #[track_caller]
    fn fault(self) -> Error {
        Error::from_boxed(self.unwrap_err())
    }
}
