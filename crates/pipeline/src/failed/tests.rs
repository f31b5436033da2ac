//! Tests of the files of failed rows: read with the same settings, they are the rows that failed.

use std::fs;

use prism_imports::ObjectType;
use proptest::{collection::vec, prelude::*};
use rusqlite::params;

use super::write_failed;
use crate::{
    input::{Format, InputOptions},
    journal::Journal,
    plan::Plan,
    settings::Settings,
    source::ImportRows,
};

/// Lets some rows of a file fail, and checks that they are read again from what is written.
fn check(input: &[u8], options: InputOptions, is_failed: &[bool]) {
    let folder = tempfile::tempdir().unwrap();
    let [rows, journal, again] = ["rows", "journal", "again"].map(|name| folder.path().join(name));
    fs::write(&rows, input).unwrap();
    let settings = Settings::new(ObjectType::Contact).input(options);
    let read = |path| {
        let (mut rows, mut found) = (ImportRows::open(path, &settings, &[]).unwrap(), Vec::new());
        while let Some((_, row)) = rows.next_row().unwrap() {
            found.push(serde_json::to_value(row.to_json().unwrap()).unwrap());
        }
        found
    };
    let held = Journal::create(&journal, &Plan::of(&rows, settings.clone()).unwrap()).unwrap();
    let mut expected = Vec::new();
    let insert = "INSERT INTO failed_row (chunk, row, code, message) VALUES (1, ?, 'code', 'a; \"message\"')";
    for ((at, row), is_failed) in (0_i64..).zip(read(&rows)).zip(is_failed) {
        if *is_failed {
            held.connection().execute(insert, params![at]).unwrap();
            expected.push(row);
        }
    }
    let mut written = Vec::new();
    assert_eq!(
        write_failed(&journal, &mut written).unwrap(),
        expected.len() as u64
    );
    fs::write(&again, written).unwrap();
    // A file of lines without a row is empty, which is an error of reading it.
    if !expected.is_empty() {
        assert_eq!(read(&again), expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn csv(
        rows in vec(("[a-zë]{1,8}", "[a-z,;|\"\r\n\t ë]{0,8}"), 1..12),
        is_failed in vec(any::<bool>(), 12),
        delimiter in prop::option::of(prop::sample::select(&[b';', b'\t', b'#'][..])),
        is_latin in any::<bool>(),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter.unwrap_or(b',')).from_writer(Vec::new());
        writer.write_record(["a", "\"b;c;d;e;f;g\""]).unwrap();
        for (a, b) in &rows {
            writer.write_record([a, b]).unwrap();
        }
        let mut input = writer.into_inner().unwrap();
        let mut options = InputOptions::default().format(Format::Csv);
        if let Some(delimiter) = delimiter {
            options = options.delimiter(delimiter);
        }
        if is_latin {
            options = options.encoding("windows-1252");
            input = encoding_rs::WINDOWS_1252.encode(str::from_utf8(&input).unwrap()).0.into_owned();
        }
        check(&input, options, &is_failed);
    }

    #[test]
    fn objects(
        rows in vec(".{1,8}", 1..12),
        is_failed in vec(any::<bool>(), 12),
        is_array in any::<bool>(),
    ) {
        let lines: Vec<_> = rows.iter().map(|a| serde_json::json!({"a": a}).to_string()).collect();
        let (format, input) = if is_array {
            (Format::Json, format!("[{}]", lines.join(",")))
        } else {
            (Format::Ndjson, lines.join("\n"))
        };
        check(input.as_bytes(), InputOptions::default().format(format), &is_failed);
    }
}
