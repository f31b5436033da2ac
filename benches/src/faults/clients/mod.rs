//! The clients, each set up according to its documentation.

mod middleware;
mod reqwest_client;
mod tower_client;

use std::{future::Future, time::Instant};

use prism_imports_tests::faults::{Reported, Task, ours};
use serde::Deserialize;

/// A client of the table.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Client {
    /// `prism_imports::Client`.
    Ours,
    /// reqwest, with the retries of `reqwest::retry`.
    Reqwest,
    /// reqwest-middleware with reqwest-retry.
    Middleware,
    /// tower's retry and timeout over hyper-util's client.
    Tower,
}

impl Client {
    /// Every client, ours first.
    pub const ALL: [Self; 4] = [Self::Ours, Self::Reqwest, Self::Middleware, Self::Tower];

    /// Returns the name of the client.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "prism-imports",
            Self::Reqwest => "reqwest",
            Self::Middleware => "reqwest-retry",
            Self::Tower => "tower",
        }
    }

    /// Returns the client with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|client| client.name() == name)
    }

    /// Returns a description of the settings.
    pub const fn settings(self) -> &'static str {
        match self {
            Self::Ours => {
                "`attempt_timeout`, `timeout` and `retry` of its builder, with a backoff from 50 to 200 ms; the unkeyed submit \
                 is `keyed_retries(false)`, which still sends its key"
            }
            Self::Reqwest => {
                "reqwest 0.13, without redirects: `connect_timeout` and `read_timeout` of an attempt, `timeout` of the call; for the get \
                 and the keyed submit `retry::for_host` with 2 retries of every error and of 408, 429, 500, 502, 503 \
                 and 504, for the unkeyed one the default, which retries requests that an HTTP/2 server did not process"
            }
            Self::Middleware => {
                "reqwest-retry 0.9 in reqwest-middleware 0.5 on reqwest 0.13: `ExponentialBackoff` from 50 to 200 ms \
                 with 2 retries and the default strategy for the get and the keyed submit, and no retries for the \
                 unkeyed one, since the strategy does not see the request; reqwest's `timeout` of an attempt, `tokio::time::timeout` of the call around it"
            }
            Self::Tower => {
                "`Retry` and `Timeout` of tower 0.5, the timeout that of an attempt, around the client of hyper-util \
                 0.1: `ExponentialBackoff` from 50 to 200 ms, a policy of 2 retries of every error and of 408, 429, \
                 500, 502, 503 and 504 for the get and the keyed submit, and of no connection for the unkeyed one; \
                 `tokio::time::timeout` of the call around it and the reading of the body"
            }
        }
    }

    /// Runs a task.
    pub async fn run(self, task: &Task) -> Reported {
        match self {
            Self::Ours => {
                let imports = ours::imports(task);
                let _parked = ours::earlier(&imports, task).await;
                timed(ours::call(&imports, task)).await
            }
            Self::Reqwest => reqwest_client::run(task).await,
            Self::Middleware => middleware::run(task).await,
            Self::Tower => tower_client::run(task).await,
        }
    }
}

/// Returns the priming call of a task.
fn as_get(task: &Task) -> Task {
    Task {
        call: prism_imports_tests::faults::Call::Get,
        ..task.clone()
    }
}

async fn timed(call: impl Future<Output = Reported>) -> Reported {
    let began = Instant::now();
    let mut reported = call.await;
    reported.elapsed = Some(began.elapsed());
    reported
}

/// The fields that a user of these libraries would decode.
#[derive(Deserialize)]
struct Job {
    #[serde(rename = "job_id")]
    id: Option<String>,
    #[serde(rename = "status")]
    _status: String,
    #[serde(rename = "total")]
    _total: u64,
}

/// Decodes an answer as a user of these libraries would.
fn read(status: http::StatusCode, body: &[u8]) -> Reported {
    if !status.is_success() {
        return Reported::error(format!("status {}", status.as_u16()));
    }
    match serde_json::from_slice::<Job>(body) {
        Ok(job) => Reported::job(job.id.as_deref()),
        Err(_) => Reported::error("decode"),
    }
}

/// The statuses that are commonly retried.
const RETRIED: [u16; 6] = [408, 429, 500, 502, 503, 504];
