//! Custom HTTP services in place of the default one, over a socket to the sandbox.

use std::time::Duration;

use hyper_util::{client::legacy, rt::TokioExecutor};
use prism_imports::{
    Client, ErrorKind, Finished, ObjectType, Submitted,
    poller::Pace,
    transport::{self, Kind, Phase, RequestBody, RetryPolicy, Scope},
};
use prism_imports_sandbox::{Fault, On, Sandbox, Server};
use prism_imports_tests::{
    net::{Action, FaultServer},
    rows::contacts,
    server::{KEY, TEAM, serve},
};
use tower::{Service, ServiceExt};

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Starts a sandbox that fails the first submit and the first poll.
async fn sandbox() -> Server {
    let failing = |on| {
        Fault::answer(503)
            .header("retry-after-ms", "1")
            .on(on)
            .times(1)
    };
    let settings = Sandbox::builder().sync_below(0).rows_per_second(2_000.0);
    serve(settings.fault(failing(On::Submit)).fault(failing(On::Poll))).await
}

/// Submits, waits for the job, then polls after the server was stopped.
async fn check<S, B>(service: S)
where
    S: Service<http::Request<RequestBody>, Response = http::Response<B>>
        + Clone
        + Send
        + Sync
        + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send + 'static,
    B: http_body::Body<Data = bytes::Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    let server = sandbox().await;
    let client = |url| Client::builder().base_url(url).api_key(KEY).team_id(TEAM);
    let custom = client(server.base_url()).http_service(service.clone());
    let imports = custom.build().unwrap().imports();
    let submit = imports.submit(ObjectType::Contact).rows(contacts(100));
    let submitted = submit.reply().await.unwrap();
    assert_eq!(submitted.attempts(), 2);
    let Submitted::Started(handle) = submitted.into_value() else {
        panic!("expected a started job");
    };
    let wait = imports.wait(handle).pace(Pace::prompt());
    let Finished::Complete(job) = wait.await.unwrap() else {
        panic!("expected a complete import");
    };
    assert_eq!((job.tally().created(), job.tally().failed()), (90, 10));

    let url = server.base_url();
    server.shutdown().await;
    let once = client(url).retry(RetryPolicy::none()).http_service(service);
    let unreachable = once.build().unwrap().imports();
    let error = unreachable
        .get("j-1")
        .timeout(Duration::from_secs(60))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.phase()),
        (ErrorKind::Connect, Phase::NotSent),
        "{error:?}"
    );
}

#[tokio::test]
async fn hyper_util_works_as_http_service() {
    check(legacy::Client::builder(TokioExecutor::new()).build_http::<RequestBody>()).await;
}

/// Makes reqwest a service, as in the guide.
fn adapted(
    reqwest: reqwest::ClientBuilder,
) -> impl Service<
    http::Request<RequestBody>,
    Response = http::Response<reqwest::Body>,
    Error = BoxError,
    Future: Send + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    // Redirects are not followed, as in the default client.
    let policy = reqwest::redirect::Policy::none();
    let reqwest = reqwest.redirect(policy).build().unwrap();
    tower::service_fn(move |request: http::Request<RequestBody>| {
        let reqwest = reqwest.clone();
        async move {
            let request: reqwest::Request = request.map(RequestBody::into_bytes).try_into()?;
            let response: reqwest::Response = reqwest.oneshot(request).await.map_err(convert)?;
            Ok::<_, BoxError>(http::Response::<reqwest::Body>::from(response))
        }
    })
}

fn convert(error: reqwest::Error) -> BoxError {
    if error.is_timeout() && !error.is_connect() {
        let kind = Kind::Timeout(Scope::Layer);
        return transport::Error::new(kind, Phase::MaybeSent)
            .with_source(error)
            .into();
    }
    error.into()
}

#[tokio::test]
async fn reqwest_works_as_http_service() {
    check(adapted(reqwest::Client::builder())).await;
}

#[tokio::test]
async fn a_timeout_of_reqwest_is_retried() {
    let job = r#"{"job_id":"j-1","status":"processing","total":3}"#;
    let half = b"HTTP/1.1 200 OK\r\ncontent-length: 60\r\n\r\n{".to_vec();
    for fault in [Action::Hang, Action::ReplyAndHang(half)] {
        let server = FaultServer::start([fault, Action::answer(200, job)]).await;
        let server = server.unwrap();
        let reqwest = reqwest::Client::builder().timeout(Duration::from_secs(1));
        let client = Client::builder()
            .base_url(format!("http://{}", server.address()))
            .api_key(KEY)
            .team_id(TEAM)
            .http_service(adapted(reqwest.no_proxy()));
        let imports = client.build().unwrap().imports();
        imports.get("j-1").await.unwrap();
        assert!(server.received().len() > 1);
    }
}
