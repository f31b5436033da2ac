//! Limits for the polls of a service: a rate, a queue, and an error at once when the queue is full.

use std::time::Duration;

use prism_imports::Imports;
use tower::ServiceBuilder;

/// At most `rate` polls a second, however many jobs are watched. Of those that have to wait, `queue` are kept; the others
/// fail at once as `Overloaded`, which a watch outlives.
///
/// [`Quota`](prism_imports::Quota) limits all requests of a client, and respects a 429. This limits polls alone.
pub fn limited(imports: &Imports, rate: u64, queue: usize) -> Imports {
    let service = ServiceBuilder::new()
        .load_shed()
        .buffer(queue)
        .rate_limit(rate, Duration::from_secs(1))
        .service(imports.gets());
    imports.over(service)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prism_imports::{ErrorKind, Submitted};
    use prism_imports_sandbox::Sandbox;
    use tokio::{task::JoinSet, time::Instant};

    use super::limited;
    use crate::testing::{client, submit};

    #[tokio::test(start_paused = true)]
    async fn polls_wait_for_their_place_or_are_refused() {
        let sandbox = Sandbox::builder().sync_below(0).build().unwrap();
        let imports = client(&sandbox).imports();
        let Submitted::Started(handle) = submit(&imports, 10).await.unwrap() else {
            panic!("the sandbox imports in the background");
        };
        let began = Instant::now();
        let limited = limited(&imports, 1, 3);
        let mut gets = JoinSet::new();
        for _ in 0..10 {
            let (limited, id) = (limited.clone(), handle.job_id().clone());
            gets.spawn(async move { limited.get(&id).await });
        }
        let results = gets.join_all().await;
        let (answered, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert!(refused.iter().all(|result| {
            let error = result.as_ref().unwrap_err();
            error.kind() == ErrorKind::Overloaded && error.is_retryable()
        }));
        // The worker of the buffer holds one call, the queue three.
        assert!(
            (3..=5).contains(&answered.len()),
            "{} answered",
            answered.len()
        );
        let seconds = u32::try_from(answered.len()).unwrap() - 1;
        assert!(
            began.elapsed() >= Duration::from_secs(1) * seconds,
            "{:?}",
            began.elapsed()
        );
        assert_eq!(sandbox.stats().polls, answered.len() as u64);
    }
}
