//! A cache of finished jobs in front of `get`.

use std::time::Duration;

use moka::future::Cache;
use prism_imports::{Error, GetImport, ImportJob, Imports, JobId, Reply};
use tower::{ServiceExt, service_fn};
use uuid::Uuid;

/// Polls through a cache of finished jobs, which do not change any more.
///
/// An unfinished job is requested each time, so that `wait` and `watch` work as before.
pub fn cached(imports: &Imports) -> Imports {
    let jobs: Cache<(Uuid, JobId), Reply<ImportJob>> = Cache::builder()
        .max_capacity(1_000)
        .time_to_live(Duration::from_secs(3_600))
        .build();
    let gets = imports.gets();
    imports.over(service_fn(move |get: GetImport| {
        let (jobs, gets) = (jobs.clone(), gets.clone());
        async move {
            let key = (get.team_id(), get.job_id().clone());
            if let Some(reply) = jobs.get(&key).await {
                return Ok(reply);
            }
            let reply = gets.oneshot(get).await?;
            if reply.value().is_finished() {
                jobs.insert(key, reply.clone()).await;
            }
            Ok::<_, Error>(reply)
        }
    }))
}

#[cfg(test)]
mod tests {
    use prism_imports::{Finished, Submitted};
    use prism_imports_sandbox::Sandbox;

    use super::cached;
    use crate::testing::{client, submit};

    #[tokio::test(start_paused = true)]
    async fn a_finished_job_is_requested_once() {
        let sandbox = Sandbox::builder()
            .sync_below(0)
            .rows_per_second(1.0)
            .build()
            .unwrap();
        let imports = cached(&client(&sandbox).imports());
        let Submitted::Started(handle) = submit(&imports, 60).await.unwrap() else {
            panic!("the sandbox imports in the background");
        };
        let id = handle.job_id().clone();
        assert!(!imports.get(&id).await.unwrap().is_finished());
        let Finished::Complete(job) = imports.wait(handle).await.unwrap() else {
            panic!("the import failed");
        };
        assert_eq!(job.tally().created(), 60);

        let polls = sandbox.stats().polls;
        for _ in 0..5 {
            assert!(imports.get(&id).await.unwrap().is_finished());
        }
        assert_eq!(sandbox.stats().polls, polls, "the cache has the job");
    }
}
