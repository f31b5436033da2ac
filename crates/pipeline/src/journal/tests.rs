//! Tests of journals: what is no journal, or cannot be written, is refused.

use std::{fs, path::Path};

use prism_imports::ObjectType;
use rusqlite::Connection;
use tempfile::TempDir;

use super::Journal;
use crate::{error::PipelineError, plan::Plan, settings::Settings};

fn plan(folder: &TempDir) -> Plan {
    let path = folder.path().join("rows.csv");
    let rows = "someone@example.org\n".repeat(2_000);
    fs::write(&path, format!("email\n{rows}")).unwrap();
    Plan::of(&path, Settings::new(ObjectType::Contact).chunk_rows(10)).unwrap()
}

/// Changes a journal, and checks why it is refused.
fn check(change: impl FnOnce(&Path), expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.journal");
    drop(Journal::create(&path, &plan(&folder)).unwrap());
    change(&path);
    refused(Journal::open(&path), &path, expected);
}

fn refused(result: Result<Journal, PipelineError>, path: &Path, expected: &str) {
    let error = result.unwrap_err();
    assert!(matches!(error, PipelineError::Journal { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with(&format!("{}: ", path.display())), "{text}");
    assert!(text.contains(expected), "{text}");
}

fn sql(sql: &'static str) -> impl Fn(&Path) {
    move |path| Connection::open(path).unwrap().execute_batch(sql).unwrap()
}

#[test]
fn what_is_no_journal_is_refused() {
    check(
        |path| fs::remove_file(path).unwrap(),
        "there is no such journal",
    );
    check(
        |path| fs::write(path, "").unwrap(),
        "it is no journal of an import",
    );
    check(
        |path| fs::write(path, "some text\n".repeat(99)).unwrap(),
        "not a database",
    );
    check(
        sql("PRAGMA application_id = 1"),
        "it is no journal of an import",
    );
    check(
        sql("PRAGMA user_version = 9"),
        "a newer version wrote it: its version is 9, and 1 is known",
    );
    check(
        |path| {
            let bytes = fs::read(path).unwrap();
            fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        },
        "malformed",
    );
}

#[test]
fn one_handle_holds_a_journal_and_nothing_is_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let (path, plan) = (folder.path().join("a.journal"), plan(&folder));
    let journal = Journal::create(&path, &plan).unwrap();
    refused(Journal::open(&path), &path, "another process is running it");
    refused(
        Journal::create(&path, &plan),
        &path,
        "another process is running it",
    );
    drop(journal);
    refused(
        Journal::create(&path, &plan),
        &path,
        "there is a journal already",
    );
    assert_eq!(
        Journal::open(&path).unwrap().report().unwrap().pending(),
        2_000
    );

    let other = folder.path().join("other.db");
    sql("CREATE TABLE other (a)")(&other);
    let before = fs::read(&other).unwrap();
    refused(
        Journal::create(&other, &plan),
        &other,
        "there is a journal already",
    );
    assert_eq!(fs::read(&other).unwrap(), before);
}

#[test]
fn a_changed_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path().join("a.journal"), &plan(&folder)).unwrap();
    journal.head().unwrap().check_input().unwrap();
    fs::write(folder.path().join("rows.csv"), "email\nx\n").unwrap();
    let error = journal.head().unwrap().check_input().unwrap_err();
    assert!(matches!(error, PipelineError::Changed { .. }), "{error:?}");
}

#[test]
fn a_full_disk_is_an_error_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::create(folder.path().join("a.journal"), &plan(&folder)).unwrap();
    let pages = journal
        .connection()
        .pragma_query_value(None, "page_count", |row| row.get(0));
    let pages: i64 = pages.unwrap();
    journal
        .connection()
        .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
        .unwrap();
    let text = "x".repeat(1 << 20);
    let full = journal
        .connection()
        .execute("UPDATE chunk SET error = ?", [text]);
    let error = super::failed(journal.path())(full.unwrap_err());
    refused(Err(error), journal.path(), "full");
    assert_eq!(journal.report().unwrap().pending(), 2_000);
}

#[test]
fn what_was_written_before_a_power_cut_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let journal = Journal::create(&path, &plan(&folder)).unwrap();
    for key in 0..20 {
        let update = "UPDATE chunk SET state = 'sending', key = ?";
        journal
            .connection()
            .execute(update, [format!("key-{key}")])
            .unwrap();
    }
    // The files as they are while the process runs: the journal, and what was written ahead.
    let ahead = folder.path().join("journal-wal");
    let (whole, log) = (fs::read(&path).unwrap(), fs::read(&ahead).unwrap());
    assert!(log.len() > 20 * 4_096, "{}", log.len());
    let other = folder.path().join("other");
    let mut last = -1;
    for length in (0..log.len()).step_by(1_000).chain([log.len()]) {
        fs::write(&other, &whole).unwrap();
        fs::write(folder.path().join("other-wal"), &log[..length]).unwrap();
        // A log that is cut off is a journal of an earlier instant.
        let Ok(journal) = Journal::open(&other) else {
            assert!(last < 0, "{length}");
            continue;
        };
        let select = "SELECT CAST(coalesce(substr(key, 5), '-1') AS INTEGER) FROM chunk";
        let key: i64 = journal
            .connection()
            .query_row(select, [], |row| row.get(0))
            .unwrap();
        assert!(key >= last, "{length}: {key} after {last}");
        last = key;
    }
    assert_eq!(last, 19);
}
