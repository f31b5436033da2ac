//! Tests of the calling contract. Each test drives a schedule with scripted answers and checks its steps.

mod forecast;
mod jitter;
mod steps;
mod wait;

use std::time::Duration;

use super::{PollResult, Schedule, Step};
use crate::poller::{Limits, Pace, StopReason};

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn schedule(limits: Limits) -> Schedule {
    Schedule::new(Pace::balanced(), limits, 11)
}

/// Drives a schedule to its end. `answer` answers each fetch. Returns the times of the fetches and the last step.
fn drive(
    schedule: &mut Schedule,
    mut answer: impl FnMut(&mut Schedule, Duration, u32),
) -> (Vec<Duration>, Step) {
    let mut now = Duration::ZERO;
    let mut fetches = Vec::new();
    loop {
        match schedule.poll_output(now) {
            Step::Fetch { attempt } => {
                fetches.push(now);
                assert!(fetches.len() < 1_000, "the schedule does not end");
                answer(schedule, now, attempt);
            }
            Step::Wait { until } => {
                assert!(until > now, "{until:?} is not later than {now:?}");
                now = until;
            }
            end @ (Step::Done | Step::Stopped(_)) => return (fetches, end),
        }
    }
}

fn open(schedule: &mut Schedule, now: Duration, _: u32) {
    schedule.handle_poll_result(now, &PollResult::default(), None);
}

#[test]
fn the_first_fetch_is_immediate_and_none_follows_the_end() {
    let mut schedule = schedule(Limits::default());
    let (fetches, end) = drive(&mut schedule, |schedule, now, attempt| {
        if attempt == 3 {
            schedule.finish(now);
        } else {
            open(schedule, now, attempt);
        }
    });
    assert_eq!((fetches[0], fetches.len()), (Duration::ZERO, 3));
    assert_eq!(end, Step::Done);
    assert_eq!(schedule.poll_output(secs(90_000)), Step::Done);
    assert_eq!(schedule.requests(), 3);
}

#[test]
fn a_fetch_is_returned_again_until_it_is_answered() {
    let mut schedule = schedule(Limits::default());
    for _ in 0..3 {
        assert_eq!(schedule.poll_output(secs(1)), Step::Fetch { attempt: 1 });
    }
    assert_eq!(schedule.requests(), 0);
    schedule.handle_poll_result(secs(2), &PollResult::default(), None);
    assert_eq!(schedule.requests(), 1);
}

#[test]
fn the_answer_to_a_submit_does_not_count_as_a_request() {
    let mut schedule = schedule(Limits::default());
    schedule.handle_poll_result(Duration::ZERO, &PollResult::default(), None);
    assert!(matches!(
        schedule.poll_output(Duration::ZERO),
        Step::Wait { .. }
    ));
    assert_eq!(schedule.requests(), 0);
}

#[test]
fn stops_at_each_limit() {
    let limits = Limits::default;
    let stop = |reason| Step::Stopped(reason);

    let (fetches, end) = drive(&mut schedule(limits().with_requests(7)), open);
    assert_eq!((fetches.len(), end), (7, stop(StopReason::Requests)));

    let (fetches, end) = drive(&mut schedule(limits().with_requests(0)), open);
    assert_eq!((fetches.len(), end), (0, stop(StopReason::Requests)));

    let (fetches, end) = drive(&mut schedule(limits().with_timeout(secs(600))), open);
    assert_eq!(end, stop(StopReason::Timeout));
    assert_eq!(
        fetches.last(),
        Some(&secs(598)),
        "the last poll is shortly before the timeout"
    );

    let fault =
        |schedule: &mut Schedule, now, _| schedule.handle_fault(now, None, StopReason::Faults);
    let (fetches, end) = drive(&mut schedule(limits().with_faults(3)), fault);
    assert_eq!((fetches.len(), end), (3, stop(StopReason::Faults)));
}

#[test]
fn polls_are_due_shortly_before_and_after_the_expiry() {
    let limits = Limits::default().with_timeout(secs(3_700));
    let (fetches, end) = drive(&mut schedule(limits), |schedule, now, _| {
        let result = PollResult {
            expires_in: Some(secs(3_600).saturating_sub(now)),
            ..PollResult::default()
        };
        schedule.handle_poll_result(now, &result, None);
    });
    assert_eq!(end, Step::Stopped(StopReason::Timeout));
    for at in [3_598, 3_602] {
        assert!(fetches.contains(&secs(at)), "{fetches:?}");
    }
    // The server may keep the job for longer, and the usual pace goes on.
    assert_eq!(fetches.last(), Some(&secs(3_698)));
}

