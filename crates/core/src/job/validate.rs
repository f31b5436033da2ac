//! The validated conversion from a snapshot to a job.

use super::{
    Complete, Contradiction, Details, Failed, Finding, ImportJob, JobId, Processing, Progress,
    Rule, Unrecognized,
    finding::{Claim, Findings},
    import_job::STORED,
    ledger::ValidatedRows,
};
use crate::wire::{Snapshot, Status};

/// Builds a job from a snapshot, whose results are ignored, and from the validated rows, or returns all findings if one is
/// a contradiction.
///
/// `asked` is the job that was asked for, if that is known.
pub(super) fn validate(
    snapshot: Snapshot,
    ValidatedRows { mut ledger, rows }: ValidatedRows,
    asked: Option<&JobId>,
) -> Result<ImportJob, Contradiction> {
    let mut rows = rows.map(Vec::from);
    if let Some(rows) = &mut rows {
        rows.shrink_to_fit();
    }
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
    let id = read_id(snapshot.job_id.as_deref(), asked, &mut found);
    let mut details = Details::read(&snapshot, &mut found);

    let known = !matches!(snapshot.status, Status::Unknown(_));
    let mut check = |rule: Rule, is_violated: bool| {
        if is_violated {
            found.push(Finding::plain(rule));
        }
    };
    let (has_id, has_error) = (id.is_some(), details.error.is_some());
    check(Rule::ErrorWithoutFailure, has_error && known && !failed);
    check(Rule::FailureWithoutError, !has_error && failed);
    check(
        Rule::ResultsMissing,
        rows.is_none() && (complete || !has_id),
    );
    check(Rule::SyncUnfinished, !finished && !has_id);
    check(Rule::LegacyShape, snapshot.summary.is_some());
    if !finished && ledger.len > 0 {
        let numbers = format_args!("{} results", ledger.len);
        found.push(Finding::new(Rule::ResultsEarly, numbers));
    }
    let of_error = snapshot.error.iter().map(|error| &error.extra);
    let of_summary = snapshot.summary.iter().map(|summary| &summary.extra);
    let fields = [&snapshot.extra]
        .into_iter()
        .chain(of_error)
        .chain(of_summary);
    for odd in fields.flat_map(|fields| &fields.odd) {
        found.push(Finding::odd(odd));
    }
    if finished {
        if snapshot.total >= 0 {
            ledger.settle(rows.as_deref_mut().unwrap_or_default(), progress.total());
        }
        found.append(ledger.findings);
    }
    let judged = match found.judge(claim) {
        Err(found) if snapshot.extra.names().any(|name| name == STORED) => found.tolerate(),
        judged => judged,
    };
    details.deviations = match judged {
        Ok(deviations) => deviations,
        Err(findings) => return Err(Contradiction::new(snapshot, findings)),
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

/// Returns the id of the job, and records an unusable one and that of another job.
fn read_id(text: Option<&str>, asked: Option<&JobId>, found: &mut Findings) -> Option<JobId> {
    let id = text.map(JobId::new);
    if let Some(Err(error)) = id {
        found.push(Finding::new(Rule::JobIdUnusable, error));
    }
    if let (Some(text), Some(asked)) = (text, asked)
        && text != asked.as_str()
        && !text.is_empty()
    {
        found.push(other_job(text, asked));
    }
    asked.cloned().or(id.and_then(Result::ok))
}

pub(super) fn other_job(text: &str, asked: &JobId) -> Finding {
    let numbers = format_args!("{text:?} instead of {asked:?}");
    Finding::new(Rule::OtherJob, numbers)
}
