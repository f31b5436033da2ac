//! Tests of each kind of answer.

use std::{error::Error, time::Duration};

use crate::{
    Conflict, Contradiction, ImportJob, ReadError,
    poller::{Limits, Output, Pace, Poller, Rejection, Seen, StopReason, Stopped},
};

fn poller(limits: Limits) -> Poller {
    Poller::new(Pace::balanced(), limits, 3)
}

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn processing(processed: u32) -> ImportJob {
    read(&format!(
        r#""status":"processing","total":9,"processed":{processed}"#
    ))
}

fn read(fields: &str) -> ImportJob {
    ImportJob::from_slice(format!(r#"{{"job_id":"j-1",{fields}}}"#).as_bytes()).unwrap()
}

fn contradiction() -> Contradiction {
    match ImportJob::from_slice(br#"{"job_id":"j-1","status":"complete","total":1,"processed":2}"#)
    {
        Err(ReadError::Contradiction(contradiction)) => contradiction,
        other @ (Ok(_) | Err(ReadError::Decode(_))) => panic!("{other:?}"),
    }
}

fn stopped(poller: &mut Poller, now: Duration) -> Box<Stopped> {
    match poller.poll_output(now) {
        Output::Stopped(stopped) => stopped,
        other @ (Output::Fetch { .. } | Output::Wait { .. } | Output::Done) => panic!("{other:?}"),
    }
}

#[test]
fn a_stale_answer_is_counted_and_ignored() {
    let mut poller = poller(Limits::default());
    assert_eq!(
        poller.handle_snapshot(at(0), processing(5), None),
        Seen::Advanced
    );
    assert_eq!(
        poller.handle_snapshot(at(1), processing(4), None),
        Seen::Stale
    );
    assert_eq!(
        poller.handle_snapshot(at(2), processing(5), None),
        Seen::Unchanged
    );
    assert_eq!((poller.stale(), poller.job()), (1, Some(&processing(5))));
}

#[test]
fn a_final_state_ends_the_watch_whatever_its_time_is() {
    let mut poller = poller(Limits::default());
    let at_10 = |status: &str, time: &str| {
        read(&format!(
            r#""status":"{status}","total":9,"updated_at":"2026-01-08T00:00:{time}Z""#
        ))
    };
    poller.handle_snapshot(at(0), at_10("processing", "10.5"), None);
    let seen = poller.handle_snapshot(at(1), at_10("complete", "10"), None);
    assert_eq!(seen, Seen::Advanced);
    assert_eq!(poller.poll_output(at(1)), Output::Done);
}

#[test]
fn a_run_of_stale_answers_is_accepted_at_the_limit_of_faults() {
    let mut poller = poller(Limits::default().with_faults(3));
    poller.handle_snapshot(at(0), processing(5), None);
    let mut seen =
        |second, processed| poller.handle_snapshot(at(second), processing(processed), None);
    assert_eq!([seen(1, 4), seen(2, 4)], [Seen::Stale, Seen::Stale]);
    // Another answer ends the run.
    assert_eq!(seen(3, 5), Seen::Unchanged);
    assert_eq!([seen(4, 4), seen(5, 4)], [Seen::Stale, Seen::Stale]);
    assert_eq!([seen(6, 4), seen(7, 4)], [Seen::Advanced, Seen::Unchanged]);
    assert_eq!((poller.stale(), poller.job()), (5, Some(&processing(4))));
}

#[test]
fn an_answer_after_the_end_is_ignored() {
    let mut poller = poller(Limits::default());
    let failed = read(r#""status":"failed","total":9,"error":{"code":"import_failed"}"#);
    assert_eq!(
        poller.handle_snapshot(at(0), failed.clone(), None),
        Seen::Advanced
    );
    assert_eq!(
        poller.handle_snapshot(at(1), processing(1), None),
        Seen::Late
    );
    poller.handle_contradiction(at(2), contradiction(), None);
    poller.handle_fault(at(3), None);
    assert_eq!(poller.poll_output(at(4)), Output::Done);
    assert_eq!(poller.into_job(), Some(failed));
}

#[test]
fn a_job_with_an_unknown_status_is_polled_again() {
    let mut poller = poller(Limits::default());
    poller.handle_snapshot(at(0), read(r#""status":"paused","total":9"#), None);
    assert!(matches!(poller.poll_output(at(0)), Output::Wait { .. }));
}

#[test]
fn contradictions_are_faults_and_the_source_of_the_error() {
    let mut poller = poller(Limits::default().with_faults(2));
    poller.handle_contradiction(at(0), contradiction(), None);
    poller.handle_snapshot(at(1), processing(1), None);
    poller.handle_contradiction(at(2), contradiction(), None);
    assert!(matches!(poller.poll_output(at(2)), Output::Wait { .. }));
    poller.handle_contradiction(at(3), contradiction(), None);

    let stopped = stopped(&mut poller, at(3));
    assert_eq!(stopped.reason(), StopReason::Faults);
    assert_eq!(stopped.last(), Some(&processing(1)));
    assert_eq!(
        stopped.rejection(),
        Some(&Rejection::Contradiction(contradiction()))
    );
    assert!(stopped.source().unwrap().is::<Contradiction>());
    let expected = "too many transient faults in a row, and the job was last seen at 1 of 9 rows";
    assert_eq!(stopped.to_string(), expected);
}

#[test]
fn a_conflict_is_a_fault_that_keeps_both_jobs() {
    let mut poller = poller(Limits::default().with_faults(1));
    poller.handle_snapshot(at(0), processing(1), None);
    let other = br#"{"job_id":"j-2","status":"processing","total":9}"#;
    let other = ImportJob::from_slice(other).unwrap();
    let seen = poller.handle_snapshot(at(1), other.clone(), None);
    assert_eq!(seen, Seen::Refused(Conflict::OtherJob));

    let stopped = stopped(&mut poller, at(1));
    let conflict = Conflict::OtherJob;
    let answer = Box::new(other);
    assert_eq!(
        stopped.rejection(),
        Some(&Rejection::Conflict { conflict, answer })
    );
    assert_eq!(
        stopped.source().unwrap().to_string(),
        "the answer is about another job"
    );
    assert_eq!(stopped.into_last(), Some(processing(1)));
}

#[test]
fn the_rejection_is_that_of_the_last_answer() {
    let mut poller = poller(Limits::default().with_faults(2));
    poller.handle_contradiction(at(0), contradiction(), None);
    poller.handle_fault(at(1), None);
    let stopped = stopped(&mut poller, at(1));
    assert_eq!((stopped.last(), stopped.rejection()), (None, None));
    assert!(stopped.source().is_none());
    let expected = "too many transient faults in a row, and the job was never seen";
    assert_eq!(stopped.to_string(), expected);
}

#[test]
fn the_retention_begins_with_the_last_update_without_a_start() {
    let times = r#""updated_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-01T01:00:00Z""#;
    let job = read(&format!(r#""status":"processing","total":9,{times}"#));
    let mut poller = poller(Limits::default());
    poller.handle_snapshot(at(10), job.clone(), None);
    assert_eq!(
        poller.clone().poll_output(at(3_609)),
        Output::Fetch { attempt: 1 }
    );
    assert_eq!(
        stopped(&mut poller, at(3_610)).reason(),
        StopReason::Expired
    );

    // With a start, the retention may be over before the watch begins.
    let mut late = Poller::new(Pace::balanced(), Limits::default(), 3)
        .with_start("2026-01-02T00:00:00Z".parse().unwrap());
    late.handle_snapshot(at(0), job, None);
    assert_eq!(stopped(&mut late, at(0)).reason(), StopReason::Expired);
}

#[test]
fn the_local_clock_is_used_unless_it_disagrees_with_the_server() {
    let mut poller = Poller::new(Pace::balanced(), Limits::default(), 3);
    assert_eq!(poller.server_time(at(5)), None);
    let time = |text: &str| text.parse::<jiff::Timestamp>().unwrap();
    poller = poller.with_start(time("2026-01-01T00:00:00Z"));
    let mut check = |earliest: &str, latest: &str, expected: &str| {
        poller.handle_server_time(at(10), time(earliest), time(latest));
        assert_eq!(poller.server_time(at(12)), Some(time(expected)));
    };
    // The local clock agrees, is behind, is ahead, and agrees again.
    check(
        "2026-01-01T00:00:09Z",
        "2026-01-01T00:00:10Z",
        "2026-01-01T00:00:12Z",
    );
    check(
        "2026-01-01T01:00:10Z",
        "2026-01-01T01:00:11Z",
        "2026-01-01T01:00:12Z",
    );
    check(
        "2025-12-31T23:00:10Z",
        "2025-12-31T23:00:11Z",
        "2025-12-31T23:00:13Z",
    );
    check(
        "2026-01-01T00:00:10Z",
        "2026-01-01T00:00:11Z",
        "2026-01-01T00:00:12Z",
    );
}

#[test]
fn a_poller_is_small() {
    // A fleet keeps thousands of pollers. The details of a job are on the heap.
    assert!(size_of::<Poller>() <= 768, "{}", size_of::<Poller>());
}

#[test]
fn all_types_are_send_and_sync() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Poller>();
    check::<super::super::Checkpoint>();
    check::<Stopped>();
    check::<super::super::Schedule>();
}
