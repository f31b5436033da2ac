//! Tests of the calling contract and the timing. Each test drives a poller with scripted answers and checks its outputs.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    ImportJob,
    poller::{Checkpoint, Limits, Output, Pace, Poller, StopReason},
    wire::{Snapshot, Status},
};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn poller(limits: Limits) -> Poller {
    Poller::new(Pace::balanced(), limits, 11)
}

/// The facts about an unfinished job that affect the next poll.
#[derive(Clone, Copy, Default)]
struct Facts {
    progress: Option<(i64, i64)>,
    age: Option<Duration>,
    expires_in: Option<Duration>,
}

impl Facts {
    fn job(self) -> ImportJob {
        let mut snapshot = Snapshot::new(Status::Processing, 9);
        snapshot.job_id = Some("j-1".into());
        if let Some((processed, total)) = self.progress {
            (snapshot.processed, snapshot.total) = (Some(processed), total);
        }
        let updated_at: Timestamp = "2026-01-08T00:00:00Z".parse().unwrap();
        let text =
            |time: Result<Timestamp, jiff::Error>| time.map(|time| time.to_string()).unwrap();
        let before = |age: Duration| text(updated_at.checked_sub(age));
        let after = |left: Duration| text(updated_at.checked_add(left));
        snapshot.updated_at = Some(updated_at.to_string());
        snapshot.created_at = self.age.map(before);
        snapshot.expires_at = self.expires_in.map(after);
        ImportJob::try_from(snapshot).unwrap()
    }

    fn answer(self, poller: &mut Poller, now: Duration, hint: Option<Duration>) {
        poller.handle_snapshot(now, self.job(), hint);
    }
}

fn open(poller: &mut Poller, now: Duration, _: u32) {
    Facts::default().answer(poller, now, None);
}

fn finish(poller: &mut Poller, now: Duration) {
    let failed = br#"{"job_id":"j-1","status":"failed","total":9}"#;
    poller.handle_snapshot(now, ImportJob::from_slice(failed).unwrap(), None);
}

fn wait(poller: &mut Poller, now: Duration) -> Duration {
    match poller.poll_output(now) {
        Output::Wait { until } => until,
        other @ (Output::Fetch { .. } | Output::Done | Output::Stopped(_)) => panic!("{other:?}"),
    }
}

fn stop(output: &Output) -> StopReason {
    match output {
        Output::Stopped(stopped) => stopped.reason(),
        other @ (Output::Fetch { .. } | Output::Wait { .. } | Output::Done) => panic!("{other:?}"),
    }
}

/// Drives a poller to its end. `answer` answers each fetch. Returns the times of the fetches and the last output.
fn drive(
    poller: &mut Poller,
    mut answer: impl FnMut(&mut Poller, Duration, u32),
) -> (Vec<Duration>, Output) {
    let mut now = Duration::ZERO;
    let mut fetches = Vec::new();
    loop {
        match poller.poll_output(now) {
            Output::Fetch { attempt } => {
                fetches.push(now);
                assert!(fetches.len() < 1_000, "the poller does not end");
                answer(poller, now, attempt);
            }
            Output::Wait { until } => {
                assert!(until > now, "{until:?} is not later than {now:?}");
                now = until;
            }
            end @ (Output::Done | Output::Stopped(_)) => return (fetches, end),
        }
    }
}

#[test]
fn the_first_fetch_is_immediate_and_none_follows_the_end() {
    let mut poller = poller(Limits::default());
    let (fetches, end) = drive(&mut poller, |poller, now, attempt| {
        if attempt == 3 {
            finish(poller, now);
        } else {
            open(poller, now, attempt);
        }
    });
    assert_eq!((fetches[0], fetches.len()), (Duration::ZERO, 3));
    assert_eq!(end, Output::Done);
    assert_eq!(poller.poll_output(secs(90_000)), Output::Done);
    assert_eq!(poller.requests(), 3);
}

#[test]
fn a_fetch_is_returned_again_until_it_is_answered() {
    let mut poller = poller(Limits::default());
    for _ in 0..3 {
        assert_eq!(poller.poll_output(secs(1)), Output::Fetch { attempt: 1 });
    }
    assert_eq!(poller.requests(), 0);
    open(&mut poller, secs(2), 1);
    assert_eq!(poller.requests(), 1);
}

#[test]
fn the_answer_to_a_submit_does_not_count_as_a_request() {
    let mut poller = poller(Limits::default());
    open(&mut poller, secs(0), 0);
    wait(&mut poller, secs(0));
    assert_eq!(poller.requests(), 0);
}

