//! The reading of a job, from a snapshot or from its JSON.

use super::{
    Contradiction, ImportJob, JobId, ReadError,
    finding::{Claim, Findings},
    ledger::{Ledger, ValidatedRows},
    validate::{other_job, validate},
};
use crate::wire::{
    Snapshot,
    decode::{Document, PlainRow},
};

impl TryFrom<Snapshot> for ImportJob {
    type Error = Contradiction;

    /// Converts a snapshot to a job.
    ///
    /// # Errors
    ///
    /// Returns a [`Contradiction`], with all findings and the snapshot, if the snapshot contradicts itself.
    ///
    /// ```
    /// use prism_imports_core::{ImportJob, wire::{Snapshot, Status}};
    ///
    /// let mut snapshot = Snapshot::new(Status::Complete, 10);
    /// (snapshot.processed, snapshot.failed) = (Some(9), Some(-1));
    /// let refused = ImportJob::try_from(snapshot).unwrap_err();
    /// let codes: Vec<_> = refused.contradictions().map(|finding| finding.rule().code()).collect();
    /// assert_eq!(codes, ["negative_counter", "complete_unfinished"]);
    /// assert_eq!(refused.snapshot().total, 10);
    /// ```
    fn try_from(snapshot: Snapshot) -> Result<Self, Contradiction> {
        convert(snapshot, None)
    }
}

fn convert(snapshot: Snapshot, asked: Option<&JobId>) -> Result<ImportJob, Contradiction> {
    let mut ledger = Ledger::default();
    let rows = snapshot.results.as_ref().map(|rows| {
        let rows = rows.iter().map(|row| ledger.push(&PlainRow::of(row)));
        rows.collect()
    });
    validate(snapshot, ValidatedRows { ledger, rows }, asked)
}

impl ImportJob {
    /// Reads a job from the JSON of its snapshot, without building the snapshot.
    ///
    /// The result is the same as that of [`Snapshot::from_slice`] followed by [`ImportJob::try_from`]. This method is
    /// faster. A successful row takes 32 bytes and no allocation.
    ///
    /// # Errors
    ///
    /// Returns [`ReadError::Decode`] if the bytes are not a valid snapshot, and [`ReadError::Contradiction`] if the
    /// snapshot contradicts itself. The body is then decoded again, because the error contains the snapshot.
    ///
    /// ```
    /// use prism_imports_core::{ImportJob, ReadError};
    ///
    /// let read = ImportJob::from_slice(br#"{"status":"complete","total":"3"}"#);
    /// let Err(ReadError::Decode(error)) = read else { panic!() };
    /// assert_eq!(error.path(), "total");
    /// ```
    pub fn from_slice(body: &[u8]) -> Result<Self, ReadError> {
        Self::read(body, None)
    }

    /// Reads the answer to a poll of the job `id`.
    ///
    /// An absent id is filled in, even if the job is unfinished. Proxies and caches may answer with another job: such
    /// an answer is refused.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`ImportJob::from_slice`], and a contradiction of [`Rule::OtherJob`](crate::Rule::OtherJob) if the body is
    /// about another job.
    ///
    /// ```
    /// use prism_imports_core::{ImportJob, JobId, ReadError};
    ///
    /// let id = JobId::new("j-1")?;
    /// let job = ImportJob::from_slice_for(&id, br#"{"status":"processing","total":3}"#)?;
    /// assert_eq!(job.id(), Some(&id));
    ///
    /// let other = br#"{"job_id":"j-2","status":"processing","total":3}"#;
    /// let Err(ReadError::Contradiction(refused)) = ImportJob::from_slice_for(&id, other) else { panic!() };
    /// assert_eq!(refused.findings()[0].to_string(), r#"other_job: "j-2" instead of "j-1""#);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_slice_for(id: &JobId, body: &[u8]) -> Result<Self, ReadError> {
        Self::read(body, Some(id))
    }

    /// Converts the snapshot of the job `id`. The snapshot may have no id, even if the job is unfinished.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`ImportJob::try_from`], and a contradiction of [`Rule::OtherJob`](crate::Rule::OtherJob) if the snapshot is
    /// of another job.
    ///
    /// ```
    /// use prism_imports_core::{ImportJob, JobId, wire::{Snapshot, Status}};
    ///
    /// let snapshot = Snapshot::new(Status::Processing, 10);
    /// let job = ImportJob::from_snapshot_for(&JobId::new("j-1")?, snapshot)?;
    /// assert_eq!(job.id().unwrap().as_str(), "j-1");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_snapshot_for(id: &JobId, snapshot: Snapshot) -> Result<Self, Contradiction> {
        convert(snapshot, Some(id))
    }

    /// Checks that this is the job `id`, and fills in an absent id.
    ///
    /// # Errors
    ///
    /// Returns a contradiction of [`Rule::OtherJob`](crate::Rule::OtherJob), with the snapshot of this job, if it has another id.
    ///
    /// ```
    /// use prism_imports_core::{ImportJob, JobId};
    ///
    /// let sync = ImportJob::from_slice(br#"{"status":"complete","total":0,"results":[]}"#)?;
    /// let job = sync.for_id(&JobId::new("j-1")?)?;
    /// assert!(job.for_id(&JobId::new("j-2")?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn for_id(mut self, id: &JobId) -> Result<Self, Contradiction> {
        if let Some(other) = self.id().filter(|other| *other != id) {
            let mut found = Findings::default();
            found.push(other_job(other.as_str(), id));
            let (Ok(found) | Err(found)) = found.judge(Claim::Unfinished);
            return Err(Contradiction::new(Snapshot::from(&self), found));
        }
        match &mut self {
            Self::Complete(job) => job.id = Some(id.clone()),
            Self::Failed(job) => job.id = Some(id.clone()),
            Self::Processing(_) | Self::Unrecognized(_) => {}
        }
        Ok(self)
    }

    fn read(body: &[u8], asked: Option<&JobId>) -> Result<Self, ReadError> {
        let (head, rows) = Document::<ValidatedRows>::default().read_whole(body)?;
        let mut refused = match validate(head, rows, asked) {
            Ok(job) => return Ok(job),
            Err(refused) => refused,
        };
        *refused.snapshot = Snapshot::from_slice(body)?;
        Err(refused.into())
    }
}
