//! Typed calls through tower's layers, and watches through layered services.

use std::{
    collections::HashMap,
    future::ready,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use http::Request;
use prism_imports::{
    Commit, Error, ErrorKind, Finished, GetImport, GetImports, ImportJob, JobId, ObjectType, Reply,
    SubmitImport, SubmitImports, Submitted,
    transport::{BoxError, IntoHttpService, RequestBody, RetryPolicy},
};
use prism_imports_sandbox::{Fault, Moment, On, Sandbox};
use prism_imports_tests::{rows::contacts, server::KEY};
use tower::{
    Service, ServiceBuilder, ServiceExt,
    buffer::BufferLayer,
    limit::ConcurrencyLimitLayer,
    load_shed::LoadShedLayer,
    retry::{Policy, RetryLayer},
    service_fn,
    timeout::TimeoutLayer,
    util::BoxCloneSyncService,
};

use super::{builder, in_process, resetting, start};

/// Repeats typed calls that may succeed later.
#[derive(Clone, Debug)]
struct Retryable;

impl<R: Clone, T> Policy<R, T, Error> for Retryable {
    type Future = tokio::time::Sleep;

    fn retry(&mut self, _: &mut R, result: &mut Result<T, Error>) -> Option<Self::Future> {
        let error = result.as_ref().err().filter(|error| error.is_retryable())?;
        Some(tokio::time::sleep(error.retry_after().unwrap_or_default()))
    }

    fn clone_request(&mut self, request: &R) -> Option<R> {
        Some(request.clone())
    }
}

/// Submits through a layered service, whose answer is lost once, and polls through another, which fails once.
async fn check<G, S>(gets: impl FnOnce(GetImports) -> G, submits: impl FnOnce(SubmitImports) -> S)
where
    G: Service<GetImport, Response = Reply<ImportJob>> + Clone + Send + Sync + 'static,
    G::Error: Into<BoxError>,
    G::Future: Send + 'static,
    S: Service<SubmitImport, Response = Reply<Submitted>>,
    S::Error: Into<BoxError>,
{
    let sandbox = Sandbox::builder()
        .api_key(KEY)
        .sync_below(0)
        .rows_per_second(10.0)
        .fault(Fault::latency(Duration::from_millis(50)))
        .fault(Fault::answer(503).on(On::Poll).times(1));
    let sandbox = sandbox.build().unwrap();
    let client = builder().http_service(sandbox.clone()).build().unwrap();
    let imports = client.imports();
    let import = imports.submit(ObjectType::Contact).rows(contacts(20));
    let import = import.into_request().unwrap();
    let service = submits(imports.submits());
    let reply = service.oneshot(import).await.map_err(Into::into).unwrap();
    let Submitted::Started(handle) = reply.into_value() else {
        panic!("expected a started job");
    };
    let imports = imports.over(gets(imports.gets()));
    let end = imports.wait(handle).await.unwrap();
    assert!(matches!(end, Finished::Complete(job) if job.tally().created() == 18));
    assert_eq!(sandbox.stats().jobs, 1);
}

#[tokio::test(start_paused = true)]
async fn typed_calls_pass_through_the_layers_of_tower() {
    let second = Duration::from_secs(1);
    check(
        |gets| {
            ServiceBuilder::new()
                .layer(BufferLayer::new(8))
                .service(gets)
        },
        |submits| {
            ServiceBuilder::new()
                .layer(BufferLayer::new(8))
                .service(submits)
        },
    )
    .await;
    check(
        |gets| {
            let limited = ServiceBuilder::new().layer(BufferLayer::new(8));
            limited.rate_limit(1, second).service(gets)
        },
        |submits| ServiceBuilder::new().rate_limit(1, second).service(submits),
    )
    .await;
    check(
        |gets| {
            ServiceBuilder::new()
                .layer(LoadShedLayer::new())
                .service(gets)
        },
        |submits| {
            ServiceBuilder::new()
                .layer(LoadShedLayer::new())
                .service(submits)
        },
    )
    .await;
    check(
        |gets| {
            ServiceBuilder::new()
                .layer(RetryLayer::new(Retryable))
                .service(gets)
        },
        |submits| {
            ServiceBuilder::new()
                .layer(RetryLayer::new(Retryable))
                .service(submits)
        },
    )
    .await;
    check(
        |gets| {
            ServiceBuilder::new()
                .layer(TimeoutLayer::new(second))
                .service(gets)
        },
        |submits| {
            ServiceBuilder::new()
                .layer(TimeoutLayer::new(second))
                .service(submits)
        },
    )
    .await;
    check(BoxCloneSyncService::new, BoxCloneSyncService::new).await;
}

#[tokio::test(start_paused = true)]
async fn a_typed_retry_sends_the_same_import() {
    let lost = Fault::close().moment(Moment::After).times(2);
    let sandbox = Sandbox::builder()
        .api_key(KEY)
        .sync_below(0)
        .fault(lost.on(On::Submit));
    let sandbox = sandbox.build().unwrap();
    let client = builder().retry(RetryPolicy::none());
    let client = client.http_service(resetting(sandbox.clone())).build();
    let imports = client.unwrap().imports();
    let import = imports.submit(ObjectType::Contact).rows(contacts(3));
    let import = import.into_request().unwrap();

    let error = imports.submits().oneshot(import.clone()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.commit()),
        (ErrorKind::Connect, Some(Commit::Unknown))
    );
    let retrying = ServiceBuilder::new()
        .layer(RetryLayer::new(Retryable))
        .service(imports.submits());
    let reply = retrying.oneshot(import.clone()).await.unwrap();
    assert!(reply.is_replay());
    assert_eq!(sandbox.imports_under(import.key().as_str()).len(), 1);
}

