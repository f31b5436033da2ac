//! Servers that are right about the state of a job, and sloppy about its details.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Request, Response, header};
use prism_imports::{
    ErrorKind, Finished, ImportHandle, ImportJob, Imports, Update, WatchCheckpoint,
    poller::StopReason,
    transport::{BoxError, RequestBody},
};
use prism_imports_sandbox::{Fault, Sandbox, Sloppy};
use prism_imports_tests::server::TEAM;
use tokio::time::Instant;
use tower::service_fn;

use super::{builder, in_process, start};

/// A response: its status, its body, and its `Date`.
#[derive(Clone, Copy)]
struct Answer(u16, &'static str, Option<&'static str>);

fn ok(body: &'static str) -> Answer {
    Answer(200, body, None)
}

fn dated(body: &'static str, date: &'static str) -> Answer {
    Answer(200, body, Some(date))
}

const NOT_FOUND: Answer = Answer(404, r#"{"error":{"code":"not_found"}}"#, None);

/// Returns import jobs whose server gives one answer after the other, and repeats the last one; and the number of
/// answers.
fn answers(answers: &[Answer]) -> (Imports, Arc<AtomicUsize>) {
    let polls = Arc::new(AtomicUsize::new(0));
    let answers = answers.to_vec();
    let counter = Arc::clone(&polls);
    let server = service_fn(move |_: Request<RequestBody>| {
        let poll = counter.fetch_add(1, Ordering::Relaxed);
        let Answer(status, body, date) = answers[poll.min(answers.len() - 1)];
        let mut response = Response::builder().status(status);
        if let Some(date) = date {
            response = response.header(header::DATE, date);
        }
        async move { Ok::<_, BoxError>(response.body(RequestBody::from(body)).unwrap()) }
    });
    let client = builder().http_service(server).build().unwrap();
    (client.imports(), polls)
}

/// Returns the handle of a job that was submitted.
fn submitted() -> ImportHandle {
    format!("import:1:{TEAM}:j:key-1").parse().unwrap()
}

const PROCESSING: &str = r#"{"job_id":"j","status":"processing","total":3}"#;
const COMPLETE: &str = r#"{"job_id":"j","status":"complete","total":3}"#;
const RESULTS: &str = r#"{"job_id":"j","status":"complete","total":3,"results":[{"created":true},{"created":true},{"existing":true}]}"#;
const CONTRADICTORY: &str =
    r#"{"job_id":"j","status":"complete","total":3,"processed":2,"succeeded":9}"#;

#[tokio::test(start_paused = true)]
async fn a_final_state_with_an_earlier_time_ends_the_watch_at_once() {
    let (imports, polls) = answers(&[
        ok(
            r#"{"job_id":"j","status":"processing","total":3,"updated_at":"2026-01-08T00:00:10.5Z"}"#,
        ),
        ok(
            r#"{"job_id":"j","status":"complete","total":3,"updated_at":"2026-01-08T00:00:10Z","results":[{},{},{}]}"#,
        ),
    ]);
    let end = imports.wait("j").await.unwrap();
    assert!(matches!(end, Finished::Complete(job) if job.total() == 3));
    assert_eq!(polls.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn a_finished_snapshot_that_contradicts_itself_is_polled_again() {
    let (imports, _) = answers(&[ok(CONTRADICTORY), ok(CONTRADICTORY), ok(RESULTS)]);
    assert!(imports.wait("j").await.is_ok());

    let (imports, polls) = answers(&[ok(PROCESSING), ok(CONTRADICTORY)]);
    let error = imports.wait("j").await.unwrap_err();
    assert_eq!(polls.load(Ordering::Relaxed), 6);
    assert_eq!(error.kind(), ErrorKind::Contract);
    assert_eq!(error.stop_reason(), Some(StopReason::Rejected));
    assert_eq!(
        error.snapshot().and_then(|snapshot| snapshot.succeeded),
        Some(9)
    );
    assert_eq!(error.last_seen().map(|job| job.progress().total()), Some(3));
    assert!(error.handle().is_some());
    let text = error.to_string();
    assert!(
        text.starts_with("watch import: the snapshot contradicts itself: processed_mismatch"),
        "{text}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_submitted_job_may_be_unknown_at_first() {
    let first = [NOT_FOUND, NOT_FOUND, ok(PROCESSING), ok(RESULTS)];
    let (imports, _) = answers(&first);
    let mut watch = imports.watch(submitted()).max_faults(1);
    let mut faults = 0;
    while let Some(update) = watch.next().await {
        if let Update::Fault(fault) = update.unwrap() {
            assert_eq!(fault.kind(), ErrorKind::NotFound);
            faults += 1;
        }
    }
    assert_eq!(faults, 2);

    // It is unknown for longer.
    let (imports, _) = answers(&[NOT_FOUND]);
    let began = Instant::now();
    let error = imports.wait(submitted()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.status().map(|status| status.as_u16()), Some(404));
    assert_eq!(began.elapsed().as_secs(), 30);
    let began = Instant::now();
    let wait = imports.wait(submitted());
    let error = wait.not_found_grace(Duration::ZERO).await.unwrap_err();
    assert_eq!(
        (error.kind(), began.elapsed().as_secs()),
        (ErrorKind::NotFound, 0)
    );

    // A job of which only the id is given does not exist.
    let (imports, polls) = answers(&first);
    let error = imports.wait("j").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(polls.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_resumed_watch_of_a_submitted_job_keeps_its_grace() {
    let (imports, _) = answers(&[NOT_FOUND, NOT_FOUND, ok(RESULTS)]);
    let mut watch = imports.watch(submitted());
    assert!(matches!(watch.next().await, Some(Ok(Update::Fault(_)))));
    let stored = serde_json::to_string(&watch.checkpoint().unwrap()).unwrap();
    let checkpoint: WatchCheckpoint = serde_json::from_str(&stored).unwrap();
    let mut watch = imports.resume(checkpoint);
    assert!(matches!(watch.next().await, Some(Ok(Update::Fault(_)))));
    assert!(matches!(watch.next().await, Some(Ok(Update::Finished(_)))));
}

#[tokio::test(start_paused = true)]
async fn rows_that_come_late_are_returned() {
    let (imports, _) = answers(&[ok(PROCESSING), ok(COMPLETE), ok(COMPLETE), ok(RESULTS)]);
    let mut watch = imports.watch("j");
    let mut updates = Vec::new();
    let end = loop {
        let update = watch.next().await.unwrap().unwrap();
        if let Update::Finished(end) = update {
            break end;
        }
        updates.push(matches!(update, Update::ResultsPending(_)));
    };
    assert_eq!(updates, [false, true, true]);
    let Finished::Complete(job) = end else {
        panic!("{end:?}")
    };
    assert_eq!(job.rows().map(<[_]>::len), Some(3));

    // They do not come.
    let (imports, polls) = answers(&[ok(COMPLETE)]);
    let began = Instant::now();
    let Finished::Complete(job) = imports.wait("j").await.unwrap() else {
        panic!()
    };
    assert_eq!((job.rows(), began.elapsed().as_secs()), (None, 60));
    let deviations = job.details().deviations();
    let codes: Vec<_> = deviations.iter().map(|one| one.rule().code()).collect();
    assert!(codes.contains(&"results_missing"), "{codes:?}");
    assert!(polls.load(Ordering::Relaxed) <= 8);
    let began = Instant::now();
    let wait = imports.wait("j").results_grace(Duration::ZERO);
    assert!(wait.await.is_ok() && began.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn a_run_of_stale_answers_ends() {
    let (imports, _) = answers(&[
        ok(r#"{"job_id":"j","status":"processing","total":9,"processed":5}"#),
        ok(r#"{"job_id":"j","status":"processing","total":9,"processed":4}"#),
    ]);
    let mut watch = imports.watch("j");
    let mut seen = Vec::new();
    for _ in 0..6 {
        let update = watch.next().await.unwrap().unwrap();
        let processed = update.progress().and_then(|progress| progress.processed());
        seen.push((matches!(update, Update::Stale(_)), processed.unwrap()));
    }
    let stale = (true, 5);
    assert_eq!(seen, [(false, 5), stale, stale, stale, stale, (false, 4)]);
}

#[tokio::test(start_paused = true)]
async fn only_the_server_says_that_a_job_has_expired() {
    const EXPIRING: &str = r#"{"job_id":"j","status":"processing","total":3,"created_at":"2020-01-01T00:00:00Z","expires_at":"2020-01-08T00:00:00Z"}"#;
    // The local clock is years after the expiry, and the server states no time.
    let (imports, _) = answers(&[ok(EXPIRING), ok(EXPIRING), ok(EXPIRING), ok(RESULTS)]);
    assert!(imports.wait("j").await.is_ok());

    let before = dated(EXPIRING, "Tue, 07 Jan 2020 23:59:59 GMT");
    let after = dated(EXPIRING, "Wed, 08 Jan 2020 00:00:00 GMT");
    let (imports, polls) = answers(&[before, before, after]);
    let error = imports.wait("j").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired);
    assert_eq!(polls.load(Ordering::Relaxed), 3);
    assert!(error.last_seen().is_some());

    // A 404 is read with its own date.
    let date = |date| Answer(404, "", Some(date));
    for (gone, kind) in [
        (date("Tue, 07 Jan 2020 23:59:59 GMT"), ErrorKind::Gone),
        (date("Wed, 08 Jan 2020 00:00:00 GMT"), ErrorKind::Expired),
    ] {
        let (imports, _) = answers(&[ok(EXPIRING), gone]);
        assert_eq!(imports.wait("j").await.unwrap_err().kind(), kind);
    }
}

#[tokio::test(start_paused = true)]
async fn a_resumed_watch_polls_once_whatever_the_clock_of_its_host_says() {
    let slow = |body| Answer(200, body, None);
    let (imports, _) = answers(&[slow(PROCESSING), slow(RESULTS)]);
    let mut watch = imports.watch("j").timeout(Duration::from_secs(60));
    watch.next().await.unwrap().unwrap();
    let checkpoint = watch.checkpoint().unwrap();

    let finished = answers(&[ok(RESULTS)]);
    let unfinished = answers(&[ok(PROCESSING)]);
    let began: jiff::Timestamp = checkpoint.poller().began().unwrap();
    for (polls, is_finished) in [(&finished.1, true), (&unfinished.1, false)] {
        let body = if is_finished { RESULTS } else { PROCESSING };
        let counter = Arc::clone(polls);
        let server = service_fn(move |_: Request<RequestBody>| {
            counter.fetch_add(1, Ordering::Relaxed);
            async move { Ok::<_, BoxError>(Response::new(RequestBody::from(body))) }
        });
        // A year ahead.
        let client = builder()
            .time_of_day(move || began + jiff::SignedDuration::from_hours(24 * 365))
            .http_service(server);
        let imports = client.build().unwrap().imports();
        let mut watch = imports.resume(checkpoint.clone());
        let update = watch.next().await.unwrap().unwrap();
        assert_eq!(update.finished().is_some(), is_finished);
        assert_eq!(polls.load(Ordering::Relaxed), 1);
        if !is_finished {
            let error = watch.next().await.unwrap().unwrap_err();
            assert!(error.is_timeout(), "{error}");
            assert_eq!(polls.load(Ordering::Relaxed), 1);
        }
    }
}

/// The deviations that are reported while the job runs, those of its end, and the rows that were created, failed, and have
/// no result.
type Report = (&'static [&'static str], &'static [&'static str], [u64; 3]);

fn report(sloppy: Sloppy) -> Report {
    const ROWS: [u64; 3] = [180, 20, 0];
    match sloppy {
        Sloppy::LaggingCounters | Sloppy::LeadingCounters => (&["processed_mismatch"], &[], ROWS),
        Sloppy::CorrectedTotal => (&["total_changed"], &[], ROWS),
        Sloppy::Deduplicated => (&[], &["rows_missing"], [162, 18, 20]),
        Sloppy::Floats => (&["integer_format"], &["integer_format"], ROWS),
        Sloppy::NumericCodes => (&[], &["row_id_not_uuid", "text_is_number"], ROWS),
        Sloppy::Capitals => (&["status_case"], &["status_case"], ROWS),
        Sloppy::NumericTimes => {
            const CODES: &[&str] = &["text_is_number", "timestamp_unreadable"];
            (CODES, CODES, ROWS)
        }
        Sloppy::UnknownFields => (&["field_repeated"], &["field_repeated"], ROWS),
        Sloppy::AmbiguousRow => (&[], &["results_counts", "row_ambiguous"], [179, 21, 0]),
        Sloppy::RepeatedIndex => (&[], &["row_index"], ROWS),
        Sloppy::TwoClocks
        | Sloppy::NoDate
        | Sloppy::UnknownAtFirst
        | Sloppy::LateResults
        | Sloppy::NoJobId
        | Sloppy::OtherJob
        | _ => (&[], &[], ROWS),
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_is_the_one_that_a_sloppy_server_means() {
    fn codes(job: &ImportJob) -> impl Iterator<Item = &'static str> {
        job.deviations().iter().map(|one| one.rule().code())
    }

    for sloppy in Sloppy::ALL {
        // The jitter uses this seed.
        fastrand::seed(7);
        let settings = Sandbox::builder().rows_per_second(2.0);
        let (_, client) = in_process(settings.fault(Fault::sloppy(sloppy)));
        let imports = client.imports();
        let handle = start(&imports, 200).await;
        let began = Instant::now();
        let mut watch = imports.watch(handle);
        let mut running = BTreeSet::new();
        let end = loop {
            let update = watch.next().await.unwrap();
            let update = update.unwrap_or_else(|error| panic!("{sloppy:?}: {error}"));
            if let Update::Finished(end) = update {
                break ImportJob::from(end);
            }
            let unfinished = update.job().filter(|job| !job.is_finished());
            running.extend(unfinished.into_iter().flat_map(codes));
        };
        let took = began.elapsed().as_secs();
        assert!((100..150).contains(&took), "{sloppy:?}: {took} s");
        let finished: BTreeSet<_> = codes(&end).collect();
        let ImportJob::Complete(job) = end else {
            panic!("{sloppy:?}: {end:?}")
        };
        let tally = job.tally();
        let rows = [tally.created(), tally.failed(), tally.unaccounted()];
        let expected = report(sloppy);
        let sorted = |codes: &[&'static str]| codes.iter().copied().collect::<BTreeSet<_>>();
        assert_eq!(
            (running, finished, rows, tally.total()),
            (sorted(expected.0), sorted(expected.1), expected.2, 200),
            "{sloppy:?}"
        );
    }
}
