use std::{collections::BTreeMap, iter};

use serde::ser::SerializeStruct;
use serde_json::{json, value::RawValue};

use super::*;

/// Writes several rows with one cache and compares the output with that of `serde_json`.
fn check(rows: &[impl Serialize]) {
    let mut names = Names::default();
    for row in rows {
        let mut json = Vec::new();
        row.serialize(&mut Writer::new(&mut json, &mut names))
            .unwrap();
        let expected = serde_json::to_string(row).unwrap();
        assert_eq!(String::from_utf8(json).unwrap(), expected);
    }
}

#[derive(Serialize)]
struct Unit;

#[derive(Serialize)]
struct Wrapped(f32);

#[derive(Serialize)]
struct Pair(u8, &'static str);

#[derive(Serialize, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    Ada,
}

#[derive(Serialize)]
enum Either {
    Unit,
    Newtype(Option<()>),
    Tuple(i8, Vec<()>),
    Struct { a: (), b: [bool; 2] },
}

struct Bytes(&'static [u8]);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

struct Shown(char);

impl Serialize for Shown {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("<{}>", self.0))
    }
}

#[derive(Serialize)]
struct Most {
    name: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skipped: Option<u8>,
    #[serde(flatten)]
    flat: BTreeMap<&'static str, Either>,
}

#[test]
fn every_type_of_value_is_written_as_by_serde_json() {
    check(&[(false, 'a', '"', '\u{7f}', "é\u{2028}", "")]);
    check(&[(i8::MIN, i16::MIN, i32::MIN, i64::MIN, i128::MIN)]);
    check(&[(u8::MAX, u16::MAX, u32::MAX, u64::MAX, u128::MAX)]);
    check(&[(f32::MIN_POSITIVE, f64::MAX, -0.0, 1.0, 1e21, Wrapped(0.1))]);
    check(&[((), Unit, None::<u8>, Some(1), Pair(1, "b"))]);
    check(&[(Bytes(b"\x00\xff"), Bytes(b""), Shown('"'), Shown('a'))]);
    check(&[
        Either::Unit,
        Either::Newtype(None),
        Either::Newtype(Some(())),
    ]);
    check(&[Either::Tuple(-1, vec![]), Either::Tuple(0, vec![(), ()])]);
    let b = [true, false];
    check(&[Either::Struct { a: (), b }, Either::Struct { a: (), b }]);
    check(&[
        json!({}),
        json!([]),
        json!({"a": [1, {"b": null}, []], "\n": {}}),
    ]);
    check(&[RawValue::from_string(r#"{"a" : [ ]}"#.to_owned()).unwrap()]);
    check(&[[json!(1), json!(0.5)], [json!(-1), json!("\\")]]);
    let most = |skipped, key| Most {
        name: None,
        skipped,
        flat: BTreeMap::from([(key, Either::Unit), ("z", Either::Newtype(None))]),
    };
    check(&[most(None, "a"), most(Some(1), "b"), most(None, "name")]);
}

#[test]
fn keys_are_written_as_by_serde_json() {
    check(&[BTreeMap::from([("a", 1), ("\"", 2), ("", 3)])]);
    check(&[BTreeMap::from([(1, 1), (-2, 2)])]);
    check(&[BTreeMap::from([(true, 1), (false, 2)])]);
    check(&[BTreeMap::from([('a', 1), ('\\', 2)])]);
    check(&[BTreeMap::from([(Name::Ada, 1)])]);
    check(&[BTreeMap::from([(Some(u128::MAX), 1)])]);
}

#[test]
fn texts_of_any_length_are_escaped_as_by_serde_json() {
    let mut random = fastrand::Rng::with_seed(7);
    for length in (0..64).cycle().take(20_000) {
        let odd = random.choice(['"', '\\', '\u{1f}', '\0', '\u{7f}', 'é', '\u{80}', ' ', '!']);
        let mut text: Vec<char> = iter::repeat_with(|| random.alphanumeric())
            .take(length)
            .collect();
        if let Some(place) = random.choice(0..length.max(1)).filter(|_| length > 0) {
            text[place] = odd.unwrap();
        }
        check(&[text.into_iter().collect::<String>()]);
    }
}

/// A row with these fields.
struct Fields(Vec<&'static str>);

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Fields", self.0.len())?;
        for name in &self.0 {
            fields.serialize_field(name, &0)?;
        }
        fields.end()
    }
}

#[test]
fn names_are_distinguished_in_any_order_and_number() {
    const TEXT: &str = "default";
    check(&[
        Fields(vec![TEXT, &TEXT[..3], &TEXT[3..], "\"", "é\n", ""]),
        Fields(vec!["\"", TEXT, &TEXT[..3], &TEXT[..3], "other", TEXT]),
        Fields(vec![]),
        Fields(vec![&TEXT[3..], ""]),
    ]);
    let many = |count| (0..count).map(|n: u32| &*n.to_string().leak()).collect();
    let (many, more): (Vec<_>, Vec<_>) = (many(200), many(700));
    let reversed = many.iter().rev().copied().collect();
    check(&[
        Fields(many.clone()),
        Fields(reversed),
        Fields(more.clone()),
        Fields(many),
        Fields(more),
    ]);
}
