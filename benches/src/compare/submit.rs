//! Writing the rows of a submit.

use std::{error::Error, io::Write, time::Duration};

use prism_imports::{Imports, ObjectType, SubmitImport};
use serde::Serialize;

use super::{Bound, Figure, Report, Side, race, setup::idle_imports};
use crate::body::{Contact, contacts};

/// Measures the writing of rows with all their checks against `serde_json` writing the same into a `Vec`.
///
/// # Errors
///
/// When a line cannot be written, or the client cannot be built.
pub fn submit<W: Write>(report: &mut Report<W>) -> Result<(), Box<dyn Error>> {
    if !report.wants("submit") {
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
    report.tell(&Figure::new(
        "submit/write/serde_json",
        ours / theirs,
        "x-time",
        bound,
    ))?;
    Ok(())
}

/// Makes an import ready to be sent: checked, written, and with its key.
///
/// # Panics
///
/// When a row is refused, as none is.
pub fn ours(imports: &Imports, rows: &[Contact]) -> SubmitImport {
    let submit = imports.submit(ObjectType::Contact).rows(rows);
    submit.into_request().expect("the rows are sound")
}

/// Writes the same body by `serde_json` alone.
///
/// # Panics
///
/// When a row cannot be written, as each can.
pub fn theirs(objects: &[Contact]) -> Vec<u8> {
    serde_json::to_vec(&Whole { objects }).expect("the rows are sound")
}

#[derive(Serialize)]
struct Whole<'a> {
    objects: &'a [Contact],
}

/// Rows of a large submit.
pub const ROWS: u32 = 50_000;
const TIME: Duration = Duration::from_secs(2);
