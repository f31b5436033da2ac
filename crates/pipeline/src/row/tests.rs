//! Tests of mappings and types.

use std::fs;

use prism_imports::ObjectType;

use super::{ColumnType, Mapping};
use crate::{settings::Settings, source::ImportRows};

/// Reads the first row of a CSV file with a mapping.
fn check(mapping: Mapping, input: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.csv");
    fs::write(&path, input).unwrap();
    let settings = Settings::new(ObjectType::Contact).mapping(mapping);
    let mut rows = ImportRows::open(&path, &settings, &[]);
    let row = rows
        .as_mut()
        .map(|rows| rows.next_row().unwrap().unwrap().1.to_json());
    let found = match row {
        Ok(Ok(row)) => serde_json::to_string(&row).unwrap(),
        Ok(Err(reason)) => reason,
        Err(error) => error
            .to_string()
            .replace(&format!("{}: ", path.display()), "! "),
    };
    assert_eq!(found, expected, "{input:?}");
}

#[test]
fn types() {
    let of = |of| Mapping::default().column_type("a", of);
    for (text, number) in [("1", "1"), (" -2.5 ", "-2.5"), ("1e3", "1000.0")] {
        check(
            of(ColumnType::Number),
            &format!("a\n{text}\n"),
            &format!(r#"{{"default":{{"a":{number}}}}}"#),
        );
    }
    for text in [
        "secret",
        "\"1,5\"",
        "007",
        "1e999",
        "184467440737095516150",
        "NaN",
        "\"\"\"1\"\"\"",
        " ",
    ] {
        check(
            of(ColumnType::Number),
            &format!("a\n{text}\n"),
            "`a` is no number",
        );
    }
    for (text, value) in [
        ("TRUE", true),
        ("yes", true),
        ("1", true),
        (" No ", false),
        ("0", false),
    ] {
        check(
            of(ColumnType::Boolean),
            &format!("a\n{text}\n"),
            &format!(r#"{{"default":{{"a":{value}}}}}"#),
        );
    }
    check(of(ColumnType::Boolean), "a\nsecret\n", "`a` is no boolean");
    check(
        of(ColumnType::List(';')),
        "a,b\nx; y;;z,1\n",
        r#"{"default":{"a":["x","y","z"],"b":"1"}}"#,
    );
    check(
        of(ColumnType::Number),
        "a,b\n,1\n",
        r#"{"default":{"b":"1"}}"#,
    );
    check(
        of(ColumnType::Number).empty_as_null(),
        "a,b\n,1\n",
        r#"{"default":{"a":null,"b":"1"}}"#,
    );
    check(
        of(ColumnType::Number),
        "b\n1\n",
        "! no column is the property `a`, which has a type",
    );
}

#[test]
fn mappings() {
    let mapping = Mapping::default;
    check(
        mapping().rename("E-Mail", "email"),
        " E-Mail \nx\n",
        r#"{"default":{"email":"x"}}"#,
    );
    check(
        mapping().leave_out("b"),
        "a,b\n1,2\n",
        r#"{"default":{"a":"1"}}"#,
    );
    check(
        mapping().leave_out(""),
        "a,\n1,2\n",
        r#"{"default":{"a":"1"}}"#,
    );
    check(
        mapping().leave_out("c"),
        "a,b\n1,2\n",
        "! there is no column `c`",
    );
    check(
        mapping().leave_out("a"),
        "a\n1\n",
        "! every column is left out",
    );
    let two = "! two columns are the property `b`: rename one or leave it out";
    check(mapping().rename("a", "b"), "a,b\n1,2\n", two);
}
