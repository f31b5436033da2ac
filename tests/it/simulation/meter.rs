//! Layers that count the requests of a client and check the pace of its watches.

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

/// Counts every attempt, that is, every request to the HTTP client.
#[derive(Clone)]
pub(super) struct Attempts(pub(super) History);

/// Checks that the polls of a watch, which have a [`PollsOf`] extension, keep its pace.
#[derive(Clone)]
pub(super) struct Polls(pub(super) History);

/// The polls of one watch, an extension of its requests.
#[derive(Clone, Debug)]
pub(super) struct PollsOf(Arc<Mutex<Watched>>);

#[derive(Debug)]
struct Watched {
    name: String,
    shortest: Duration,
    started: Instant,
    polls: u32,
    /// The end of the last poll, and the wait that the server asked for.
    last: Option<(Instant, Duration)>,
}

impl PollsOf {
    /// Starts a watch with this pace.
    pub(super) fn new(name: String, pace: &Pace) -> Self {
        // The jitter shortens a wait by at most a tenth. Timers have millisecond precision.
        let shortest = pace.shortest().mul_f64(0.9);
        Self(Arc::new(Mutex::new(Watched {
            name,
            shortest: shortest.saturating_sub(MOMENT),
            started: Instant::now(),
            polls: 0,
            last: None,
        })))
    }

    fn begin(&self, history: &History) {
        let mut watched = self.0.lock().unwrap();
        history.count(|tally| tally.watch_polls += 1);
        watched.polls += 1;
        let name = &watched.name;
        if let Some((last, hint)) = watched.last {
            let gap = last.elapsed();
            let least = watched.shortest.max(hint.saturating_sub(MOMENT));
            history.check(
                gap >= least,
                format_args!(
                    "{name}: polled {gap:?} after the last poll, the minimum is {least:?}"
                ),
            );
        }
        let fits = watched.started.elapsed().as_secs_f64() / watched.shortest.as_secs_f64();
        history.check(
            f64::from(watched.polls) <= 1.0 + fits.ceil(),
            format_args!("{name}: {} polls, {fits} fit the pace", watched.polls),
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

impl<S> Layer<S> for Polls {
    type Service = Paced<S>;

    fn layer(&self, inner: S) -> Paced<S> {
        Paced(inner, self.0.clone())
    }
}

/// The service of [`Polls`].
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
        let polls = request.extensions().get::<PollsOf>().cloned();
        if let Some(polls) = &polls {
            polls.begin(&self.1);
        }
        let answer = self.0.call(request);
        Box::pin(async move {
            let answer = answer.await;
            if let Some(polls) = polls {
                let headers = answer.as_ref().ok().map(Response::headers);
                polls.end(headers.and_then(|headers| retry_after(headers, SystemTime::now())));
            }
            answer
        })
    }
}

/// The precision of a timer.
const MOMENT: Duration = Duration::from_millis(2);
