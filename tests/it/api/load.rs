//! A small load under random faults: no import and no row is lost or doubled.

use std::{sync::Arc, time::Duration};

use prism_imports::poller::Pace;
use prism_imports_sandbox::{Builder, Sandbox, Stats};
use prism_imports_tests::{
    load::{Load, Orders, Sizes, faults},
    server::{KEY, client, imports, serve},
};

const IMPORTS: u64 = 300;

/// Runs a load against a sandbox where nearly every third request fails.
async fn run(settings: Builder) -> (Arc<Load>, Stats) {
    let settings = settings.rows_per_second(400.0).sync_below(20);
    let faults = faults(0.3, Duration::from_millis(300)).into_iter();
    let server = serve(faults.fold(settings, Builder::fault)).await;
    let orders = Orders::new(1, Sizes { job: 20, most: 200 }, IMPORTS);
    let load = Arc::new(Load::new(orders, 100));
    let fleet = client(&server, KEY).imports().fleet().pace(Pace::prompt());
    Arc::clone(&load).run(8, imports(&server), fleet).await;
    let stats = server.sandbox().stats();
    server.shutdown().await;
    (load, stats)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_import_or_row_is_lost_or_doubled_under_faults() {
    let (load, stats) = run(Sandbox::builder()).await;
    let tally = load.tally();
    let verdict = tally.verdict(&stats);
    assert!(verdict.is_consistent(), "{verdict:#?}");
    // The faults did occur.
    assert_eq!(tally.jobs() + tally.sync_imports(), IMPORTS);
    assert_eq!(tally.rows(), stats.rows);
    assert!(tally.replays() > 0);
    assert!(tally.faults().len() > 5, "{:?}", tally.faults());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubled_imports_of_a_server_without_idempotency_are_found() {
    let (load, stats) = run(Sandbox::builder().without_idempotency()).await;
    let verdict = load.tally().verdict(&stats);
    assert!(
        !verdict.is_consistent() && verdict.doubled_rows > 0,
        "{verdict:#?}"
    );
    assert_eq!(verdict.lost_jobs, 0, "{verdict:#?}");
}
