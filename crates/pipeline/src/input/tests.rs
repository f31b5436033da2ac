//! Tests of reading files.

use std::{fs, io::Write as _, path::Path};

use flate2::{Compression, write::GzEncoder};
use prism_imports::ObjectType;

use super::{Format, InputOptions, MAX_ROW};
use crate::{error::InputError, settings::Settings, source::ImportRows};

/// Reads a file, and returns a line of text for each row: its line, its byte, and its JSON or why it is none.
fn read(path: &Path, options: InputOptions) -> Result<Vec<String>, InputError> {
    let settings = Settings::new(ObjectType::Contact).input(options);
    let mut rows = ImportRows::open(path, &settings, &[])?;
    let mut lines = Vec::new();
    while let Some((place, row)) = rows.next_row()? {
        let row = row.to_json().map_or_else(
            |reason| format!("! {reason}"),
            |row| {
                let text = serde_json::to_string(&row).unwrap();
                let values = text.strip_prefix(r#"{"default":"#).unwrap_or(&text);
                values.strip_suffix('}').unwrap_or(values).to_owned()
            },
        );
        lines.push(format!("{}@{} {row}", place.line, place.byte));
    }
    Ok(lines)
}

fn check_with(name: &str, input: &[u8], options: InputOptions, expected: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, input).unwrap();
    let found = read(&path, options).unwrap_or_else(|error| {
        let error = error.to_string();
        let shown = error.strip_prefix(&format!("{}: ", path.display()));
        vec![format!("! {}", shown.expect("errors name the file"))]
    });
    assert_eq!(
        found,
        expected,
        "{name} {:?}",
        input.get(..input.len().min(80))
    );
}