/// Keeps finished jobs, which do not change any more.
#[derive(Clone, Debug)]
struct Cache<S> {
    inner: S,
    finished: Arc<Mutex<HashMap<JobId, Reply<ImportJob>>>>,
}

impl<S> Service<GetImport> for Cache<S>
where
    S: Service<GetImport, Response = Reply<ImportJob>, Error: Send + 'static>,
    S::Future: Send + 'static,
{
    type Response = Reply<ImportJob>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, get: GetImport) -> Self::Future {
        let finished = Arc::clone(&self.finished);
        if let Some(reply) = finished.lock().unwrap().get(get.job_id()) {
            return Box::pin(ready(Ok(reply.clone())));
        }
        let id = get.job_id().clone();
        let sent = self.inner.call(get);
        Box::pin(async move {
            let reply = sent.await?;
            if reply.value().is_finished() {
                finished.lock().unwrap().insert(id, reply.clone());
            }
            Ok(reply)
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_cache_of_finished_jobs_in_front_of_get() {
    let (sandbox, client) = in_process(Sandbox::builder().sync_below(0).rows_per_second(1.0));
    let imports = client.imports();
    let cached = imports.over(Cache {
        inner: imports.gets(),
        finished: Arc::default(),
    });
    let job = start(&imports, 5).await;
    // A job that is not finished is requested every time.
    for _ in 0..2 {
        assert!(!cached.get(&job).await.unwrap().is_finished());
    }
    assert_eq!(sandbox.requests(), 3);
    let end = cached.wait(&job).await.unwrap();
    let requests = sandbox.requests();
    for _ in 0..3 {
        assert_eq!(
            Finished::try_from(cached.get(&job).await.unwrap()).unwrap(),
            end
        );
        assert_eq!(cached.wait(&job).await.unwrap(), end);
    }
    let mut fleet = cached.fleet();
    fleet.add(job.clone());
    let (_, update) = fleet.next().await.unwrap();
    assert_eq!(update.unwrap().finished(), Some(&end));
    assert_eq!(sandbox.requests(), requests);
}

#[tokio::test(start_paused = true)]
async fn a_concurrency_limit_bounds_the_polls_of_many_watches() {
    /// Watches five jobs at once, and returns the most polls that were under way at once.
    async fn most_at_once(limit: usize) -> usize {
        let sandbox = Sandbox::builder()
            .api_key(KEY)
            .sync_below(0)
            .rows_per_second(1.0)
            .fault(Fault::latency(Duration::from_millis(100)));
        let sandbox = sandbox.build().unwrap();
        let most = Arc::new(AtomicUsize::new(0));
        let (now, noted) = (Arc::new(AtomicUsize::new(0)), Arc::clone(&most));
        let counting = service_fn(move |request: Request<RequestBody>| {
            let (sandbox, now, most) = (sandbox.clone(), Arc::clone(&now), Arc::clone(&noted));
            async move {
                let under_way = now.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(under_way, Ordering::SeqCst);
                let response = sandbox.into_http_service().oneshot(request).await;
                now.fetch_sub(1, Ordering::SeqCst);
                response
            }
        });
        let client = builder().http_service(counting).build().unwrap();
        let imports = client.imports();
        let limited = ServiceBuilder::new()
            .layer(ConcurrencyLimitLayer::new(limit))
            .service(imports.gets());
        let limited = imports.over(limited);
        let mut jobs = Vec::new();
        for _ in 0..5 {
            jobs.push(limited.wait(start(&imports, 10).await));
        }
        let mut watches = tokio::task::JoinSet::new();
        for job in jobs {
            watches.spawn(async move { job.await.unwrap() });
        }
        assert_eq!(watches.join_all().await.len(), 5);
        most.load(Ordering::SeqCst)
    }

    assert_eq!(most_at_once(2).await, 2);
    assert_eq!(most_at_once(10).await, 5);
}
