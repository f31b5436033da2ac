//! tower's retry and timeout over hyper-util's client.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use prism_imports_tests::faults::{Call, Earlier, IDEMPOTENCY_KEY, KEY, Reported, Task};
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, pem::PemObject as _},
};
use tower::{
    BoxError, ServiceExt as _,
    retry::{
        Retry,
        backoff::{Backoff as _, ExponentialBackoff, ExponentialBackoffMaker, MakeBackoff as _},
    },
    timeout::{Timeout, error::Elapsed},
    util::rng::HasherRng,
};

use super::{as_get, read, timed};
use crate::faults::ATTEMPTS;

type Http = legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

pub(super) async fn run(task: &Task) -> Reported {
    let http = match http(task) {
        Ok(http) => http,
        Err(error) => return Reported::error(format!("build: {error}")),
    };
    let _parked = match task.earlier {
        Earlier::Nothing => Vec::new(),
        Earlier::Get => {
            drop(call(&http, &as_get(task)).await);
            Vec::new()
        }
        Earlier::Parked(requests) => park(&http, &as_get(task), requests).await,
    };
    timed(async {
        let call = tokio::time::timeout(task.times.deadline, call(&http, task));
        call.await.unwrap_or_else(|_| Reported::error("timeout"))
    })
    .await
}

fn http(task: &Task) -> Result<Http, BoxError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(task.times.attempt));
    let mut roots = RootCertStore::empty();
    if let Some(root) = &task.root {
        roots.add(CertificateDer::from_pem_slice(root.as_bytes())?)?;
    }
    let provider = rustls::crypto::ring::default_provider();
    let tls = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnector::from((tcp, tls));
    let http = legacy::Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .http2_only(task.http2)
        .build(connector);
    Ok(http)
}

async fn call(http: &Http, task: &Task) -> Reported {
    let answered = async {
        let times = task.times;
        let backoff =
            ExponentialBackoffMaker::new(times.backoff, times.backoff * 4, 0.5, HasherRng::new())?
                .make_backoff();
        let policy = Policy {
            replayable: task.call != Call::Unkeyed,
            left: ATTEMPTS - 1,
            backoff,
        };
        let service = Retry::new(policy, Timeout::new(http.clone(), times.attempt));
        let answer = service.oneshot(request(task)?).await?;
        let (head, body) = answer.into_parts();
        Ok::<_, BoxError>((head.status, body.collect().await?.to_bytes()))
    };
    match answered.await {
        Ok((status, body)) => read(status, &body),
        Err(error) if error.is::<Elapsed>() => Reported::error("timeout"),
        Err(error) if error.is::<hyper::Error>() => Reported::error("body"),
        Err(_) => Reported::error("connection"),
    }
}

/// Makes the requests of a task and reads the first piece of each answer.
async fn park(http: &Http, task: &Task, requests: usize) -> Vec<Response<Incoming>> {
    let mut parked = Vec::new();
    for _ in 0..requests {
        if let Ok(request) = request(task)
            && let Ok(mut answer) = http.request(request).await
        {
            drop(answer.body_mut().frame().await);
            parked.push(answer);
        }
    }
    parked
}

fn request(task: &Task) -> Result<Request<Full<Bytes>>, http::Error> {
    let request = match task.call {
        Call::Get => Request::get(task.job_url()),
        Call::Keyed | Call::Unkeyed => {
            Request::post(task.submit_url()).header("content-type", "application/json")
        }
    };
    let request = request.header("x-api-key", KEY);
    match task.call {
        Call::Get => request.body(Full::default()),
        Call::Keyed => request
            .header("idempotency-key", IDEMPOTENCY_KEY)
            .body(task.body().into()),
        Call::Unkeyed => request.body(task.body().into()),
    }
}

/// The retry policy, which tower requires its users to write.
#[derive(Clone)]
struct Policy {
    replayable: bool,
    left: u32,
    backoff: ExponentialBackoff,
}

impl tower::retry::Policy<Request<Full<Bytes>>, Response<Incoming>, BoxError> for Policy {
    type Future = tokio::time::Sleep;

    fn retry(
        &mut self,
        _: &mut Request<Full<Bytes>>,
        result: &mut Result<Response<Incoming>, BoxError>,
    ) -> Option<Self::Future> {
        let again = match result {
            Ok(answer) => self.replayable && super::RETRIED.contains(&answer.status().as_u16()),
            Err(error) => {
                let http = error.downcast_ref::<legacy::Error>();
                self.replayable || http.is_some_and(legacy::Error::is_connect)
            }
        };
        self.left = self.left.checked_sub(1).filter(|_| again)?;
        Some(self.backoff.next_backoff())
    }

    fn clone_request(&mut self, request: &Request<Full<Bytes>>) -> Option<Request<Full<Bytes>>> {
        Some(request.clone())
    }
}