#[test]
fn a_hint_beyond_the_expiry_is_respected() {
    let mut schedule = schedule(Limits::default());
    let result = PollResult {
        expires_in: Some(secs(60)),
        ..PollResult::default()
    };
    schedule.handle_poll_result(secs(0), &result, Some(secs(59)));
    assert_eq!(
        schedule.poll_output(secs(0)),
        Step::Wait { until: secs(62) }
    );
    schedule.handle_poll_result(secs(0), &result, Some(secs(100)));
    assert!(matches!(schedule.poll_output(secs(0)), Step::Wait { until } if until >= secs(100)));
}

#[test]
fn an_early_answer_is_polled_again_until_its_end() {
    let end = secs(20);
    let mut schedule = schedule(Limits::default().with_faults(1));
    let mut fetches = Vec::new();
    let mut now = secs(0);
    while now < end {
        assert!(matches!(schedule.poll_output(now), Step::Fetch { .. }));
        fetches.push(now);
        schedule.handle_early(now, end, None);
        let Step::Wait { until } = schedule.poll_output(now) else {
            panic!("{now:?}")
        };
        now = until;
    }
    assert_eq!((now, fetches.len()), (end, 5), "{fetches:?}");
    // The last poll is not immediately after the one before, nor before the hint.
    let late = Duration::from_millis(19_999);
    schedule.handle_early(late, end, None);
    let shortest = late + Pace::balanced().shortest();
    assert_eq!(schedule.poll_output(late), Step::Wait { until: shortest });
    schedule.handle_early(secs(20), secs(21), Some(secs(100)));
    assert!(matches!(schedule.poll_output(secs(20)), Step::Wait { until } if until >= secs(120)));
}

#[test]
fn early_answers_and_faults_are_counted_apart() {
    let mut schedule = schedule(Limits::default().with_faults(2));
    for now in [0, 10] {
        schedule.handle_fault(secs(now), None, StopReason::Faults);
        schedule.handle_early(secs(now), secs(30), None);
    }
    open(&mut schedule, secs(11), 3);
    schedule.handle_early(secs(20), secs(30), None);
    let Step::Wait { until } = schedule.poll_output(secs(20)) else {
        panic!()
    };
    assert!(until < secs(22), "the wait begins anew: {until:?}");
}

#[test]
fn a_restored_schedule_polls_once_before_its_timeout() {
    let mut schedule = schedule(Limits::default().with_timeout(secs(100)));
    open(&mut schedule, secs(0), 1);
    let year = secs(31_536_000);
    let mut restored = schedule.stored().restored();
    assert!(restored.is_restored() && !schedule.is_restored());
    assert_eq!(restored.poll_output(year), Step::Fetch { attempt: 1 });
    restored.handle_fault(year, None, StopReason::Faults);
    assert!(!restored.is_restored());
    let timed_out = Step::Stopped(StopReason::Timeout);
    assert_eq!(restored.poll_output(year), timed_out);

    // The number of requests is a limit whatever the clock says.
    let mut restored = schedule.stored().restored();
    restored.set_limits(Limits::default().with_requests(0));
    let used_up = Step::Stopped(StopReason::Requests);
    assert_eq!(restored.poll_output(secs(0)), used_up);
}

#[test]
fn a_restored_schedule_has_a_similar_forecast() {
    let mut schedule = schedule(Limits::default());
    let poll = |schedule: &mut Schedule, now: u64| {
        let result = PollResult {
            progress: Some((now, 3_600)),
            age: Some(secs(now)),
            ..PollResult::default()
        };
        schedule.handle_poll_result(secs(now), &result, None);
        match schedule.poll_output(secs(now)) {
            Step::Wait { until } => until.saturating_sub(secs(now)),
            other @ (Step::Fetch { .. } | Step::Done | Step::Stopped(_)) => panic!("{other:?}"),
        }
    };
    for now in [0, 10, 40, 100, 250, 600] {
        poll(&mut schedule, now);
    }
    let stored = serde_json::to_string(&schedule.stored()).unwrap();
    let mut restored = serde_json::from_str::<Schedule>(&stored)
        .unwrap()
        .restored();
    let (restored, whole) = (poll(&mut restored, 1_000), poll(&mut schedule, 1_000));
    let ratio = restored.as_secs_f64() / whole.as_secs_f64();
    assert!((0.6..1.2).contains(&ratio), "{restored:?}, not {whole:?}");
}

