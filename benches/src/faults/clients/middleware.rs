//! reqwest-middleware with reqwest-retry.

use prism_imports_tests::faults::{Call, Errand, IDEMPOTENCY_KEY, KEY, Told};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, RequestBuilder};
use reqwest_retry::{RetryError, RetryTransientMiddleware, policies::ExponentialBackoff};

use super::{as_get, own_retry, read, timed, word};
use crate::faults::ATTEMPTS;

pub(super) async fn run(errand: &Errand) -> Told {
    let times = errand.times;
    let inner = own_retry::builder(errand).timeout(times.attempt).build();
    let inner = match inner {
        Ok(client) => client,
        Err(error) => return Told::error(format!("build: {error}")),
    };
    let policy = ExponentialBackoff::builder()
        .retry_bounds(times.backoff, times.backoff * 4)
        .build_with_max_retries(ATTEMPTS - 1);
    let client = ClientBuilder::new(inner)
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .build();
    if errand.primed {
        drop(call(&client, &as_get(errand)).await);
    }
    timed(async {
        let call = tokio::time::timeout(times.deadline, call(&client, errand));
        call.await.unwrap_or_else(|_| Told::error("timeout"))
    })
    .await
}

async fn call(client: &ClientWithMiddleware, errand: &Errand) -> Told {
    let answer = match request(client, errand).send().await {
        Ok(answer) => answer,
        Err(error) => return Told::error(innermost(&error)),
    };
    let status = answer.status();
    match answer.bytes().await {
        Ok(body) => read(status, &body),
        Err(error) => Told::error(word(&error)),
    }
}

fn request(client: &ClientWithMiddleware, errand: &Errand) -> RequestBuilder {
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
}

fn innermost(error: &Error) -> &'static str {
    match error {
        Error::Reqwest(error) => word(error),
        Error::Middleware(error) => match error.downcast_ref() {
            Some(RetryError::WithRetries { err, .. } | RetryError::Error(err)) => innermost(err),
            None => "middleware",
        },
    }
}
