//! A load in small: everything goes wrong now and then, and no import and no row is lost or doubled.

use std::{sync::Arc, time::Duration};

use prism_imports::{Fleet, poller::Pace};
use prism_imports_sandbox::Sandbox;
use prism_imports_tests::{
    load::{Load, Orders, Sizes, faults},
    server::{KEY, client, imports, serve},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_import_and_no_row_is_lost_or_doubled_under_a_mixed_bag_of_faults() {
    let settings = Sandbox::builder().rows_per_second(400.0).sync_below(20);
    let faults = faults(0.3, Duration::from_millis(300));
    let server = serve(
        faults
            .into_iter()
            .fold(settings, |settings, fault| settings.fault(fault)),
    )
    .await;
    let orders = Orders::new(1, Sizes { job: 20, most: 200 }, 300);
    let load = Arc::new(Load::new(orders, 100));

    let fleet = Fleet::new(&client(&server, KEY)).pace(Pace::prompt());
    Arc::clone(&load).run(8, imports(&server), fleet).await;

    let stats = server.sandbox().stats();
    let account = load.account();
    println!(
        "{} jobs, {} at once, {} rows, {} replays: {:?}",
        account.jobs(),
        account.at_once(),
        account.rows(),
        account.replays(),
        account.faults()
    );
    let verdict = account.verdict(&stats);
    assert!(verdict.is_even(), "{verdict:#?}");
    // What was to be survived did happen.
    assert_eq!(account.jobs() + account.at_once(), 300);
    assert!(account.replays() > 0);
    assert!(account.faults().len() > 5, "{:?}", account.faults());
    server.shutdown().await;
}
