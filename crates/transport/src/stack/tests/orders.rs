//! Every order of the six layers, and each of them alone, over a scripted service.

use std::sync::Arc;
use std::time::Duration;

use http::Request;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};
use tower::limit::GlobalConcurrencyLimitLayer;
use tower::{Layer, ServiceExt};

use crate::auth::{AuthLayer, Credential, Credentials};
use crate::body::RequestBody;
use crate::call::{CallContext, CallReport};
use crate::error::{BoxError, Error, Kind, Phase};
use crate::quota::Quota;
use crate::retry::{Budget, RetryLayer};
use crate::tests::{BUSY, OK, Script, Step, get, post};
use crate::{AttemptLayer, CallLayer, DeadlineLayer, HttpService, IntoHttpService, Origin, Replay};

const RESET: Step = Step::Fault(Kind::Closed, Phase::MaybeSent);
const DEADLINE: Duration = Duration::from_secs(12);
const ATTEMPT: Duration = Duration::from_secs(5);
const BUDGET: u32 = 5;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Part {
    Call,
    Deadline,
    Retry,
    Auth,
    Quota,
    Attempt,
}

use Part::{Attempt, Auth, Call, Deadline, Quota as Places, Retry};

/// What happens to a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Story {
    Answered,
    Busy,
    Reset,
    Silent,
    /// No answer comes, and the caller drops the call.
    Dropped,
    /// The caller drops the call in the wait for its second attempt, if it has one.
    DroppedBetween,
}

use Story::{Answered, Busy, Dropped, DroppedBetween, Reset, Silent};

const STORIES: [Story; 6] = [Answered, Busy, Reset, Silent, Dropped, DroppedBetween];

impl Story {
    fn script(self) -> Script {
        match self {
            Answered => Script::new([OK]),
            Busy | DroppedBetween => Script::new([BUSY, OK]),
            Reset => Script::new([RESET, OK]),
            Silent | Dropped => Script::new([Step::Hang]),
        }
    }

    /// How far the first request gets, and the later ones.
    fn phases(self) -> [Phase; 2] {
        match self {
            Answered | Busy | DroppedBetween => [Phase::Answered; 2],
            Reset => [Phase::MaybeSent, Phase::Answered],
            Silent | Dropped => [Phase::MaybeSent; 2],
        }
    }
}

/// Layers around a scripted service, and everything that they can hold on to.
struct Bench {
    service: HttpService,
    script: Script,
    permits: Arc<Semaphore>,
    budget: Budget,
    quota: Quota,
}

impl Bench {
    /// Puts layers around a service, the first one outermost.
    fn new(order: &[Part], story: Story) -> Self {
        let script = story.script();
        let permits = Arc::new(Semaphore::new(1));
        let budget = Budget::new(0.0, BUDGET);
        let quota = Quota::unlimited().with_rate(10, Duration::from_secs(1));
        let credentials = Credentials::refreshing(|| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok::<_, BoxError>(Credential::new("key"))
        });
        let origin = Origin::of(get().uri()).unwrap();
        let limit = GlobalConcurrencyLimitLayer::with_semaphore(Arc::clone(&permits));
        let limited = limit.layer(script.clone()).into_http_service();
        let service = order.iter().rev().fold(limited, |inner, part| match part {
            Call => CallLayer::default().layer(inner).into_http_service(),
            Deadline => DeadlineLayer::new(DEADLINE)
                .layer(inner)
                .into_http_service(),
            Retry => RetryLayer::default()
                .with_budget(budget.clone())
                .layer(inner)
                .into_http_service(),
            Auth => AuthLayer::new(origin.clone(), credentials.clone())
                .layer(inner)
                .into_http_service(),
            Places => quota.clone().layer(inner).into_http_service(),
            Attempt => AttemptLayer::default()
                .with_timeout(ATTEMPT)
                .layer(inner)
                .into_http_service(),
        });
        Self {
            service,
            script,
            permits,
            budget,
            quota,
        }
    }
}

