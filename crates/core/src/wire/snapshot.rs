//! A snapshot of a job, as on the wire.

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, MapAccess, SeqAccess},
    ser::SerializeMap,
};

use super::{
    decode::{Head, Name, Nullable, Object, Seen, Source, Value, duplicate, required},
    error_body::ErrorBody,
    fields::Fields,
    row::{Row, write_some},
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
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Snapshot {
    /// The job id; `None` for a sync import, whose rows are all in this answer.
    pub job_id: Option<String>,
    /// The status of the job.
    pub status: Status,
    /// The number of rows in the import.
    pub total: i64,
    /// The number of processed rows: succeeded + failed.
    pub processed: Option<i64>,
    /// The number of rows that succeeded.
    pub succeeded: Option<i64>,
    /// The number of rows that failed.
    pub failed: Option<i64>,
    /// The results of the rows. A sync import always has them, and an async import once it is complete.
    pub results: Option<Vec<Row>>,
    /// The error of a failed job.
    pub error: Option<ErrorBody>,
    /// When the job was created, in RFC 3339 format.
    pub created_at: Option<String>,
    /// When the job was last updated, in RFC 3339 format.
    pub updated_at: Option<String>,
    /// When the server deletes the job, in RFC 3339 format.
    pub expires_at: Option<String>,
    /// The counters in the format of older servers.
    pub summary: Option<Summary>,
    /// Unknown fields.
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

    /// Writes the fields except for the results.
    pub(crate) fn write_head<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("job_id", &self.job_id)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("total", &self.total)?;
        write_some(map, "processed", self.processed.as_ref())?;
        write_some(map, "succeeded", self.succeeded.as_ref())?;
        write_some(map, "failed", self.failed.as_ref())?;
        write_some(map, "error", self.error.as_ref())?;
        write_some(map, "created_at", self.created_at.as_ref())?;
        write_some(map, "updated_at", self.updated_at.as_ref())?;
        write_some(map, "expires_at", self.expires_at.as_ref())?;
        write_some(map, "summary", self.summary.as_ref())?;
        self.extra.write(map)
    }
}

impl Serialize for Snapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.write_head(&mut map)?;
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
    const EXPECTED: &'static str = "a job object";

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
                head.read_field(&name, &mut map)?;
            }
        }
        let results = results.flatten().map(|Rows(rows)| rows);
        head.finish(results).map_err(Error::missing_field)
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
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Summary {
    /// The number of rows that created a record.
    pub created: Option<i64>,
    /// The number of rows that matched an existing record.
    pub existing: Option<i64>,
    /// The number of rows that failed.
    pub errors: Option<i64>,
    /// The number of rows in the import.
    pub total: Option<i64>,
    /// Unknown fields.
    pub extra: Fields,
}

impl Object for Summary {
    fn read<'de, S: Source<'de>>(
        &mut self,
        name: &str,
        seen: &mut Seen,
        source: &mut S,
    ) -> Result<bool, S::Error> {
        let odd = &mut self.extra;
        match name {
            "created" => seen.tolerant(0, "summary.created", &mut self.created, odd, source),
            "existing" => seen.tolerant(1, "summary.existing", &mut self.existing, odd, source),
            "errors" => seen.tolerant(2, "summary.errors", &mut self.errors, odd, source),
            "total" => seen.tolerant(3, "summary.total", &mut self.total, odd, source),
            _ => Ok(false),
        }
    }

    fn extra(&mut self) -> &mut Fields {
        &mut self.extra
    }
}

impl<'de> Value<'de> for Summary {
    const EXPECTED: &'static str = "a summary object";

    fn from_map<A: MapAccess<'de>>(map: A) -> Result<Self, A::Error> {
        Self::read_map(map)
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
        required(deserializer)
    }
}
