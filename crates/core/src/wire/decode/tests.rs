//! Tests of the reader of rows, and of the strings and numbers in them.
//!
//! `src/tests/row_reader.rs` tests whole bodies.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "the numbers are small, and an overflow fails the test"
)]

use proptest::{prelude::*, sample::select};
use serde_json::Deserializer;
use uuid::Uuid;

use super::{
    DecodeError, Document, Rows,
    cursor::Cursor,
    plain_row::PlainRow,
    row_reader::RowReader,
    text::{index_at_start, text_at_start, uuid_of},
};
use crate::wire::{ErrorBody, Fields, Row, Snapshot, snapshot::WireRows};

/// Reads a snapshot in windows of `length` bytes.
pub(crate) fn read_in_windows(body: &[u8], length: usize) -> Result<Snapshot, DecodeError> {
    let mut document = Document::default();
    let rest = document.read_in_windows(body, length)?;
    let (snapshot, WireRows(results)) = document.finish(rest)?;
    Ok(Snapshot {
        results,
        ..snapshot
    })
}

/// Reads a snapshot as one text, and all of its rows with serde.
pub(crate) fn read_each_row_by_serde(body: &[u8]) -> Result<Snapshot, DecodeError> {
    let (snapshot, BySerde(WireRows(results))) = Document::default().finish(body)?;
    Ok(Snapshot {
        results,
        ..snapshot
    })
}

#[derive(Default)]
struct BySerde(WireRows);

impl Rows for BySerde {
    const KEEPS_UNKNOWN: bool = true;
    const BY_SERDE: bool = true;

    fn begin(&mut self, total: Option<i64>, bytes: usize) {
        self.0.begin(total, bytes);
    }

    fn push(&mut self, row: Row) {
        self.0.push(row);
    }

    fn push_plain(&mut self, _: &PlainRow<'_>) {
        unreachable!("serde reads all rows")
    }
}

/// Returns `true` if the reader reads a row, and checks that the result is equal to that of serde.
fn reads(row: &str, skips_unknown: bool) -> bool {
    let text = format!(" , {row},{{}}");
    let mut plain = PlainRow::default();
    let Some(after) = RowReader::new(&text, skips_unknown).read(false, &mut plain) else {
        return false;
    };
    let mut rows = Deserializer::from_str(&text[3..]).into_iter::<Row>();
    let mut expected = rows.next().unwrap().unwrap();
    assert_eq!(after, &text[rows.byte_offset() + 3..], "{row}");
    let unknown = |error: Option<&ErrorBody>| error.is_some_and(|error| !error.extra.is_empty());
    let has_unknown = plain.error.as_ref().is_some_and(|error| error.has_unknown);
    assert_eq!(has_unknown, unknown(expected.error.as_ref()), "{row}");
    if skips_unknown {
        expected.extra = Fields::default();
        if let Some(error) = &mut expected.error {
            error.extra = Fields::default();
        }
    }
    assert_eq!(Row::from(&plain), expected, "{row}");
    true
}

#[track_caller]
fn check(row: &str, read: bool) {
    assert_eq!(reads(row, true), read, "{row}");
}

