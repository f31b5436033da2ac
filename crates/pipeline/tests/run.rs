//! Runs against a sandbox within the process: every end, and every instant at which a run can be dropped.
#![expect(
    clippy::unwrap_used,
    reason = "a test fails by panicking, its helpers too"
)]

use std::{
    fmt::Write as _,
    fs,
    future::poll_fn,
    io,
    num::NonZeroU64,
    path::PathBuf,
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use futures_util::StreamExt;
use prism_imports::{Client, Imports, ObjectType, poller::Pace, transport::RetryPolicy};
use prism_imports_pipeline::{
    Assumption, Event, Journal, Outcome, PipelineError, Plan, Report, Run, Settings, StopReason,
    write_failed,
};
use prism_imports_sandbox::{Builder, Fault, Moment, On, Sandbox};
use tempfile::TempDir;
use tracing_subscriber::fmt::format::FmtSpan;

struct Case {
    folder: TempDir,
    sandbox: Sandbox,
    imports: Imports,
}

impl Case {
    /// A file of rows, one in ten of which the server refuses, planned into chunks.
    fn new(rows: u32, chunk_rows: u32, sandbox: Builder) -> Self {
        let sandbox = sandbox.build().unwrap();
        let client = Client::builder()
            .api_key("any")
            .team_id("6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11")
            .base_url("http://localhost")
            .retry(RetryPolicy::none())
            .http_service(sandbox.clone())
            .build()
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let case = Self {
            folder,
            sandbox,
            imports: client.imports(),
        };
        let mut text = "email\n".to_owned();
        for row in 0..rows {
            let host = if row % 10 == 7 { "" } else { "@example.org" };
            writeln!(text, "p{row}{host}").unwrap();
        }
        fs::write(case.folder.path().join("rows.csv"), text).unwrap();
        let settings = Settings::new(ObjectType::Contact).chunk_rows(chunk_rows);
        let plan = Plan::of(case.folder.path().join("rows.csv"), settings).unwrap();
        Journal::create(case.journal(), &plan).unwrap();
        case
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("rows.journal")
    }

    /// Opens the journal, once an earlier run has closed it.
    async fn run(&self) -> Run {
        loop {
            match Journal::open(self.journal()) {
                Ok(journal) => return Run::new(&self.imports, journal).pace(Pace::prompt()),
                Err(error) => {
                    assert!(error.to_string().contains("another process"), "{error}");
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            }
        }
    }

    async fn finish(&self) -> Outcome {
        self.run().await.finish().await.unwrap()
    }

    /// Checks that each row was imported once, and is accounted for.
    fn check(&self, rows: u64) {
        let report = Report::of(self.journal()).unwrap();
        let failed = rows / 10;
        assert_eq!(
            (report.created(), report.failed(), report.accounted()),
            (rows - failed, failed, rows),
            "{report:?}"
        );
        let stats = self.sandbox.stats();
        assert_eq!((stats.created, stats.rejected), (rows - failed, failed));
        let mut written = Vec::new();
        assert_eq!(write_failed(self.journal(), &mut written).unwrap(), failed);
    }
}

fn at_once() -> Builder {
    Sandbox::builder().sync_below(1_000)
}

#[tokio::test]
async fn a_run_can_be_dropped_at_any_instant() {
    // How often a run is polled before it is dropped: at each number it is at another await.
    for polls in 0..40 {
        let case = Case::new(60, 10, at_once());
        let mut dropped = false;
        for _ in 0..3 {
            let run = case.run().await;
            let mut run = pin!(run);
            let mut left = polls;
            dropped |= poll_fn(|cx| {
                if left == 0 {
                    return Poll::Ready(true);
                }
                left -= 1;
                run.poll_next_unpin(cx).map(|event| event.is_some())
            })
            .await;
        }
        let outcome = case.finish().await;
        assert!(outcome.stopped().is_none());
        case.check(60);
        assert!(dropped, "{polls}");
    }
}

#[tokio::test]
async fn answers_that_are_lost_are_asked_for_again() {
    let lost = Fault::close().moment(Moment::After).on(On::Submit).times(2);
    let retried = Fault::answer(503)
        .header("retry-after-ms", "1")
        .skip(1)
        .times(1);
    let case = Case::new(30, 30, at_once().fault(lost).fault(retried));
    // The pauses between the tries are real.
    let outcome = case.finish().await;
    assert!(outcome.stopped().is_none());
    case.check(30);
    assert_eq!(case.sandbox.stats().rows, 30);
}

#[tokio::test]
async fn jobs_are_watched_and_watched_on() {
    let case = Case::new(
        60,
        20,
        Sandbox::builder().sync_below(0).rows_per_second(2_000.0),
    );
    let mut run = case.run().await;
    let stop = run.stop_handle();
    let mut stopped = None;
    while let Some(event) = run.next().await {
        if let Event::Started { .. } = event {
            stop.stop();
        } else if let Event::Stopping(reason) = event {
            stopped = Some(reason);
        }
    }
    assert!(matches!(stopped, Some(StopReason::Requested)));
    let outcome = run.finish().await.unwrap();
    assert!(outcome.report().pending() > 0 && !outcome.report().is_complete());
    let outcome = case.finish().await;
    assert!(outcome.stopped().is_none());
    case.check(60);
}

#[tokio::test]
async fn the_limit_of_requests_is_kept() {
    let case = Case::new(200, 10, at_once());
    let mut runs = 0;
    loop {
        let run = case.run().await.max_requests(NonZeroU64::new(8).unwrap());
        let outcome = run.finish().await.unwrap();
        assert!(outcome.requests() <= 8, "{}", outcome.requests());
        runs += 1;
        match outcome.stopped() {
            None => break,
            Some(StopReason::Requests) => {}
            Some(reason) => panic!("{reason}"),
        }
    }
    assert!(runs > 2, "{runs}");
    assert_eq!(case.sandbox.requests(), 20);
    case.check(200);
}

#[tokio::test]
async fn a_key_that_is_refused_stops_the_run() {
    let case = Case::new(60, 10, at_once().api_key("another"));
    let error = case.run().await.finish().await.unwrap_err();
    assert!(matches!(error, PipelineError::Refused(_)), "{error}");
    let report = Report::of(case.journal()).unwrap();
    assert_eq!((report.pending(), report.accounted()), (60, 60));
    assert!(case.sandbox.requests() <= 4, "no more than were under way");
}

#[tokio::test]
async fn an_import_that_is_refused_does_not_stop_the_others() {
    let invalid = Fault::answer(400)
        .error("invalid_request", "no")
        .on(On::Submit)
        .skip(1)
        .times(1);
    let case = Case::new(30, 10, at_once().fault(invalid));
    let outcome = case.finish().await;
    let report = outcome.report();
    assert_eq!(
        (report.created(), report.failed(), report.accounted()),
        (18, 12, 30),
        "{report:?}"
    );
    let mut written = Vec::new();
    assert_eq!(write_failed(case.journal(), &mut written).unwrap(), 12);
    assert_eq!(
        String::from_utf8(written)
            .unwrap()
            .matches(",invalid_request,no,")
            .count(),
        10
    );
}

#[tokio::test]
async fn a_job_that_is_gone_is_unknown_until_it_is_decided() {
    let case = Case::new(
        20,
        20,
        Sandbox::builder()
            .sync_below(0)
            .rows_per_second(20.0)
            .fault(Fault::answer(404).on(On::Poll).skip(1)),
    );
    let outcome = case.finish().await;
    assert_eq!(
        (outcome.report().unknown(), outcome.report().accounted()),
        (20, 20)
    );
    // Nothing is sent again without a decision.
    let submits = case.sandbox.stats().submits;
    case.finish().await;
    assert_eq!(case.sandbox.stats().submits, submits);
    let journal = Journal::open(case.journal()).unwrap();
    assert_eq!(journal.assume(Assumption::Imported).unwrap(), 1);
    assert_eq!(
        (
            journal.report().unwrap().existing(),
            journal.report().unwrap().unknown()
        ),
        (20, 0)
    );
}

#[tokio::test]
async fn merged_rows_are_sent_once_and_fail_together() {
    let case = Case::new(1, 10, at_once());
    let path = case.folder.path().join("merged.csv");
    fs::write(
        &path,
        "email,city\na@example.org,Ulm\nnemo,Rome\nA@example.org,\nnemo,\nb@example.org,Bern\n",
    )
    .unwrap();
    let settings = Settings::new(ObjectType::Contact).dedupe_by("email");
    let without_key = Settings::new(ObjectType::Contact).merge_duplicates();
    assert!(Plan::of(&path, without_key).is_err());
    let plan = Plan::of(&path, settings.merge_duplicates()).unwrap();
    assert_eq!((plan.rows(), plan.merged()), (5, 2));
    let journal = case.folder.path().join("merged.journal");
    let run = Run::new(&case.imports, Journal::create(&journal, &plan).unwrap());
    let outcome = run.finish().await.unwrap();
    let report = outcome.report();
    let counters = (report.created(), report.failed(), report.merged());
    assert_eq!((counters, report.accounted()), ((2, 1, 2), 5));
    assert_eq!(case.sandbox.stats().rows, 3);
    let mut written = Vec::new();
    assert_eq!(write_failed(&journal, &mut written).unwrap(), 2);
    let written = String::from_utf8(written).unwrap();
    assert!(
        written.contains("nemo,Rome,invalid_email,") && written.contains("nemo,,invalid_email,")
    );
}

#[tokio::test]
async fn the_last_event_has_the_final_tally() {
    let case = Case::new(60, 10, at_once());
    let mut run = case.run().await;
    let mut last = None;
    while let Some(event) = run.next().await {
        last = Some(event);
    }
    let Some(Event::Progress {
        report,
        running,
        requests,
    }) = last
    else {
        panic!("{last:?}");
    };
    assert_eq!((report.pending(), running, requests), (0, 0, 6));
    assert_eq!((report.imports(), report.imports_over()), (6, 6));
}

#[tokio::test]
async fn spans_have_the_run_and_its_imports_and_no_row() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::CLOSE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    let _default = tracing::subscriber::set_default(subscriber);
    let case = Case::new(20, 10, at_once());
    case.finish().await;
    let lines = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    for expected in [
        "prism.run{",
        ":prism.import{prism.import=1 prism.rows=10}:prism.call{",
        ":prism.import{prism.import=2 prism.rows=10}: ",
        "prism.rows=20 prism.rows.failed=2 prism.rows.pending=0 prism.requests=2",
    ] {
        assert!(lines.contains(expected), "{expected} in {lines}");
    }
    assert!(
        !lines.contains("@example.org") && !lines.contains("p17"),
        "{lines}"
    );
}

/// What a subscriber prints.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