#[test]
fn the_age_of_a_restored_job_is_that_of_the_first_answer() {
    let at = |schedule: &mut Schedule, now: Duration, age: u64| {
        let result = PollResult {
            age: Some(secs(age)),
            ..PollResult::default()
        };
        schedule.handle_poll_result(now, &result, None);
        match schedule.poll_output(now) {
            Step::Wait { until } => until.saturating_sub(now),
            other @ (Step::Fetch { .. } | Step::Done | Step::Stopped(_)) => panic!("{other:?}"),
        }
    };
    let mut schedule = schedule(Limits::default());
    at(&mut schedule, secs(0), 0);
    let mut restored = schedule.stored().restored();
    let wait = at(&mut schedule, secs(20), 20);
    // The clock of the new host is a year ahead.
    assert_eq!(at(&mut restored, secs(31_536_000), 20), wait);
    // Later ages are not more precise than the offsets since then.
    assert_eq!(at(&mut schedule, secs(20), 9_000), wait);
}

#[test]
fn only_consecutive_faults_count() {
    let mut schedule = schedule(Limits::default().with_faults(2).with_requests(20));
    let (fetches, end) = drive(&mut schedule, |schedule, now, attempt| {
        if attempt.is_multiple_of(2) {
            schedule.handle_fault(now, None, StopReason::Faults);
        } else {
            open(schedule, now, attempt);
        }
    });
    assert_eq!(
        (fetches.len(), end),
        (20, Step::Stopped(StopReason::Requests))
    );
}

#[test]
fn a_hint_is_a_lower_bound() {
    let until = |hint| {
        let mut schedule = schedule(Limits::default());
        schedule.handle_poll_result(Duration::ZERO, &PollResult::default(), Some(hint));
        match schedule.poll_output(Duration::ZERO) {
            Step::Wait { until } => until,
            other @ (Step::Fetch { .. } | Step::Done | Step::Stopped(_)) => panic!("{other:?}"),
        }
    };
    assert!((secs(100)..=secs(110)).contains(&until(secs(100))));
    assert_eq!(until(Duration::from_millis(1)), until(Duration::ZERO));
    assert_eq!(until(Duration::MAX), Duration::MAX);

    let mut faulty = schedule(Limits::default());
    faulty.handle_fault(Duration::ZERO, Some(secs(77)), StopReason::Faults);
    assert!(matches!(faulty.poll_output(secs(77)), Step::Wait { until } if until <= secs(85)));

    // A hint beyond the timeout leaves no time for a last poll.
    let mut late = schedule(Limits::default().with_timeout(secs(60)));
    late.handle_poll_result(Duration::ZERO, &PollResult::default(), Some(secs(58)));
    assert!(matches!(late.poll_output(secs(0)), Step::Wait { until } if until < secs(60)));
    late.handle_poll_result(secs(0), &PollResult::default(), Some(secs(61)));
    assert_eq!(late.poll_output(secs(0)), Step::Wait { until: secs(60) });
    assert_eq!(
        late.poll_output(secs(60)),
        Step::Stopped(StopReason::Timeout)
    );
}

#[test]
fn the_end_of_a_long_job_is_detected_within_seconds_and_few_requests() {
    let length = secs(1_800);
    let mut schedule = schedule(Limits::default());
    let (fetches, end) = drive(&mut schedule, |schedule, now, _| {
        if now >= length {
            return schedule.finish(now);
        }
        let result = PollResult {
            progress: Some((now.as_secs(), length.as_secs())),
            ..PollResult::default()
        };
        schedule.handle_poll_result(now, &result, None);
    });
    assert_eq!(end, Step::Done);
    assert!(fetches.len() <= 16, "{fetches:?}");
    let seen = fetches.last().unwrap();
    assert!(*seen < length + secs(2), "{fetches:?}");
}

#[test]
fn the_age_of_the_job_affects_the_wait() {
    let wait = |result: PollResult| {
        let mut schedule = schedule(Limits::default());
        schedule.handle_poll_result(Duration::ZERO, &result, None);
        match schedule.poll_output(Duration::ZERO) {
            Step::Wait { until } => until,
            other @ (Step::Fetch { .. } | Step::Done | Step::Stopped(_)) => panic!("{other:?}"),
        }
    };
    let unknown = wait(PollResult::default());
    let old = PollResult {
        age: Some(secs(3_600)),
        ..PollResult::default()
    };
    assert!(wait(old) > 20 * unknown);
    // Half done in an hour: the end is about an hour ahead.
    let half_done = wait(PollResult {
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
    let mut schedule = schedule(Limits::default().with_timeout(secs(100)));
    assert_eq!(
        schedule.poll_output(secs(100)),
        Step::Stopped(StopReason::Timeout)
    );
    assert_eq!(
        schedule.poll_output(secs(0)),
        Step::Stopped(StopReason::Timeout)
    );
    assert_eq!(schedule.clock(), secs(100));
}
