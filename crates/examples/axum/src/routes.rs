//! The routes.

use std::{convert::Infallible, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, Query, State, rejection::QueryRejection},
    http::{HeaderName, StatusCode, header},
    response::{
        Html, IntoResponse, Response, Sse,
        sse::{Event, KeepAlive},
    },
    routing::{get, post},
};
use futures_util::{Stream, StreamExt};
use prism_imports::IdempotencyKey;
use serde::Deserialize;
use tokio::time::timeout;
use tower_http::trace::TraceLayer;

use crate::{Importer, error::ApiError, status::Status, store::Results, upload::Upload};

/// Returns the routes of the service.
pub fn router(importer: Importer) -> Router {
    Router::new()
        .route("/", get(page))
        .route("/imports", post(create))
        .route("/imports/{id}", get(status))
        .route("/imports/{id}/events", get(events))
        .route("/imports/{id}/rows", get(rows))
        .fallback(async || {
            ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such page")
        })
        .method_not_allowed_fallback(async || {
            let code = "method_not_allowed";
            ApiError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                code,
                "the path has no such method",
            )
        })
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(TraceLayer::new_for_http())
        .with_state(importer)
}

async fn page() -> impl IntoResponse {
    let headers = [(header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY)];
    (headers, Html(include_str!("page.html")))
}

/// Stores an import, sends it, and waits for the response of the server, but not for the end of the job.
async fn create(State(importer): State<Importer>, upload: Upload) -> Result<Response, ApiError> {
    let (id, live) = importer.submit(upload.request, upload.key).await?;
    let location = [(header::LOCATION, format!("/imports/{id}"))];
    let Some(mut live) = live else {
        // It was submitted before under this key, and is over.
        return Ok((location, JSON, importer.status(&id).await?).into_response());
    };
    // If it is not answered in time, that is in the status too.
    let _ = timeout(SUBMIT_WAIT, live.wait_for(Status::is_answered)).await;
    let status = live.borrow().clone();
    let response = match &status.error {
        Some(problem) => problem.respond(&status),
        None => (StatusCode::ACCEPTED, Json(&status)).into_response(),
    };
    Ok((location, response).into_response())
}

async fn status(
    State(importer): State<Importer>,
    Path(id): Path<String>,
) -> Result<impl IntoResponse, ApiError> {
    let json = importer.status(&key(id)?).await?;
    Ok((JSON, json))
}

async fn events(
    State(importer): State<Importer>,
    Path(id): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    let events = importer.events(&key(id)?).await?;
    let events = events.map(|status| Ok(Event::default().data(status)));
    Ok(Sse::new(events).keep_alive(KeepAlive::default()))
}

async fn rows(
    State(importer): State<Importer>,
    Path(id): Path<String>,
    query: Result<Query<Rows>, QueryRejection>,
) -> Result<Json<Results>, ApiError> {
    let Query(rows) = query?;
    let only_failed = rows.failed.is_some_and(|value| value != "false");
    let limit = rows.limit.unwrap_or(PAGE).min(MOST_ROWS);
    let id = key(id)?;
    let results = importer.results(&id, only_failed, rows.offset, limit);
    Ok(Json(results.await?))
}

/// The query of `/imports/{id}/rows`.
#[derive(Deserialize)]
struct Rows {
    /// Only the rows that failed: `?failed` or `?failed=true`.
    failed: Option<String>,
    #[serde(default)]
    offset: u32,
    limit: Option<u32>,
}

/// Reads the id of an import. No import has an id that is not a key.
fn key(id: String) -> Result<IdempotencyKey, ApiError> {
    IdempotencyKey::new(id).map_err(|_invalid| ApiError::not_found())
}

const JSON: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/json")];

/// The page loads nothing from elsewhere.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; connect-src 'self'; \
    script-src 'unsafe-inline'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// How long a request waits for the server's response to its submit. After that it is answered with 202 all the same,
/// because the import is stored and goes on: proxies give requests up after 30 to 60 seconds.
pub const SUBMIT_WAIT: Duration = Duration::from_secs(20);

/// The largest upload, about 100,000 rows.
pub const MAX_BODY: usize = 16 << 20;

/// The rows of a response without `limit`, and the most of any.
const PAGE: u32 = 100;
const MOST_ROWS: u32 = 1_000;
