use std::time::Duration;

use http::Request;
use tokio::time::Instant;
use tower::{Layer, ServiceExt};

use super::ledger::{Begun, Ledger, Period};
use super::{Quota, QuotaState};
use crate::call::{CallReport, Deadline, Stop};
use crate::error::{Error, Kind, Phase};
use crate::tests::{Fault, NeverReady, OK, Script, Step, get};
use crate::{RequestBody, RetryLayer};

const SECOND: Duration = Duration::from_secs(1);
const MONTH: Duration = Duration::from_secs(30 * 86_400);

async fn send(
    quota: &Quota,
    script: &Script,
    request: Request<RequestBody>,
) -> Result<http::StatusCode, Error> {
    let service = quota.clone().layer(script.clone());
    service
        .oneshot(request)
        .await
        .map(|response| response.status())
        .map_err(Error::from_boxed)
}

fn within(limit: Duration) -> Request<RequestBody> {
    let mut request = get();
    request.extensions_mut().insert(Deadline::after(limit));
    request
}

#[tokio::test(start_paused = true)]
async fn no_window_holds_more_than_the_rate() {
    let quota = Quota::unlimited().with_rate(10, SECOND);
    let script = Script::new([OK]);
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let service = quota.clone().layer(script.clone());
            tokio::spawn(service.oneshot(get()))
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let times = script.times();
    for (first, eleventh) in times.iter().zip(times.iter().skip(10)) {
        assert!(
            eleventh.saturating_sub(*first) >= SECOND,
            "{first:?} {eleventh:?}"
        );
    }
    // And none is slower than it must be.
    assert!(
        *times.last().unwrap() <= Duration::from_millis(9_010),
        "{times:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_place_beyond_the_deadline_is_refused_at_once_with_its_time() {
    let quota = Quota::unlimited().with_rate(1, Duration::from_secs(10));
    let script = Script::new([OK]);
    send(&quota, &script, get()).await.unwrap();
    let start = Instant::now();
    let error = send(&quota, &script, within(Duration::from_secs(9)))
        .await
        .unwrap_err();
    assert_eq!((error.kind(), error.phase()), (Kind::Quota, Phase::NotSent));
    assert_eq!(error.report().retry_after, Some(Duration::from_secs(10)));
    assert_eq!(
        (error.report().attempts, start.elapsed()),
        (0, Duration::ZERO)
    );
    // What was refused took no place.
    send(&quota, &script, within(Duration::from_secs(10)))
        .await
        .unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_period_is_counted_and_begins_anew() {
    let quota = Quota::unlimited().with_period(3, MONTH);
    let script = Script::new([OK]);
    assert_eq!((quota.used(), quota.left()), (0, Some(3)));
    for left in [2, 1, 0] {
        send(&quota, &script, get()).await.unwrap();
        assert_eq!(quota.left(), Some(left));
    }
    tokio::time::sleep(86_400 * SECOND).await;
    let error = send(&quota, &script, get()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Quota);
    assert_eq!(error.report().retry_after, Some(29 * 86_400 * SECOND));
    tokio::time::sleep(29 * 86_400 * SECOND).await;
    assert_eq!(quota.left(), Some(3));
    send(&quota, &script, get()).await.unwrap();
    assert_eq!((quota.used(), quota.left()), (4, Some(2)));
}

/// Sends calls at once, and returns when each request arrived.
async fn all_at_once(quota: &Quota, calls: usize) -> Vec<u128> {
    let script = Script::new([OK]);
    let service = quota.clone().layer(script.clone());
    let calls: Vec<_> = (0..calls)
        .map(|_| tokio::spawn(service.clone().oneshot(get())))
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    script.times().iter().map(Duration::as_millis).collect()
}

#[tokio::test(start_paused = true)]
async fn each_period_has_its_own_requests() {
    let quota = Quota::unlimited().with_period(2, SECOND);
    let times = all_at_once(&quota, 8).await;
    assert_eq!(times, [0, 0, 1_000, 1_000, 2_000, 2_000, 3_000, 3_000]);
    assert_eq!((quota.used(), quota.left()), (8, Some(0)));
}

#[tokio::test(start_paused = true)]
async fn places_of_later_periods_that_come_back_are_given_again() {
    let quota = Quota::unlimited().with_period(2, SECOND);
    let script = Script::new([OK]);
    let service = quota.clone().layer(script.clone());
    let mut calls: Vec<_> = (0..8)
        .map(|_| tokio::spawn(service.clone().oneshot(get())))
        .collect();
    tokio::time::sleep(SECOND / 2).await;
    // One place of the second period, and both of the third.
    for index in [5, 4, 2] {
        calls.remove(index).abort();
    }
    tokio::task::yield_now().await;
    assert_eq!(quota.used(), 5);
    let late = tokio::spawn(service.clone().oneshot(get()));
    for call in calls {
        call.await.unwrap().unwrap();
    }
    late.await.unwrap().unwrap();
    let times: Vec<_> = script.times().iter().map(Duration::as_millis).collect();
    assert_eq!(times, [0, 0, 1_000, 1_000, 3_000, 3_000]);
    assert_eq!(quota.used(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_restored_period_has_what_is_left_of_it() {
    let began = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs()
        - 20;
    let state = QuotaState { used: 1, began };
    let quota = Quota::unlimited()
        .with_period(2, 60 * SECOND)
        .with_max_wait(200 * SECOND)
        .with_state(state);
    assert_eq!(quota.left(), Some(1));
    let times = all_at_once(&quota, 4).await;
    // The system's clock shows whole seconds, and a little more.
    assert_eq!(times[0], 0);
    assert_eq!(times[1], times[2]);
    assert!((38_990..=40_000).contains(&times[1]), "{times:?}");
    assert_eq!(times[3], times[2] + 60_000);
}

#[tokio::test(start_paused = true)]
async fn a_429_holds_back_everybody() {
    let quota = Quota::unlimited();
    let script = Script::new([Step::Answer(429, &[("retry-after", "20")]), OK]);
    assert_eq!(send(&quota, &script, get()).await.unwrap(), 429);
    let held = quota.held_until().unwrap();
    assert_eq!(held, (Instant::now() + 20 * SECOND).into_std());
    send(&quota, &script, get()).await.unwrap();
    assert_eq!(script.times()[1], 20 * SECOND);
    assert_eq!(quota.held_until(), None);
}

#[tokio::test(start_paused = true)]
async fn a_429_also_holds_those_who_wait_already() {
    let quota = Quota::unlimited().with_rate(1, SECOND);
    let script = Script::new([
        Step::Slow(
            Duration::from_millis(500),
            Box::new(Step::Answer(429, &[("retry-after", "5")])),
        ),
        OK,
    ]);
    let service = quota.layer(script.clone());
    let first = tokio::spawn(service.clone().oneshot(get()));
    let second = tokio::spawn(service.oneshot(get()));
    first.await.unwrap().unwrap();
    second.await.unwrap().unwrap();
    let millis: Vec<_> = script.times().iter().map(Duration::as_millis).collect();
    assert!(millis[1] >= 5_500 && millis[1] <= 5_502, "{millis:?}");
}

#[tokio::test(start_paused = true)]
async fn those_who_were_held_leave_at_the_rate() {
    let quota = Quota::unlimited().with_rate(2, SECOND);
    let script = Script::new([Step::Answer(429, &[("retry-after", "20")]), OK]);
    let service = quota.layer(script.clone());
    let calls: Vec<_> = (0..20)
        .map(|_| tokio::spawn(service.clone().oneshot(get())))
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    let times = script.times();
    assert_eq!(times.len(), 20);
    for (first, third) in times.iter().zip(times.iter().skip(2)) {
        assert!(third.saturating_sub(*first) >= SECOND, "{times:?}");
    }
    let waited = times.iter().filter(|at| **at >= 20 * SECOND).count();
    assert_eq!(waited, 19, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn a_hold_beyond_the_deadline_is_an_error_not_a_wait() {
    let quota = Quota::unlimited();
    let script = Script::new([Step::Answer(429, &[("retry-after", "20")]), OK]);
    send(&quota, &script, get()).await.unwrap();
    let error = send(&quota, &script, within(SECOND)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Quota);
    assert_eq!(error.report().retry_after, Some(20 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn no_hold_is_longer_than_the_cap() {
    for hint in ["100000", "99999999999999999999999999999999999"] {
        let headers = Box::leak(Box::new([("retry-after", hint)]));
        let quota = Quota::unlimited();
        let script = Script::new([Step::Answer(429, headers), OK]);
        send(&quota, &script, get()).await.unwrap();
        let held = quota.held_until().unwrap();
        assert_eq!(held, (Instant::now() + 300 * SECOND).into_std());
    }
}

#[tokio::test(start_paused = true)]
async fn only_a_429_holds() {
    for status in [200, 500, 503] {
        let quota = Quota::unlimited();
        let script = Script::new([Step::Answer(status, &[("retry-after", "20")])]);
        send(&quota, &script, get()).await.unwrap();
        assert_eq!(quota.held_until(), None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_wait_gives_its_place_back() {
    let quota = Quota::unlimited()
        .with_rate(1, SECOND)
        .with_period(10, MONTH);
    let script = Script::new([OK]);
    send(&quota, &script, get()).await.unwrap();
    let waiting = send(&quota, &script, get());
    tokio::time::timeout(SECOND / 2, waiting).await.unwrap_err();
    assert_eq!((quota.used(), quota.left()), (1, Some(9)));
    send(&quota, &script, get()).await.unwrap();
    assert_eq!(script.times()[1], SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_place_that_has_come_goes_back_while_the_service_is_not_ready() {
    let quota = Quota::unlimited().with_period(10, MONTH);
    let service = quota.clone().layer(NeverReady);
    let waiting = service.oneshot(get());
    tokio::time::timeout(SECOND, waiting).await.unwrap_err();
    assert_eq!((quota.used(), quota.left()), (0, Some(10)));
    // Without a request no period has begun.
    assert_eq!(quota.state(), QuotaState::default());
}

#[tokio::test(start_paused = true)]
async fn without_a_deadline_the_longest_wait_counts() {
    let quota = Quota::unlimited()
        .with_rate(1, 10 * SECOND)
        .with_max_wait(5 * SECOND);
    let script = Script::new([OK]);
    send(&quota, &script, get()).await.unwrap();
    let error = send(&quota, &script, get()).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Quota);
}

#[tokio::test(start_paused = true)]
async fn a_restart_goes_on_with_the_period() {
    let before = Quota::unlimited().with_period(10, MONTH);
    let script = Script::new([OK]);
    for _ in 0..4 {
        send(&before, &script, get()).await.unwrap();
    }
    let saved = serde_json::to_string(&before.state()).unwrap();
    let state: QuotaState = serde_json::from_str(&saved).unwrap();
    let after = Quota::unlimited().with_period(10, MONTH).with_state(state);
    assert_eq!(after.left(), Some(6));
    assert_eq!(after.state(), state);

    // A period that is over by now is not gone on with.
    let old = QuotaState { began: 1, ..state };
    let fresh = Quota::unlimited().with_period(10, MONTH).with_state(old);
    assert_eq!(fresh.left(), Some(10));
    // Nor does a state without a limit to count for, or one from the future, do harm.
    assert_eq!(Quota::unlimited().with_state(state).left(), None);
    let future = QuotaState {
        began: u64::MAX,
        used: u64::MAX,
    };
    let odd = Quota::unlimited().with_period(10, MONTH).with_state(future);
    assert_eq!(odd.left(), Some(0));
    let unbegun = QuotaState { began: 0, used: 5 };
    let fresh = Quota::unlimited().with_period(10, Duration::MAX);
    assert_eq!(fresh.with_state(unbegun).left(), Some(10));
}

#[tokio::test(start_paused = true)]
async fn extreme_settings_are_harmless() {
    let script = Script::new([OK]);
    let quota = Quota::unlimited()
        .with_rate(0, Duration::MAX)
        .with_period(u64::MAX, Duration::MAX)
        .with_hold_cap(Duration::MAX)
        .with_max_wait(Duration::MAX);
    send(&quota, &script, get()).await.unwrap();
    assert_eq!(quota.left(), Some(u64::MAX - 1));
    let error = send(&quota, &script, within(SECOND)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Quota);
    let none = Quota::unlimited().with_period(0, 2 * SECOND);
    send(&none, &script, get()).await.unwrap();
    let error = send(&none, &script, within(SECOND)).await.unwrap_err();
    assert_eq!(error.kind(), Kind::Quota);
}

#[tokio::test(start_paused = true)]
async fn an_unlimited_quota_counts_and_does_not_wait() {
    let quota = Quota::default();
    let script = Script::new([OK]);
    for _ in 0..1_000 {
        send(&quota, &script, get()).await.unwrap();
    }
    assert_eq!((quota.used(), quota.left()), (1_000, None));
    assert_eq!(*script.times().last().unwrap(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_place_that_is_free_costs_no_rounding() {
    tokio::time::advance(Duration::from_micros(100)).await;
    let script = Script::new([OK]);
    let start = Instant::now();
    let quota = Quota::published();
    send(&quota, &script, get()).await.unwrap();
    assert_eq!(start.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_published_quota_is_ten_a_second_and_a_thousand_in_thirty_days() {
    let quota = Quota::published();
    assert_eq!(quota.left(), Some(1_000));
    let times = all_at_once(&quota, 30).await;
    let waves: Vec<_> = times.iter().map(|at| at / 1_000).collect();
    assert_eq!(waves[9..11], [0, 1]);
    assert_eq!(waves[19..21], [1, 2]);
    tokio::time::sleep(29 * 86_400 * SECOND).await;
    assert_eq!(quota.left(), Some(970));
    tokio::time::sleep(86_400 * SECOND).await;
    assert_eq!(quota.left(), Some(1_000));
}

#[test]
fn a_place_at_the_end_of_a_period_is_one_of_the_next() {
    let now = Instant::now();
    let begun = |after, used| Begun {
        at: now + after,
        used,
    };
    let mut ledger = Ledger {
        period: Some(Period {
            limit: 2,
            length: SECOND,
            begun: [begun(Duration::ZERO, 1), begun(SECOND, 2)].into(),
        }),
        held_until: Some(now + SECOND),
        ..Ledger::default()
    };
    assert_eq!(ledger.reserve(now, None), Ok(now + 2 * SECOND));
}

#[tokio::test(start_paused = true)]
async fn only_its_own_refusals_change_the_report() {
    let script = Script::new([Step::Fault(Kind::Connect, Phase::NotSent)]);
    let service = Quota::default().layer(RetryLayer::default().layer(script));
    let error = service.oneshot(get()).await.fault();
    assert_eq!(error.report().stop, Some(Stop::AttemptsUsed));
}

#[tokio::test(start_paused = true)]
async fn debug_output_shows_what_is_left() {
    let quota = Quota::unlimited().with_period(3, MONTH);
    send(&quota, &Script::new([OK]), get()).await.unwrap();
    let shown = format!("{quota:?}");
    assert!(shown.contains("used: 1, left: Some(2)"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_call_says_when_it_would_fit() {
    let quota = Quota::unlimited().with_rate(1, 30 * SECOND);
    let script = Script::new([OK]);
    send(&quota, &script, get()).await.unwrap();
    let error = send(&quota, &script, within(SECOND)).await.unwrap_err();
    let report: &CallReport = error.report();
    assert_eq!(report.retry_after, Some(30 * SECOND));
    assert_eq!(error.to_string(), "the quota has no room for another 30s");
}
