//! The job as structs with derived decoders: the same fields, owned and without checks.

use serde::Deserialize;

/// A job. The ids of the records are strings, or any other type.
#[derive(Debug, Deserialize)]
#[expect(
    missing_docs,
    clippy::exhaustive_structs,
    reason = "the names on the wire"
)]
pub struct Job<Id = String> {
    pub job_id: Option<String>,
    pub status: Status,
    pub total: i64,
    pub processed: Option<i64>,
    pub succeeded: Option<i64>,
    pub failed: Option<i64>,
    pub results: Option<Vec<Row<Id>>>,
    pub error: Option<ErrorBody>,
    pub created_at: Option<String>,
    pub updated_at: Option<String>,
    pub expires_at: Option<String>,
}

/// The status of a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(
    missing_docs,
    clippy::exhaustive_enums,
    reason = "the names on the wire"
)]
pub enum Status {
    Processing,
    Complete,
    Failed,
}

/// The result of one row.
#[derive(Debug, Deserialize)]
#[expect(
    missing_docs,
    clippy::exhaustive_structs,
    reason = "the names on the wire"
)]
pub struct Row<Id> {
    pub id: Option<Id>,
    pub created: Option<bool>,
    pub existing: Option<bool>,
    pub updated: Option<bool>,
    pub input_index: Option<i64>,
    pub error: Option<ErrorBody>,
}

/// An error.
#[derive(Debug, Deserialize)]
#[expect(
    missing_docs,
    clippy::exhaustive_structs,
    reason = "the names on the wire"
)]
pub struct ErrorBody {
    pub code: Option<String>,
    pub message: Option<String>,
}
