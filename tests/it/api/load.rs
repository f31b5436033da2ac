//! A load in small: everything goes wrong now and then, and no import and no row is lost or doubled.

use std::{sync::Arc, time::Duration};

use prism_imports::{Fleet, poller::Pace};
use prism_imports_sandbox::{Builder, Sandbox, Stats};
use prism_imports_tests::{
    load::{Load, Orders, Sizes, faults},
    server::{KEY, client, imports, serve},
};

const IMPORTS: u64 = 300;

/// Runs a load against a sandbox where nearly every third request goes wrong.
async fn play(settings: Builder) -> (Arc<Load>, Stats) {
    let settings = settings.rows_per_second(400.0).sync_below(20);
    let faults = faults(0.3, Duration::from_millis(300)).into_iter();
    let server = serve(faults.fold(settings, Builder::fault)).await;
    let orders = Orders::new(1, Sizes { job: 20, most: 200 }, IMPORTS);
    let load = Arc::new(Load::new(orders, 100));
    let fleet = Fleet::new(&client(&server, KEY)).pace(Pace::prompt());
    Arc::clone(&load).run(8, imports(&server), fleet).await;
    let stats = server.sandbox().stats();
    server.shutdown().await;
    (load, stats)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_import_and_no_row_is_lost_or_doubled_under_a_mixed_bag_of_faults() {
    let (load, stats) = play(Sandbox::builder()).await;
    let account = load.account();
    let verdict = account.verdict(&stats);
    assert!(verdict.is_even(), "{verdict:#?}");
    // What was to be survived did happen.
    assert_eq!(account.jobs() + account.at_once(), IMPORTS);
    assert_eq!(account.rows(), stats.rows);
    assert!(account.replays() > 0);
    assert!(account.faults().len() > 5, "{:?}", account.faults());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_account_finds_what_a_server_without_keys_imports_twice() {
    let (load, stats) = play(Sandbox::builder().without_idempotency()).await;
    let verdict = load.account().verdict(&stats);
    assert!(
        !verdict.is_even() && verdict.doubled_rows > 0,
        "{verdict:#?}"
    );
    assert_eq!(verdict.lost_jobs, 0, "{verdict:#?}");
}
