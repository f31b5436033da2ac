//! The validated conversion from a snapshot to a job.

use std::iter;

use super::{
    Complete, Contradiction, Details, Failed, Finding, ImportJob, JobError, JobId, Processing,
    Progress, Row, Rule, Unrecognized,
    finding::{Claim, Findings},
    import_job::STORED,
    ledger::Ledger,
    times::Times,
};
use crate::wire::{Fields, Snapshot, Status};

/// Builds a job from a snapshot, whose results are ignored, and from the validated rows, or returns all findings if one is
/// a contradiction.
///
/// `asked` is the job that was asked for, if that is known.
pub(super) fn validate(
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

pub(super) fn other_job(text: &str, asked: &JobId) -> Finding {
    Finding::new(
        Rule::OtherJob,
        format_args!("{text:?} instead of {asked:?}"),
    )
}
