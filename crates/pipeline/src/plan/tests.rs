//! Tests of plans: the rows of a file are in its chunks, in order.

use std::fs;

use prism_imports::ObjectType;
use proptest::{collection::vec, prelude::*};
use serde_json::json;

use super::Plan;
use crate::{
    chunk::{Chunk, Packed},
    input::{Format, InputOptions},
    settings::Settings,
    source::ImportRows,
};

/// Plans a file, and returns the plan and the rows of each chunk.
fn planned(input: &[u8], settings: &Settings) -> (Plan, Vec<Vec<serde_json::Value>>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rows");
    fs::write(&path, input).unwrap();
    let plan = Plan::of(&path, settings.clone()).unwrap();
    let mut rows = ImportRows::open(&path, settings, &plan.merged).unwrap();
    let read = |packed: &Packed| {
        let chunk = Chunk::from(packed);
        assert_eq!(Packed::from(&chunk), *packed);
        let read = rows.read_chunk(&chunk).unwrap();
        let (left, right) = read.split_at(read.len() / 2);
        let [first, second] = chunk.clone().halves([left, right]);
        assert_eq!(
            (first.rows.len(), second.rows.len()),
            (left.len(), right.len())
        );
        assert_eq!(first.bytes + second.bytes, chunk.bytes);
        assert_eq!([first.rows, second.rows].concat(), chunk.rows);
        assert_eq!([first.lines, second.lines].concat(), chunk.lines);
        let values = read.iter().map(|row| serde_json::to_value(row).unwrap());
        values.collect::<Vec<_>>()
    };
    let chunks = plan.chunks.iter().map(read).collect();
    (plan, chunks)
}

fn check(input: &[u8], settings: &Settings, expected: &[serde_json::Value]) {
    let (rows, bytes) = (settings.chunk_rows as usize, settings.chunk_bytes);
    let (plan, chunks) = planned(input, settings);
    assert_eq!(chunks.concat(), expected);
    for chunk in &plan.chunks {
        assert!(chunk.rows <= rows);
        assert!(chunk.bytes <= bytes || chunk.rows == 1);
    }
    let (again, same) = planned(input, settings);
    assert_eq!(
        (again.digest, again.chunks, same),
        (plan.digest, plan.chunks, chunks)
    );
}

fn settings(format: Format, rows: u32, bytes: u64) -> Settings {
    let input = InputOptions::default().format(format);
    Settings::new(ObjectType::Contact)
        .input(input)
        .chunk_rows(rows)
        .chunk_bytes(bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn csv_rows_are_kept(
        rows in vec(("[^\0]{1,12}", "[a-z,;|\"\r\n\t ]{0,8}"), 1..30),
        delimiter in prop::sample::select(&[b',', b';', b'\t', b'|', b'#'][..]),
        (most, bytes) in (1_u32..12, 1_u64..400),
    ) {
        let mut writer = csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["a", "b"]).unwrap();
        for (a, b) in &rows {
            writer.write_record([a, b]).unwrap();
        }
        let mut settings = settings(Format::Csv, most, bytes);
        settings.input = settings.input.delimiter(delimiter);
        let expected: Vec<_> = rows.iter().map(|(a, b)| match b.as_str() {
            "" => json!({"default": {"a": a}}),
            b => json!({"default": {"a": a, "b": b}}),
        }).collect();
        check(&writer.into_inner().unwrap(), &settings, &expected);
    }

    #[test]
    fn objects_are_kept(
        rows in vec((".{0,12}", any::<i64>()), 1..30),
        (most, bytes, is_array) in (1_u32..12, 1_u64..400, any::<bool>()),
    ) {
        let objects: Vec<_> = rows.iter().map(|(a, b)| json!({"a": a, "b": b})).collect();
        let lines = objects.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (format, input) = if is_array {
            (Format::Json, format!("[{}]", lines.join(", ")))
        } else {
            (Format::Ndjson, lines.join("\n"))
        };
        let expected: Vec<_> = objects.into_iter().map(|row| json!({"default": row})).collect();
        check(input.as_bytes(), &settings(format, most, bytes), &expected);
    }
}

#[test]
fn rows_of_the_same_key_are_merged_into_the_last() {
    let input = "email,name,city\na@x.io,Ada,\nb@x.io,Bo,Ulm\nA@x.io,,Bern\n,Cy,\na@x.io,Eve,\n";
    let settings = settings(Format::Csv, 2, 1 << 20)
        .dedupe_by("email")
        .merge_duplicates();
    let (plan, chunks) = planned(input.as_bytes(), &settings);
    let rows = [
        json!({"default": {"email": "b@x.io", "name": "Bo", "city": "Ulm"}}),
        json!({"default": {"name": "Cy"}}),
        json!({"default": {"email": "a@x.io", "name": "Eve", "city": "Bern"}}),
    ];
    assert_eq!(chunks.concat(), rows);
    let merged: Vec<_> = plan
        .merged
        .iter()
        .map(|merged| (merged.row, merged.into_row))
        .collect();
    assert_eq!(
        (merged, plan.rows(), plan.duplicates()),
        (vec![(0, 4), (2, 4)], 5, (0, None))
    );

    let nested = "{\"default\":{\"email\":\"a\"},\"list\":{\"x\":1}}\n{\"default\":{\"email\":\"a\"},\"list\":{\"y\":2}}\n";
    let (_, chunks) = planned(
        nested.as_bytes(),
        &settings.input(InputOptions::default().format(Format::Ndjson)),
    );
    assert_eq!(
        chunks.concat(),
        [json!({"default": {"email": "a"}, "list": {"x": 1, "y": 2}})]
    );
}
