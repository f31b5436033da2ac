//! The contract of `tower::Service`, checked for each layer and for all layers in every order.

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use prism_imports_tests::probe::Probe;
use prism_imports_transport::auth::Credential;
use prism_imports_transport::retry::Budget;
use prism_imports_transport::{
    AttemptLayer, AuthLayer, BoxError, CallReport, Credentials, DeadlineLayer, HttpService,
    IntoHttpService, Origin, Quota, RequestBody, ResponseBody, RetryLayer,
};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{Layer, Service, ServiceExt};

const ANSWER: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum LayerKind {
    Deadline,
    Retry,
    Auth,
    Quota,
    Attempt,
    Limit,
}

const ALL: [LayerKind; 6] = [
    LayerKind::Deadline,
    LayerKind::Retry,
    LayerKind::Auth,
    LayerKind::Quota,
    LayerKind::Attempt,
    LayerKind::Limit,
];

struct Fixture {
    permits: Arc<Semaphore>,
    probe: Probe,
}

impl Fixture {
    fn new(statuses: &[u16]) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(1)),
            probe: Probe::new(statuses, ANSWER),
        }
    }

    /// Wraps the probe with these layers, the first one outermost.
    fn build(&self, layers: &[LayerKind]) -> HttpService {
        let inner = self.probe.clone().into_http_service();
        layers
            .iter()
            .rev()
            .fold(inner, |inner, layer| self.wrap(*layer, inner))
    }

    fn wrap(&self, layer: LayerKind, inner: HttpService) -> HttpService {
        match layer {
            LayerKind::Deadline => HttpService::new(DeadlineLayer::default().layer(inner)),
            LayerKind::Retry => HttpService::new(
                RetryLayer::default()
                    .with_budget(Budget::unlimited())
                    .layer(inner),
            ),
            LayerKind::Auth => HttpService::new(auth().layer(inner)),
            LayerKind::Quota => {
                let quota = Quota::unlimited().with_rate(2, Duration::from_millis(100));
                HttpService::new(quota.layer(inner))
            }
            LayerKind::Attempt => HttpService::new(AttemptLayer::default().layer(inner)),
            LayerKind::Limit => {
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

fn get() -> Request<RequestBody> {
    Request::get("https://api.example/v1")
        .body(RequestBody::default())
        .unwrap()
}

fn orders(layers: &[LayerKind]) -> Vec<Vec<LayerKind>> {
    if layers.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for first in layers {
        let rest: Vec<_> = layers
            .iter()
            .copied()
            .filter(|layer| layer != first)
            .collect();
        for mut order in orders(&rest) {
            order.insert(0, *first);
            all.push(order);
        }
    }
    all
}

/// Returns `true` if the limit is outside of the retry, so a call holds its permit between attempts.
fn limits_whole_calls(order: &[LayerKind]) -> bool {
    let place = |layer| order.iter().position(|other| *other == layer);
    match (place(LayerKind::Limit), place(LayerKind::Retry)) {
        (Some(limit), Some(retry)) => limit < retry,
        _ => false,
    }
}

#[tokio::test(start_paused = true)]
async fn every_layer_calls_only_ready_services() {
    for layer in ALL {
        let fixture = Fixture::new(&[200]);
        let service = fixture.build(&[layer]);
        for _ in 0..3 {
            let response = service.clone().oneshot(get()).await.unwrap();
            assert_eq!(response.status(), 200, "{layer:?}");
        }
        assert_eq!(fixture.probe.calls(), 3, "{layer:?}");
        assert_eq!(fixture.permits.available_permits(), 1, "{layer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn all_layers_in_every_order_call_only_ready_services() {
    let orders = orders(&ALL);
    assert_eq!(orders.len(), 720);
    for order in orders {
        let fixture = Fixture::new(&[503, 503, 200]);
        let service = fixture.build(&order);
        let response = service.oneshot(get()).await.unwrap();
        assert_eq!(response.status(), 200, "{order:?}");
        assert_eq!(fixture.probe.calls(), 3, "{order:?}");
        assert_eq!(fixture.permits.available_permits(), 1, "{order:?}");
        if order.first() != Some(&LayerKind::Limit) {
            let report = CallReport::of(&response).unwrap();
            assert_eq!(report.attempts, 3, "{order:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_can_be_reused_after_concurrent_calls() {
    for order in [
        &[
            LayerKind::Deadline,
            LayerKind::Retry,
            LayerKind::Auth,
            LayerKind::Quota,
            LayerKind::Attempt,
            LayerKind::Limit,
        ][..],
        &[
            LayerKind::Attempt,
            LayerKind::Quota,
            LayerKind::Limit,
            LayerKind::Auth,
            LayerKind::Retry,
            LayerKind::Deadline,
        ],
    ] {
        let fixture = Fixture::new(&[503, 200, 503, 200]);
        let service = fixture.build(order);
        let calls: Vec<_> = (0..20)
            .map(|_| tokio::spawn(service.clone().oneshot(get())))
            .collect();
        for call in calls {
            assert_eq!(call.await.unwrap().unwrap().status(), 200);
        }
        assert_eq!(fixture.permits.available_permits(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn no_permit_is_held_while_waiting() {
    for order in orders(&ALL) {
        if limits_whole_calls(&order) {
            continue;
        }
        let fixture = Fixture::new(&[503, 503, 200]);
        let service = fixture.build(&order);
        let waiting = tokio::spawn(service.oneshot(get()));
        // The first answer has arrived and the first backoff has not ended.
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(fixture.probe.calls(), 1, "{order:?}");
        assert_eq!(fixture.permits.available_permits(), 1, "{order:?}");
        let start = Instant::now();
        let other = fixture.wrap(
            LayerKind::Limit,
            Probe::new(&[200], ANSWER).into_http_service(),
        );
        other.oneshot(get()).await.unwrap();
        assert!(
            start.elapsed() <= ANSWER + Duration::from_millis(1),
            "{order:?}"
        );
        assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
    }
}

#[tokio::test(start_paused = true)]
async fn waiting_layers_reserve_nothing() {
    for layer in [LayerKind::Quota, LayerKind::Auth] {
        let fixture = Fixture::new(&[200]);
        // Ready at the first poll, unlike the probe.
        let service = tower::service_fn(|_: Request<RequestBody>| async {
            Ok::<_, BoxError>(http::Response::new(ResponseBody::default()))
        });
        let limited = fixture.wrap(LayerKind::Limit, HttpService::new(service));
        let mut service = fixture.wrap(LayerKind::Deadline, fixture.wrap(layer, limited));
        if layer == LayerKind::Quota {
            // The quota allows two calls per 100 ms.
            for _ in 0..2 {
                service.clone().oneshot(get()).await.unwrap();
            }
        }
        service.ready().await.unwrap();
        assert_eq!(fixture.permits.available_permits(), 1, "{layer:?}");
        let waiting = service.call(get());
        assert_eq!(fixture.permits.available_permits(), 1, "{layer:?}");
        assert_eq!(waiting.await.unwrap().status(), 200);
        assert_eq!(fixture.permits.available_permits(), 1, "{layer:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_is_not_ready_does_not_hold_a_place_in_the_queue() {
    let fixture = Fixture::new(&[200]);
    let mut service = fixture.build(&[LayerKind::Deadline, LayerKind::Limit]);
    let held = fixture.permits.acquire().await.unwrap();
    service.ready().await.unwrap();
    drop(held);
    // The call found the limit not ready and left its queue, so the permit is available.
    assert_eq!(fixture.permits.available_permits(), 1);
    assert_eq!(service.call(get()).await.unwrap().status(), 200);
}
