//! Runs tasks with the client of this project.

use prism_imports::transport::{HttpClient, Phase, RetryPolicy, retry::Backoff};
use prism_imports::{
    Client, Error, ErrorKind, IdempotencyKey, Imports, JobId, ObjectType, Rows, Submitted,
};

use super::{Call, Earlier, IDEMPOTENCY_KEY, JOB_ID, KEY, Reported, Task};
use crate::server::TEAM;

/// Runs a task.
///
/// # Panics
///
/// Panics if the client cannot be built.
pub async fn run(task: &Task) -> Reported {
    let imports = imports(task);
    let _parked = earlier(&imports, task).await;
    call(&imports, task).await
}

/// Does what comes before the call of a task, and returns the streams that are left unread.
pub async fn earlier(imports: &Imports, task: &Task) -> Vec<Rows> {
    let mut parked = Vec::new();
    match task.earlier {
        Earlier::Nothing => {}
        Earlier::Get => drop(imports.get(JOB_ID).await),
        Earlier::Parked(requests) => {
            for _ in 0..requests {
                let mut rows = imports.rows(JOB_ID);
                drop(rows.next().await);
                parked.push(rows);
            }
        }
    }
    parked
}

/// Builds the client of a task.
///
/// # Panics
///
/// Panics if it cannot be built.
pub fn imports(task: &Task) -> Imports {
    let times = task.times;
    let mut http = HttpClient::builder()
        .without_proxy()
        .with_connect_timeout(times.attempt);
    if task.http2 {
        http = http.with_http2_only();
    }
    if let Some(root) = &task.root {
        http = http
            .with_root_certificates_pem(root.as_bytes())
            .expect("the root is a certificate");
    }
    let backoff = Backoff::new(times.backoff, times.backoff * 4);
    let client = Client::builder()
        .base_url(&task.url)
        .api_key(KEY)
        .team_id(TEAM)
        .attempt_timeout(times.attempt)
        .timeout(times.deadline)
        .max_body(MAX_BODY)
        .retry(RetryPolicy::default().with_backoff(backoff))
        .http_service(http.build().expect("the settings are valid"))
        .build();
    client.expect("the settings are valid").imports()
}

/// Makes the call of a task.
///
/// # Panics
///
/// Never: the idempotency key is valid.
pub async fn call(imports: &Imports, task: &Task) -> Reported {
    let key = IdempotencyKey::new(IDEMPOTENCY_KEY).expect("the key is valid");
    let submit = |retried| {
        let submit = imports.submit(ObjectType::Contact).rows([task.row()]);
        submit
            .idempotency_key(key)
            .keyed_retries(retried)
            .into_future()
    };
    let submitted = match task.call {
        Call::Get => {
            return match imports.get(JOB_ID).await {
                Ok(job) => Reported::job(job.id().map(JobId::as_str)),
                Err(error) => failed(&error),
            };
        }
        Call::Keyed => submit(true).await,
        Call::Unkeyed => submit(false).await,
    };
    match submitted {
        Ok(Submitted::Started(handle)) => Reported::job(Some(handle.job_id().as_str())),
        Ok(Submitted::Finished(_)) => Reported::job(None),
        Err(error) => failed(&error),
    }
}

fn failed(error: &Error) -> Reported {
    let message = match error.status() {
        Some(status) if !status.is_success() => format!("status {}", status.as_u16()),
        Some(_) | None if error.kind() == ErrorKind::Connect => "connection".to_owned(),
        Some(_) | None => error.kind().as_str().to_owned(),
    };
    let mut reported = Reported::error(message);
    reported.unsent = error.phase() == Phase::NotSent;
    reported
}

/// Large enough for every job of the scripts, small enough for the memory cap of [`breaches`](super::breaches).
const MAX_BODY: u64 = 64 * 1024 * 1024;
