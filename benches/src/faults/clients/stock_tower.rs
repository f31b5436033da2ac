//! tower's own retry and timeout over hyper-util's client.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{self, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use prism_imports_tests::faults::{Call, Errand, IDEMPOTENCY_KEY, KEY, Told};
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

pub(super) async fn run(errand: &Errand) -> Told {
    let http = match http(errand) {
        Ok(http) => http,
        Err(error) => return Told::error(format!("build: {error}")),
    };
    if errand.primed {
        drop(call(&http, &as_get(errand)).await);
    }
    timed(async {
        let call = tokio::time::timeout(errand.times.deadline, call(&http, errand));
        call.await.unwrap_or_else(|_| Told::error("timeout"))
    })
    .await
}

fn http(errand: &Errand) -> Result<Http, BoxError> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(errand.times.attempt));
    let mut roots = RootCertStore::empty();
    if let Some(root) = &errand.root {
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
        .http2_only(errand.http2)
        .build(connector);
    Ok(http)
}

async fn call(http: &Http, errand: &Errand) -> Told {
    let answered = async {
        let times = errand.times;
        let backoff =
            ExponentialBackoffMaker::new(times.backoff, times.backoff * 4, 0.5, HasherRng::new())?
                .make_backoff();
        let policy = Policy {
            replayable: errand.call != Call::Unkeyed,
            left: ATTEMPTS - 1,
            backoff,
        };
        let service = Retry::new(policy, Timeout::new(http.clone(), times.attempt));
        let answer = service.oneshot(request(errand)?).await?;
        let (head, body) = answer.into_parts();
        Ok::<_, BoxError>((head.status, body.collect().await?.to_bytes()))
    };
    match answered.await {
        Ok((status, body)) => read(status, &body),
        Err(error) if error.is::<Elapsed>() => Told::error("timeout"),
        Err(error) if error.is::<hyper::Error>() => Told::error("body"),
        Err(_) => Told::error("connection"),
    }
}

fn request(errand: &Errand) -> Result<Request<Full<Bytes>>, http::Error> {
    let request = match errand.call {
        Call::Get => Request::get(errand.job_url()),
        Call::Keyed | Call::Unkeyed => {
            Request::post(errand.submit_url()).header("content-type", "application/json")
        }
    };
    let request = request.header("x-api-key", KEY);
    match errand.call {
        Call::Get => request.body(Full::default()),
        Call::Keyed => request
            .header("idempotency-key", IDEMPOTENCY_KEY)
            .body(errand.body().into()),
        Call::Unkeyed => request.body(errand.body().into()),
    }
}

/// The policy that tower leaves to its user.
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