#[test]
fn rows_are_read_in_any_order_and_spacing() {
    let id = r#""id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e""#;
    check("{}", true);
    check("{ }", true);
    check(
        &format!(r#"{{{id},"created":true,"existing":false}}"#),
        true,
    );
    check(&format!(r#"{{"existing":null,"updated":true,{id}}}"#), true);
    check(
        &format!("{{\n\t{id} ,\r\n \"input_index\" : 123456789012345678 }}"),
        true,
    );
    check(r#"{"id":null,"input_index":null,"error":null}"#, true);
    check(r#"{"id":"rec_é"}"#, true);
    check(r#"{"id":"182BD5E5-6E1A-4FE4-A799-AA6D9A6AB26E"}"#, true);
    check(r#"{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e-7"}"#, true);
}

#[test]
fn errors_are_read_in_every_form() {
    check(r#"{"error":"no"}"#, true);
    check(r#"{"error":{}}"#, true);
    check(r#"{"error":{"code":null,"message":"é…😀"}}"#, true);
    check(
        r#"{"error":{"message":"a \"b\"\n\u00e9\ud83d\ude00","code":"\/\b\f\r\t\\"}}"#,
        true,
    );
    check(
        r#"{"hint":1,"error":{"code":"x","hint":[7,{"a":null}]},"more":1}"#,
        true,
    );
}

#[test]
fn unknown_fields_are_skipped_if_they_are_not_kept() {
    for value in [
        "7",
        "-0.5e-10",
        "1E+9",
        r#""a\u0062""#,
        "[]",
        "[[],{},[1 , 2]]",
        r#"{"a":[true,{"b\"":null}],"a":false}"#,
    ] {
        let row = format!(r#"{{"created":true,"score":{value},"updated":false}}"#);
        assert!(reads(&row, true), "{row}");
        assert!(!reads(&row, false), "{row}");
    }
    let many = |fields: usize| {
        let fields = (0..fields).map(|field| format!("\"f{field}\":{field}"));
        format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
    };
    check(&many(16), true);
    check(&many(17), false);
    let deep = |depth: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(depth), "]".repeat(depth));
    check(&deep(32), true);
    check(&deep(33), false);
}

#[test]
fn unusual_rows_are_left_to_serde() {
    for row in [
        r#"{"created":true,"created":true}"#,
        r#"{"id":null,"id":"x"}"#,
        r#"{"score":1,"score":1}"#,
        r#"{"error":{"code":"x","code":"x"}}"#,
        r#"{"error":{"hint":1,"hint":1}}"#,
        r#"{"cr\u0065ated":true}"#,
        r#"{"id":"\u00e9"}"#,
        r#"{"id":7}"#,
        r#"{"created":1}"#,
        r#"{"created":truex}"#,
        r#"{"error":7}"#,
        r#"{"error":{"code":7}}"#,
        r#"{"error":"\ud800"}"#,
        r#"{"error":"\u+0e9"}"#,
        "{\"error\":\"a\nb\"}",
        r#"{"x":1e999}"#,
        r#"{"x":01}"#,
        r#"{"x":1.}"#,
        r#"{"x":[1,]}"#,
        r#"{"x":{"a" 1}}"#,
        r#"{"x":nul}"#,
        r#"{"created":true,}"#,
        r#"{"created" true}"#,
        r#"{"created":true"#,
        "null",
        "[]",
    ] {
        check(row, false);
    }
    for index in [
        "-1",
        "-0",
        "07",
        "1.0",
        "1e1",
        "1234567890123456789",
        "\"7\"",
    ] {
        check(&format!(r#"{{"input_index":{index}}}"#), false);
    }
}

proptest! {
    #![proptest_config(crate::tests::config())]

    #[test]
    fn a_row_of_any_tokens_is_equal_to_that_of_serde(tokens in prop::collection::vec(select(TOKENS), 0..12), keeps: bool) {
        reads(&format!("{{{}}}", tokens.concat()), !keeps);
        reads(&format!(r#"{{"x":{}}}"#, tokens.concat()), !keeps);
        reads(&format!(r#"{{"error":{{{}}}}}"#, tokens.concat()), !keeps);
    }

    #[test]
    fn a_number_is_only_skipped_if_serde_reads_it(number in "-?[0-9]{1,3}([0-9]{1,80})?([.][0-9]{0,9})?([eE][+-]?[0-9]{0,3})?") {
        let mut cursor = Cursor { rest: &number };
        if cursor.skip(9).is_some() && cursor.rest.is_empty() {
            prop_assert!(serde_json::from_str::<f64>(&number).is_ok());
        }
    }

    #[test]
    fn a_uuid_is_equal_to_that_of_the_uuid_crate(id in "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", at in 0..36_usize, byte: u8) {
        let expected = |text: &str| Uuid::try_parse(text).ok().map(|id| id.as_u64_pair());
        prop_assert_eq!(uuid_of(&id), expected(&id));
        let mut damaged = id.into_bytes();
        damaged[at] = byte;
        if let Ok(text) = str::from_utf8(&damaged) {
            prop_assert_eq!(uuid_of(text), expected(text));
        }
    }

    #[test]
    fn a_string_is_equal_to_that_of_serde(parts in prop::collection::vec(prop_oneof![
        4 => "[ -~\u{0}-\u{1f}é😀]{0,12}",
        1 => r#"\\["\\/bfnrtuq]"#,
        2 => r"\\u[0-9a-fA-Fd+]{4}",
        1 => select(vec![r"\ud83d\ude00", r"\ud83d", r"\ude00", r"\ud83d\n"]).prop_map(str::to_owned),
    ], 0..6), after in "[ -~é]{0,12}") {
        let quoted = format!("\"{}\"{after}", parts.concat());
        let mut values = Deserializer::from_str(&quoted).into_iter::<String>();
        let expected = values.next().unwrap().ok().map(|text| (text, &quoted[values.byte_offset()..]));
        let mut cursor = Cursor { rest: &quoted };
        let read = cursor.text().map(|text| (text.into_owned(), cursor.rest));
        prop_assert_eq!(read, expected.clone());
        let plain = text_at_start(&quoted[1..]).map(|(text, after)| (text.to_owned(), &after[1..]));
        let has_escapes = expected.as_ref().is_some_and(|(text, after)| text.len() + after.len() + 2 < quoted.len());
        prop_assert_eq!(plain, expected.filter(|_| !has_escapes));
    }

    #[test]
    fn a_number_is_equal_to_that_of_serde(text in "-?[0-9]{1,20}", after in "[,} ]") {
        let read = index_at_start(&format!("{text}{after}")).map(|(index, _)| index);
        let plain = text == "0" || !text.starts_with(['-', '0']) && text.len() <= 18;
        prop_assert_eq!(read, serde_json::from_str(&text).ok().filter(|_| plain));
    }
}

const TOKENS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ",",
    ":",
    " ",
    "\"",
    "\"x\"",
    "\"x\":7",
    "\"y\":[]",
    "\"id\":\"rec_7\"",
    "\"id\":null",
    "\"created\":true",
    "\"existing\":false",
    "\"updated\":null",
    "\"input_index\":",
    "\"error\":",
    "\"error\":\"no\"",
    "\"code\":\"x\"",
    "\"message\":\"\\n\"",
    "\\u0041",
    "null",
    "true",
    "0",
    "12",
    "-1.5e3",
];
