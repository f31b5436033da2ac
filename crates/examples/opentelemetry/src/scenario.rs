//! An import that meets some faults, and a job that does not exist.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use http::{HeaderValue, Request};
use prism_imports::{
    Client, IdempotencyKey, Imports, ObjectType, Quota, RetryPolicy, Submitted,
    transport::{Observer, RequestBody, retry::Backoff},
};
use prism_imports_sandbox::{Fault, On, Sandbox};
use serde_json::json;
use tower::{ServiceExt, service_fn, util::MapRequestLayer};

use crate::{BoxError, propagate};

/// The headers `traceparent` that the server received, in their order.
#[derive(Clone, Debug, Default)]
pub struct Received(Arc<Mutex<Vec<HeaderValue>>>);

impl Received {
    /// Returns the headers.
    pub fn traceparents(&self) -> Vec<HeaderValue> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn note(&self, request: &Request<RequestBody>) {
        let traceparent = request.headers().get("traceparent").cloned();
        let mut received = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        received.extend(traceparent);
    }
}

/// Makes a client of a sandbox within the process, which fails now and then.
///
/// # Errors
///
/// The settings are invalid.
pub fn client(observer: impl Observer) -> Result<(Client, Received), BoxError> {
    let sandbox = Sandbox::builder()
        .api_key(KEY)
        .sync_below(0)
        .rows_per_second(1e9)
        .fault(Fault::answer(503).on(On::Submit).times(1))
        .fault(Fault::answer(500).on(On::Poll).times(3))
        .fault(Fault::answer(503).on(On::Poll).skip(3).times(1))
        .build()?;
    let received = Received::default();
    let recording = {
        let received = received.clone();
        service_fn(move |request| {
            received.note(&request);
            sandbox.clone().oneshot(request)
        })
    };
    let moment = Duration::from_millis(10);
    let client = Client::builder()
        .base_url(format!("http://{HOST}"))
        .api_key(KEY)
        .team_id("4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11")
        .retry(RetryPolicy::default().with_backoff(Backoff::new(moment, moment)))
        .quota(Quota::unlimited().with_rate(4, Duration::from_secs(1)))
        .observer(Arc::new(observer))
        .attempt_layer(MapRequestLayer::new(propagate::inject))
        .http_service(recording)
        .build()?;
    Ok((client, received))
}

/// Submits an import, follows it to its end, and asks for a job that does not exist.
///
/// # Errors
///
/// The import failed, or there is such a job.
pub async fn run(imports: &Imports) -> Result<(), BoxError> {
    let rows = (0..3).map(|n| json!({"default": {"email": format!("{ROW}{n}@example.com")}}));
    let submit = imports.submit(ObjectType::Contact).rows(rows);
    let submit = submit.idempotency_key(SUBMIT_KEY.parse::<IdempotencyKey>()?);
    let Submitted::Started(handle) = submit.await? else {
        return Err("the sandbox is configured to start jobs".into());
    };
    imports.wait(handle).await?;
    match imports.get(UNKNOWN).await {
        Ok(_) => Err("there is no such job".into()),
        Err(_) => Ok(()),
    }
}

/// The host of the server.
pub const HOST: &str = "localhost";
/// The key of the client.
pub const KEY: &str = "sandbox-key-4711";
/// The key of the submit.
pub const SUBMIT_KEY: &str = "batch-42";
/// A part of each row.
pub const ROW: &str = "ada-";
/// The job that does not exist.
pub const UNKNOWN: &str = "no-such-job";
