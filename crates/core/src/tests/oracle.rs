//! A straightforward implementation of the validation rules, independent of the code under test.

use std::collections::BTreeSet;

use crate::{
    JobId, Rule,
    wire::{ErrorBody, Row, Snapshot, Status},
};

/// Returns `true` if the snapshot must be refused, because a job with these numbers cannot exist, and nothing in the
/// snapshot says what they are instead.
pub(super) fn is_contradictory(snapshot: &Snapshot, violated: &BTreeSet<Rule>) -> bool {
    let finished = matches!(snapshot.status, Status::Complete | Status::Failed);
    let listed = snapshot
        .results
        .as_ref()
        .map(|rows| i64::try_from(rows.len()).unwrap());
    let impossible = [
        Rule::NegativeCounter,
        Rule::ProcessedMismatch,
        Rule::ProcessedExceedsTotal,
        Rule::CompleteUnfinished,
    ];
    violated.contains(&Rule::SyncUnfinished)
        || finished && listed > Some(snapshot.total)
        || finished
            && listed != Some(snapshot.total)
            && impossible.iter().any(|rule| violated.contains(rule))
}

/// Returns the violated rules of `snapshot`.
#[expect(
    clippy::too_many_lines,
    reason = "the rules are listed one after the other"
)]
pub(super) fn violated_rules(snapshot: &Snapshot) -> BTreeSet<Rule> {
    let mut violated = BTreeSet::new();
    let mut check = |rule: Rule, is_violated: bool| {
        if is_violated {
            violated.insert(rule);
        }
    };
    let complete = snapshot.status == Status::Complete;
    let failed_job = snapshot.status == Status::Failed;
    let unfinished = !complete && !failed_job;
    let unknown = matches!(snapshot.status, Status::Unknown(_));
    let has_id = snapshot
        .job_id
        .as_ref()
        .is_some_and(|id| JobId::new(id.as_str()).is_ok());
    let error = snapshot.error.as_ref().is_some_and(is_not_blank);
    let summary = snapshot.summary.clone().unwrap_or_default();

    let given = [
        Some(snapshot.total),
        snapshot.processed,
        snapshot.succeeded,
        snapshot.failed,
        summary.created,
        summary.existing,
        summary.errors,
    ];
    check(
        Rule::NegativeCounter,
        given.iter().flatten().any(|count| *count < 0),
    );

    let whole = |count: Option<i64>| count.filter(|count| *count >= 0).map(i128::from);
    let total = whole(Some(snapshot.total));
    let processed = whole(snapshot.processed);
    let of_summary = whole(summary.created).zip(whole(summary.existing));
    let succeeded =
        whole(snapshot.succeeded).or(of_summary.map(|(created, existing)| created + existing));
    let failed = whole(snapshot.failed).or(whole(summary.errors));

    // By succeeded and failed, at least this many rows were processed.
    let parts = match (succeeded, failed) {
        (None, None) => None,
        _ => Some(succeeded.unwrap_or(0) + failed.unwrap_or(0)),
    };
    let both = succeeded.is_some() && failed.is_some();
    let mismatch = match (processed, parts) {
        (Some(processed), Some(parts)) if both => processed != parts,
        (Some(processed), Some(parts)) => processed < parts,
        _ => false,
    };
    check(Rule::ProcessedMismatch, mismatch);
    let beyond = |count: Option<i128>| count.zip(total).is_some_and(|(count, total)| count > total);
    check(
        Rule::ProcessedExceedsTotal,
        beyond(processed) || beyond(parts),
    );
    let counted = processed.or(parts.filter(|_| both));
    let short = counted
        .zip(total)
        .is_some_and(|(counted, total)| counted < total);
    check(Rule::CompleteUnfinished, complete && short);
    check(Rule::SyncUnfinished, unfinished && !has_id);

    // A missing one of succeeded and failed is derived from processed and the other. A complete job processed all rows.
    let processed = processed.or(total.filter(|_| complete));
    let rest = |part: Option<i128>| Some(processed? - part?).filter(|rest| *rest >= 0);
    let (succeeded, failed) = (succeeded.or(rest(failed)), failed.or(rest(succeeded)));

    let rows = snapshot.results.as_deref();
    if let (Some(rows), false) = (rows, unfinished) {
        // Nothing exceeds an unknown total.
        let total = total.unwrap_or(i128::MAX);
        check(Rule::RowAmbiguous, rows.iter().any(is_ambiguous));
        let indexes: Vec<_> = rows.iter().filter_map(|row| row.input_index).collect();
        let outside = |index: &i64| *index < 0 || i128::from(*index) >= total.min(u32::MAX.into());
        let distinct = indexes.iter().collect::<BTreeSet<_>>().len();
        check(
            Rule::RowIndex,
            indexes.iter().any(outside) || distinct < indexes.len(),
        );
        let len = i128::try_from(rows.len()).unwrap();
        check(Rule::RowsExcess, len > total);
        check(Rule::RowsMissing, len < total && snapshot.total >= 0);
        let failures = rows.iter().filter(|row| is_failure(row)).count();
        let failures = i128::try_from(failures).unwrap();
        let differs = |listed: i128, counter: Option<i128>| {
            counter.is_some_and(|counter| listed > counter || len == total && listed != counter)
        };
        check(
            Rule::ResultsCounts,
            len <= total && (differs(len - failures, succeeded) || differs(failures, failed)),
        );
        let successful = || rows.iter().filter(|row| !is_failure(row));
        check(Rule::RowIdMissing, successful().any(|row| row.id.is_none()));
        let is_uuid = |id: &String| id.len() == 36 && id.parse::<uuid::Uuid>().is_ok();
        let odd = |row: &Row| row.id.as_ref().is_some_and(|id| !is_uuid(id));
        check(Rule::RowIdNotUuid, successful().any(odd));
    }

    check(Rule::ErrorWithoutFailure, error && !failed_job && !unknown);
    check(Rule::FailureWithoutError, !error && failed_job);
    check(
        Rule::ResultsMissing,
        rows.is_none() && (complete || failed_job && !has_id),
    );
    check(
        Rule::ResultsEarly,
        unfinished && rows.is_some_and(|rows| !rows.is_empty()),
    );
    let listed = rows.map(|rows| i128::try_from(rows.len()).unwrap());
    let unknown_counters = if complete {
        succeeded.is_none() && failed.is_none()
    } else {
        failed_job && (succeeded.is_none() || failed.is_none())
    };
    let unknown_counters = unknown_counters && listed != total;
    check(Rule::CountersMissing, unknown_counters);
    check(Rule::JobIdUnusable, snapshot.job_id.is_some() && !has_id);
    let times = [
        &snapshot.created_at,
        &snapshot.updated_at,
        &snapshot.expires_at,
    ];
    let instants = times.map(|time| {
        time.as_ref()
            .and_then(|time| time.parse::<jiff::Timestamp>().ok())
    });
    let unreadable =
        |(time, instant): (&&Option<String>, &Option<_>)| time.is_some() && instant.is_none();
    check(
        Rule::TimestampUnreadable,
        times.iter().zip(&instants).any(unreadable),
    );
    let [created, updated, expires] = instants;
    let before = |time: Option<_>| {
        time.zip(created)
            .is_some_and(|(time, created)| time < created)
    };
    check(Rule::TimestampOrder, before(updated) || before(expires));
    check(Rule::LegacyShape, snapshot.summary.is_some());
    violated
}

fn is_not_blank(error: &ErrorBody) -> bool {
    let text = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.trim().is_empty());
    text(&error.code) || text(&error.message) || !error.extra.is_empty()
}

fn is_ambiguous(row: &Row) -> bool {
    let [created, existing, updated] =
        [row.created, row.existing, row.updated].map(|flag| flag == Some(true));
    let error = row.error.as_ref().is_some_and(is_not_blank);
    error && (created || updated) || created && (existing || updated)
}

fn is_failure(row: &Row) -> bool {
    row.error.as_ref().is_some_and(is_not_blank)
}
