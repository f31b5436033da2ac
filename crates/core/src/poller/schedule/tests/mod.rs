//! Tests of the calling contract. Each test drives a schedule with scripted answers and checks its steps.

mod forecast;
mod jitter;
mod steps;
mod wait;

use std::time::Duration;

use super::{Schedule, Step, StopReason};
use crate::poller::{Limits, Pace, PollResult};

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
    schedule.handle_poll_result(now, &PollResult::unfinished(), None);
}

#[test]
fn the_first_fetch_is_immediate_and_none_follows_the_end() {
    let mut schedule = schedule(Limits::default());
    let (fetches, end) = drive(&mut schedule, |schedule, now, attempt| {
        let result = if attempt == 3 {
            PollResult::finished()
        } else {
            PollResult::unfinished()
        };
        schedule.handle_poll_result(now, &result, None);
    });
    assert_eq!((fetches[0], fetches.len()), (Duration::ZERO, 3));
    assert_eq!(end, Step::Done);
    schedule.handle_fault(secs(9_000), None);
    schedule.handle_poll_result(secs(9_000), &PollResult::unfinished(), None);
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
    schedule.handle_poll_result(secs(2), &PollResult::unfinished(), None);
    assert_eq!(schedule.requests(), 1);
}

#[test]
fn the_answer_to_a_submit_does_not_count_as_a_request() {
    let mut schedule = schedule(Limits::default());
    schedule.handle_poll_result(Duration::ZERO, &PollResult::unfinished(), None);
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

    let fault = |schedule: &mut Schedule, now, _| schedule.handle_fault(now, None);
    let (fetches, end) = drive(&mut schedule(limits().with_faults(3)), fault);
    assert_eq!((fetches.len(), end), (3, stop(StopReason::Faults)));
}

#[test]
fn an_expired_job_is_not_polled() {
    let (fetches, end) = drive(&mut schedule(Limits::default()), |schedule, now, _| {
        let left = secs(3_600).saturating_sub(now);
        schedule.handle_poll_result(now, &PollResult::unfinished().with_expiry(left), None);
    });
    assert_eq!(end, Step::Stopped(StopReason::Expired));
    assert_eq!(fetches.last(), Some(&secs(3_598)));
}

#[test]
fn only_consecutive_faults_count() {
    let mut schedule = schedule(Limits::default().with_faults(2).with_requests(20));
    let (fetches, end) = drive(&mut schedule, |schedule, now, attempt| {
        if attempt.is_multiple_of(2) {
            schedule.handle_fault(now, None);
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
        schedule.handle_poll_result(Duration::ZERO, &PollResult::unfinished(), Some(hint));
        match schedule.poll_output(Duration::ZERO) {
            Step::Wait { until } => until,
            other @ (Step::Fetch { .. } | Step::Done | Step::Stopped(_)) => panic!("{other:?}"),
        }
    };
    assert!((secs(100)..=secs(110)).contains(&until(secs(100))));
    assert_eq!(until(Duration::from_millis(1)), until(Duration::ZERO));
    assert_eq!(until(Duration::MAX), Duration::MAX);

    let mut faulty = schedule(Limits::default());
    faulty.handle_fault(Duration::ZERO, Some(secs(77)));
    assert!(matches!(faulty.poll_output(secs(77)), Step::Wait { until } if until <= secs(85)));

    // A hint beyond the timeout leaves no time for a last poll.
    let mut late = schedule(Limits::default().with_timeout(secs(60)));
    late.handle_poll_result(Duration::ZERO, &PollResult::unfinished(), Some(secs(58)));
    assert!(matches!(late.poll_output(secs(0)), Step::Wait { until } if until < secs(60)));
    late.handle_poll_result(secs(0), &PollResult::unfinished(), Some(secs(61)));
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
        let result = if now >= length {
            PollResult::finished()
        } else {
            PollResult::unfinished().with_progress(now.as_secs(), length.as_secs())
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
    let unknown = wait(PollResult::unfinished());
    assert!(wait(PollResult::unfinished().with_age(secs(3_600))) > 20 * unknown);
    // Half done in an hour: the end is about an hour ahead.
    let half_done = wait(
        PollResult::unfinished()
            .with_age(secs(3_600))
            .with_progress(500, 1_000),
    );
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
