//! tower's contract: every layer alone, and all of them in every order, around a service that insists on it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use prism_imports_tests::probe::Probe;
use prism_imports_transport::auth::Credential;
use prism_imports_transport::{
    AttemptLayer, AuthLayer, BoxError, CallReport, Credentials, DeadlineLayer, HttpService, Origin,
    Quota, QuotaLayer, ResponseBody, RetryLayer, RetryPolicy,
};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{Layer, Service, ServiceExt};

const ANSWER: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Deadline,
    Retry,
    Auth,
    Quota,
    Attempt,
    Limit,
}

const ALL: [Part; 6] = [
    Part::Deadline,
    Part::Retry,
    Part::Auth,
    Part::Quota,
    Part::Attempt,
    Part::Limit,
];

struct House {
    permits: Arc<Semaphore>,
    probe: Probe,
}

impl House {
    fn new(statuses: &[u16]) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(1)),
            probe: Probe::new(statuses, ANSWER),
        }
    }

    /// Builds the parts around the probe, the first one outermost.
    fn build(&self, parts: &[Part]) -> HttpService {
        let inner = HttpService::new(self.probe.clone());
        parts
            .iter()
            .rev()
            .fold(inner, |inner, part| self.wrap(*part, inner))
    }

    fn wrap(&self, part: Part, inner: HttpService) -> HttpService {
        match part {
            Part::Deadline => HttpService::new(DeadlineLayer::default().layer(inner)),
            Part::Retry => {
                let policy = RetryPolicy::default().without_budget();
                HttpService::new(RetryLayer::new(policy).layer(inner))
            }
            Part::Auth => HttpService::new(auth().layer(inner)),
            Part::Quota => {
                let quota = Quota::unlimited().with_rate(2, Duration::from_millis(100));
                HttpService::new(QuotaLayer::new(quota).layer(inner))
            }
            Part::Attempt => HttpService::new(AttemptLayer::default().layer(inner)),
            Part::Limit => {
                let permits = Arc::clone(&self.permits);
                let limit = GlobalConcurrencyLimitLayer::with_semaphore(permits);
                HttpService::new(limit.layer(inner))
            }
        }
    }
}

fn auth() -> AuthLayer {
    let origin = Origin::of(&http::Uri::from_static("https://api.example")).unwrap();
    let source = || async {
        tokio::time::sleep(Duration::from_millis(5)).await;
        Ok::<_, BoxError>(Credential::new("sesame"))
    };
    AuthLayer::new(origin, Credentials::refreshing(source))
}

fn get() -> Request<Bytes> {
    Request::get("https://api.example/v1")
        .body(Bytes::new())
        .unwrap()
}

fn orders(parts: &[Part]) -> Vec<Vec<Part>> {
    if parts.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for first in parts {
        let rest: Vec<_> = parts.iter().copied().filter(|part| part != first).collect();
        for mut order in orders(&rest) {
            order.insert(0, *first);
            all.push(order);
        }
    }
    all
}

/// Whether the retry holds the permit of a limit that is outside of it.
fn limits_whole_calls(order: &[Part]) -> bool {
    let place = |part| order.iter().position(|other| *other == part);
    match (place(Part::Limit), place(Part::Retry)) {
        (Some(limit), Some(retry)) => limit < retry,
        _ => false,
    }
}

#[tokio::test(start_paused = true)]
async fn every_layer_alone_calls_only_what_is_ready() {
    for part in ALL {
        let house = House::new(&[200]);
        let service = house.build(&[part]);
        for _ in 0..3 {
            let response = service.clone().oneshot(get()).await.unwrap();
            assert_eq!(response.status(), 200, "{part:?}");
        }
        assert_eq!(house.probe.calls(), 3, "{part:?}");
        assert_eq!(house.permits.available_permits(), 1, "{part:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn all_layers_in_every_order_do_too() {
    let orders = orders(&ALL);
    assert_eq!(orders.len(), 720);
    for order in orders {
        let house = House::new(&[503, 503, 200]);
        let service = house.build(&order);
        let response = service.oneshot(get()).await.unwrap();
        assert_eq!(response.status(), 200, "{order:?}");
        assert_eq!(house.probe.calls(), 3, "{order:?}");
        assert_eq!(house.permits.available_permits(), 1, "{order:?}");
        if order.first() != Some(&Part::Limit) {
            let report = CallReport::of(&response).unwrap();
            assert_eq!(report.attempts(), 3, "{order:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_is_used_again_after_many_calls_at_once() {
    for order in [
        &[
            Part::Deadline,
            Part::Retry,
            Part::Auth,
            Part::Quota,
            Part::Attempt,
            Part::Limit,
        ][..],
        &[
            Part::Attempt,
            Part::Quota,
            Part::Limit,
            Part::Auth,
            Part::Retry,
            Part::Deadline,
        ],
    ] {
        let house = House::new(&[503, 200, 503, 200]);
        let service = house.build(order);
        let calls: Vec<_> = (0..20)
            .map(|_| tokio::spawn(service.clone().oneshot(get())))
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap().status(), 200);
        }
        assert_eq!(house.permits.available_permits(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_holds_a_permit_while_he_waits() {
    for order in orders(&ALL) {
        if limits_whole_calls(&order) {
            continue;
        }
        let house = House::new(&[503, 503, 200]);
        let service = house.build(&order);
        let waiting = tokio::spawn(service.oneshot(get()));
        // The first answer is long in, and the first backoff has not ended.
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(house.probe.calls(), 1, "{order:?}");
        assert_eq!(house.permits.available_permits(), 1, "{order:?}");
        let start = Instant::now();
        let other = house.wrap(Part::Limit, HttpService::new(Probe::new(&[200], ANSWER)));
        other.oneshot(get()).await.unwrap();
        assert!(
            start.elapsed() <= ANSWER + Duration::from_millis(1),
            "{order:?}"
        );
        assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn who_has_to_wait_gives_up_the_readiness_found_on_the_way() {
    for part in [Part::Quota, Part::Auth] {
        let house = House::new(&[200]);
        // Ready when it is first asked, unlike the probe.
        let leaf = tower::service_fn(|_: Request<Bytes>| async {
            Ok::<_, BoxError>(http::Response::new(ResponseBody::default()))
        });
        let limited = house.wrap(Part::Limit, HttpService::new(leaf));
        let mut service = house.wrap(Part::Deadline, house.wrap(part, limited));
        if part == Part::Quota {
            // Two places in 100 ms, and then a wait.
            for _ in 0..2 {
                service.clone().oneshot(get()).await.unwrap();
            }
        }
        service.ready().await.unwrap();
        assert_eq!(house.permits.available_permits(), 0, "{part:?}");
        let waiting = service.call(get());
        assert_eq!(house.permits.available_permits(), 1, "{part:?}");
        assert_eq!(waiting.await.unwrap().status(), 200);
        assert_eq!(house.permits.available_permits(), 1, "{part:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_is_not_ready_does_not_queue_for_others() {
    let house = House::new(&[200]);
    let mut service = house.build(&[Part::Deadline, Part::Limit]);
    let held = house.permits.acquire().await.unwrap();
    service.ready().await.unwrap();
    drop(held);
    // Found not ready on the way, it has left the line: the permit is there for whoever comes.
    assert_eq!(house.permits.available_permits(), 1);
    assert_eq!(service.call(get()).await.unwrap().status(), 200);
}
