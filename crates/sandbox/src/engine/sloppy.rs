//! The bodies of a sloppy server, written by hand.

use std::fmt::Display;

use prism_imports_core::wire::{ErrorBody, Row, Snapshot, Status};
use serde_json::Value;

use crate::Sloppy;

/// The fields of an object in their order: each name with its JSON.
type Fields = Vec<(&'static str, String)>;

/// Writes the body of a poll. `nth` is the number of the body, from 1.
pub(super) fn body(sloppy: Sloppy, nth: u32, snapshot: &Snapshot) -> Vec<u8> {
    let is_running = snapshot.status == Status::Processing;
    let total = snapshot.total;
    let processed = snapshot.processed.unwrap_or_default();
    let mut fields = fields_of(snapshot);
    let mut rows: Vec<_> = snapshot
        .results
        .iter()
        .flatten()
        .map(fields_of_row)
        .collect();
    match sloppy {
        Sloppy::LaggingCounters if is_running => set(&mut fields, "processed", processed / 2),
        Sloppy::LeadingCounters if is_running => {
            let ahead = processed.saturating_add(3).min(total);
            set(&mut fields, "processed", ahead);
        }
        Sloppy::CorrectedTotal if is_running && processed == 0 => set(&mut fields, "total", 0),
        Sloppy::CorrectedTotal if is_running && processed < total / 2 => {
            set(&mut fields, "total", total.saturating_add(7));
        }
        Sloppy::TwoClocks => {
            let time = snapshot.updated_at.as_deref();
            if let Some(time) = time.and_then(|time| other_clock(time, is_running)) {
                set(&mut fields, "updated_at", quoted(&time));
            }
        }
        Sloppy::Deduplicated => rows.truncate(rows.len().saturating_sub(rows.len() / 10)),
        Sloppy::NoJobId => fields.retain(|(name, _)| *name != "job_id"),
        Sloppy::OtherJob if nth % 2 == 1 => set(&mut fields, "job_id", quoted("another-job")),
        Sloppy::Floats => {
            for (name, value) in fields.iter_mut().chain(rows.iter_mut().flatten()) {
                if matches!(
                    *name,
                    "total" | "processed" | "succeeded" | "failed" | "input_index"
                ) {
                    value.push_str(".0");
                }
            }
        }
        Sloppy::NumericCodes => {
            for (id, row) in (1_000..).zip(&mut rows) {
                if row.iter().any(|(name, _)| *name == "id") {
                    set(row, "id", id);
                }
            }
            for (name, value) in fields.iter_mut().chain(rows.iter_mut().flatten()) {
                if *name == "error" {
                    *value = r#"{"code":4001,"message":"it is not valid"}"#.into();
                }
            }
        }
        Sloppy::Capitals => {
            let status = snapshot.status.as_str().to_uppercase();
            set(&mut fields, "status", quoted(&status));
        }
        Sloppy::NumericTimes => {
            for (name, value) in &mut fields {
                let time = value.trim_matches('"').parse::<jiff::Timestamp>();
                if let (true, Ok(time)) = (name.ends_with("_at"), time) {
                    *value = time.as_second().to_string();
                }
            }
        }
        Sloppy::UnknownFields => {
            fields.push(("shard", "7".to_owned()));
            fields.push(("shard", "8".to_owned()));
            for row in &mut rows {
                row.push(("revision", r#"{"of":[1]}"#.to_owned()));
            }
        }
        Sloppy::AmbiguousRow => {
            if let Some(row) = rows.first_mut() {
                set(row, "created", true);
                set(row, "existing", false);
                set(row, "error", r#"{"code":"half_done"}"#);
            }
        }
        Sloppy::RepeatedIndex => {
            if let Some(row) = rows.get_mut(1) {
                set(row, "input_index", 0);
            }
        }
        Sloppy::LaggingCounters
        | Sloppy::LeadingCounters
        | Sloppy::CorrectedTotal
        | Sloppy::OtherJob
        | Sloppy::NoDate
        | Sloppy::UnknownAtFirst
        | Sloppy::LateResults => {}
    }
    if snapshot.results.is_some() {
        let rows: Vec<_> = rows.iter().map(written).collect();
        fields.push(("results", format!("[{}]", rows.join(","))));
    }
    written(&fields).into_bytes()
}

/// Returns a time by the clock of another server: minutes ahead and with fractions, or to the second.
fn other_clock(time: &str, is_ahead: bool) -> Option<String> {
    let time: jiff::Timestamp = time.parse().ok()?;
    if !is_ahead {
        return Some(format!("{time:.0}"));
    }
    let ahead = jiff::SignedDuration::from_millis(300_123);
    Some(format!("{:.6}", time.checked_add(ahead).ok()?))
}

fn fields_of(snapshot: &Snapshot) -> Fields {
    let number = |number: Option<i64>| number.map(|number| number.to_string());
    let text = |text: &Option<String>| text.as_deref().map(quoted);
    let fields = [
        ("job_id", text(&snapshot.job_id)),
        ("status", Some(quoted(snapshot.status.as_str()))),
        ("total", Some(snapshot.total.to_string())),
        ("processed", number(snapshot.processed)),
        ("succeeded", number(snapshot.succeeded)),
        ("failed", number(snapshot.failed)),
        ("error", snapshot.error.as_ref().map(error)),
        ("created_at", text(&snapshot.created_at)),
        ("updated_at", text(&snapshot.updated_at)),
        ("expires_at", text(&snapshot.expires_at)),
    ];
    present(fields)
}

fn fields_of_row(row: &Row) -> Fields {
    let flag = |flag: Option<bool>| flag.map(|flag| flag.to_string());
    let fields = [
        ("id", row.id.as_deref().map(quoted)),
        ("created", flag(row.created)),
        ("existing", flag(row.existing)),
        ("updated", flag(row.updated)),
        (
            "input_index",
            row.input_index.map(|index| index.to_string()),
        ),
        ("error", row.error.as_ref().map(error)),
    ];
    present(fields)
}

fn present<const N: usize>(fields: [(&'static str, Option<String>); N]) -> Fields {
    let fields = fields.into_iter();
    fields
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn error(body: &ErrorBody) -> String {
    let text = |text: &Option<String>| text.as_deref().map(quoted);
    written(&present([
        ("code", text(&body.code)),
        ("message", text(&body.message)),
    ]))
}

/// Replaces a field, or adds it.
fn set(fields: &mut Fields, name: &'static str, value: impl Display) {
    let value = format!("{value}");
    match fields.iter_mut().find(|(other, _)| *other == name) {
        Some((_, old)) => *old = value,
        None => fields.push((name, value)),
    }
}

fn written(fields: &Fields) -> String {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", fields.join(","))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
