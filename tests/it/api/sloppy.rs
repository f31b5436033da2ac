//! Servers that are right about the state of a job, and sloppy about its details.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::{Request, Response};
use prism_imports::{
    Finished, Imports,
    transport::{BoxError, RequestBody},
};
use tower::service_fn;

use super::builder;

/// Returns import jobs whose server answers with one body after the other, and repeats the last one.
fn answers(bodies: &'static [&'static str]) -> Imports {
    let polls = Arc::new(AtomicUsize::new(0));
    let server = service_fn(move |_: Request<RequestBody>| {
        let poll = polls.fetch_add(1, Ordering::Relaxed);
        let body = bodies[poll.min(bodies.len() - 1)];
        async move { Ok::<_, BoxError>(Response::new(RequestBody::from(body))) }
    });
    builder().http_service(server).build().unwrap().imports()
}

#[tokio::test(start_paused = true)]
async fn a_final_state_with_an_earlier_time_ends_the_watch() {
    let imports = answers(&[
        r#"{"job_id":"j","status":"processing","total":3,"updated_at":"2026-01-08T00:00:10.5Z"}"#,
        r#"{"job_id":"j","status":"complete","total":3,"updated_at":"2026-01-08T00:00:10Z"}"#,
    ]);
    let end = imports.wait("j").max_polls(5).await.unwrap();
    assert!(matches!(end, Finished::Complete(job) if job.total() == 3));
}
