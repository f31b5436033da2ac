//! Invariants of the validation: what holds of any snapshot and of the job that is made of it.

use std::collections::BTreeSet;

use proptest::{prelude::*, sample::Index};

use super::{
    config,
    snapshots::{is_blank, row, snapshot},
};
use crate::{
    ImportJob, JobId, Outcome, Rule, Severity, Tally,
    wire::{ErrorBody, Row, Snapshot, Status},
};

/// The rules that are about counters.
const NUMBERS: [Rule; 6] = [
    Rule::NegativeCounter,
    Rule::ProcessedMismatch,
    Rule::ProcessedExceedsTotal,
    Rule::CompleteUnfinished,
    Rule::RowsExcess,
    Rule::ResultsCounts,
];

proptest! {
    #![proptest_config(config())]

    #[test]
    fn consistent_snapshots_are_accepted_with_their_numbers(snapshot in snapshot()) {
        let job = ImportJob::try_from(snapshot.clone()).unwrap();
        prop_assert!(!job.deviations().iter().any(|finding| NUMBERS.contains(&finding.rule())));
        check_job(&snapshot, &job);
    }

    #[test]
    fn changed_snapshots_are_read_truthfully_or_refused(
        snapshot in snapshot(),
        changes in proptest::collection::vec(change(), 1..4),
    ) {
        let mut changed = snapshot;
        for change in &changes {
            change.apply(&mut changed);
        }
        match ImportJob::try_from(changed.clone()) {
            Ok(job) => check_job(&changed, &job),
            Err(refused) => {
                prop_assert_eq!(refused.snapshot(), &changed);
                prop_assert!(refused.contradictions().next().is_some());
                // Counters of an unfinished job are estimates, and rows settle those of a finished one.
                if is_finished(&changed) {
                    prop_assert_ne!(listed(&changed), Some(changed.total));
                } else {
                    prop_assert_eq!(id(&changed), None);
                }
            }
        }
    }
}

fn is_finished(snapshot: &Snapshot) -> bool {
    matches!(snapshot.status, Status::Complete | Status::Failed)
}

/// Returns the number of results of a finished job.
fn listed(snapshot: &Snapshot) -> Option<i64> {
    let rows = snapshot
        .results
        .as_ref()
        .filter(|_| is_finished(snapshot))?;
    Some(i64::try_from(rows.len()).unwrap())
}

fn id(snapshot: &Snapshot) -> Option<JobId> {
    JobId::new(snapshot.job_id.as_deref()?).ok()
}

/// Checks that a job states nothing that is impossible, and nothing else than its snapshot.
fn check_job(snapshot: &Snapshot, job: &ImportJob) {
    let deviations = job.deviations();
    let is_harmless = |finding: &crate::Finding| finding.severity() == Severity::Deviation;
    assert!(deviations.iter().all(is_harmless), "{job:?}");
    assert_eq!(job.status().to_string(), snapshot.status.to_string());
    assert_eq!(job.id().cloned(), id(snapshot));
    assert!(job.id().is_some() || job.is_finished());

    let progress = job.progress();
    let count = |number: u64| i64::try_from(number).unwrap();
    let total = count(progress.total());
    assert_eq!(total, snapshot.total.max(0));
    if let (Some(processed), Some(succeeded), Some(failed)) = (
        progress.processed(),
        progress.succeeded(),
        progress.failed(),
    ) {
        assert_eq!(processed, succeeded + failed);
    }
    let complete = matches!(job, ImportJob::Complete(_));
    assert_eq!(progress.fraction() == Some(1.0), complete);
    assert!(!complete || progress.processed() == Some(progress.total()));

    let listed = listed(snapshot);
    assert!(listed.is_none_or(|listed| listed <= total));
    let rules: BTreeSet<_> = deviations.iter().map(crate::Finding::rule).collect();
    // A negative counter is replaced by that of a legacy summary.
    let legacy = snapshot.summary.is_some();
    let counters_deviate = NUMBERS.iter().any(|rule| rules.contains(rule));
    for (given, read) in [
        (snapshot.processed, progress.processed()),
        (snapshot.succeeded, progress.succeeded()),
        (snapshot.failed, progress.failed()),
    ] {
        assert!(read.is_none_or(|read| read <= progress.total()));
        let is_kept = given.is_none() || given == read.map(count);
        // Only a counter that deviates is not what the server wrote: it is that of the rows, or unknown.
        assert!(
            is_kept || counters_deviate && (read.is_none() || legacy || listed == Some(total)),
            "{job:?}"
        );
    }

    let Some(rows) = job.rows() else {
        return assert!(!job.is_finished() || snapshot.results.is_none());
    };
    let results = snapshot.results.as_ref().unwrap();
    assert_eq!(rows.len(), results.len());
    for (row, result) in rows.iter().zip(results) {
        let failed = result.error.as_ref().is_some_and(|error| !is_blank(error));
        assert_eq!(row.is_failed(), failed, "{result:?}");
        assert_eq!(
            row.id().map(|id| id.to_string().to_lowercase()),
            result.id.as_ref().map(|id| id.to_lowercase())
        );
    }
    let positions: Vec<_> = rows.iter().filter_map(crate::Row::index).collect();
    let distinct: BTreeSet<_> = positions.iter().collect();
    assert_eq!(distinct.len(), positions.len());
    assert!(positions.iter().all(|index| i64::from(*index) < total));
    match job {
        ImportJob::Complete(job) => check_tally(rows, job.tally(), progress.total()),
        ImportJob::Failed(job) => check_tally(rows, job.tally(), progress.total()),
        ImportJob::Processing(_) | ImportJob::Unrecognized(_) => unreachable!("they have no rows"),
    }
    if listed == Some(total) {
        let failed = rows.iter().filter(|row| row.is_failed()).count();
        assert_eq!(progress.failed(), u64::try_from(failed).ok());
    }
}

