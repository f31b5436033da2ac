//! Clients that need no server.

use std::{
    convert::Infallible,
    error::Error,
    future::{Ready, ready},
};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};
use http_body_util::Full;
use prism_imports::{Client, ConfigError, Imports, transport::RequestBody};
use tokio::time::Instant;
use tower::service_fn;
use tower_service::Service;

use crate::rivals::KEY;

/// The team of all clients.
pub const TEAM: &str = "4b0e3f6e-6d0c-4f0a-9a53-0d5f3f4e7a11";

/// Builds a client that sends nothing.
///
/// # Errors
///
/// Returns an error if the client cannot be built.
pub fn idle_imports() -> Result<Imports, ConfigError> {
    let client = Client::builder().api_key(KEY).team_id(TEAM);
    Ok(client.base_url("http://localhost").build()?.imports())
}

/// Builds a client whose polls are answered at once with a job that progresses with time and never ends.
///
/// # Errors
///
/// Returns an error if the client cannot be built.
pub fn answered_client() -> Result<Client, Box<dyn Error>> {
    let client = Client::builder().api_key(KEY).team_id(TEAM);
    let client = client.base_url("http://localhost");
    Ok(client.http_service(answering(Instant::now())).build()?)
}

type Answered = Ready<Result<Response<Full<Bytes>>, Infallible>>;

fn answering(
    start: Instant,
) -> impl Service<
    Request<RequestBody>,
    Response = Response<Full<Bytes>>,
    Error = Infallible,
    Future = Answered,
> + Clone
+ Send
+ Sync {
    service_fn(move |request: Request<RequestBody>| {
        let job = request.uri().path().rsplit('/').next().unwrap_or_default();
        let processed = start.elapsed().as_secs().min(99_000);
        let body = format!(
            r#"{{"job_id":"{job}","status":"processing","total":100000,"processed":{processed},"succeeded":{processed},"failed":0,"created_at":"2026-01-08T00:00:00Z","updated_at":"2026-01-08T00:01:00Z","expires_at":"2099-01-15T00:00:00Z"}}"#
        );
        let mut response = Response::new(Full::new(Bytes::from(body)));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        ready(Ok(response))
    })
}
