//! reqwest with its own retries.

use prism_imports_tests::faults::{Call, Errand, IDEMPOTENCY_KEY, KEY, Told};
use reqwest::{Certificate, Request, Response, retry};

use super::{as_get, read, timed};
use crate::faults::ATTEMPTS;

pub(super) async fn run(errand: &Errand) -> Told {
    let builder = builder(errand)
        .read_timeout(errand.times.attempt)
        .timeout(errand.times.deadline);
    let builder = match errand.call {
        Call::Get | Call::Keyed => builder.retry(policy(errand)),
        Call::Unkeyed => builder,
    };
    let client = match builder.build() {
        Ok(client) => client,
        Err(error) => return Told::error(format!("build: {error}")),
    };
    if errand.primed {
        drop(call(&client, &as_get(errand)).await);
    }
    timed(call(&client, errand)).await
}

/// Makes the builder that every use of reqwest here starts from.
pub(super) fn builder(errand: &Errand) -> reqwest::ClientBuilder {
    let mut builder = reqwest::Client::builder()
        .no_proxy()
        .connect_timeout(errand.times.attempt);
    if errand.http2 {
        builder = builder.http2_prior_knowledge();
    }
    let root = errand.root.as_ref();
    if let Some(root) = root.and_then(|root| Certificate::from_pem(root.as_bytes()).ok()) {
        builder = builder.tls_certs_merge([root]);
    }
    builder
}

fn policy(errand: &Errand) -> retry::Builder {
    let host = errand.url.parse::<http::Uri>().ok();
    let host = host.and_then(|url| url.host().map(str::to_owned));
    retry::for_host(host.unwrap_or_default())
        .max_retries_per_request(ATTEMPTS - 1)
        .classify_fn(|attempt| match attempt.status() {
            Some(status) if !super::RETRIED.contains(&status.as_u16()) => attempt.success(),
            Some(_) | None => attempt.retryable(),
        })
}

async fn call(client: &reqwest::Client, errand: &Errand) -> Told {
    let answer = match request(client, errand) {
        Ok(request) => client.execute(request).await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) => read_to_end(answer).await,
        Err(error) => Told::error(word(&error)),
    }
}

/// Makes the request of an errand.
pub(super) fn request(client: &reqwest::Client, errand: &Errand) -> reqwest::Result<Request> {
    let request = match errand.call {
        Call::Get => client.get(errand.job_url()),
        Call::Keyed | Call::Unkeyed => client
            .post(errand.submit_url())
            .header("content-type", "application/json")
            .body(errand.body()),
    };
    let request = request.header("x-api-key", KEY);
    match errand.call {
        Call::Keyed => request.header("idempotency-key", IDEMPOTENCY_KEY),
        Call::Get | Call::Unkeyed => request,
    }
    .build()
}

/// Reads an answer to its end.
pub(super) async fn read_to_end(answer: Response) -> Told {
    let status = answer.status();
    match answer.bytes().await {
        Ok(body) => read(status, &body),
        Err(error) => Told::error(word(&error)),
    }
}

/// Tells an error of reqwest in a word.
pub(super) fn word(error: &reqwest::Error) -> &'static str {
    if error.is_timeout() {
        "timeout"
    } else if error.is_body() || error.is_decode() {
        "body"
    } else {
        "connection"
    }
}