#[test]
fn stops_at_each_limit() {
    let limits = Limits::default;

    let (fetches, end) = drive(&mut poller(limits().with_requests(7)), open);
    assert_eq!((fetches.len(), stop(&end)), (7, StopReason::Requests));

    let (fetches, end) = drive(&mut poller(limits().with_requests(0)), open);
    assert_eq!((fetches.len(), stop(&end)), (0, StopReason::Requests));

    let (fetches, end) = drive(&mut poller(limits().with_timeout(secs(600))), open);
    assert_eq!(stop(&end), StopReason::Timeout);
    assert_eq!(
        fetches.last(),
        Some(&secs(598)),
        "the last poll is shortly before the timeout"
    );

    let fault = |poller: &mut Poller, now, _| poller.handle_fault(now, None);
    let (fetches, end) = drive(&mut poller(limits().with_faults(3)), fault);
    assert_eq!((fetches.len(), stop(&end)), (3, StopReason::Faults));
}

#[test]
fn polls_are_due_shortly_before_and_after_the_expiry() {
    let limits = Limits::default().with_timeout(secs(3_700));
    let (fetches, end) = drive(&mut poller(limits), |poller, now, _| {
        let facts = Facts {
            expires_in: Some(secs(3_600).saturating_sub(now)),
            ..Facts::default()
        };
        facts.answer(poller, now, None);
    });
    assert_eq!(stop(&end), StopReason::Timeout);
    for at in [3_598, 3_602] {
        assert!(fetches.contains(&secs(at)), "{fetches:?}");
    }
    // The server may keep the job for longer, and the usual pace goes on.
    assert_eq!(fetches.last(), Some(&secs(3_698)));
}

#[test]
fn a_hint_beyond_the_expiry_is_respected() {
    let mut poller = poller(Limits::default());
    let facts = Facts {
        expires_in: Some(secs(60)),
        ..Facts::default()
    };
    facts.answer(&mut poller, secs(0), Some(secs(59)));
    assert_eq!(wait(&mut poller, secs(0)), secs(62));
    facts.answer(&mut poller, secs(0), Some(secs(100)));
    assert!(wait(&mut poller, secs(0)) >= secs(100));
}

fn missing(grace: u64) -> Poller {
    let limits = Limits::default().with_faults(1);
    poller(limits.with_not_found_grace(secs(grace))).submitted()
}

#[test]
fn a_missing_job_is_polled_again_until_the_end_of_its_grace() {
    let mut poller = missing(20);
    let mut fetches = Vec::new();
    let mut now = secs(0);
    while now < secs(20) {
        assert!(matches!(poller.poll_output(now), Output::Fetch { .. }));
        fetches.push(now);
        poller.handle_not_found(now, None);
        now = wait(&mut poller, now);
    }
    assert_eq!((now, fetches.len()), (secs(20), 5), "{fetches:?}");
    // The last poll is not immediately after the one before, nor before the hint.
    let late = Duration::from_millis(19_999);
    let mut poller = missing(20);
    poller.handle_not_found(secs(0), None);
    poller.handle_not_found(late, None);
    let shortest = late + Pace::balanced().shortest();
    assert_eq!(wait(&mut poller, late), shortest);
    poller.handle_not_found(late, Some(secs(100)));
    assert!(wait(&mut poller, late) >= late + secs(100));
}

#[test]
fn a_grace_does_not_end_with_an_answer_to_an_earlier_poll() {
    let mut poller = missing(30);
    poller.handle_not_found(secs(0), None);
    let due = wait(&mut poller, secs(0));
    assert!(matches!(poller.poll_output(due), Output::Fetch { .. }));
    // The attempts of this poll were cut off until the grace was over.
    poller.handle_not_found(secs(31), None);
    let last = wait(&mut poller, secs(31));
    assert_eq!(last, secs(31) + Pace::balanced().shortest());
    assert!(matches!(poller.poll_output(last), Output::Fetch { .. }));
    poller.handle_not_found(last, None);
    assert_eq!(stop(&poller.poll_output(last)), StopReason::NotFound);

    // A first poll that is answered late begins the grace, unless there is none.
    let mut poller = missing(30);
    poller.handle_not_found(secs(40), None);
    assert!(wait(&mut poller, secs(40)) > secs(40));
    let mut poller = missing(0);
    poller.handle_not_found(secs(40), None);
    assert_eq!(stop(&poller.poll_output(secs(40))), StopReason::NotFound);
}

