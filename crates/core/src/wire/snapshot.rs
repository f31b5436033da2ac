//! A snapshot of a job, as on the wire.

use serde::Serialize;

use super::{
    decode::{DecodeError, Document, Object, PlainRow, Rows, Slot},
    error_body::ErrorBody,
    fields::Fields,
    row::Row,
    status::Status,
};

/// The server's answer to a submit or a poll.
///
/// Every well-typed body decodes, even if it contradicts itself. [`ImportJob::try_from`](crate::ImportJob) validates
/// it. `status` and `total` are required. In the format of older servers, `summary` contains the total instead.
///
/// ```
/// use prism_imports_core::wire::{Snapshot, Status};
///
/// let mut snapshot = Snapshot::new(Status::Processing, 3);
/// snapshot.job_id = Some("j-1".into());
/// let json = serde_json::to_string(&snapshot).unwrap();
/// assert_eq!(json, r#"{"job_id":"j-1","status":"processing","total":3}"#);
/// assert_eq!(serde_json::from_str::<Snapshot>(&json).unwrap(), snapshot);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// The job id; `None` for a sync import, whose rows are all in this answer.
    pub job_id: Option<String>,
    /// The status of the job.
    pub status: Status,
    /// The number of rows in the import.
    pub total: i64,
    /// The number of processed rows: succeeded + failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processed: Option<i64>,
    /// The number of rows that succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<i64>,
    /// The number of rows that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<i64>,
    /// The error of a failed job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorBody>,
    /// When the job was created, in RFC 3339 format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When the job was last updated, in RFC 3339 format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
    /// When the server deletes the job, in RFC 3339 format.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// The counters in the format of older servers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<Summary>,
    /// The results of the rows. A sync import always has them, and an async import once it is complete.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<Vec<Row>>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Fields,
}

impl Snapshot {
    /// Creates a snapshot with only a status and a total.
    ///
    /// ```
    /// # use prism_imports_core::wire::{Snapshot, Status};
    /// assert_eq!(Snapshot::new(Status::Failed, 10).processed, None);
    /// ```
    pub fn new(status: Status, total: i64) -> Self {
        Self {
            job_id: None,
            status,
            total,
            processed: None,
            succeeded: None,
            failed: None,
            results: None,
            error: None,
            created_at: None,
            updated_at: None,
            expires_at: None,
            summary: None,
            extra: Fields::default(),
        }
    }

    /// Reads a snapshot from its JSON.
    ///
    /// A byte order mark at the start is ignored. Duplicate names, trailing characters and more than 127 levels of
    /// nesting in a value are refused.
    ///
    /// # Errors
    ///
    /// Returns a [`DecodeError`] if the body is not a valid snapshot. The error never quotes the body.
    ///
    /// ```
    /// use prism_imports_core::wire::{Snapshot, Status};
    ///
    /// let snapshot = Snapshot::from_slice(br#"{"job_id":null,"status":"complete","total":0,"results":[]}"#)?;
    /// assert_eq!(snapshot.status, Status::Complete);
    /// # Ok::<(), prism_imports_core::wire::DecodeError>(())
    /// ```
    pub fn from_slice(body: &[u8]) -> Result<Self, DecodeError> {
        let (snapshot, WireRows(results)) = Document::default().read_whole(body)?;
        Ok(Self {
            results,
            ..snapshot
        })
    }
}

/// Collects rows as on the wire.
#[derive(Debug, Default)]
pub(super) struct WireRows(pub(super) Option<Vec<Row>>);

impl Rows for WireRows {
    const KEEPS_UNKNOWN: bool = true;

    fn begin(&mut self, _: Option<i64>, _: usize) {
        self.0 = Some(Vec::new());
    }

    fn push(&mut self, row: Row) {
        self.0.get_or_insert_default().push(row);
    }

    fn push_plain(&mut self, row: &PlainRow<'_>) {
        self.push(row.into());
    }
}

/// The counters in the format of older servers, which they use in the answer to a submit.
///
/// ```
/// use prism_imports_core::wire::Snapshot;
///
/// let body = br#"{"status":"complete","results":[],"summary":{"created":0,"existing":0,"errors":0,"total":0}}"#;
/// let summary = serde_json::from_slice::<Snapshot>(body)?.summary.unwrap();
/// assert_eq!(summary.errors, Some(0));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Summary {
    /// The number of rows that created a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<i64>,
    /// The number of rows that matched an existing record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub existing: Option<i64>,
    /// The number of rows that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<i64>,
    /// The number of rows in the import.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Unknown fields.
    #[serde(flatten)]
    pub extra: Fields,
}

impl Object for Summary {
    const PATH: &'static str = "summary.";

    fn slot(&mut self, name: &str) -> Option<(u16, Slot<'_>)> {
        Some(match name {
            "created" => (1, Slot::Integer(&mut self.created)),
            "existing" => (1 << 1, Slot::Integer(&mut self.existing)),
            "errors" => (1 << 2, Slot::Integer(&mut self.errors)),
            "total" => (1 << 3, Slot::Integer(&mut self.total)),
            _ => return None,
        })
    }

    fn extra(&mut self) -> &mut Fields {
        &mut self.extra
    }
}
