//! Strategies of consistent snapshots.

use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Map, Value};

use crate::wire::{ErrorBody, Fields, Row, Snapshot, Status, Summary};

/// Small snapshots without contradictions, in all states and formats.
pub(super) fn snapshot() -> impl Strategy<Value = Snapshot> {
    (plan(), extra(), option::weighted(0.2, job_error())).prop_map(|(plan, extra, error)| {
        let mut snapshot = plan.snapshot();
        snapshot.extra = extra;
        snapshot.error = error.or(snapshot.error);
        snapshot
    })
}

/// The parts from which a snapshot is built.
#[derive(Clone, Debug)]
struct Plan {
    status: Status,
    has_id: bool,
    rows: Vec<Row>,
    /// The number of processed rows of an unfinished or failed job.
    processed_rows: usize,
    /// Which of processed, succeeded and failed are present.
    given: [bool; 3],
    listed: bool,
    indexes: Indexes,
    times: [Option<&'static str>; 3],
    legacy: bool,
}

#[derive(Clone, Copy, Debug)]
enum Indexes {
    None,
    All,
    Some,
}

fn plan() -> impl Strategy<Value = Plan> {
    let status = prop_oneof![
        2 => Just("processing"),
        4 => Just("complete"),
        3 => Just("failed"),
        1 => select(vec!["paused", "", "Complete", "queued…"]),
    ];
    let indexes = select(vec![Indexes::None, Indexes::All, Indexes::Some]);
    (
        (status, any::<bool>(), vec(row(), 0..6), 0..6_usize),
        (any::<[bool; 3]>(), prop::bool::weighted(0.7), indexes),
        (times(), prop::bool::weighted(0.1)),
    )
        .prop_map(
            |(
                (status, has_id, rows, processed_rows),
                (given, listed, indexes),
                (times, legacy),
            )| Plan {
                status: Status::from(status),
                has_id,
                processed_rows: processed_rows.min(rows.len()),
                rows,
                given,
                listed,
                indexes,
                times,
                legacy,
            },
        )
}

impl Plan {
    fn snapshot(self) -> Snapshot {
        let total = self.rows.len();
        let finished = matches!(self.status, Status::Complete | Status::Failed);
        let processed_rows = if self.status == Status::Complete {
            total
        } else {
            self.processed_rows
        };
        let mut rows = self.rows;
        rows.truncate(processed_rows);
        for (at, row) in rows.iter_mut().enumerate() {
            row.input_index = match self.indexes {
                Indexes::None => None,
                Indexes::All => Some(count(total - at - 1)),
                Indexes::Some => (at % 2 == 0).then(|| count(at)),
            };
        }
        let failures = rows.iter().filter(|row| row.error.is_some()).count();
        let mut snapshot = Snapshot::new(self.status, count(total));
        snapshot.job_id = (self.has_id || !finished).then(|| "j-1".to_owned());
        let [processed, succeeded, failed] = self.given;
        snapshot.processed = processed.then(|| count(processed_rows));
        snapshot.succeeded = succeeded.then(|| count(processed_rows - failures));
        snapshot.failed = failed.then(|| count(failures));
        snapshot.results = self.listed.then_some(rows);
        if snapshot.status == Status::Failed {
            snapshot.error = Some(ErrorBody::new("import_failed", "the list was deleted"));
        }
        [
            snapshot.created_at,
            snapshot.updated_at,
            snapshot.expires_at,
        ] = self.times.map(|time| time.map(str::to_owned));
        if self.legacy && snapshot.status == Status::Complete {
            let summary = Summary {
                total: Some(count(total)),
                created: Some(count(total - failures)),
                existing: Some(0),
                errors: Some(count(failures)),
                extra: Fields::default(),
            };
            snapshot.summary = Some(summary);
        }
        snapshot
    }
}

/// Rows with one outcome each.
pub(super) fn row() -> impl Strategy<Value = Row> {
    let id = option::weighted(
        0.8,
        prop_oneof![
            4 => any::<u128>().prop_map(|id| uuid::Uuid::from_u128(id).to_string()),
            1 => Just("182BD5E5-6E1A-4FE4-A799-AA6D9A6AB26E".to_owned()),
            1 => text(),
        ],
    );
    let flag = || option::of(Just(false));
    (id, 0..6_u8, flag(), row_error(), extra()).prop_map(|(id, outcome, flag, error, extra)| {
        let mut row = Row {
            id,
            created: flag,
            existing: flag,
            updated: flag,
            extra,
            ..Row::default()
        };
        match outcome {
            0 => row.created = Some(true),
            1 => row.updated = Some(true),
            2 => row.existing = Some(true),
            3 => (row.existing, row.updated) = (Some(true), Some(true)),
            4 => row.error = Some(error),
            _ => {}
        }
        row
    })
}

/// Errors that are not blank.
fn row_error() -> impl Strategy<Value = ErrorBody> {
    (option::of(text()), option::of(text()), extra()).prop_map(|(code, message, extra)| {
        let mut error = ErrorBody {
            code,
            message,
            extra,
        };
        if is_blank(&error) {
            error.code = Some("invalid_email".to_owned());
        }
        error
    })
}

/// Returns `true` if an error has no code, no message and no other field, so that it counts as absent.
pub(super) fn is_blank(error: &ErrorBody) -> bool {
    let blank = |text: &Option<String>| text.as_ref().is_none_or(|text| text.trim().is_empty());
    blank(&error.code) && blank(&error.message) && error.extra.is_empty()
}

/// Errors of a job, some of them blank.
fn job_error() -> impl Strategy<Value = ErrorBody> {
    prop_oneof![
        row_error(),
        Just(ErrorBody::default()),
        Just(ErrorBody::new("", " "))
    ]
}

fn times() -> impl Strategy<Value = [Option<&'static str>; 3]> {
    let time = || {
        option::of(select(vec![
            "2026-01-08T00:00:00Z",
            "2026-01-08T01:00:00.123456789+02:00",
            "2026-01-09T00:00:00.5Z",
            "-009999-01-02T01:59:59Z",
            "yesterday",
            "",
        ]))
    };
    [time(), time(), time()]
}

/// Texts, including characters that JSON escapes and non-ASCII characters.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z_]{1,6}",
        1 => r#"["\\/ \n\u{0}a-cé…😀]{0,5}"#,
    ]
}

/// Unknown fields, usually none.
pub(super) fn extra() -> impl Strategy<Value = Fields> {
    let some = vec(("x_[a-c]?", value()), 1..4);
    prop_oneof![
        3 => Just(Fields::default()),
        1 => some.prop_map(|fields| {
            let object = Value::Object(Map::from_iter(fields));
            serde_json::from_value::<Row>(object).expect("rows have no such fields").extra
        }),
    ]
}

/// Any JSON value, including floats.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Value::from),
            vec((text(), inner), 0..3).prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

fn count(count: usize) -> i64 {
    i64::try_from(count).expect("the number is small")
}
