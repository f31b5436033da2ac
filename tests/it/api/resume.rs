//! Resuming from checkpoints that were stored between any two polls.

use std::time::Duration;

use prism_imports::{Imports, Update, Watch, WatchCheckpoint};
use prism_imports_sandbox::{Fault, On, Sandbox};

use super::{in_process, start};

/// Runs a watch to its end and returns the number of requests. After `kill` polls, drops it and resumes from a stored
/// checkpoint.
async fn finish(imports: &Imports, mut watch: Watch, kill: Option<u32>) -> u64 {
    // The jitter uses this seed, so otherwise equal watches poll at the same times.
    fastrand::seed(7);
    let (mut polls, mut requests) = (0, 0);
    loop {
        let update = watch
            .next()
            .await
            .expect("the watch does not end before the job")
            .unwrap();
        if let Update::Finished(end) = update {
            assert_eq!(end.progress().total(), 600);
            return requests + watch.requests();
        }
        polls += 1;
        if Some(polls) == kill {
            let stored = serde_json::to_string(&watch.checkpoint().unwrap()).unwrap();
            requests += watch.requests();
            let checkpoint: WatchCheckpoint = serde_json::from_str(&stored).unwrap();
            watch = imports.resume(checkpoint);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_resumed_after_any_poll_needs_at_most_one_more_request() {
    let settings = || Sandbox::builder().rows_per_second(1.0);
    let (_, client) = in_process(settings());
    let imports = client.imports();
    let handle = start(&imports, 600).await;
    let whole = finish(&imports, imports.watch(handle), None).await;
    assert!(whole > 5, "{whole} requests");
    for kill in 1..whole {
        let (_, client) = in_process(settings());
        let imports = client.imports();
        let handle = start(&imports, 600).await;
        let resumed = finish(&imports, imports.watch(handle), u32::try_from(kill).ok()).await;
        assert!(
            resumed <= whole + 1,
            "{resumed} requests when resumed after {kill} polls, {whole} without"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_checkpoint_with_another_version_is_rejected() {
    let (_, client) = in_process(Sandbox::builder().rows_per_second(1.0));
    let imports = client.imports();
    let mut watch = imports.watch(start(&imports, 600).await);
    watch.next().await.unwrap().unwrap();
    let mut stored = serde_json::to_value(watch.checkpoint().unwrap()).unwrap();
    stored["handle"]["version"] = 2.into();
    let error = serde_json::from_value::<WatchCheckpoint>(stored).unwrap_err();
    assert!(
        error.to_string().contains("handles of form 1, not 2"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_deadline_survives_a_restart_and_a_hanging_poll() {
    let hang = Fault::latency(Duration::from_secs(100))
        .on(On::Poll)
        .skip(1);
    let (_, client) = in_process(Sandbox::builder().rows_per_second(1.0).fault(hang));
    let imports = client.imports();
    let began = tokio::time::Instant::now();
    let job = start(&imports, 600).await;
    let mut watch = imports.watch(&job).timeout(Duration::from_secs(10));
    watch.next().await.unwrap().unwrap();
    let stored = serde_json::to_string(&watch.checkpoint().unwrap()).unwrap();
    let mut watch = imports.resume(serde_json::from_str(&stored).unwrap());
    let error = watch.next().await.unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(
        began.elapsed() <= Duration::from_millis(10_100),
        "{:?}",
        began.elapsed()
    );
}
