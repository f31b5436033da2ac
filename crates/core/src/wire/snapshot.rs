//! A job as the server says it stands.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess},
    ser::SerializeMap,
};

use super::{
    decode::{Head, Name, Nullable, Object, OwnedError, SummaryParts, Value, duplicate, required},
    error_body::ErrorBody,
    fields::Fields,
    row::{Row, write_some},
    status::Status,
};

/// One answer of the server about a job: the body of a submit and of a poll, field by field.
///
/// Everything well-typed decodes, also what contradicts itself; the meaning is made of it by
/// [`ImportJob::try_from`](crate::ImportJob). `status` and `total` must be there, unless the answer has the
/// shape of older servers, whose `summary` holds the total.
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
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The job's id; `None` for a sync import, whose rows are all in this answer.
    pub job_id: Option<String>,
    /// How the job stands.
    pub status: Status,
    /// Rows in the import.
    pub total: i64,
    /// Rows attempted so far: succeeded and failed together.
    pub processed: Option<i64>,
    /// Rows that succeeded so far.
    pub succeeded: Option<i64>,
    /// Rows that failed so far.
    pub failed: Option<i64>,
    /// The rows' results: always of a sync import, of an async one once it is complete.
    pub results: Option<Vec<Row>>,
    /// Why the job failed.
    pub error: Option<ErrorBody>,
    /// When the job was created, RFC 3339.
    pub created_at: Option<String>,
    /// When the job last moved, RFC 3339.
    pub updated_at: Option<String>,
    /// When the server forgets the job, RFC 3339.
    pub expires_at: Option<String>,
    /// The counters of older servers.
    pub summary: Option<Summary>,
    /// Fields that this version does not know.
    pub extra: Fields,
}

impl Snapshot {
    /// Creates a snapshot that says a status and a total, and nothing else.
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

    /// Joins what the two parts of a document say; the error is the name of the field that is missing.
    pub(crate) fn from_parts(
        head: Head<Fields>,
        results: Option<Vec<Row>>,
    ) -> Result<Self, &'static str> {
        let status = head.status.flatten().ok_or("status")?;
        let summary = head.summary.flatten().map(Summary::from);
        let total = head
            .total
            .flatten()
            .or(summary.as_ref().and_then(|summary| summary.total))
            .ok_or("total")?;
        Ok(Self {
            job_id: head.job_id.flatten(),
            status,
            total,
            processed: head.processed.flatten(),
            succeeded: head.succeeded.flatten(),
            failed: head.failed.flatten(),
            results,
            error: head
                .error
                .flatten()
                .map(|OwnedError(parts)| ErrorBody::from(parts)),
            created_at: head.created_at.flatten(),
            updated_at: head.updated_at.flatten(),
            expires_at: head.expires_at.flatten(),
            summary,
            extra: head.unknown,
        })
    }
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("job_id", &self.job_id)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("total", &self.total)?;
        write_some(&mut map, "processed", self.processed.as_ref())?;
        write_some(&mut map, "succeeded", self.succeeded.as_ref())?;
        write_some(&mut map, "failed", self.failed.as_ref())?;
        write_some(&mut map, "error", self.error.as_ref())?;
        write_some(&mut map, "created_at", self.created_at.as_ref())?;
        write_some(&mut map, "updated_at", self.updated_at.as_ref())?;
        write_some(&mut map, "expires_at", self.expires_at.as_ref())?;
        write_some(&mut map, "summary", self.summary.as_ref())?;
        self.extra.write(&mut map)?;
        write_some(&mut map, "results", self.results.as_ref())?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Snapshot {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        required(deserializer)
    }
}

impl<'de> Value<'de> for Snapshot {
    const EXPECTED: &'static str = "a job's object";

    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let mut head = Head::default();
        let mut results = None;
        while let Some(Name(name)) = map.next_key()? {
            if &*name == "results" {
                let Nullable(rows) = map.next_value::<Nullable<Rows>>()?;
                if results.replace(rows).is_some() {
                    return Err(duplicate());
                }
            } else {
                head.read_any(&name, &mut map)?;
            }
        }
        let results = results.flatten().map(|Rows(rows)| rows);
        Self::from_parts(head, results).map_err(Error::missing_field)
    }
}

/// The rows of a snapshot.
struct Rows(Vec<Row>);

impl<'de> Value<'de> for Rows {
    const EXPECTED: &'static str = "an array of rows";

    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Self, A::Error> {
        let mut rows = Vec::new();
        while let Some(row) = seq.next_element()? {
            rows.push(row);
        }
        Ok(Self(rows))
    }
}

/// The counters of the shape that older servers answer a submit with.
///
/// ```
/// use prism_imports_core::wire::Snapshot;
///
/// let body = br#"{"status":"complete","results":[],"summary":{"created":0,"existing":0,"errors":0,"total":0}}"#;
/// let summary = serde_json::from_slice::<Snapshot>(body)?.summary.unwrap();
/// assert_eq!(summary.errors, Some(0));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// Rows that created a record.
    pub created: Option<i64>,
    /// Rows that matched an existing record.
    pub existing: Option<i64>,
    /// Rows that failed.
    pub errors: Option<i64>,
    /// Rows in the import.
    pub total: Option<i64>,
    /// Fields that this version does not know.
    pub extra: Fields,
}

impl From<SummaryParts<Fields>> for Summary {
    fn from(parts: SummaryParts<Fields>) -> Self {
        Self {
            created: parts.created.flatten(),
            existing: parts.existing.flatten(),
            errors: parts.errors.flatten(),
            total: parts.total.flatten(),
            extra: parts.unknown,
        }
    }
}

impl Serialize for Summary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        write_some(&mut map, "created", self.created.as_ref())?;
        write_some(&mut map, "existing", self.existing.as_ref())?;
        write_some(&mut map, "errors", self.errors.as_ref())?;
        write_some(&mut map, "total", self.total.as_ref())?;
        self.extra.write(&mut map)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Summary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        required::<SummaryParts<Fields>, D>(deserializer).map(Self::from)
    }
}
