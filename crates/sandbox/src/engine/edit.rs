//! Edits of snapshots by faults.

use prism_imports_core::wire::Snapshot;
use serde_json::{Map, Value, json};

use super::sloppy;
use crate::Sloppy;

/// Edits of a snapshot.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<Edit>);

/// One edit.
#[derive(Debug)]
pub(super) enum Edit {
    /// Adds one to the succeeded rows.
    Contradict,
    /// Converts to the legacy format.
    Legacy,
    /// Writes the body by hand; the number of the body, from 1.
    Sloppy(Sloppy, u32),
    /// Replaces fields; null removes a field.
    Set(Map<String, Value>),
}

impl Edits {
    /// Adds an edit.
    pub(super) fn add(&mut self, edit: Edit) {
        self.0.push(edit);
    }

    /// Serializes a snapshot with the edits applied.
    pub(super) fn apply(&self, snapshot: &Snapshot) -> Vec<u8> {
        let sloppy = self.0.iter().find_map(|edit| match edit {
            Edit::Sloppy(how, nth) => Some((*how, *nth)),
            Edit::Contradict | Edit::Legacy | Edit::Set(_) => None,
        });
        if let Some((how, nth)) = sloppy {
            return sloppy::body(how, nth, snapshot);
        }
        let written = if self.0.is_empty() {
            serde_json::to_vec(snapshot)
        } else {
            serde_json::to_value(snapshot).and_then(|mut value| {
                if let Value::Object(fields) = &mut value {
                    // The others would count what a contradiction adds.
                    let is_last = |edit: &&Edit| matches!(edit, Edit::Contradict);
                    let (last, first): (Vec<_>, Vec<_>) = self.0.iter().partition(is_last);
                    first
                        .into_iter()
                        .chain(last)
                        .for_each(|edit| edit.apply(fields));
                }
                serde_json::to_vec(&value)
            })
        };
        written.expect("a snapshot has only string keys")
    }
}

impl Edit {
    fn apply(&self, fields: &mut Map<String, Value>) {
        match self {
            Self::Contradict => {
                let succeeded = fields.get("succeeded").and_then(Value::as_i64).unwrap_or(0);
                fields.insert("succeeded".into(), json!(succeeded.saturating_add(1)));
                if let Some(Value::Array(rows)) = fields.get_mut("results") {
                    rows.push(json!({}));
                }
            }
            Self::Legacy => legacy(fields),
            Self::Sloppy(..) => {}
            Self::Set(changes) => {
                for (name, value) in changes {
                    if value.is_null() {
                        fields.remove(name);
                    } else {
                        fields.insert(name.clone(), value.clone());
                    }
                }
            }
        }
    }
}

/// Converts a snapshot with results to the legacy format; one without results is unchanged.
fn legacy(fields: &mut Map<String, Value>) {
    let Some(Value::Array(rows)) = fields.get_mut("results") else {
        return;
    };
    let count = |rows: &[Value], name: &str| rows.iter().filter(|row| row[name] == true).count();
    let summary = json!({
        "created": count(rows, "created"),
        "existing": count(rows, "existing"),
        "errors": rows.iter().filter(|row| row.get("error").is_some()).count(),
        "total": rows.len(),
    });
    for row in rows.iter_mut().filter_map(Value::as_object_mut) {
        row.remove("input_index");
        row.remove("updated");
        if let Some(error) = row.remove("error") {
            *row = Map::from_iter([("error".to_owned(), error["message"].clone())]);
        }
    }
    let keep = ["job_id", "status", "results"];
    fields.retain(|name, value| keep.contains(&name.as_str()) && !value.is_null());
    fields.insert("summary".into(), summary);
}
