//! reqwest with its built-in retries.

use prism_imports_tests::faults::{Call, Earlier, IDEMPOTENCY_KEY, KEY, Reported, Task};
use reqwest::{Certificate, Request, Response, redirect, retry};

use super::{as_get, read, timed};
use crate::faults::ATTEMPTS;

pub(super) async fn run(task: &Task) -> Reported {
    let builder = builder(task)
        .read_timeout(task.times.attempt)
        .timeout(task.times.deadline);
    let builder = match task.call {
        Call::Get | Call::Keyed => builder.retry(policy(task)),
        Call::Unkeyed => builder,
    };
    let client = match builder.build() {
        Ok(client) => client,
        Err(error) => return Reported::error(format!("build: {error}")),
    };
    let _parked = match task.earlier {
        Earlier::Nothing => Vec::new(),
        Earlier::Get => {
            drop(call(&client, &as_get(task)).await);
            Vec::new()
        }
        Earlier::Parked(requests) => park(&client, &as_get(task), requests).await,
    };
    timed(call(&client, task)).await
}

/// Creates the client builder that both uses of reqwest share.
pub(super) fn builder(task: &Task) -> reqwest::ClientBuilder {
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .connect_timeout(task.times.attempt);
    if task.http2 {
        builder = builder.http2_prior_knowledge();
    }
    let root = task.root.as_ref();
    if let Some(root) = root.and_then(|root| Certificate::from_pem(root.as_bytes()).ok()) {
        builder = builder.tls_certs_merge([root]);
    }
    builder
}

fn policy(task: &Task) -> retry::Builder {
    let host = task.url.parse::<http::Uri>().ok();
    let host = host.and_then(|url| url.host().map(str::to_owned));
    retry::for_host(host.unwrap_or_default())
        .max_retries_per_request(ATTEMPTS - 1)
        .classify_fn(|attempt| match attempt.status() {
            Some(status) if !super::RETRIED.contains(&status.as_u16()) => attempt.success(),
            Some(_) | None => attempt.retryable(),
        })
}

async fn call(client: &reqwest::Client, task: &Task) -> Reported {
    let answer = match request(client, task) {
        Ok(request) => client.execute(request).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) => read_to_end(answer).await,
        Err(error) => Reported::error(category(&error)),
    }
}

/// Makes the requests of a task and reads the first piece of each answer.
pub(super) async fn park(client: &reqwest::Client, task: &Task, requests: usize) -> Vec<Response> {
    let mut parked = Vec::new();
    for _ in 0..requests {
        if let Ok(request) = request(client, task)
            && let Ok(mut answer) = client.execute(request).await
        {
            drop(answer.chunk().await);
            parked.push(answer);
        }
    }
    parked
}

/// Creates the request of a task.
pub(super) fn request(client: &reqwest::Client, task: &Task) -> reqwest::Result<Request> {
    let request = match task.call {
        Call::Get => client.get(task.job_url()),
        Call::Keyed | Call::Unkeyed => client
            .post(task.submit_url())
            .header("content-type", "application/json")
            .body(task.body()),
    };
    let request = request.header("x-api-key", KEY);
    match task.call {
        Call::Keyed => request.header("idempotency-key", IDEMPOTENCY_KEY),
        Call::Get | Call::Unkeyed => request,
    }
    .build()
}

/// Reads the whole body of an answer and decodes it.
pub(super) async fn read_to_end(answer: Response) -> Reported {
    let status = answer.status();
    match answer.bytes().await {
        Ok(body) => read(status, &body),
        Err(error) => Reported::error(category(&error)),
    }
}

/// Returns the category of an error.
pub(super) fn category(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_body() || error.is_decode() {
        "body"
    } else {
        "connection"
    }
}
