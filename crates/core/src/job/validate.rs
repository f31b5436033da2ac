//! The validated conversion from a snapshot to a job.

use std::iter;

use super::{
    Complete, Contradiction, Details, Failed, Finding, ImportJob, JobError, JobId, Processing,
    Progress, ReadError, Row, Rule, Unrecognized,
    finding::{Claim, Findings},
    import_job::STORED,
    ledger::Ledger,
    times::Times,
};
use crate::wire::{
    Fields, Snapshot, Status,
    decode::{self, PlainRow},
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
    validate(snapshot, ledger, rows, asked)
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
    /// Returns the same errors as [`ImportJob::from_slice`], and a contradiction of [`Rule::OtherJob`] if the body is
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
    /// Returns the same errors as [`ImportJob::try_from`], and a contradiction of [`Rule::OtherJob`] if the snapshot is
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
    /// Returns a contradiction of [`Rule::OtherJob`], with the snapshot of this job, if it has another id.
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
        let (head, ledger, rows) = decode::read_job(body)?;
        validate(head, ledger, rows, asked).map_err(|error| match Snapshot::from_slice(body) {
            Ok(whole) => ReadError::Contradiction(error.with_snapshot(whole)),
            Err(error) => ReadError::Decode(error),
        })
    }
}

/// Builds a job from a snapshot, whose results are ignored, and from the validated rows, or returns all findings if one is
/// a contradiction.
///
/// `asked` is the job that was asked for, if that is known.
pub(crate) fn validate(
    mut snapshot: Snapshot,
    mut ledger: Ledger,
    mut rows: Option<Vec<Row>>,
    asked: Option<&JobId>,
) -> Result<ImportJob, Contradiction> {
    let (complete, failed) = (
        snapshot.status == Status::Complete,
        snapshot.status == Status::Failed,
    );
    let finished = complete || failed;
    let listed = (finished && rows.is_some()).then_some(ledger.tally);
    let all_rows = listed.is_some_and(|tally| i64::try_from(tally.total()) == Ok(snapshot.total));
    let claim = match (finished, all_rows) {
        (false, _) => Claim::Unfinished,
        (true, false) => Claim::Finished,
        (true, true) => Claim::AllRows,
    };
    let mut found = Findings::default();
    let progress = Progress::read(&snapshot, listed.as_ref(), &mut found);
    let usable = check_id(snapshot.job_id.as_deref(), asked, &mut found);
    let has_id = usable || asked.is_some();
    let times = Times::read(&snapshot, &mut found);
    let error = snapshot.error.as_ref().and_then(JobError::of);

    let known = !matches!(snapshot.status, Status::Unknown(_));
    let no_rows = rows.is_none();
    for (rule, is_violated) in [
        (
            Rule::ErrorWithoutFailure,
            error.is_some() && known && !failed,
        ),
        (Rule::FailureWithoutError, error.is_none() && failed),
        (Rule::ResultsMissing, no_rows && (complete || !has_id)),
        (Rule::SyncUnfinished, !finished && !has_id),
        (Rule::LegacyShape, snapshot.summary.is_some()),
    ] {
        if is_violated {
            found.push(Finding::plain(rule));
        }
    }
    if !finished && ledger.len() > 0 {
        let numbers = format_args!("{} results", ledger.len());
        found.push(Finding::new(Rule::ResultsEarly, numbers));
    }
    let of_error = snapshot.error.iter().map(|error| &error.extra);
    let of_summary = snapshot.summary.iter().map(|summary| &summary.extra);
    let fields = iter::once(&snapshot.extra)
        .chain(of_error)
        .chain(of_summary);
    fields
        .flat_map(Fields::odd)
        .for_each(|odd| found.push(Finding::odd(odd)));
    if finished {
        if snapshot.total >= 0 {
            ledger.settle(rows.as_deref_mut().unwrap_or_default(), progress.total());
        }
        found.append(ledger.findings);
    }
    let deviations = match found.judge(claim) {
        Err(found) if snapshot.extra.contains(STORED) => found.tolerate(),
        judged => judged,
    };
    let deviations = match deviations {
        Ok(deviations) => deviations,
        Err(findings) => return Err(Contradiction::new(snapshot, findings)),
    };
    let id = match asked {
        Some(asked) => Some(asked.clone()),
        None => JobId::of_usable(snapshot.job_id.take().filter(|_| usable)),
    };
    let details = Details {
        times,
        deviations,
        error,
    };
    let tally = listed.unwrap_or_default().of_total(progress.total());
    Ok(match (snapshot.status.clone(), id) {
        (Status::Complete, id) => ImportJob::Complete(Complete {
            id,
            progress,
            tally,
            rows,
            details,
        }),
        (Status::Failed, id) => ImportJob::Failed(Failed {
            id,
            progress,
            tally,
            rows,
            details,
        }),
        (Status::Processing, Some(id)) => ImportJob::Processing(Processing {
            id,
            progress,
            details,
        }),
        (Status::Unknown(status), Some(id)) => ImportJob::Unrecognized(Unrecognized {
            id,
            status,
            progress,
            details,
        }),
        // Such a job has been refused: it is a contradiction.
        (Status::Processing | Status::Unknown(_), None) => {
            return Err(Contradiction::new(snapshot, details.deviations));
        }
    })
}

/// Returns `true` if the snapshot has a usable id.
fn check_id(text: Option<&str>, asked: Option<&JobId>, found: &mut Findings) -> bool {
    let Some(text) = text else { return false };
    let checked = JobId::check(text);
    if let Err(error) = checked {
        found.push(Finding::new(Rule::JobIdUnusable, error));
    }
    if let Some(asked) = asked.filter(|asked| text != asked.as_str() && !text.is_empty()) {
        found.push(other_job(text, asked));
    }
    checked.is_ok()
}

fn other_job(text: &str, asked: &JobId) -> Finding {
    Finding::new(
        Rule::OtherJob,
        format_args!("{text:?} instead of {asked:?}"),
    )
}
