//! The client of this project on an errand.

use prism_imports::transport::{HttpClient, Phase, RetryPolicy, retry::Backoff};
use prism_imports::{
    Client, Error, ErrorKind, IdempotencyKey, Imports, JobId, ObjectType, Submitted,
};

use super::{Call, Errand, IDEMPOTENCY_KEY, JOB_ID, KEY, Told};
use crate::server::TEAM;

/// Runs an errand.
///
/// # Panics
///
/// When the client cannot be built.
pub async fn run(errand: &Errand) -> Told {
    let imports = imports(errand);
    if errand.primed {
        drop(imports.get(JOB_ID).await);
    }
    call(&imports, errand).await
}

/// Builds the client for an errand.
///
/// # Panics
///
/// When it cannot be built.
pub fn imports(errand: &Errand) -> Imports {
    let times = errand.times;
    let mut http = HttpClient::builder()
        .without_proxy()
        .with_connect_timeout(times.attempt);
    if errand.http2 {
        http = http.with_http2_only();
    }
    if let Some(root) = &errand.root {
        http = http
            .with_root_certificates_pem(root.as_bytes())
            .expect("it is a certificate");
    }
    let backoff = Backoff::new(times.backoff, times.backoff * 4);
    let client = Client::builder()
        .base_url(&errand.url)
        .api_key(KEY)
        .team_id(TEAM)
        .timeout(times.attempt)
        .deadline(times.deadline)
        .retry(RetryPolicy::default().with_backoff(backoff))
        .http_service(http.build().expect("the settings are fit"))
        .build();
    client.expect("the settings are fit").imports()
}

/// Makes the call itself.
///
/// # Panics
///
/// Never: the key is fit.
pub async fn call(imports: &Imports, errand: &Errand) -> Told {
    let key = IdempotencyKey::new(IDEMPOTENCY_KEY).expect("it is a fit key");
    let submit = |retried| {
        let submit = imports.submit(ObjectType::Contact).rows([errand.row()]);
        submit.idempotency_key(key).keyed_retries(retried).send()
    };
    let submitted = match errand.call {
        Call::Get => {
            return match imports.get(JOB_ID).await {
                Ok(job) => Told::job(job.id().map(JobId::as_str)),
                Err(error) => failed(&error),
            };
        }
        Call::Keyed => submit(true).await,
        Call::Unkeyed => submit(false).await,
    };
    match submitted {
        Ok(Submitted::Started(handle)) => Told::job(Some(handle.job_id().as_str())),
        Ok(Submitted::Finished(_)) => Told::job(None),
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> Told {
    let word = match error.status() {
        Some(status) if !status.is_success() => format!("status {}", status.as_u16()),
        Some(_) | None if error.kind() == ErrorKind::Connect => "connection".to_owned(),
        Some(_) | None => format!("{:?}", error.kind()).to_lowercase(),
    };
    let mut told = Told::error(word);
    told.unsent = error.phase() == Phase::NotSent;
    told
}
