//! Tests of the validation: consistent snapshots are accepted, and a change violates the expected rules.

use proptest::{prelude::*, sample::Index};

use super::{
    config,
    oracle::{is_contradictory, violated_rules},
    snapshots::{row, snapshot},
};
use crate::{
    ImportJob, Outcome, Rule,
    wire::{ErrorBody, Row, Snapshot, Status},
};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn consistent_snapshots_are_accepted(snapshot in snapshot()) {
        let expected = violated_rules(&snapshot);
        prop_assert!(!is_contradictory(&snapshot, &expected), "{expected:?}");
        let job = ImportJob::try_from(snapshot).unwrap();
        prop_assert_eq!(rules(job.deviations()), expected);
    }

    #[test]
    fn one_change_violates_exactly_the_expected_rules(snapshot in snapshot(), change in change()) {
        let mut changed = snapshot;
        change.apply(&mut changed);
        let mut expected = violated_rules(&changed);
        let json = serde_json::to_string(&changed).unwrap();
        let mut found = match ImportJob::try_from(changed.clone()) {
            Ok(job) => {
                prop_assert!(!is_contradictory(&changed, &expected), "{}", json);
                rules(job.deviations())
            }
            Err(refused) => {
                prop_assert!(is_contradictory(&changed, &expected), "{}", json);
                prop_assert_eq!(refused.snapshot(), &changed);
                rules(refused.findings())
            }
        };
        // Counters that are wrong are not compared any further.
        let wrong = [
            Rule::NegativeCounter,
            Rule::ProcessedMismatch,
            Rule::ProcessedExceedsTotal,
            Rule::RowsExcess,
            Rule::ResultsCounts,
        ];
        if let Some(rule) = wrong.iter().find(|rule| expected.contains(rule)) {
            for rules in [&mut expected, &mut found] {
                rules.remove(&Rule::CountersMissing);
                if *rule != Rule::ResultsCounts {
                    rules.remove(&Rule::ResultsCounts);
                }
            }
        }
        prop_assert_eq!(found, expected, "{}", json);
    }

    #[test]
    fn accepted_snapshots_balance(snapshot in snapshot(), changes in proptest::collection::vec(change(), 0..4)) {
        let mut changed = snapshot;
        for change in &changes {
            change.apply(&mut changed);
        }
        let total = changed.total.max(0);
        let Ok(job) = ImportJob::try_from(changed) else { return Ok(()) };
        let progress = job.progress();
        prop_assert_eq!(i64::try_from(progress.total()), Ok(total));
        prop_assert!(progress.processed().is_none_or(|processed| processed <= progress.total()));
        if let (Some(processed), Some(succeeded), Some(failed)) =
            (progress.processed(), progress.succeeded(), progress.failed())
        {
            prop_assert_eq!(processed, succeeded + failed);
        }
        prop_assert_eq!(progress.fraction() == Some(1.0), matches!(job, ImportJob::Complete(_)));
        if let ImportJob::Complete(job) = job {
            let tally = job.tally();
            let outcomes = [
                tally.created(), tally.updated(), tally.existing(),
                tally.failed(), tally.unspecified(), tally.unaccounted(),
            ];
            prop_assert_eq!(outcomes.iter().sum::<u64>(), job.total());
            prop_assert_eq!(tally.total(), job.total());
            let listed = |wanted: Outcome<'_>| {
                let is_it = |row: &&crate::Row| {
                    std::mem::discriminant(&row.outcome()) == std::mem::discriminant(&wanted)
                };
                u64::try_from(job.rows().unwrap_or_default().iter().filter(is_it).count()).unwrap()
            };
            prop_assert_eq!(tally.created(), listed(Outcome::Created));
            prop_assert_eq!(tally.updated(), listed(Outcome::Updated));
            prop_assert_eq!(tally.existing(), listed(Outcome::Existing));
            prop_assert_eq!(tally.unspecified(), listed(Outcome::Unspecified));
            prop_assert_eq!(tally.failed(), u64::try_from(job.failed_rows().count()).unwrap());
            prop_assert_eq!(progress.processed(), Some(job.total()));
            if job.rows().is_some() && tally.unaccounted() == 0 {
                prop_assert_eq!(progress.failed(), Some(tally.failed()));
            }
            prop_assert!(progress.failed().is_none_or(|failed| failed >= tally.failed()));
        }
    }
}

fn rules(findings: &[crate::Finding]) -> std::collections::BTreeSet<Rule> {
    findings.iter().map(crate::Finding::rule).collect()
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
