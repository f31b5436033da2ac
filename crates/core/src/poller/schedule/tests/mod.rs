//! The contract, hours in microseconds: a script of answers in, a transcript of steps out.

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

/// Drives a schedule from one fetch to the next, `answer` giving what came of each; returns the times of the
/// fetches and the last step.
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
                assert!(fetches.len() < 1_000, "it goes on for ever");
                answer(schedule, now, attempt);
            }
            Step::Wait { until } => {
                assert!(until > now, "{until:?} is no later than {now:?}");
                now = until;
            }
            end @ (Step::Done | Step::Stopped(_)) => return (fetches, end),
        }
    }
}

fn open(schedule: &mut Schedule, now: Duration, _: u32) {
    schedule.handle_poll_result(now, &PollResult::open(), None);
}

#[test]
fn asks_at_once_and_no_more_after_the_end() {
    let mut schedule = schedule(Limits::default());
    let (fetches, end) = drive(&mut schedule, |schedule, now, attempt| {
        let end = if attempt == 3 {
            PollResult::end()
        } else {
            PollResult::open()
        };
        schedule.handle_poll_result(now, &end, None);
    });
    assert_eq!((fetches[0], fetches.len()), (Duration::ZERO, 3));
    assert_eq!(end, Step::Done);
    schedule.handle_fault(secs(9_000), None);
    schedule.handle_poll_result(secs(9_000), &PollResult::open(), None);
    assert_eq!(schedule.poll_output(secs(90_000)), Step::Done);
    assert_eq!(schedule.requests(), 3);
}

#[test]
fn a_lost_answer_is_asked_for_again() {
    let mut schedule = schedule(Limits::default());
    for _ in 0..3 {
        assert_eq!(schedule.poll_output(secs(1)), Step::Fetch { attempt: 1 });
    }
    assert_eq!(schedule.requests(), 0);
    schedule.handle_poll_result(secs(2), &PollResult::open(), None);
    assert_eq!(schedule.requests(), 1);
}

#[test]
fn the_answer_to_a_submit_is_no_request() {
    let mut schedule = schedule(Limits::default());
    schedule.handle_poll_result(Duration::ZERO, &PollResult::open(), None);
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
        "a last look before the timeout"
    );

    let fault = |schedule: &mut Schedule, now, _| schedule.handle_fault(now, None);
    let (fetches, end) = drive(&mut schedule(limits().with_faults(3)), fault);
    assert_eq!((fetches.len(), end), (3, stop(StopReason::Faults)));
}

#[test]
fn never_asks_for_a_job_that_expired() {
    let (fetches, end) = drive(&mut schedule(Limits::default()), |schedule, now, _| {
        let left = secs(3_600).saturating_sub(now);
        schedule.handle_poll_result(now, &PollResult::open().with_expiry(left), None);
    });
    assert_eq!(end, Step::Stopped(StopReason::Expired));
    assert_eq!(fetches.last(), Some(&secs(3_598)));
}

#[test]
fn faults_count_in_a_row_only() {
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
fn a_hint_is_a_floor() {
    let until = |hint| {
        let mut schedule = schedule(Limits::default());
        schedule.handle_poll_result(Duration::ZERO, &PollResult::open(), Some(hint));
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

    // A hint beyond the timeout leaves no time for a last look.
    let mut late = schedule(Limits::default().with_timeout(secs(60)));
    late.handle_poll_result(Duration::ZERO, &PollResult::open(), Some(secs(58)));
    assert!(matches!(late.poll_output(secs(0)), Step::Wait { until } if until < secs(60)));
    late.handle_poll_result(secs(0), &PollResult::open(), Some(secs(61)));
    assert_eq!(late.poll_output(secs(0)), Step::Wait { until: secs(60) });
    assert_eq!(
        late.poll_output(secs(60)),
        Step::Stopped(StopReason::Timeout)
    );
}

#[test]
fn meets_the_end_of_half_an_hour_within_seconds_and_few_requests() {
    let length = secs(1_800);
    let mut schedule = schedule(Limits::default());
    let (fetches, end) = drive(&mut schedule, |schedule, now, _| {
        let poll_result = if now >= length {
            PollResult::end()
        } else {
            PollResult::open().with_progress(now.as_secs(), length.as_secs())
        };
        schedule.handle_poll_result(now, &poll_result, None);
    });
    assert_eq!(end, Step::Done);
    assert!(fetches.len() <= 16, "{fetches:?}");
    let seen = fetches.last().unwrap();
    assert!(*seen < length + secs(2), "{fetches:?}");
}

#[test]
fn an_old_job_is_not_taken_for_a_young_one() {
    let wait = |poll_result: PollResult| {
        let mut schedule = schedule(Limits::default());
        schedule.handle_poll_result(Duration::ZERO, &poll_result, None);
        match schedule.poll_output(Duration::ZERO) {
            Step::Wait { until } => until,
            other @ (Step::Fetch { .. } | Step::Done | Step::Stopped(_)) => panic!("{other:?}"),
        }
    };
    let unknown = wait(PollResult::open());
    assert!(wait(PollResult::open().with_age(secs(3_600))) > 20 * unknown);
    // Half done in an hour: the end is about an hour ahead.
    let half_done = wait(
        PollResult::open()
            .with_age(secs(3_600))
            .with_progress(500, 1_000),
    );
    assert!(
        (secs(300)..secs(3_600)).contains(&half_done),
        "{half_done:?}"
    );
}

#[test]
fn time_does_not_run_backwards() {
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
