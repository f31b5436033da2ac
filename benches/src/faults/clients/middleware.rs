//! reqwest-middleware with reqwest-retry.

use prism_imports_tests::faults::{Call, Earlier, Reported, Task};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error};
use reqwest_retry::{RetryError, RetryTransientMiddleware, policies::ExponentialBackoff};

use super::{as_get, reqwest_client, reqwest_client::category, timed};
use crate::faults::ATTEMPTS;

pub(super) async fn run(task: &Task) -> Reported {
    let times = task.times;
    let inner = reqwest_client::builder(task).timeout(times.attempt).build();
    let inner = match inner {
        Ok(client) => client,
        Err(error) => return Reported::error(format!("build: {error}")),
    };
    let policy = ExponentialBackoff::builder()
        .retry_bounds(times.backoff, times.backoff * 4)
        .build_with_max_retries(ATTEMPTS - 1);
    let client = ClientBuilder::new(inner.clone());
    let client = match task.call {
        Call::Get | Call::Keyed => client.with(RetryTransientMiddleware::new_with_policy(policy)),
        // The strategy does not see the request: what may not be sent twice goes through a client without it.
        Call::Unkeyed => client,
    };
    let client = client.build();
    let _parked = match task.earlier {
        Earlier::Nothing => Vec::new(),
        Earlier::Get => {
            drop(call(&client, &inner, &as_get(task)).await);
            Vec::new()
        }
        Earlier::Parked(requests) => reqwest_client::park(&inner, &as_get(task), requests).await,
    };
    timed(async {
        let call = tokio::time::timeout(times.deadline, call(&client, &inner, task));
        call.await.unwrap_or_else(|_| Reported::error("timeout"))
    })
    .await
}

async fn call(client: &ClientWithMiddleware, inner: &reqwest::Client, task: &Task) -> Reported {
    let answer = match reqwest_client::request(inner, task) {
        Ok(request) => client.execute(request).await,
        Err(error) => Err(error.into()),
    };
    match answer {
        Ok(answer) => reqwest_client::read_to_end(answer).await,
        Err(error) => Reported::error(innermost(&error)),
    }
}

fn innermost(error: &Error) -> &'static str {
    match error {
        Error::Reqwest(error) => category(error),
        Error::Middleware(error) => match error.downcast_ref() {
            Some(RetryError::WithRetries { err, .. } | RetryError::Error(err)) => innermost(err),
            None => "middleware",
        },
    }
}
