//! Layers that count what a client does, and hold its watches to their pace.

use std::{
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::{Duration, SystemTime},
};

use http::{Request, Response};
use prism_imports::{
    poller::Pace,
    transport::{BoxError, retry::retry_after},
};
use tokio::time::Instant;
use tower::{Layer, Service};

use super::history::History;

/// Counts every attempt: what goes to the HTTP client.
#[derive(Clone)]
pub(super) struct Attempts(pub(super) History);

/// Holds the looks of a watch, each a call with [`LooksOf`], to the watch's pace.
#[derive(Clone)]
pub(super) struct Looks(pub(super) History);

/// The looks of one watch: an extension of its requests.
#[derive(Clone, Debug)]
pub(super) struct LooksOf(Arc<Mutex<Watched>>);

#[derive(Debug)]
struct Watched {
    name: String,
    shortest: Duration,
    began: Instant,
    looks: u32,
    /// When the last look ended, and how long the server asked to wait then.
    last: Option<(Instant, Duration)>,
}

impl LooksOf {
    /// Begins a watch at this pace.
    pub(super) fn new(name: String, pace: &Pace) -> Self {
        // The jitter takes a tenth at most; a timer goes by milliseconds.
        let shortest = pace.shortest().mul_f64(0.9);
        Self(Arc::new(Mutex::new(Watched {
            name,
            shortest: shortest.saturating_sub(MOMENT),
            began: Instant::now(),
            looks: 0,
            last: None,
        })))
    }

    fn begin(&self, history: &History) {
        let mut watched = self.0.lock().unwrap();
        history.count(|tally| tally.looks += 1);
        watched.looks += 1;
        let name = &watched.name;
        if let Some((last, hint)) = watched.last {
            let gap = last.elapsed();
            let least = watched.shortest.max(hint.saturating_sub(MOMENT));
            history.check(
                gap >= least,
                format_args!("{name}: a look {gap:?} after another, {least:?} is the least"),
            );
        }
        let fits = watched.began.elapsed().as_secs_f64() / watched.shortest.as_secs_f64();
        history.check(
            f64::from(watched.looks) <= 1.0 + fits.ceil(),
            format_args!("{name}: {} looks, {fits} fit", watched.looks),
        );
    }

    fn end(&self, hint: Option<Duration>) {
        self.0.lock().unwrap().last = Some((Instant::now(), hint.unwrap_or_default()));
    }
}

impl<S> Layer<S> for Attempts {
    type Service = Counted<S>;

    fn layer(&self, inner: S) -> Counted<S> {
        Counted(inner, self.0.clone())
    }
}

/// The service of [`Attempts`].
#[derive(Clone)]
pub(super) struct Counted<S>(S, History);

impl<S, B> Service<Request<B>> for Counted<S>
where
    S: Service<Request<B>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> S::Future {
        self.1.count(|tally| tally.attempts += 1);
        self.0.call(request)
    }
}

impl<S> Layer<S> for Looks {
    type Service = Paced<S>;

    fn layer(&self, inner: S) -> Paced<S> {
        Paced(inner, self.0.clone())
    }
}

/// The service of [`Looks`].
#[derive(Clone)]
pub(super) struct Paced<S>(S, History);

impl<S, B, C> Service<Request<B>> for Paced<S>
where
    S: Service<Request<B>, Response = Response<C>>,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<C>, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let looks = request.extensions().get::<LooksOf>().cloned();
        if let Some(looks) = &looks {
            looks.begin(&self.1);
        }
        let answer = self.0.call(request);
        Box::pin(async move {
            let answer = answer.await;
            if let Some(looks) = looks {
                let headers = answer.as_ref().ok().map(Response::headers);
                looks.end(headers.and_then(|headers| retry_after(headers, SystemTime::now())));
            }
            answer
        })
    }
}

/// The precision of a timer.
const MOMENT: Duration = Duration::from_millis(2);
