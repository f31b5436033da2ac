//! Calls that are dropped at any time: nothing leaks, and the next call works.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use prism_imports_tests::net::{Action, FaultServer};
use prism_imports_tests::probe::Probe;
use prism_imports_transport::auth::Credential;
use prism_imports_transport::retry::Budget;
use prism_imports_transport::{
    AttemptLayer, AuthLayer, BoxError, Credentials, DeadlineLayer, HttpService, Origin, Quota,
    RequestBody, ResponseBody, RetryLayer,
};
use tokio::sync::Semaphore;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{ServiceBuilder, ServiceExt};

use super::{client, stack};

/// A stack and the shared resources that a dropped call could leak.
struct Fixture {
    permits: Arc<Semaphore>,
    budget: Budget,
    quota: Quota,
    probe: Probe,
    service: HttpService,
}

/// A body whose second half arrives later than its first.
struct Halves {
    left: u8,
    pause: std::pin::Pin<Box<tokio::time::Sleep>>,
}

impl Body for Halves {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        use std::task::Poll;
        if self.left == 0 {
            return Poll::Ready(None);
        }
        if self.left == 1 {
            std::task::ready!(self.pause.as_mut().poll(cx));
        }
        self.left -= 1;
        Poll::Ready(Some(Ok(Frame::data(Bytes::from_static(b"half")))))
    }
}

impl Fixture {
    fn new() -> Self {
        let permits = Arc::new(Semaphore::new(1));
        let budget = Budget::new(0.0, 100);
        let quota = Quota::unlimited().with_rate(1, Duration::from_millis(300));
        let probe = Probe::new(&[401, 503, 503, 200], Duration::from_millis(40));
        let origin = Origin::of(&http::Uri::from_static("https://api.example")).unwrap();
        let number = Arc::new(std::sync::atomic::AtomicU32::new(0));
        let source = move || {
            let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            async move {
                tokio::time::sleep(Duration::from_millis(40)).await;
                Ok::<_, BoxError>(Credential::new(format!("key-{number}")))
            }
        };
        let retry = RetryLayer::default().with_budget(budget.clone());
        let service = ServiceBuilder::new()
            .layer(DeadlineLayer::default())
            .layer(retry)
            .layer(AuthLayer::new(origin, Credentials::refreshing(source)))
            .layer(quota.clone())
            .layer(AttemptLayer::default())
            .layer(GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(
                &permits,
            )))
            .map_response(|response: Response<ResponseBody>| {
                response.map(|_| Halves {
                    left: 2,
                    pause: Box::pin(tokio::time::sleep(Duration::from_millis(40))),
                })
            })
            .service(probe.clone());
        Self {
            permits,
            budget,
            quota,
            probe,
            service: HttpService::new(service),
        }
    }

    async fn call(&self) -> Result<Response<ResponseBody>, BoxError> {
        let request = Request::get("https://api.example/v1").body(RequestBody::default());
        self.service.clone().oneshot(request.unwrap()).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_dropped_at_any_time_leaks_nothing() {
    // The scanned times exceed the duration of a complete call.
    let mut cut = 0;
    let mut calls_seen = std::collections::BTreeSet::new();
    for millis in (0..4_000).step_by(7) {
        let fixture = Fixture::new();
        let limit = Duration::from_millis(millis);
        let dropped = tokio::time::timeout(limit, fixture.call()).await.is_err();
        if dropped {
            cut += 1;
        }
        let calls = fixture.probe.calls();
        calls_seen.insert(calls);
        assert_eq!(fixture.permits.available_permits(), 1, "at {millis} ms");
        assert_eq!(fixture.quota.used(), calls as u64, "at {millis} ms");
        // The first call and the one after the 401 do not use the budget.
        let paid = u32::try_from(calls.saturating_sub(2)).unwrap();
        let left = 100.0 - fixture.budget.available();
        assert!(
            (left - f64::from(paid)).abs() < 1e-9,
            "at {millis} ms: {left} of {paid}"
        );
        let next = fixture.call().await.unwrap();
        assert_eq!(next.status(), 200, "at {millis} ms");
        assert_eq!(super::body(next).await, "halfhalf");
        assert_eq!(fixture.permits.available_permits(), 1, "at {millis} ms");
    }
    // The scan covered the refresh, the quota, the body, the backoff and each attempt.
    assert!(cut > 100, "{cut}");
    assert_eq!(calls_seen.into_iter().collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

#[tokio::test]
async fn a_call_dropped_over_a_socket_does_not_affect_later_calls() {
    let partial = |text: &str| Action::ReplyAndHang(text.as_bytes().to_vec());
    for action in [
        Action::Hang,
        partial("HTTP/1.1 200 O"),
        partial("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"),
        partial("HTTP/1.1 503 Busy\r\ncontent-length: 10\r\n\r\nhalf"),
    ] {
        let server = FaultServer::start([action, Action::answer(200, "next")])
            .await
            .unwrap();
        let service = stack(client());
        let is_pending = async {
            // An earlier drop would leave the action to the next call.
            super::received(&server).await;
            // The start of an answer usually arrives in this time.
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        tokio::select! {
            result = super::send(&service, super::get(server.url("/"))) => panic!("{result:?}"),
            () = is_pending => {}
        }
        let next = super::send(&service, super::get(server.url("/")))
            .await
            .unwrap();
        assert_eq!(super::body(next).await, "next");
    }
}
