//! Tests of each kind of answer.

use std::{error::Error, time::Duration};

use crate::{
    Conflict, Contradiction, ImportJob, ReadError,
    poller::{Checkpoint, Limits, Output, Pace, Poller, Rejection, Seen, StopReason, Stopped},
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
    let mut poller = poller(Limits::default().with_results_grace(at(0)));
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
    assert_eq!(stopped.reason(), StopReason::Rejected);
    assert_eq!(stopped.last(), Some(&processing(1)));
    assert_eq!(
        stopped.rejection(),
        Some(&Rejection::Contradiction(contradiction()))
    );
    assert!(stopped.source().unwrap().is::<Contradiction>());
    let expected =
        "the answers of the server cannot be true, and the job was last seen at 1 of 9 rows";
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

fn time(text: &str) -> jiff::Timestamp {
    text.parse().unwrap()
}

/// Records a server's time that is exact.
fn dated(poller: &mut Poller, now: Duration, text: &str) {
    poller.handle_server_time(now, time(text), time(text));
}

fn expiring() -> ImportJob {
    let times = r#""updated_at":"2026-01-01T00:00:00Z","expires_at":"2026-01-01T01:00:00Z""#;
    read(&format!(r#""status":"processing","total":9,{times}"#))
}

#[test]
fn an_answer_without_a_date_proves_that_the_job_is_kept() {
    // The local clock says that the job expired a year ago, and so does an earlier date.
    let mut poller = poller(Limits::default()).with_start(time("2027-01-01T00:00:00Z"));
    poller.handle_snapshot(at(0), expiring(), None);
    assert!(matches!(poller.poll_output(at(0)), Output::Wait { .. }));
    dated(&mut poller, at(1), "2026-01-01T00:59:59Z");
    poller.handle_snapshot(at(1), expiring(), None);
    poller.handle_snapshot(at(9_000), expiring(), None);
    assert!(matches!(poller.poll_output(at(9_000)), Output::Wait { .. }));
    // The date of a fault is not that of the next answer.
    dated(&mut poller, at(9_001), "2026-01-02T00:00:00Z");
    poller.handle_fault(at(9_001), None);
    poller.handle_snapshot(at(9_002), expiring(), None);
    dated(&mut poller, at(9_003), "2026-01-02T00:00:00Z");
    poller.handle_contradiction(at(9_003), contradiction(), None);
    poller.handle_snapshot(at(9_004), expiring(), None);
    assert!(matches!(poller.poll_output(at(9_004)), Output::Wait { .. }));
}

#[test]
fn a_stalled_job_expires_by_the_dates_of_its_answers() {
    let mut poller = poller(Limits::default());
    dated(&mut poller, at(0), "2026-01-01T00:59:59Z");
    poller.handle_snapshot(at(0), expiring(), None);
    let Output::Wait { until } = poller.poll_output(at(0)) else {
        panic!()
    };
    dated(&mut poller, until, "2026-01-01T01:00:00Z");
    poller.handle_snapshot(until, expiring(), None);
    let stopped = stopped(&mut poller, until);
    assert_eq!(stopped.reason(), StopReason::Expired);
    assert_eq!(stopped.into_last(), Some(expiring()));
    // The end of a job is one, whatever the date is.
    let mut ended = super::answers::poller(Limits::default());
    dated(&mut ended, at(0), "2026-01-09T00:00:00Z");
    let times = r#""expires_at":"2026-01-01T01:00:00Z""#;
    ended.handle_snapshot(
        at(0),
        read(&format!(r#""status":"failed","total":9,{times}"#)),
        None,
    );
    assert_eq!(ended.poll_output(at(0)), Output::Done);
}

#[test]
fn a_job_that_is_not_found_is_expired_gone_or_unknown() {
    let reason = |job: Option<ImportJob>, date: Option<&str>, start: Option<&str>| {
        let mut poller = poller(Limits::default());
        if let Some(start) = start {
            poller = poller.with_start(time(start));
        }
        if let Some(job) = job {
            poller.handle_snapshot(at(0), job, None);
        }
        if let Some(date) = date {
            dated(&mut poller, at(1), date);
        }
        poller.handle_not_found(at(1), None);
        stopped(&mut poller, at(1)).reason()
    };
    let (before, after) = ("2026-01-01T00:59:59Z", "2026-01-01T01:00:00Z");
    assert_eq!(reason(None, Some(after), None), StopReason::NotFound);
    assert_eq!(reason(Some(processing(1)), None, None), StopReason::Gone);
    for (date, start, expected) in [
        (None, None, StopReason::Gone),
        (Some(before), None, StopReason::Gone),
        (Some(after), None, StopReason::Expired),
        // Without a date, the local clock names the end. It does not cause it.
        (None, Some(before), StopReason::Expired),
        (Some("2026-01-01T00:00:00Z"), Some(after), StopReason::Gone),
    ] {
        assert_eq!(reason(Some(expiring()), date, start), expected, "{date:?}");
    }
}

#[test]
fn a_submitted_job_may_be_unknown_at_first() {
    let limits = Limits::default().with_faults(1);
    let mut poller = poller(limits).submitted();
    let mut now = at(100);
    let mut polls = 0;
    let stopped = loop {
        match poller.poll_output(now) {
            Output::Fetch { .. } => {
                polls += 1;
                poller.handle_not_found(now, None);
            }
            Output::Wait { until } => now = until,
            Output::Stopped(stopped) => break stopped,
            Output::Done => panic!(),
        }
    };
    assert_eq!(stopped.reason(), StopReason::NotFound);
    assert_eq!((now, polls), (at(130), 6));

    // The first snapshot ends the grace, also in another process.
    let mut seen = super::answers::poller(Limits::default()).submitted();
    seen.handle_not_found(at(0), None);
    let mut seen = Poller::from(seen.checkpoint());
    seen.handle_not_found(at(29), None);
    assert!(matches!(seen.poll_output(at(29)), Output::Wait { .. }));
    seen.handle_snapshot(at(29), processing(1), None);
    seen.handle_not_found(at(30), None);
    let gone = self::stopped(&mut seen, at(30));
    assert_eq!(gone.reason(), StopReason::Gone);
}

fn complete(results: &str) -> ImportJob {
    read(&format!(r#""status":"complete","total":1{results}"#))
}

#[test]
fn results_that_come_late_are_waited_for() {
    let mut poller = poller(Limits::default()).submitted();
    poller.handle_not_found(at(0), None);
    poller.handle_snapshot(at(29), complete(""), None);
    let Output::Wait { until } = poller.poll_output(at(29)) else {
        panic!()
    };
    assert!(until < at(31), "{until:?}");
    // The grace of the results begins with them. An unfinished snapshot is stale, however often it comes.
    for now in 40..80 {
        assert_eq!(
            poller.handle_snapshot(at(now), processing(1), None),
            Seen::Stale
        );
    }
    assert!(matches!(poller.poll_output(at(80)), Output::Wait { .. }));
    let with_rows = complete(r#","results":[{"created":true}]"#);
    poller.handle_snapshot(at(88), with_rows.clone(), None);
    assert_eq!(poller.poll_output(at(88)), Output::Done);
    assert_eq!(poller.into_job(), Some(with_rows));
}

#[test]
fn a_complete_job_without_results_is_complete_in_the_end() {
    let check = |limits: Limits, answer: fn(&mut Poller, Duration), expected: (u64, u32)| {
        let mut poller = poller(limits);
        let mut now = at(0);
        poller.poll_output(now);
        poller.handle_snapshot(now, complete(""), None);
        loop {
            match poller.poll_output(now) {
                Output::Fetch { .. } => answer(&mut poller, now),
                Output::Wait { until } => now = until,
                Output::Done => break,
                Output::Stopped(stopped) => panic!("{stopped}"),
            }
        }
        assert_eq!((now.as_secs(), poller.requests()), expected);
        assert_eq!(poller.into_job(), Some(complete("")));
    };
    let limits = Limits::default;
    let same = |poller: &mut Poller, now| {
        poller.handle_snapshot(now, complete(""), None);
    };
    check(limits(), same, (60, 7));
    check(limits().with_results_grace(at(0)), same, (0, 1));
    // A server that no longer knows the job will not send them.
    let not_found = |poller: &mut Poller, now| poller.handle_not_found(now, None);
    check(limits(), not_found, (1, 2));
}

#[test]
fn a_limit_that_is_reached_before_the_results_ends_the_watch() {
    let mut poller = poller(Limits::default().with_timeout(at(10)));
    poller.handle_snapshot(at(0), complete(""), None);
    let stopped = stopped(&mut poller, at(10));
    assert_eq!(stopped.reason(), StopReason::Timeout);
    assert_eq!(stopped.into_last(), Some(complete("")));
}

#[test]
fn an_empty_job_and_a_failed_one_need_no_results() {
    for fields in [
        r#""status":"complete","total":0"#,
        r#""status":"failed","total":9"#,
    ] {
        let mut poller = poller(Limits::default());
        poller.handle_snapshot(at(0), read(fields), None);
        assert_eq!(poller.poll_output(at(0)), Output::Done, "{fields}");
    }
}

#[test]
fn late_results_that_contradict_the_job_are_the_error() {
    let mut poller = poller(Limits::default().with_faults(2));
    poller.handle_snapshot(at(0), complete(""), None);
    poller.handle_contradiction(at(1), contradiction(), None);
    poller.handle_contradiction(at(3), contradiction(), None);
    let stopped = stopped(&mut poller, at(3));
    assert_eq!(stopped.reason(), StopReason::Rejected);
    assert_eq!(stopped.last(), Some(&complete("")));
}

#[test]
fn the_server_s_clock_is_refined_by_each_date() {
    let mut poller = poller(Limits::default());
    assert_eq!(poller.server_time(at(5)), None);
    poller = poller.with_start(time("2026-01-01T00:00:00Z"));
    let mut check = |earliest: &str, latest: &str, expected: &str| {
        poller.handle_server_time(at(10), time(earliest), time(latest));
        assert_eq!(poller.server_time(at(12)), Some(time(expected)));
        let restored = Poller::from(poller.checkpoint());
        assert_eq!(restored.server_time(at(12)), Some(time(expected)));
    };
    // The local clock agrees, is behind, and is ahead; then the known clock agrees.
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
        "2025-12-31T23:00:10.5Z",
        "2025-12-31T23:00:12Z",
        "2025-12-31T23:00:13Z",
    );
}

#[test]
fn the_age_of_a_job_is_by_the_server_s_clock() {
    let wait = |date: Option<&str>, start: &str, updated: &str| {
        let mut poller = poller(Limits::default()).with_start(time(start));
        if let Some(date) = date {
            dated(&mut poller, at(0), date);
        }
        let times = format!(r#""created_at":"2026-01-01T00:00:00Z"{updated}"#);
        let job = read(&format!(r#""status":"processing","total":9,{times}"#));
        poller.handle_snapshot(at(0), job, None);
        match poller.poll_output(at(0)) {
            Output::Wait { until } => until.as_secs(),
            other @ (Output::Fetch { .. } | Output::Done | Output::Stopped(_)) => {
                panic!("{other:?}")
            }
        }
    };
    let (now, later) = ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    let young = wait(Some(now), now, "");
    assert!(young < 2, "{young}");
    assert_eq!(wait(Some(now), later, ""), young);
    assert_eq!(wait(None, later, ""), young);
    assert!(wait(Some(later), now, "") > 100);
    // Without a date, the job is at least as old as at its last update.
    assert!(wait(None, now, r#","updated_at":"2026-01-02T00:00:00Z""#) > 100);
}

#[test]
fn a_restored_watch_polls_once_whatever_the_clock_says() {
    let mut poller = poller(Limits::default().with_timeout(at(60)));
    poller.handle_snapshot(at(0), expiring(), None);
    let mut restored = Poller::from(poller.checkpoint());
    let year = at(31_536_000);
    assert_eq!(restored.poll_output(year), Output::Fetch { attempt: 1 });
    assert!(restored.is_restored());
    let mut ended = restored.clone();
    ended.handle_snapshot(year, complete(r#","results":[{}]"#), None);
    assert_eq!(ended.poll_output(year), Output::Done);
    restored.handle_snapshot(year, expiring(), None);
    assert!(!restored.is_restored());
    assert_eq!(stopped(&mut restored, year).reason(), StopReason::Timeout);
}

#[test]
fn a_checkpoint_has_the_clock_the_start_and_the_job() {
    let start = time("2026-01-01T00:00:00Z");
    let mut poller = poller(Limits::default()).with_start(start);
    poller.poll_output(at(2));
    poller.handle_snapshot(at(3), processing(5), None);
    poller.handle_snapshot(at(4), processing(4), None);
    let checkpoint = poller.checkpoint();
    assert_eq!(checkpoint.clock(), at(4));
    assert_eq!(checkpoint.began(), Some(start));
    assert_eq!(checkpoint.job(), Some(&processing(5)));
    let mut restored = Poller::from(checkpoint);
    assert_eq!((restored.stale(), restored.requests()), (1, 1));
    assert_eq!(restored.take_job(), Some(processing(5)));
    assert_eq!(restored.job(), None);
}

#[test]
fn an_unknown_version_of_a_checkpoint_is_named() {
    let stored = serde_json::to_value(poller(Limits::default()).checkpoint()).unwrap();
    let unknown = |version: serde_json::Value| {
        let mut stored = stored.clone();
        stored["version"] = version;
        let error = Checkpoint::from_slice(stored.to_string().as_bytes()).unwrap_err();
        (
            error.unknown_version(),
            error.to_string(),
            error.source().is_some(),
        )
    };
    let text = "the checkpoint has version 70000, and only version 2 is known".to_owned();
    assert_eq!(unknown(70_000.into()), (Some(70_000), text, true));
    let text = "the checkpoint cannot be read".to_owned();
    assert_eq!(unknown("2".into()), (None, text.clone(), true));
    let mut cut = stored.clone();
    cut["state"] = serde_json::Value::Null;
    let error = Checkpoint::from_slice(cut.to_string().as_bytes()).unwrap_err();
    assert_eq!((error.unknown_version(), error.to_string()), (None, text));
}

#[test]
fn a_poller_is_small() {
    // A fleet keeps thousands of pollers. The details of a job are on the heap.
    assert!(size_of::<Poller>() <= 800, "{}", size_of::<Poller>());
}

#[test]
fn all_types_are_send_and_sync() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Poller>();
    check::<Checkpoint>();
    check::<Stopped>();
}

/// Every checkpoint of version 2 stays readable.
#[test]
fn a_checkpoint_of_an_earlier_release_is_continued() {
    let stored = br#"{"version":2,"state":{"schedule":{"pace":{"request_worth":{"secs":0,"nanos":400000000},
        "first":{"secs":1,"nanos":0},"growth_percent":50,"shortest":{"secs":0,"nanos":200000000},
        "longest":{"secs":1800,"nanos":0}},"limits":{"timeout":null,"requests":null,"faults":5,
        "not_found_grace":{"secs":30,"nanos":0},"results_grace":{"secs":60,"nanos":0}},"seed":3,
        "clock":{"secs":6,"nanos":0},"due":{"secs":8,"nanos":4373856},"requests":2,"faults":0,"early":0,
        "head_start":"PT0S","points":[{"age":{"secs":0,"nanos":0},"processed":0,"total":1},
        {"age":{"secs":2,"nanos":0},"processed":2,"total":9},{"age":{"secs":6,"nanos":0},"processed":6,"total":9}],
        "end":null},"began":"2026-01-01T00:00:00Z","server_began":null,"is_submitted":true,
        "job":{"stored_version":1,"job_id":"j-1","status":"processing","total":9,"processed":6,
        "created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:06Z"},
        "stale":0,"stale_run":0,"missing_since":null}}"#;
    let mut old = Poller::from(Checkpoint::from_slice(stored).unwrap());
    let start = time("2026-01-01T00:00:00Z");
    let mut new = poller(Limits::default()).with_start(start).submitted();
    for second in [0, 2, 4, 6] {
        let fields = format!(
            r#""status":"processing","total":9,"processed":{second},
            "created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-01T00:00:0{second}Z""#
        );
        new.poll_output(at(second));
        new.handle_snapshot(at(second), read(&fields), None);
    }
    assert_eq!(old.checkpoint(), new.checkpoint());
    assert_eq!(old.poll_output(at(6)), new.poll_output(at(6)));
}
