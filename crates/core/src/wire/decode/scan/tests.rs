//! Tests of the learned shapes. The property test in `src/tests/scan.rs` checks that rows are read correctly.

use proptest::prelude::*;
use uuid::Uuid;

use super::{MOST_SHAPES, Scanner, index_at_start, text_at_start, uuid::uuid_at_start};
use crate::wire::{Row, decode::plain_row::PlainRow};

/// Returns `true` if a row is read by the shape of a learned row, and checks that the result is equal to that of serde.
fn reads(learned: &str, row: &str) -> bool {
    let mut scanner = Scanner::default();
    scanner.learn(&format!(",{learned}"));
    let text = format!(",{row},{{}}],\"total\":1}}");
    let mut plain = PlainRow::default();
    let Some(after) = scanner.read(&text, &mut plain) else {
        return false;
    };
    assert_eq!(after, ",{}],\"total\":1}");
    assert_eq!(
        Row::from(plain),
        serde_json::from_str(row).unwrap(),
        "{row}"
    );
    true
}

const ID: &str = "182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e";

#[test]
fn rows_of_a_learned_shape_are_read() {
    let created = |id: &str| format!(r#"{{"id":"{id}","created":true,"existing":false}}"#);
    let learned = created(ID);
    assert!(reads(
        &learned,
        &created("00000000-0000-0000-0000-00000000000F")
    ));
    assert!(!reads(
        &learned,
        &created("{182bd5e5-6e1a-4fe4-a799-aa6d9a6ab2}")
    ));
    assert!(!reads(
        &learned,
        &created("182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26g")
    ));
    assert!(!reads(&learned, &created("rec_7")));
    assert!(reads(&created("rec_7"), &created("rec_8é")));
    assert!(reads(&created("rec_7"), &learned));
    assert!(!reads(&learned, &learned.replace("true", "null")));
    assert!(!reads(&learned, &learned.replace(",\"c", ", \"c")));
    assert!(!reads(
        &learned,
        r#"{"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true}"#
    ));

    let failed = |code: &str, message: &str| {
        format!(r#"{{ "input_index": 7, "error": {{ "code": {code}, "message": {message} }} }}"#)
    };
    let learned = failed(r#""invalid_email""#, r#""no""#);
    assert!(reads(
        &learned,
        &failed(r#""""#, r#""the address of Ada is no address: é…😀""#)
    ));
    assert!(reads(&learned, &learned.replace('7', "0")));
    assert!(reads(&learned, &learned.replace('7', "123456789012345678")));
    for index in ["-1", "07", "1.0", "1e1", "1234567890123456789", "null"] {
        assert!(!reads(&learned, &learned.replace('7', index)), "{index}");
    }
    for text in [r#""a\"b""#, "\"a\nb\"", "null", "7", r#"{"x":1}"#] {
        assert!(!reads(&learned, &failed(text, r#""no""#)), "{text}");
    }
    assert!(reads(
        r#"{"error":"no"}"#,
        r#"{"error":"no e-mail address"}"#
    ));
    assert!(reads(r#"{"error":{}}"#, r#"{"error":{}}"#));
    assert!(reads(r#"{"updated":null}"#, r#"{"updated":null}"#));
}

#[test]
fn no_shape_is_learned_from_rows_with_rare_features() {
    for row in [
        "{}x",
        r#"{"score":7}"#,
        r#"{"cr\u0065ated":true}"#,
        r#"{"input_index":-7}"#,
        r#"{"id":"\u00e9"}"#,
        r#"{"error":{"hint":7}}"#,
        r#"{"error":{"code":"\n"}}"#,
    ] {
        assert!(!reads(row, row), "{row}");
    }
    assert!(!reads(&format!("{}{{}}", " ".repeat(2_000)), "{}"));
}

#[test]
fn the_number_of_shapes_is_limited() {
    let mut scanner = Scanner::default();
    for spaces in 0..100 {
        scanner.learn(&format!(",{}{{}}", " ".repeat(spaces)));
    }
    assert_eq!(scanner.shapes.len(), MOST_SHAPES);
}

#[test]
fn rows_are_skipped_after_failed_attempts_to_learn() {
    let mut scanner = Scanner::default();
    let mut attempts = 0;
    for _ in 0..10_000 {
        attempts += usize::from(scanner.skip.0 == 0);
        scanner.learn(r#",{"score":7}"#);
    }
    assert!((10..200).contains(&attempts), "{attempts}");
}

proptest! {
    #[test]
    fn a_uuid_is_equal_to_that_of_the_uuid_crate(id in "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", at in 0..36_usize, byte: u8) {
        let read = |text: &str| uuid_at_start(text).map(|(id, _, _)| id);
        prop_assert_eq!(read(&id), Uuid::try_parse(&id).ok());
        let mut damaged = id.into_bytes();
        damaged[at] = byte;
        if let Ok(text) = str::from_utf8(&damaged) {
            prop_assert_eq!(read(text), Uuid::try_parse(text).ok());
        }
    }

    #[test]
    fn a_string_ends_at_the_same_position_as_with_serde(text in "[ -~\u{0}-\u{1f}é😀]{0,30}", after in "[ -~é]{0,12}") {
        let quoted = format!("\"{text}\"{after}");
        let mut values = serde_json::Deserializer::from_str(&quoted).into_iter::<&str>();
        match text_at_start(&quoted[1..]) {
            Some((text, after)) => {
                prop_assert_eq!(values.next().unwrap().unwrap(), text);
                prop_assert_eq!(format!("\"{}", &quoted[values.byte_offset()..]), after);
            }
            None => prop_assert!(text.contains(|c| c == '\\' || c < ' ')),
        }
    }

    #[test]
    fn a_number_is_equal_to_that_of_serde(text in "-?[0-9]{1,20}", after in "[,} ]") {
        let read = index_at_start(&format!("{text}{after}")).map(|(index, _)| index);
        let plain = text == "0" || !text.starts_with(['-', '0']) && text.len() <= 18;
        prop_assert_eq!(read, serde_json::from_str(&text).ok().filter(|_| plain));
    }
}
