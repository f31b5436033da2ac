use std::sync::{Arc, Mutex};
use std::time::Duration;

use tower::{Layer, ServiceExt};

use super::{AttemptEnd, CallEnd, End, Observer, QuotaWait, RetryPlanned};
use crate::call::UrlTemplate;
use crate::error::{Kind, Phase};
use crate::retry::RetryLayer;
use crate::tests::{BUSY, Fault, OK, Script, Step, get};
use crate::{AttemptLayer, CallLayer, DeadlineLayer, HttpService, Quota, StackBuilder};

/// Writes down each event.
#[derive(Clone, Default)]
struct Scribe(Arc<Mutex<Vec<String>>>);

impl Scribe {
    fn write(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Observer for Scribe {
    fn on_attempt(&self, attempt: &AttemptEnd<'_>) {
        let AttemptEnd {
            method,
            template,
            number,
            end,
            elapsed,
        } = attempt;
        let (template, end) = (template.unwrap_or("?"), end.as_str());
        self.write(format!(
            "attempt {number} {method} {template} {end} {elapsed:?}"
        ));
    }

    fn on_retry(&self, retry: &RetryPlanned<'_>) {
        assert!(retry.after <= Duration::from_secs(1));
        let RetryPlanned {
            method,
            template,
            attempt,
            reason,
            ..
        } = retry;
        let template = template.unwrap_or("?");
        self.write(format!(
            "retry {method} {template} after {attempt} for {}",
            reason.as_str()
        ));
    }

    fn on_quota_wait(&self, wait: &QuotaWait<'_>) {
        let template = wait.template.unwrap_or("?");
        self.write(format!("quota {} {template} {:?}", wait.method, wait.after));
    }

    fn on_call(&self, call: &CallEnd<'_>) {
        let (end, attempts) = (call.end.as_str(), call.report.attempts);
        self.write(format!("call {} {end} {attempts}", call.method));
    }
}

fn stack(script: &Script, scribe: &Scribe) -> HttpService {
    StackBuilder::new()
        .timeout(Duration::from_secs(5))
        .observer(Arc::new(scribe.clone()))
        .build(script.clone())
}

#[tokio::test(start_paused = true)]
async fn an_observer_is_notified_of_everything_in_order() {
    let scribe = Scribe::default();
    let slow = Step::Slow(Duration::from_millis(20), Box::new(BUSY));
    let script = Script::new([slow, Step::Fault(Kind::Connect, Phase::NotSent), OK]);
    let mut request = get();
    request
        .extensions_mut()
        .insert(UrlTemplate("/v1/{what}".into()));
    stack(&script, &scribe).oneshot(request).await.unwrap();
    assert_eq!(
        scribe.lines(),
        [
            "attempt 1 GET /v1/{what} 503 20ms",
            "retry GET /v1/{what} after 1 for status",
            "attempt 2 GET /v1/{what} connect 0ns",
            "retry GET /v1/{what} after 2 for connect",
            "attempt 3 GET /v1/{what} 200 0ns",
            "call GET 200 3",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_the_deadline_cuts_off_is_reported() {
    let scribe = Scribe::default();
    let script = Script::new([Step::Hang]);
    stack(&script, &scribe).oneshot(get()).await.fault();
    // The attempt knows the deadline too and may see it first.
    assert_eq!(
        scribe.lines(),
        ["attempt 1 GET ? call_timeout 5s", "call GET call_timeout 1"]
    );
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_reported_once() {
    let scribe = Scribe::default();
    let script = Script::new([Step::Hang]);
    let call = stack(&script, &scribe).oneshot(get());
    tokio::time::timeout(Duration::from_secs(1), call)
        .await
        .unwrap_err();
    assert_eq!(
        scribe.lines(),
        ["attempt 1 GET ? dropped 1s", "call GET dropped 1"]
    );
}

#[tokio::test(start_paused = true)]
async fn waits_for_the_quota_are_reported_before_they_begin() {
    let scribe = Scribe::default();
    let service = StackBuilder::new()
        .observer(Arc::new(scribe.clone()))
        .quota(Quota::unlimited().with_rate(1, Duration::from_secs(9)))
        .build(Script::new([OK]));
    service.clone().oneshot(get()).await.unwrap();
    let mut second = Box::pin(service.oneshot(get()));
    let begun = tokio::time::timeout(Duration::from_secs(1), &mut second);
    begun.await.unwrap_err();
    assert_eq!(scribe.lines().last().unwrap(), "quota GET ? 9s");
    second.await.unwrap();
    assert_eq!(scribe.lines().len(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_layers_work_alone() {
    let scribe = Scribe::default();
    let attempts = AttemptLayer::default().layer(Script::new([BUSY, OK]));
    let retries = RetryLayer::default().layer(attempts);
    let call = CallLayer::default().with_observer(Arc::new(scribe.clone()));
    let service = call.layer(DeadlineLayer::default().layer(retries));
    service.oneshot(get()).await.unwrap();
    let lines = scribe.lines();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(lines[3], "call GET 200 2");
}

#[tokio::test(start_paused = true)]
async fn an_observer_sees_errors_with_their_report() {
    #[derive(Default)]
    struct Reports(Mutex<Vec<(u32, Phase)>>);

    impl Reports {
        fn note(&self, end: End<'_>) {
            if let End::Failed(error) = end {
                self.0
                    .lock()
                    .unwrap()
                    .push((error.report().attempts, error.phase()));
            }
        }
    }

    impl Observer for Reports {
        fn on_attempt(&self, attempt: &AttemptEnd<'_>) {
            self.note(attempt.end);
        }

        fn on_call(&self, call: &CallEnd<'_>) {
            self.note(call.end);
        }
    }

    let reports = Arc::new(Reports::default());
    let refused = Step::Fault(Kind::Connect, Phase::NotSent);
    StackBuilder::new()
        .observer(reports.clone())
        .timeout(Duration::from_secs(5))
        .build(Script::new([refused, Step::Hang]))
        .oneshot(get())
        .await
        .fault();
    let cut = (2, Phase::MaybeSent);
    assert_eq!(*reports.0.lock().unwrap(), [(1, Phase::NotSent), cut, cut]);
}

#[cfg(feature = "tracing")]
mod spans;
