//! Answers about another job than the one that was asked for, and answers that name none.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use http::{Request, Response};
use prism_imports::{
    Client, Error, ErrorKind, Finished, GetImport, ImportHandle, ImportJob, Imports, Reply, Rule,
    Update,
    transport::{BoxError, RequestBody},
};
use prism_imports_tests::server::TEAM;
use tower::service_fn;

use super::builder;

/// Creates a client whose server answers with one body after the other, and repeats the last one.
fn client(bodies: &'static [&'static str]) -> Client {
    let polls = Arc::new(AtomicUsize::new(0));
    let server = service_fn(move |_: Request<RequestBody>| {
        let poll = polls.fetch_add(1, Ordering::Relaxed);
        let body = bodies[poll.min(bodies.len() - 1)];
        async move { Ok::<_, BoxError>(Response::new(RequestBody::from(body))) }
    });
    builder().http_service(server).build().unwrap()
}

fn handle() -> ImportHandle {
    ImportHandle::new(TEAM.parse().unwrap(), "j-1".parse().unwrap())
}

/// Polls `j-1` to its end, with each kind of call that does.
async fn ends(imports: impl Fn() -> Imports) -> Vec<Result<Finished, Error>> {
    let mut watch = imports().watch("j-1");
    let watched = loop {
        match watch.next().await.unwrap() {
            Ok(Update::Finished(end)) => break Ok(end),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    let mut fleet = imports().fleet();
    fleet.add(handle());
    let of_fleet = loop {
        match fleet.next().await.unwrap().1 {
            Ok(Update::Finished(end)) => break Ok(end),
            Ok(_) => {}
            Err(error) => break Err(error),
        }
    };
    let waited = imports().wait("j-1").await;
    let attached = imports().wait(handle()).await;
    vec![watched, of_fleet, waited, attached]
}

/// Checks that an error names both jobs.
fn check_other(error: &Error) {
    assert_eq!(error.kind(), ErrorKind::Contract, "{error}");
    let mut texts = vec![error.to_string()];
    let mut next = std::error::Error::source(error);
    while let Some(source) = next {
        texts.push(source.to_string());
        next = source.source();
    }
    let named = |text: &String| text.contains(r#"other_job: "OTHER" instead of "j-1""#);
    assert!(texts.iter().any(named), "{texts:?}");
}

const OTHER: &str =
    r#"{"job_id":"OTHER","status":"complete","total":1,"failed":0,"results":[{"created":true}]}"#;
const OTHER_RUNS: &str = r#"{"job_id":"OTHER","status":"processing","total":1}"#;
const DONE: &str =
    r#"{"job_id":"j-1","status":"complete","total":1,"failed":0,"results":[{"created":true}]}"#;
const RUNS_UNNAMED: &str = r#"{"status":"processing","total":1}"#;
const DONE_UNNAMED: &str =
    r#"{"job_id":null,"status":"complete","total":1,"results":[{"created":true}]}"#;

#[tokio::test(start_paused = true)]
async fn the_answer_about_another_job_is_never_taken() {
    for bodies in [&[OTHER][..], &[OTHER_RUNS], &[RUNS_UNNAMED, OTHER]] {
        let imports = || client(bodies).imports();
        for end in ends(imports).await {
            check_other(&end.unwrap_err());
        }
    }
    check_other(&client(&[OTHER]).imports().get("j-1").await.unwrap_err());
    let mut rows = client(&[OTHER]).imports().rows("j-1");
    check_other(&rows.next().await.unwrap().unwrap_err());
    assert!(rows.next().await.is_none());

    // What the server said is still available.
    let snapshot = client(&[OTHER]).imports().snapshot("j-1").await.unwrap();
    assert_eq!(snapshot.job_id.as_deref(), Some("OTHER"));
}

#[tokio::test(start_paused = true)]
async fn a_few_answers_about_another_job_are_survived() {
    let bodies = &[OTHER, RUNS_UNNAMED, OTHER, OTHER_RUNS, DONE];
    for end in ends(|| client(bodies).imports()).await {
        let end = ImportJob::from(end.unwrap());
        assert_eq!(end.id(), Some(handle().job_id()));
    }
}

#[tokio::test(start_paused = true)]
async fn an_absent_id_is_filled_in() {
    let bodies = &[RUNS_UNNAMED, DONE_UNNAMED];
    for end in ends(|| client(bodies).imports()).await {
        let end = ImportJob::from(end.unwrap());
        assert_eq!(end.id(), Some(handle().job_id()));
    }
    let job = client(bodies).imports().get("j-1").await.unwrap();
    assert_eq!(job.id(), Some(handle().job_id()));
    let mut rows = client(&[DONE_UNNAMED]).imports().rows("j-1");
    assert!(rows.next().await.unwrap().is_ok());
    assert!(rows.next().await.is_none());
    assert_eq!(rows.job().unwrap().id(), Some(handle().job_id()));
}

#[tokio::test(start_paused = true)]
async fn the_answer_of_a_layered_service_is_checked_too() {
    let over = |body: &'static str| {
        let cache = service_fn(move |_: GetImport| async move {
            Ok::<_, Error>(Reply::new(ImportJob::from_slice(body.as_bytes()).unwrap()))
        });
        client(&[RUNS_UNNAMED]).imports().over(cache)
    };
    for body in [OTHER, OTHER_RUNS] {
        for end in ends(|| over(body)).await {
            check_other(&end.unwrap_err());
        }
        let error = over(body).get("j-1").await.unwrap_err();
        check_other(&error);
        assert_eq!(error.snapshot().unwrap().job_id.as_deref(), Some("OTHER"));
    }
    for end in ends(|| over(DONE_UNNAMED)).await {
        assert_eq!(ImportJob::from(end.unwrap()).id(), Some(handle().job_id()));
    }
}

#[tokio::test(start_paused = true)]
async fn rows_of_another_job_are_not_yielded() {
    let mut rows = client(&[OTHER]).imports().rows("j-1");
    while let Some(row) = rows.next().await {
        let error = row.unwrap_err();
        let snapshot = error.snapshot().unwrap();
        assert_eq!(snapshot.job_id.as_deref(), Some("OTHER"));
    }
}

#[tokio::test(start_paused = true)]
async fn results_with_fewer_rows_than_the_total_end_the_stream() {
    let body = r#"{"job_id":"j-1","status":"complete","total":3,"results":[{"created":true}]}"#;
    let mut rows = client(Box::leak(Box::new([body]))).imports().rows("j-1");
    assert!(rows.next().await.unwrap().is_ok());
    assert!(rows.next().await.is_none());
    let ImportJob::Complete(job) = rows.job().unwrap() else {
        panic!("the job is complete")
    };
    assert_eq!((job.tally().created(), job.tally().unaccounted()), (1, 2));
    assert_eq!(job.details().deviations()[0].rule(), Rule::RowsMissing);
}