#[test]
fn early_answers_and_faults_are_counted_apart() {
    let mut poller = poller(Limits::default().with_faults(2)).submitted();
    for now in [0, 10] {
        poller.handle_fault(secs(now), None);
        poller.handle_not_found(secs(now), None);
    }
    open(&mut poller, secs(11), 3);
    let complete = br#"{"job_id":"j-1","status":"complete","total":9}"#;
    let complete = ImportJob::from_slice(complete).unwrap();
    poller.handle_snapshot(secs(20), complete, None);
    let until = wait(&mut poller, secs(20));
    assert!(until < secs(22), "the wait begins anew: {until:?}");
}

#[test]
fn a_restored_poller_polls_once_before_its_timeout() {
    let mut poller = poller(Limits::default().with_timeout(secs(100)));
    open(&mut poller, secs(0), 1);
    let year = secs(31_536_000);
    let mut restored = Poller::from(poller.checkpoint());
    assert!(restored.is_restored() && !poller.is_restored());
    assert_eq!(restored.poll_output(year), Output::Fetch { attempt: 1 });
    restored.handle_fault(year, None);
    assert!(!restored.is_restored());
    assert_eq!(stop(&restored.poll_output(year)), StopReason::Timeout);

    // The number of requests is a limit whatever the clock says.
    let mut restored = Poller::from(poller.checkpoint());
    restored.set_limits(Limits::default().with_requests(0));
    assert_eq!(stop(&restored.poll_output(secs(0))), StopReason::Requests);
}

#[test]
fn a_restored_poller_has_a_similar_forecast() {
    let mut poller = poller(Limits::default());
    let poll = |poller: &mut Poller, now: u32| {
        let facts = Facts {
            progress: Some((now.into(), 3_600)),
            age: Some(secs(now.into())),
            ..Facts::default()
        };
        let now = secs(now.into());
        facts.answer(poller, now, None);
        wait(poller, now).saturating_sub(now)
    };
    for now in [0, 10, 40, 100, 250, 600] {
        poll(&mut poller, now);
    }
    let stored = serde_json::to_vec(&poller.checkpoint()).unwrap();
    let mut restored = Poller::from(Checkpoint::from_slice(&stored).unwrap());
    let (restored, whole) = (poll(&mut restored, 1_000), poll(&mut poller, 1_000));
    let ratio = restored.as_secs_f64() / whole.as_secs_f64();
    assert!((0.6..1.2).contains(&ratio), "{restored:?}, not {whole:?}");
}

#[test]
fn the_age_of_a_restored_job_is_that_of_the_first_answer() {
    let at = |poller: &mut Poller, now: Duration, age: u64| {
        let facts = Facts {
            age: Some(secs(age)),
            ..Facts::default()
        };
        facts.answer(poller, now, None);
        wait(poller, now).saturating_sub(now)
    };
    let mut poller = poller(Limits::default());
    at(&mut poller, secs(0), 0);
    let mut restored = Poller::from(poller.checkpoint());
    let mut faulty = restored.clone();
    let wait = at(&mut poller, secs(20), 20);
    // The clock of the new host is a year ahead.
    let year = secs(31_536_000);
    assert_eq!(at(&mut restored, year, 20), wait);
    faulty.handle_fault(year, None);
    assert_eq!(at(&mut faulty, year, 20), wait);
    // Later ages are not more precise than the offsets since then.
    assert_eq!(at(&mut poller, secs(20), 9_000), wait);
}

#[test]
fn only_consecutive_faults_count() {
    let mut poller = poller(Limits::default().with_faults(2).with_requests(20));
    let (fetches, end) = drive(&mut poller, |poller, now, attempt| {
        if attempt.is_multiple_of(2) {
            poller.handle_fault(now, None);
        } else {
            open(poller, now, attempt);
        }
    });
    assert_eq!((fetches.len(), stop(&end)), (20, StopReason::Requests));
}

