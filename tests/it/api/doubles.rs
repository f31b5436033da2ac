//! Doubles of the typed services in place of a server, without a socket and in virtual time.

use std::{
    collections::HashMap,
    future::{Ready, ready},
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use http::{HeaderValue, Request, Response, StatusCode};
use prism_imports::{
    Error, ErrorKind, Finished, GetImport, ImportHandle, ImportJob, Imports, JobId, ObjectType,
    Reply, SubmitImport, Submitted, Update,
    transport::{BoxError, RequestBody, ResponseBody},
};
use prism_imports_sandbox::Sandbox;
use prism_imports_tests::{rows::contacts, server::TEAM};
use tokio::time::Instant;
use tower::{Service, ServiceBuilder, ServiceExt, limit::ConcurrencyLimitLayer, service_fn};

use super::{builder, in_process};

/// Returns import jobs whose HTTP service must not be called.
fn unconnected() -> Imports {
    let unreachable = service_fn(|_: Request<RequestBody>| async {
        unreachable!("a request was sent");
        #[expect(unreachable_code, reason = "the type of the response")]
        Ok::<_, BoxError>(Response::new(ResponseBody::default()))
    });
    let client = builder().http_service(unreachable).build();
    client.unwrap().imports()
}

/// Returns a job of three rows.
fn job(id: &JobId, processed: usize) -> ImportJob {
    let status = ["processing", "complete"][usize::from(processed == 3)];
    let row = r#"{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true}"#;
    let rows = vec![row; processed].join(",");
    let results = ["null".to_owned(), format!("[{rows}]")];
    let results = &results[usize::from(processed == 3)];
    let body = format!(
        r#"{{"job_id":"{id}","status":"{status}","total":3,"processed":{processed},
            "succeeded":{processed},"failed":0,"results":{results}}}"#
    );
    ImportJob::from_slice(body.as_bytes()).unwrap()
}

fn handle(id: &str) -> ImportHandle {
    ImportHandle::new(TEAM.parse().unwrap(), id.parse().unwrap())
}

/// A double of the server: a job has one row more at each poll.
#[derive(Clone, Debug, Default)]
struct Double {
    polls: Arc<Mutex<HashMap<JobId, usize>>>,
}

impl Service<GetImport> for Double {
    type Response = Reply<ImportJob>;
    type Error = Error;
    type Future = Ready<Result<Reply<ImportJob>, Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, get: GetImport) -> Self::Future {
        assert_eq!(get.team_id().to_string(), TEAM);
        let mut polls = self.polls.lock().unwrap();
        let polls = polls.entry(get.job_id().clone()).or_default();
        let processed = std::mem::replace(polls, *polls + 1);
        let request_id = HeaderValue::from_static("req-7");
        let mut response = Response::new(job(get.job_id(), processed.min(3)));
        response.headers_mut().insert("x-request-id", request_id);
        ready(Ok(response.into()))
    }
}

#[tokio::test(start_paused = true)]
async fn a_double_drives_calls_watches_and_fleets_to_their_end() {
    let double = Double::default();
    let imports = unconnected().over(double.clone());
    assert!(!imports.get("j-1").await.unwrap().is_finished());
    let reply = imports.wait("j-1").reply().await.unwrap();
    assert_eq!(reply.request_id(), Some("req-7"));
    assert!(matches!(reply.value(), Finished::Complete(job) if job.total() == 3));

    let mut watch = imports.watch(handle("j-2"));
    let mut processed = Vec::new();
    while let Some(update) = watch.next().await {
        let job = update.unwrap().into_job().unwrap();
        processed.push(job.progress().processed().unwrap());
    }
    assert_eq!(processed, [0, 1, 2, 3]);

    let mut fleet = imports.fleet();
    for id in ["j-3", "j-4", "j-5"] {
        assert!(fleet.add(handle(id)));
    }
    let mut ends = Vec::new();
    while let Some((handle, update)) = fleet.next().await {
        if let Update::Finished(Finished::Complete(job)) = update.unwrap() {
            assert_eq!(job.id(), Some(handle.job_id()));
            ends.push(handle.job_id().to_string());
        }
    }
    ends.sort();
    assert_eq!(ends, ["j-3", "j-4", "j-5"]);
    let polls = double.polls.lock().unwrap();
    assert!(polls.values().all(|polls| *polls == 4), "{polls:?}");
}