fn check(name: &str, input: impl AsRef<[u8]>, expected: &[&str]) {
    check_with(name, input.as_ref(), InputOptions::default(), expected);
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn csv_delimiters() {
    let expected = &[r#"2@4 {"a":"1","b":"2"}"#];
    for delimiter in [',', ';', '\t', '|'] {
        check("a.csv", format!("a{delimiter}b\n1{delimiter}2\n"), expected);
    }
    check(
        "a.csv",
        "\"x,y,z\";b\n1;2\n",
        &[r#"2@10 {"x,y,z":"1","b":"2"}"#],
    );
    check(
        "a.csv",
        "sep=;\r\na;b\r\n1;2\r\n",
        &[r#"3@12 {"a":"1","b":"2"}"#],
    );
    check("a.csv", "\n\na;b\n1;2\n", &[r#"4@6 {"a":"1","b":"2"}"#]);
    let options = InputOptions::default().delimiter(b'#');
    check_with(
        "a.csv",
        b"a#b,c\n1#2\n",
        options,
        &[r#"2@6 {"a":"1","b,c":"2"}"#],
    );
}

#[test]
fn csv_line_breaks_and_places() {
    check(
        "a.csv",
        "a\n1\n2",
        &[r#"2@2 {"a":"1"}"#, r#"3@4 {"a":"2"}"#],
    );
    check(
        "a.csv",
        "a\r\n1\r\n2\r\n",
        &[r#"2@3 {"a":"1"}"#, r#"3@6 {"a":"2"}"#],
    );
    check(
        "a.csv",
        "a\r1\r2\r",
        &[r#"2@2 {"a":"1"}"#, r#"3@4 {"a":"2"}"#],
    );
    check("a.csv", "a\n\n\n1\n", &[r#"4@4 {"a":"1"}"#]);
    check("a.csv", "a\r\n\r\n1\r\n", &[r#"3@5 {"a":"1"}"#]);
    check(
        "a.csv",
        "a\n\"1\n2\"\n3\n",
        &[r#"2@2 {"a":"1\n2"}"#, r#"4@8 {"a":"3"}"#],
    );
    check(
        "a.csv",
        "a\r\n\"1\r\n2\"\r\n3",
        &[r#"2@3 {"a":"1\r\n2"}"#, r#"4@11 {"a":"3"}"#],
    );
    // Beyond the buffer of the reader.
    let long = "x".repeat(30_000);
    let input = format!("a\r\n{long}\r\n{long}\r\n1\r\n");
    let value = format!(r#"{{"a":"{long}"}}"#);
    let expected = [format!("2@3 {value}"), format!("3@30005 {value}")];
    check(
        "a.csv",
        input,
        &[&expected[0], &expected[1], r#"4@60007 {"a":"1"}"#],
    );
}

#[test]
fn csv_values() {
    check(
        "a.csv",
        "a\n\"say \"\"hi\"\"\"\n",
        &[r#"2@2 {"a":"say \"hi\""}"#],
    );
    check("a.csv", "a\n5\" pipe\n", &[r#"2@2 {"a":"5\" pipe"}"#]);
    check("a.csv", "a\n=1+1\n", &[r#"2@2 {"a":"=1+1"}"#]);
    check("a.csv", "a\n 007 \n", &[r#"2@2 {"a":" 007 "}"#]);
    check("a.csv", " a , b \n1,\n", &[r#"2@8 {"a":"1"}"#]);
    check("a.csv", "a,b\n,\n", &["2@4 ! it has no values"]);
    check(
        "a.csv",
        "a\nZoë 李明 محمد Ольга 🙂\n",
        &[r#"2@2 {"a":"Zoë 李明 محمد Ольга 🙂"}"#],
    );
    let ragged = [
        "2@4 ! it has 1 values, and the header 2 columns",
        "3@6 ! it has 3 values, and the header 2 columns",
        r#"4@12 {"a":"4","b":"5"}"#,
    ];
    check("a.csv", "a,b\n1\n1,2,3\n4,5\n", &ragged);
    check(
        "a.csv",
        "a,b\nsecret\0,1\n",
        &["2@4 ! it has a NUL byte in column 1"],
    );
}

#[test]
fn csv_headers() {
    check(
        "a.csv",
        "a,a\n1,2\n",
        &["! two columns are the property `a`: rename one or leave it out"],
    );
    check(
        "a.csv",
        "a,\n1,2\n",
        &["! column 2 has no name; leave it out or name it"],
    );
    check("a.csv", "a,b\n", &[]);
    check("a.csv", "\n\n", &["! it has no header"]);
    check(
        "a.csv",
        "a\0b\n1\n",
        &["! line 1: the header: it has a NUL byte in column 1"],
    );
    let many = "a,".repeat(99_999) + "a\n";
    check(
        "a.csv",
        many,
        &["! line 1: it has 100000 columns, and 2000 are allowed"],
    );
    check(
        "a.csv",
        "a,error_code,error_message,line\n1,x,y,9\n",
        &[r#"2@32 {"a":"1"}"#],
    );
}

#[test]
fn encodings() {
    let hint = "it is not UTF-8; set an encoding, such as windows-1252";
    let latin = b"naam;b\r\nZo\xeb;1\r\n";
    check("a.csv", latin, &[&format!("2@8 ! column 1: {hint}")]);
    check(
        "a.csv",
        b"na\xefm\n1\n",
        &[&format!("! line 1: the header: column 1: {hint}")],
    );
    check(
        "a.ndjson",
        b"{\"a\":\"\xeb\"}\n",
        &[&format!("1@0 ! {hint}")],
    );
    let options = || InputOptions::default().encoding("windows-1252");
    check_with(
        "a.csv",
        latin,
        options(),
        &[r#"2@8 {"naam":"Zoë","b":"1"}"#],
    );
    let mut long = b"naam;b\n".to_vec();
    long.extend(b"Zo\xeb;1\n".repeat(40_000));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, &long).unwrap();
    let rows = read(&path, options()).unwrap();
    assert_eq!(rows.len(), 40_000);
    assert!(
        rows[39_999].starts_with("40001@") && rows[39_999].ends_with(r#"{"naam":"Zoë","b":"1"}"#)
    );

    check("a.csv", "\u{FEFF}a;b\n1;2\n", &[r#"2@4 {"a":"1","b":"2"}"#]);
    check_with(
        "a.csv",
        "\u{FEFF}a;b\n1;ë\n".as_bytes(),
        options(),
        &[r#"2@4 {"a":"1","b":"ë"}"#],
    );
    let text = "a\tb\r\nZoë\t李\r\n";
    let expected = &[r#"2@5 {"a":"Zoë","b":"李"}"#];
    let units = || std::iter::once(0xFEFF).chain(text.encode_utf16());
    check(
        "a.txt",
        units().flat_map(u16::to_le_bytes).collect::<Vec<_>>(),
        expected,
    );
    check(
        "a.txt",
        units().flat_map(u16::to_be_bytes).collect::<Vec<_>>(),
        expected,
    );
    check_with(
        "a.csv",
        b"a\n1\n",
        InputOptions::default().encoding("latin9000"),
        &["! `latin9000` is no encoding"],
    );
}

#[test]
fn files_that_are_none() {
    check("a.csv", "", &["! it is empty"]);
    check("a.csv.gz", gzip(b""), &["! it is empty"]);
    check(
        "a.csv",
        "PK\x03\x04rest",
        &["! it is a spreadsheet or an archive: save it as CSV"],
    );
    check(
        "a.csv",
        b"\xD0\xCF\x11\xE0rest",
        &["! it is a spreadsheet or an archive: save it as CSV"],
    );
    check(
        "a.xyz",
        "a\n1\n",
        &["! its name does not say its format: set one"],
    );
    check_with(
        "a.xyz",
        b"a\n1\n",
        InputOptions::default().format(Format::Csv),
        &[r#"2@2 {"a":"1"}"#],
    );
    let folder = tempfile::tempdir().unwrap();
    let error = |path: &Path| read(path, InputOptions::default()).unwrap_err().to_string();
    assert!(error(folder.path()).ends_with(": it is a directory"));
    assert!(error(&folder.path().join("none.csv")).contains("none.csv: No such file"));
}

#[test]
fn gzip_is_read() {
    check(
        "a.csv.gz",
        gzip(b"a;b\n1;2\n"),
        &[r#"2@4 {"a":"1","b":"2"}"#],
    );
    let mut two = gzip(b"a\n1\n");
    two.extend(gzip(b"2\n"));
    check("a.csv", two, &[r#"2@2 {"a":"1"}"#, r#"3@4 {"a":"2"}"#]);
    let mut truncated = gzip(b"a\nsecret\n");
    truncated.truncate(truncated.len() - 9);
    check("a.csv.gz", &truncated, &["! incomplete deflate stream"]);
    // Beyond the first buffer, the line is named.
    let text = (0..60_000)
        .map(|row| row.to_string())
        .collect::<Vec<_>>()
        .join("\n");
    let mut truncated = gzip(format!("a\n{text}").as_bytes());
    truncated.truncate(truncated.len() / 2);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv.gz");
    fs::write(&path, truncated).unwrap();
    let error = read(&path, InputOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        error.contains(": line ") && error.ends_with(": incomplete deflate stream"),
        "{error}"
    );
}

#[test]
fn rows_are_bounded() {
    let quote = format!("a\n1\n\"secret{}", "x".repeat(10 << 20));
    let limit = format!("! line 3: a row is longer than {MAX_ROW} bytes; is a quote not closed?");
    check("a.csv", quote, &[&limit]);
    let long = format!("{{}}\n{{\"a\":\"{}\"}}\n", "x".repeat(10 << 20));
    check(
        "a.ndjson",
        long,
        &[&format!("! line 2: it is longer than {MAX_ROW} bytes")],
    );
    let long = format!("[{{}},\n{{\"a\":\"{}\"}}]", "x".repeat(10 << 20));
    check(
        "a.json",
        long,
        &[&format!("! line 2: a row is longer than {MAX_ROW} bytes")],
    );
}

#[test]
fn ndjson() {
    check(
        "a.ndjson",
        "\n{\"a\":1}\r\n \n{\"a\":[\"x\"]}",
        &[r#"2@1 {"a":1}"#, r#"4@12 {"a":["x"]}"#],
    );
    check("a.jsonl", "[1]\n", &["1@0 ! it is no object"]);
    check(
        "a.jsonl",
        "{\"a\":18446744073709551615}\n{\"a\":[184467440737095516150]}\n",
        &[
            r#"1@0 {"a":18446744073709551615}"#,
            "2@27 ! a number has more digits than are kept; write it as text",
        ],
    );
    check(
        "a.jsonl",
        "{\"a\":secret}\n{}\n",
        &[
            "1@0 ! it is no JSON, at column 6 of line 1 of the row",
            "2@13 ! it has no values",
        ],
    );
    check(
        "a.jsonl",
        "{\"default\":{\"a\":1},\"list\":{\"b\":2}}\n",
        &[r#"1@0 {"a":1},"list":{"b":2}"#],
    );
    check(
        "a.jsonl",
        "{\"default\":{}}\n{\"default\":\"x\"}\n",
        &["1@0 ! it has no values", r#"2@15 {"default":"x"}"#],
    );
    check(
        "a.jsonl",
        "{\"a\":\"x\0\"}\n",
        &["1@0 ! it is no JSON, at column 8 of line 1 of the row"],
    );
}

#[test]
fn json_arrays() {
    check("a.json", "[]", &[]);
    check("a.json", " [ ] \n", &[]);
    check(
        "a.json",
        "[{\"a\":1},\n]",
        &["! line 2: there is no row between `,` and `]`"],
    );
    check(
        "a.json",
        r#"[{"a":"]}\"[,"},{"a":{"b":[1]}}]"#,
        &[r#"1@1 {"a":"]}\"[,"}"#, r#"1@16 {"a":{"b":[1]}}"#],
    );
    check(
        "a.json",
        "[\n{\"a\":1},\n1\n]\n",
        &[r#"2@2 {"a":1}"#, "3@11 ! it is no object"],
    );
    check(
        "a.json",
        "[{\"a\":1}",
        &["! line 1: it ends within the array"],
    );
    check(
        "a.json",
        "[\n{\"a\":\"secr",
        &["! line 2: it ends within the array"],
    );
    check(
        "a.json",
        "[{\"a\":1}]\nsecret",
        &["! line 2: there is more after the array"],
    );
    check(
        "a.json",
        "{\"a\":1}",
        &["! line 1: it does not begin with `[`; an object a line is NDJSON"],
    );
    let many = format!("[{}{{\"a\":1}}]", "{\"a\":1},".repeat(9_999));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    fs::write(&path, many).unwrap();
    let rows = read(&path, InputOptions::default()).unwrap();
    assert_eq!(
        (rows.len(), rows[9_999].as_str()),
        (10_000, r#"1@79993 {"a":1}"#)
    );
}