#[test]
fn a_hint_is_a_lower_bound() {
    let until = |hint| {
        let mut poller = poller(Limits::default());
        Facts::default().answer(&mut poller, secs(0), Some(hint));
        wait(&mut poller, secs(0))
    };
    assert!((secs(100)..=secs(110)).contains(&until(secs(100))));
    assert_eq!(until(Duration::from_millis(1)), until(Duration::ZERO));
    assert_eq!(until(Duration::MAX), Duration::MAX);
    // It is lengthened by a share of itself.
    assert!(until(secs(100)) > secs(101));
    let micro = Duration::from_micros(1);
    assert!(until(secs(200)).abs_diff(2 * until(secs(100))) < micro);

    let mut faulty = poller(Limits::default());
    faulty.handle_fault(secs(0), Some(secs(77)));
    assert!(wait(&mut faulty, secs(77)) <= secs(85));

    // A hint beyond the timeout leaves no time for a last poll.
    let mut late = poller(Limits::default().with_timeout(secs(60)));
    Facts::default().answer(&mut late, secs(0), Some(secs(58)));
    assert!(wait(&mut late, secs(0)) < secs(60));
    Facts::default().answer(&mut late, secs(0), Some(secs(61)));
    assert_eq!(wait(&mut late, secs(0)), secs(60));
    assert_eq!(stop(&late.poll_output(secs(60))), StopReason::Timeout);
}

#[test]
fn a_wait_is_jittered() {
    let until = |seed| {
        let mut poller = Poller::new(Pace::balanced(), Limits::default(), seed);
        open(&mut poller, secs(0), 1);
        wait(&mut poller, secs(0)).as_secs_f64()
    };
    // The first wait is one second.
    assert!((until(1_234_567) - 0.970_015_908).abs() < 1e-6);
    let dues: Vec<f64> = (0..100).map(until).collect();
    assert!(dues.iter().all(|until| (0.9..=1.1).contains(until)));
    assert!(dues.iter().any(|until| *until < 0.92));
    assert!(dues.iter().any(|until| *until > 1.08));
}

#[test]
fn another_pace_holds_from_the_next_wait_on() {
    let mut poller = poller(Limits::default());
    open(&mut poller, secs(0), 1);
    let until = wait(&mut poller, secs(0));
    poller.set_pace(Pace::frugal());
    assert_eq!(wait(&mut poller, secs(0)), until);
    open(&mut poller, secs(0), 1);
    // The first wait is 2 seconds instead of 1.
    let frugal = wait(&mut poller, secs(0));
    assert!(frugal.abs_diff(2 * until) < Duration::from_micros(1));
}

#[test]
fn a_distant_or_past_expiry_does_not_affect_the_wait() {
    let until = |expires_in| {
        let mut poller = poller(Limits::default());
        let facts = Facts {
            expires_in,
            ..Facts::default()
        };
        facts.answer(&mut poller, secs(0), None);
        wait(&mut poller, secs(0))
    };
    for expires_in in [0, 60] {
        assert_eq!(until(Some(secs(expires_in))), until(None));
    }
}

#[test]
fn the_end_of_a_long_job_is_detected_within_seconds_and_few_requests() {
    let length: u32 = 1_800;
    let mut poller = poller(Limits::default());
    let (fetches, end) = drive(&mut poller, |poller, now, _| {
        if now >= secs(length.into()) {
            return finish(poller, now);
        }
        let facts = Facts {
            progress: Some((i64::try_from(now.as_secs()).unwrap(), length.into())),
            ..Facts::default()
        };
        facts.answer(poller, now, None);
    });
    assert_eq!(end, Output::Done);
    assert!(fetches.len() <= 16, "{fetches:?}");
    let seen = fetches.last().unwrap();
    assert!(*seen < secs(length.into()) + secs(2), "{fetches:?}");
}

#[test]
fn the_age_of_the_job_affects_the_wait() {
    let until = |facts: Facts| {
        let mut poller = poller(Limits::default());
        facts.answer(&mut poller, secs(0), None);
        wait(&mut poller, secs(0))
    };
    let unknown = until(Facts::default());
    let old = Facts {
        age: Some(secs(3_600)),
        ..Facts::default()
    };
    assert!(until(old) > 20 * unknown);
    // Half done in an hour: the end is about an hour ahead.
    let half_done = until(Facts {
        progress: Some((500, 1_000)),
        ..old
    });
    assert!(
        (secs(300)..secs(3_600)).contains(&half_done),
        "{half_done:?}"
    );
}

#[test]
fn an_earlier_offset_is_replaced_by_the_latest_one() {
    let mut poller = poller(Limits::default().with_timeout(secs(100)));
    for now in [100, 0] {
        let output = poller.poll_output(secs(now));
        assert_eq!(stop(&output), StopReason::Timeout);
    }
    assert_eq!(poller.checkpoint().clock(), secs(100));
}
