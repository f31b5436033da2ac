//! The validated conversion from a snapshot to a job.

use super::{
    Complete, Contradiction, Details, Failed, Finding, ImportJob, JobId, Processing, Progress,
    ReadError, Row, Rule, Unrecognized,
    facts::Facts,
    finding::{Claim, Findings},
    ledger::Ledger,
    times::Times,
};
use crate::wire::{
    Snapshot, Status,
    decode::{self, RowParts},
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
        let mut ledger = Ledger::default();
        let rows = snapshot.results.as_ref().map(|rows| {
            rows.iter()
                .map(|row| ledger.push(&RowParts::of(row).plain()))
                .collect()
        });
        match validate(Facts::from_snapshot(&snapshot), ledger, rows) {
            Ok(job) => Ok(job),
            Err(findings) => Err(Contradiction::new(snapshot, findings)),
        }
    }
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
        let (facts, ledger, rows) = decode::read_job(body).map_err(ReadError::Decode)?;
        match validate(facts, ledger, rows) {
            Ok(job) => Ok(job),
            Err(findings) => {
                let snapshot = Snapshot::from_slice(body).map_err(ReadError::Decode)?;
                Err(ReadError::Contradiction(Contradiction::new(
                    snapshot, findings,
                )))
            }
        }
    }
}

/// Builds a job from the facts and the validated rows, or returns all findings if one is a contradiction.
pub(crate) fn validate(
    facts: Facts,
    mut ledger: Ledger,
    mut rows: Option<Vec<Row>>,
) -> Result<ImportJob, Findings> {
    let mut found = Findings::default();
    let complete = facts.status == Status::Complete;
    let finished = complete || facts.status == Status::Failed;
    let listed = (finished && rows.is_some()).then_some(ledger.tally);
    let all_rows = listed.is_some_and(|tally| i64::try_from(tally.total()) == Ok(facts.total));
    let claim = match (finished, all_rows) {
        (false, _) => Claim::Unfinished,
        (true, false) => Claim::Finished,
        (true, true) => Claim::AllRows,
    };
    let progress = Progress::read(&facts, listed.as_ref(), &mut found);
    let id = read_id(facts.job_id.clone(), &mut found);
    check_shape(
        &facts,
        id.as_ref(),
        rows.is_some(),
        ledger.len(),
        &mut found,
    );
    if finished {
        if facts.total >= 0 {
            ledger.settle(rows.as_deref_mut().unwrap_or_default(), progress.total());
        }
        found.append(ledger.findings);
    }
    let Facts {
        created_at,
        updated_at,
        expires_at,
        error,
        ..
    } = facts;
    let times = Times::read(created_at, updated_at, expires_at, &mut found);
    let (error, stray_error) = if facts.status == Status::Failed {
        (error, None)
    } else {
        (None, error)
    };
    let details = Details {
        times,
        deviations: found.judge(claim)?,
        stray_error,
    };
    let tally = listed.unwrap_or_default().of_total(progress.total());
    Ok(match (facts.status, id) {
        (Status::Complete, id) => ImportJob::Complete(Complete {
            id,
            progress,
            tally,
            rows,
            details,
        }),
        (Status::Failed, id) => ImportJob::Failed(Failed {
            id,
            error,
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
        (Status::Processing | Status::Unknown(_), None) => return Err(details.deviations),
    })
}

/// Checks which parts the snapshot has.
fn check_shape(
    facts: &Facts,
    id: Option<&JobId>,
    listed: bool,
    results: u32,
    found: &mut Findings,
) {
    let mut check = |rule: Rule, is_violated: bool| {
        if is_violated {
            found.push(Finding::plain(rule));
        }
    };
    let (complete, failed) = (
        facts.status == Status::Complete,
        facts.status == Status::Failed,
    );
    let unfinished = !complete && !failed;
    let known = !matches!(facts.status, Status::Unknown(_));
    check(
        Rule::ErrorWithoutFailure,
        facts.error.is_some() && known && !failed,
    );
    check(Rule::FailureWithoutError, facts.error.is_none() && failed);
    check(Rule::ResultsMissing, !listed && (complete || id.is_none()));
    check(Rule::SyncUnfinished, unfinished && id.is_none());
    check(Rule::LegacyShape, facts.legacy.is_some());
    if unfinished && results > 0 {
        let numbers = format_args!("{results} results");
        found.push(Finding::new(Rule::ResultsEarly, numbers));
    }
}

fn read_id(text: Option<String>, found: &mut Findings) -> Option<JobId> {
    let id = JobId::new(text?);
    id.map_err(|error| found.push(Finding::new(Rule::JobIdUnusable, error)))
        .ok()
}
