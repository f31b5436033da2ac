//! A service that checks that its callers respect the contract of `tower::Service`.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use prism_imports_transport::{RequestBody, ResponseBody};
use tower_service::Service;

/// Panics if it is called before it is ready. A clone starts out not ready. Getting ready and answering both take at
/// least one more poll.
#[derive(Debug)]
pub struct Probe {
    shared: Arc<Shared>,
    readiness: Readiness,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Readiness {
    NotPolled,
    /// Polled once: it returned `Pending` and woke the caller.
    Polled,
    Ready,
}

#[derive(Debug)]
struct Shared {
    statuses: Mutex<Vec<u16>>,
    calls: AtomicUsize,
    answer_time: Duration,
}

impl Probe {
    /// Creates a service that answers with these statuses in order, each after `answer_time`. The last one repeats.
    pub fn new(statuses: &[u16], answer_time: Duration) -> Self {
        let mut statuses = statuses.to_vec();
        statuses.reverse();
        Self {
            shared: Arc::new(Shared {
                statuses: Mutex::new(statuses),
                calls: AtomicUsize::new(0),
                answer_time,
            }),
            readiness: Readiness::NotPolled,
        }
    }

    /// Returns the number of calls of this service and its clones.
    pub fn calls(&self) -> usize {
        self.shared.calls.load(Ordering::Relaxed)
    }
}

impl Clone for Probe {
    fn clone(&self) -> Self {
        Self {
            shared: Arc::clone(&self.shared),
            readiness: Readiness::NotPolled,
        }
    }
}

impl Service<Request<RequestBody>> for Probe {
    type Response = Response<ResponseBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        if self.readiness == Readiness::NotPolled {
            self.readiness = Readiness::Polled;
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.readiness = Readiness::Ready;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody>) -> Self::Future {
        assert_eq!(
            self.readiness,
            Readiness::Ready,
            "called before it was ready"
        );
        self.readiness = Readiness::NotPolled;
        self.shared.calls.fetch_add(1, Ordering::Relaxed);
        let status = {
            let mut statuses = self
                .shared
                .statuses
                .lock()
                .expect("no test panics while it holds the lock");
            let last = statuses.last().copied().unwrap_or(200);
            if statuses.len() > 1 {
                statuses.pop();
            }
            last
        };
        let time = self.shared.answer_time;
        Box::pin(async move {
            tokio::time::sleep(time).await;
            let mut response = Response::new(ResponseBody::from("answer"));
            *response.status_mut() =
                http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::OK);
            Ok(response)
        })
    }
}
