//! Serializing the rows of a submit.

use std::{error::Error, io::Write, time::Duration};

use prism_imports::{Imports, ObjectType, SubmitImport};
use serde::Serialize;

use super::{Bound, Figure, Report, Side, race, setup::idle_imports};
use crate::body::{Contact, contacts};

/// Measures serializing and checking rows against plain `serde_json`.
///
/// # Errors
///
/// Returns an error if a line cannot be written, or the client cannot be built.
pub fn submit<W: Write>(report: &mut Report<W>) -> Result<(), Box<dyn Error>> {
    if !report.includes("submit") {
        return Ok(());
    }
    let (imports, rows) = (idle_imports()?, contacts(ROWS));
    let [ours, theirs] = race(
        TIME,
        [
            Side::of(|| ours(&imports, &rows)),
            Side::of(|| theirs(&rows)),
        ],
    );
    let bound = Bound::AtMost(1.1);
    report.record(&Figure::new(
        "submit/write/serde_json",
        ours / theirs,
        "x-time",
        bound,
    ))?;
    Ok(())
}

/// Creates an import that is ready to send: checked, serialized and with its key.
///
/// # Panics
///
/// Panics if a row is rejected, which does not happen.
pub fn ours(imports: &Imports, rows: &[Contact]) -> SubmitImport {
    let submit = imports.submit(ObjectType::Contact).rows(rows);
    submit.into_request().expect("the rows are valid")
}

/// Serializes the same body with `serde_json` alone.
///
/// # Panics
///
/// Panics if a row cannot be serialized, which does not happen.
pub fn theirs(objects: &[Contact]) -> Vec<u8> {
    serde_json::to_vec(&Body { objects }).expect("the rows are valid")
}

#[derive(Serialize)]
struct Body<'a> {
    objects: &'a [Contact],
}

/// The rows of a large submit.
pub const ROWS: u32 = 50_000;
const TIME: Duration = Duration::from_secs(2);