/// Plays a story, and compares what the layers report with what the service has seen.
async fn check(order: &[Part], story: Story, request: Request<RequestBody>) {
    let context = format!("{story:?} of {} through {order:?}", request.method());
    let bench = Bench::new(order, story);
    let is_dropped = matches!(story, Dropped | DroppedBetween);
    let start = Instant::now();
    let bounds_time = order.contains(&Deadline) || order.contains(&Attempt);
    let patience = match story {
        Dropped => Duration::from_secs(1),
        // The credentials take 50 ms, and the wait at least 250 ms.
        DroppedBetween => Duration::from_millis(200),
        Silent if !bounds_time => DEADLINE,
        Answered | Busy | Reset | Silent => Duration::from_secs(3_600),
    };
    let ended = timeout(patience, bench.service.oneshot(request)).await;
    let elapsed = start.elapsed();
    let seen = bench.script.seen();

    let (status, report) = match ended {
        Ok(Ok(response)) => {
            let report = CallReport::of(&response).unwrap();
            (Some(response.status().as_u16()), report)
        }
        Ok(Err(error)) => {
            let error = Error::from_boxed(error);
            assert_eq!(error.phase(), error.report().phase, "{context}");
            (None, *error.report())
        }
        Err(_) => {
            assert!(is_dropped || !bounds_time, "{context}");
            let call = seen[0].extensions.get::<CallContext>().unwrap();
            (None, call.report())
        }
    };
    let retries = order.contains(&Retry);
    let expected = match story {
        Busy | DroppedBetween if !retries => Some(503),
        Answered | Busy => Some(200),
        Reset if retries => Some(200),
        Reset | Silent | Dropped | DroppedBetween => None,
    };
    assert_eq!(status, expected, "{context}");

    let [first, later] = story.phases();
    let phases: Vec<_> = (0..seen.len())
        .map(|index| if index == 0 { first } else { later })
        .collect();
    let unanswered = phases.iter().filter(|phase| **phase == Phase::MaybeSent);
    assert_eq!(report.attempts as usize, seen.len(), "{context}");
    assert_eq!(report.unanswered as usize, unanswered.count(), "{context}");
    assert_eq!(report.unrefused as usize, seen.len(), "{context}");
    assert_eq!(report.phase, *phases.last().unwrap(), "{context}");

    let place = |part| order.iter().position(|other| *other == part);
    let first_waiting = order.iter().find(|part| **part != Call);
    if first_waiting == Some(&Deadline) {
        let latest = DEADLINE + Duration::from_millis(1);
        assert!(elapsed <= latest, "{elapsed:?} {context}");
        assert!(
            report.elapsed == elapsed || is_dropped,
            "{context}: {:?}",
            report.elapsed
        );
    }

    assert_eq!(bench.permits.available_permits(), 1, "{context}");
    let paid = u32::try_from(seen.len()).unwrap() - 1;
    let paid = if retries { paid } else { 0 };
    let left = f64::from(BUDGET - paid);
    assert!((bench.budget.available() - left).abs() < 1e-9, "{context}");
    let booked = match (place(Places), place(Retry)) {
        (None, _) => 0,
        (Some(quota), Some(retry)) if quota < retry => 1,
        (Some(_), _) => seen.len(),
    };
    assert_eq!(bench.quota.used(), booked as u64, "{context}");
}

async fn check_stories(order: &[Part]) {
    for story in STORIES {
        check(order, story, get()).await;
        let mut keyed = post();
        keyed.extensions_mut().insert(Replay::Keyed);
        check(order, story, keyed).await;
    }
}

fn orders(chosen: &mut Vec<Part>, rest: &[Part], all: &mut Vec<Vec<Part>>) {
    if rest.is_empty() {
        all.push(chosen.clone());
    }
    for part in rest {
        let others: Vec<_> = rest.iter().copied().filter(|other| other != part).collect();
        chosen.push(*part);
        orders(chosen, &others, all);
        chosen.pop();
    }
}

#[tokio::test(start_paused = true)]
async fn the_layers_work_in_every_order() {
    let parts = [Call, Deadline, Retry, Auth, Places, Attempt];
    let mut all = Vec::new();
    orders(&mut Vec::new(), &parts, &mut all);
    assert_eq!(all.len(), 720);
    for order in all {
        check_stories(&order).await;
    }
}

#[tokio::test(start_paused = true)]
async fn each_layer_works_alone() {
    for part in [Call, Deadline, Retry, Auth, Places, Attempt] {
        check_stories(&[part]).await;
    }
}