/// Checks that a tally counts the rows, and that it balances.
fn check_tally(rows: &[crate::Row], tally: Tally, total: u64) {
    let listed = |wanted: Outcome<'_>| {
        let is_it = |row: &&crate::Row| {
            std::mem::discriminant(&row.outcome()) == std::mem::discriminant(&wanted)
        };
        u64::try_from(rows.iter().filter(is_it).count()).unwrap()
    };
    assert_eq!(tally.created(), listed(Outcome::Created));
    assert_eq!(tally.updated(), listed(Outcome::Updated));
    assert_eq!(tally.existing(), listed(Outcome::Existing));
    assert_eq!(tally.unspecified(), listed(Outcome::Unspecified));
    let failed = rows.iter().filter(|row| row.is_failed()).count();
    assert_eq!(tally.failed(), u64::try_from(failed).unwrap());
    let outcomes = [
        tally.created(),
        tally.updated(),
        tally.existing(),
        tally.failed(),
        tally.unspecified(),
        tally.unaccounted(),
    ];
    assert_eq!(outcomes.iter().sum::<u64>(), total);
    assert_eq!(tally.total(), total);
}

/// One change to a snapshot.
#[derive(Clone, Debug)]
enum Change {
    Total(i64),
    Processed(i64),
    Succeeded(i64),
    Failed(i64),
    RemoveCounters,
    Status(&'static str),
    Id(Option<&'static str>),
    Error(Option<ErrorBody>),
    RemoveResults,
    AddRow(Row),
    RemoveRow(Index),
    RepeatRow(Index),
    ReplaceRow(Index, Row),
    RowError(Index, Option<ErrorBody>),
    Flag(Index, Flag, Option<bool>),
    RowIndex(Index, Option<i64>),
    RowId(Index, Option<&'static str>),
    Created(Option<&'static str>),
}

#[derive(Clone, Copy, Debug)]
enum Flag {
    Created,
    Existing,
    Updated,
}

fn change() -> impl Strategy<Value = Change> {
    let by = || {
        prop_oneof![
            Just(-1_i64),
            Just(1),
            -8..8_i64,
            Just(i64::MIN),
            Just(i64::MAX)
        ]
    };
    let at = any::<Index>;
    let body = || {
        prop_oneof![
            Just(None),
            Just(Some(ErrorBody::default())),
            Just(Some(ErrorBody::new("invalid_email", "no"))),
        ]
    };
    let flag = prop_oneof![
        Just(Flag::Created),
        Just(Flag::Existing),
        Just(Flag::Updated)
    ];
    let index = proptest::option::of(prop_oneof![
        -1..8_i64,
        Just(i64::from(u32::MAX)),
        Just(i64::MAX),
        Just(i64::MIN)
    ]);
    let text = |texts: &'static [Option<&'static str>]| proptest::sample::select(texts);
    prop_oneof![
        by().prop_map(Change::Total),
        by().prop_map(Change::Processed),
        by().prop_map(Change::Succeeded),
        by().prop_map(Change::Failed),
        Just(Change::RemoveCounters),
        proptest::sample::select(&["processing", "complete", "failed", "paused"][..])
            .prop_map(Change::Status),
        text(&[
            None,
            Some("j-2"),
            Some(""),
            Some(".."),
            Some("a/b"),
            Some("\n")
        ])
        .prop_map(Change::Id),
        body().prop_map(Change::Error),
        Just(Change::RemoveResults),
        row().prop_map(Change::AddRow),
        at().prop_map(Change::RemoveRow),
        at().prop_map(Change::RepeatRow),
        (at(), row()).prop_map(|(at, row)| Change::ReplaceRow(at, row)),
        (at(), body()).prop_map(|(at, error)| Change::RowError(at, error)),
        (at(), flag, any::<Option<bool>>()).prop_map(|(at, flag, to)| Change::Flag(at, flag, to)),
        (at(), index).prop_map(|(at, index)| Change::RowIndex(at, index)),
        (
            at(),
            text(&[
                None,
                Some(""),
                Some("182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e"),
                Some("182bd5e56e1a4fe4a799aa6d9a6ab26e")
            ])
        )
            .prop_map(|(at, id)| Change::RowId(at, id)),
        text(&[None, Some("9999-12-30T22:00:00Z"), Some("soon")]).prop_map(Change::Created),
    ]
}

impl Change {
    fn apply(&self, snapshot: &mut Snapshot) {
        let add = |count: &mut Option<i64>, by: &i64| {
            *count = Some(count.unwrap_or(0).saturating_add(*by));
        };
        match self {
            Self::Total(by) => snapshot.total = snapshot.total.saturating_add(*by),
            Self::Processed(by) => add(&mut snapshot.processed, by),
            Self::Succeeded(by) => add(&mut snapshot.succeeded, by),
            Self::Failed(by) => add(&mut snapshot.failed, by),
            Self::RemoveCounters => {
                (snapshot.processed, snapshot.succeeded, snapshot.failed) = (None, None, None);
            }
            Self::Status(to) => snapshot.status = Status::from(*to),
            Self::Id(to) => snapshot.job_id = to.map(str::to_owned),
            Self::Error(to) => snapshot.error.clone_from(to),
            Self::RemoveResults => snapshot.results = None,
            Self::AddRow(row) => snapshot.results.get_or_insert_default().push(row.clone()),
            Self::RemoveRow(at) => on_rows(snapshot, *at, |rows, at| drop(rows.remove(at))),
            Self::RepeatRow(at) => on_rows(snapshot, *at, |rows, at| rows.push(rows[at].clone())),
            Self::ReplaceRow(at, row) => on_rows(snapshot, *at, |rows, at| rows[at] = row.clone()),
            Self::RowError(at, to) => {
                on_rows(snapshot, *at, |rows, at| rows[at].error.clone_from(to));
            }
            Self::Flag(at, flag, to) => on_rows(snapshot, *at, |rows, at| match flag {
                Flag::Created => rows[at].created = *to,
                Flag::Existing => rows[at].existing = *to,
                Flag::Updated => rows[at].updated = *to,
            }),
            Self::RowIndex(at, to) => on_rows(snapshot, *at, |rows, at| rows[at].input_index = *to),
            Self::RowId(at, to) => on_rows(snapshot, *at, |rows, at| {
                rows[at].id = to.map(str::to_owned);
            }),
            Self::Created(to) => snapshot.created_at = to.map(str::to_owned),
        }
    }
}

fn on_rows(snapshot: &mut Snapshot, at: Index, change: impl FnOnce(&mut Vec<Row>, usize)) {
    if let Some(rows) = snapshot.results.as_mut().filter(|rows| !rows.is_empty()) {
        let at = at.index(rows.len());
        change(rows, at);
    }
}
