use std::time::Duration;

use prism_imports::{Client, ErrorKind, RetryPolicy};
use prism_imports_sandbox::{Fault, RetryHint, Sandbox};

use super::{Limits, layer};
use crate::database::Database;

/// A new database with these limits.
async fn database(directory: &tempfile::TempDir, per_second: i64, per_month: i64) -> Database {
    let url = format!("sqlite://{}/queue.sqlite", directory.path().display());
    let database = Database::connect(&url).await.unwrap();
    database.create_tables().await.unwrap();
    let limits = Limits {
        per_second,
        per_month,
    };
    database.set_limits(limits).await.unwrap();
    database
}

fn client(database: &Database, sandbox: &Sandbox) -> Client {
    let builder = Client::builder()
        .base_url("http://localhost")
        .api_key("sandbox-key");
    builder
        .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .retry(RetryPolicy::none())
        .attempt_layer(layer(database.clone()))
        .http_service(sandbox.clone())
        .build()
        .unwrap()
}

#[tokio::test]
async fn places_are_a_gap_apart_and_end_with_the_longest_wait() {
    let directory = tempfile::tempdir().unwrap();
    let database = database(&directory, 1, 1_000).await;
    assert_eq!(database.take_place().await.unwrap(), Some(Duration::ZERO));
    // The clock goes on between two places, by far less than a second.
    for seconds in 1..=10 {
        let wait = database.take_place().await.unwrap().unwrap();
        let at_most = Duration::from_secs(seconds);
        let is_right = wait <= at_most && wait + Duration::from_secs(1) > at_most;
        assert!(is_right, "{wait:?} for place {seconds}");
    }
    assert_eq!(database.take_place().await.unwrap(), None);
}

#[tokio::test]
async fn nothing_is_sent_beyond_the_month() {
    let directory = tempfile::tempdir().unwrap();
    let database = database(&directory, 1_000, 2).await;
    let sandbox = Sandbox::builder().build().unwrap();
    let imports = client(&database, &sandbox).imports();
    let mut kinds = Vec::new();
    for _ in 0..4 {
        kinds.push(imports.get("no-such-job").await.unwrap_err().kind());
    }
    let (answered, refused) = (ErrorKind::NotFound, ErrorKind::Quota);
    assert_eq!(kinds, [answered, answered, refused, refused]);
    assert_eq!(sandbox.requests(), 2);
}

#[tokio::test]
async fn a_429_holds_all_clients() {
    let directory = tempfile::tempdir().unwrap();
    let database = database(&directory, 1_000, 1_000).await;
    let wait = Duration::from_secs(8);
    let limited = Fault::answer(429).retry_after(RetryHint::Seconds, wait);
    let sandbox = Sandbox::builder().fault(limited).build().unwrap();
    let error = client(&database, &sandbox)
        .imports()
        .get("job")
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    let held = database.take_place().await.unwrap().unwrap();
    assert!(held > Duration::from_secs(6) && held <= wait, "{held:?}");
}

#[tokio::test]
async fn setting_the_limits_again_frees_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let database = database(&directory, 1_000, 1).await;
    database.take_place().await.unwrap().unwrap();
    let limits = Limits {
        per_second: 1_000,
        per_month: 1,
    };
    database.set_limits(limits).await.unwrap();
    assert_eq!(database.take_place().await.unwrap(), None);
}
