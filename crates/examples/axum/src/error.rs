//! The error of a handler.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use prism_imports::Error;
use serde::Serialize;

use crate::{problem::Problem, store::StoreError};

/// The error of a handler.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ApiError {
    error: Problem,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let error = Problem::new(status, code, message);
        Self { error }
    }

    pub(crate) fn not_found() -> Self {
        let message = "there is no such import";
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.error.respond(&self)
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let error = Problem::from(&error);
        Self { error }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the database failed");
        let message = "the database failed; nothing was sent";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "database", message)
    }
}
