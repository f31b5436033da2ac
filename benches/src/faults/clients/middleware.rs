//! reqwest-middleware with reqwest-retry.

use prism_imports_tests::faults::{Errand, Told};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error};
use reqwest_retry::{RetryError, RetryTransientMiddleware, policies::ExponentialBackoff};

use super::{as_get, own_retry, own_retry::word, timed};
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
    let client = ClientBuilder::new(inner.clone())
        .with(RetryTransientMiddleware::new_with_policy(policy))
        .build();
    if errand.primed {
        drop(call(&client, &inner, &as_get(errand)).await);
    }
    timed(async {
        let call = tokio::time::timeout(times.deadline, call(&client, &inner, errand));
        call.await.unwrap_or_else(|_| Told::error("timeout"))
    })
    .await
}

async fn call(client: &ClientWithMiddleware, inner: &reqwest::Client, errand: &Errand) -> Told {
    let answer = match own_retry::request(inner, errand) {
        Ok(request) => client.execute(request).await,
        Err(error) => Err(error.into()),
    };
    match answer {
        Ok(answer) => own_retry::read_to_end(answer).await,
        Err(error) => Told::error(innermost(&error)),
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