/// A double that fails like this at every poll.
fn failing<E>(error: impl Fn() -> E + Clone + Send + Sync + 'static) -> Imports
where
    E: Into<BoxError> + Send + 'static,
{
    let double = move |_: GetImport| ready(Err::<Reply<ImportJob>, _>(error()));
    unconnected().over(service_fn(double))
}

#[tokio::test(start_paused = true)]
async fn errors_of_a_double_are_those_of_a_server() {
    let server = || {
        let error = Error::new(ErrorKind::Server, "get import");
        error.with_status(StatusCode::SERVICE_UNAVAILABLE)
    };
    let imports = failing(server);
    let error = imports.get("j-1").await.unwrap_err();
    assert_eq!((error.kind(), error.commit()), (ErrorKind::Server, None));
    assert_eq!(error.job_id().map(JobId::as_str), Some("j-1"));
    let mut watch = imports.watch("j-1").max_faults(3);
    for _ in 0..2 {
        let fault = watch.next().await.unwrap().unwrap();
        assert!(
            matches!(&fault, Update::Fault(fault) if fault.kind() == ErrorKind::Server),
            "{fault:?}"
        );
    }
    let error = watch.next().await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Stopped);
    assert_eq!(error.status(), Some(StatusCode::SERVICE_UNAVAILABLE));

    // The pause that the server asks for.
    let wait = Duration::from_secs(1_000);
    let limited =
        failing(move || Error::new(ErrorKind::RateLimited, "get import").with_retry_after(wait));
    let began = Instant::now();
    let error = limited.wait("j-1").max_faults(2).await.unwrap_err();
    assert_eq!(error.retry_after(), Some(wait));
    assert!(began.elapsed() >= wait, "{:?}", began.elapsed());

    // A final error ends the watch at once.
    let denied = failing(|| Error::new(ErrorKind::Denied, "get import"));
    let error = denied.wait(handle("j-1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Denied);
    assert_eq!(error.handle(), Some(&handle("j-1")));
}

#[tokio::test(start_paused = true)]
async fn other_errors_of_a_double_are_read_like_those_of_a_layer() {
    use std::io::{Error as IoError, ErrorKind::ConnectionRefused};

    let elapsed = || tower::timeout::error::Elapsed::new();
    let overloaded = || tower::load_shed::error::Overloaded::new();
    let refused = || IoError::from(ConnectionRefused);
    let other = || BoxError::from("the cache is on fire");
    for (imports, kind, is_temporary) in [
        (failing(elapsed), ErrorKind::Timeout, true),
        (failing(overloaded), ErrorKind::Overloaded, true),
        (failing(refused), ErrorKind::Connect, true),
        (failing(other), ErrorKind::Layer, false),
    ] {
        let error = imports.get("j-1").await.unwrap_err();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.job_id().map(JobId::as_str), Some("j-1"));
        let error = imports.wait("j-1").await.unwrap_err();
        let last = if is_temporary {
            ErrorKind::Stopped
        } else {
            kind
        };
        assert_eq!(error.kind(), last);
    }
}

/// Fails the test if a call does not end. Without a timer that is due virtual time would stand still.
async fn in_a_day<F: IntoFuture>(call: F) -> F::Output {
    let day = Duration::from_secs(86_400);
    let ended = tokio::time::timeout(day, call).await;
    ended.expect("the call ends")
}

#[tokio::test(start_paused = true)]
async fn timeouts_hold_for_a_service_that_never_answers_or_is_never_ready() {
    let silent =
        service_fn(|_: GetImport| std::future::pending::<Result<Reply<ImportJob>, Error>>());
    let limited = ServiceBuilder::new()
        .layer(ConcurrencyLimitLayer::new(0))
        .service(Double::default());
    let minute = Duration::from_secs(60);
    for imports in [unconnected().over(silent), unconnected().over(limited)] {
        let began = Instant::now();
        let get = imports.get("j-1").timeout(minute);
        let error = in_a_day(get).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(began.elapsed() <= minute + MOMENT, "{:?}", began.elapsed());

        let began = Instant::now();
        let wait = imports.wait("j-1").timeout(minute);
        let error = in_a_day(wait).await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert_eq!(error.kind(), ErrorKind::Stopped);
        assert!(began.elapsed() <= minute + MOMENT, "{:?}", began.elapsed());

        let began = Instant::now();
        let mut fleet = imports.fleet().timeout(minute);
        fleet.add(handle("j-1"));
        let (_, ended) = in_a_day(fleet.next()).await.unwrap();
        let error = ended.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert!(began.elapsed() <= minute + MOMENT, "{:?}", began.elapsed());
    }
}

#[tokio::test(start_paused = true)]
async fn a_double_of_submits_stands_in_for_the_client() {
    /// Works with the client as with any double of it.
    async fn submit<S>(service: S, import: SubmitImport) -> Result<Submitted, Error>
    where
        S: Service<SubmitImport, Response = Reply<Submitted>, Error = Error>,
    {
        service.oneshot(import).await.map(Reply::into_value)
    }

    let import = SubmitImport::builder(TEAM.parse().unwrap(), ObjectType::Contact)
        .rows(contacts(2))
        .into_request()
        .unwrap();
    let double = service_fn(|import: SubmitImport| {
        let handle = ImportHandle::new(import.team_id(), "j-1".parse().unwrap());
        let mut response = Response::new(Submitted::Started(handle));
        *response.status_mut() = StatusCode::ACCEPTED;
        ready(Ok::<_, Error>(response.into()))
    });
    let submitted = submit(double, import.clone()).await.unwrap();
    assert_eq!(submitted, Submitted::Started(handle("j-1")));
    let failing = service_fn(|_| {
        ready(Err::<Reply<Submitted>, _>(Error::new(
            ErrorKind::Server,
            "submit",
        )))
    });
    let error = submit(failing, import.clone()).await.unwrap_err();
    assert!(error.is_retryable());

    let (sandbox, client) = in_process(Sandbox::builder());
    let submitted = submit(client.imports().submits(), import).await.unwrap();
    assert!(matches!(submitted, Submitted::Finished(_)), "{submitted:?}");
    assert_eq!(sandbox.requests(), 1);
}

/// Virtual time has a resolution of a millisecond.
const MOMENT: Duration = Duration::from_millis(2);
