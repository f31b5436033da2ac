use std::collections::BTreeMap;

use serde::Serializer;
use serde_json::{json, value::RawValue};

use super::*;

/// Pushes a row and compares the body, or the reason why the row was refused.
fn check(row: impl Serialize, expected: Result<&str, &str>) {
    let mut body = Body::new();
    body.push(&row);
    let json = body.finish().map_err(|error| error.to_string());
    let json = json.map(|json| String::from_utf8(json.to_vec()).unwrap());
    let row = json.as_deref().map(|json| {
        json.strip_prefix(r#"{"objects":["#)
            .and_then(|json| json.strip_suffix("]}"))
    });
    let refused = |reason| Err(format!("row 0 cannot be sent: {reason}"));
    assert_eq!(
        row.map_err(Clone::clone),
        expected.map(Some).or_else(refused)
    );
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

#[derive(Serialize)]
struct Typed {
    default: Option<Contact>,
    list: Option<BTreeMap<&'static str, f32>>,
}

#[derive(Serialize)]
struct Contact {
    email: &'static str,
    score: f64,
}

fn typed(score: f64) -> Typed {
    Typed {
        default: Some(Contact {
            email: "a@b.c",
            score,
        }),
        list: None,
    }
}

#[test]
fn a_row_has_default_or_list() {
    check(
        json!({"default": {"email": "a"}}),
        Ok(r#"{"default":{"email":"a"}}"#),
    );
    check(json!({"list": {}}), Ok(r#"{"list":{}}"#));
    check(
        json!({"default": null, "list": {}}),
        Ok(r#"{"default":null,"list":{}}"#),
    );
    check(
        json!({"list": {}, "default": null}),
        Ok(r#"{"default":null,"list":{}}"#),
    );
    check(
        typed(1.5),
        Ok(r#"{"default":{"email":"a@b.c","score":1.5},"list":null}"#),
    );
    check(raw(r#"{"default": {}}"#), Ok(r#"{"default": {}}"#));
    check(json!({}), Err(NO_FIELDS));
    check(json!({"default": null}), Err(NO_FIELDS));
    check(
        json!({"Default": {"default": {}, "list": {}}}),
        Err(NO_FIELDS),
    );
    check(
        json!({"other": "default", "\u{64}efaults": 1}),
        Err(NO_FIELDS),
    );
    check(
        Typed {
            default: None,
            list: None,
        },
        Err(NO_FIELDS),
    );
    check(raw(r#"{"other": 1}"#), Err(NO_FIELDS));
    for row in [
        json!(null),
        json!("default"),
        json!([{"default": {}}]),
        json!(1),
    ] {
        check(row, Err(NO_OBJECT));
    }
    check(raw(r#"[{"default": {}}]"#), Err(NO_OBJECT));
}

#[test]
fn a_row_may_be_deep_and_hold_numbers_of_any_size() {
    let deep = format!(r#"{{"default":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    check(raw(&deep), Ok(&deep));
    let large = r#"{"list":{"n":1e999,"m":123456789012345678901234567890}}"#;
    check(raw(large), Ok(large));
    check(
        raw(r#"{"\u0064efault":{},"default":1}"#),
        Err("it names `default` or `list` twice"),
    );
    check(
        raw(r#"{"default":1,"\ud800":1}"#),
        Err("it does not serialize to JSON"),
    );
}

#[test]
fn an_enum_is_a_row_by_its_variant() {
    #[derive(Serialize)]
    #[serde(rename_all = "lowercase")]
    enum Row {
        Default(Option<u8>),
        List { stage: u8 },
        Other(u8),
    }

    check(Row::Default(Some(1)), Ok(r#"{"default":1}"#));
    check(Row::List { stage: 1 }, Ok(r#"{"list":{"stage":1}}"#));
    check(Row::Default(None), Err(NO_FIELDS));
    check(Row::Other(1), Err(NO_FIELDS));
}

#[test]
fn a_name_counts_as_a_whole() {
    check(json!({"default\n": 1}), Err(NO_FIELDS));
    check(json!({"\ndefault": 1}), Err(NO_FIELDS));
    check(json!({"default\"": 1, "list ": 1}), Err(NO_FIELDS));
    check(Keyed(0.5), Err(NO_FIELDS));
}

#[test]
fn what_json_cannot_hold_is_refused() {
    const REFUSED: Result<&str, &str> = Err("it does not serialize to JSON");
    check(BTreeMap::from([((1, 2), 1)]), REFUSED);
    check(BTreeMap::from([(None::<u8>, 1)]), REFUSED);
}

#[test]
fn a_field_that_is_named_twice_or_holds_null_is_seen_in_each_form() {
    const TWICE: Result<&str, &str> = Err("it names `default` or `list` twice");
    for (first, second) in [(json!(1), json!(2)), (json!(null), json!({}))] {
        for name in ["default", "list"] {
            check(
                raw(&format!(r#"{{"{name}":{first},"{name}":{second}}}"#)),
                TWICE,
            );
            let fields = [first.clone(), second.clone()].map(|value| (name, value));
            check(Pairs(fields.to_vec()), TWICE);
        }
    }
    for value in [json!([null]), json!({"a": null}), json!([[], {}, [null]])] {
        let row = json!({"default": value});
        check(&row, Ok(&row.to_string()));
    }
    check(
        json!({"list": null, "other": {"default": 1}}),
        Err(NO_FIELDS),
    );
    check(BTreeMap::from([("default", raw("null"))]), Err(NO_FIELDS));
    check(
        BTreeMap::from([("default", raw("[null]"))]),
        Ok(r#"{"default":[null]}"#),
    );
    check(Pairs(vec![("default\"", json!(1))]), Err(NO_FIELDS));
    let text = json!({"default": "\\", "a": "}\":\\\"{", "b": ["n", "\"]"]});
    check(&text, Ok(&text.to_string()));
    check(raw("{ \"default\" :\n null }"), Err(NO_FIELDS));
    check(raw("{ \"list\" :\n 1 }"), Ok("{ \"list\" :\n 1 }"));
}

/// The fields of a row, in order.
struct Pairs(Vec<(&'static str, Value)>);

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// A row with a number as its only key.
struct Keyed(f64);

impl Serialize for Keyed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(self.0, 1)])
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused_wherever_they_stand() {
    const REFUSED: Result<&str, &str> = Err("it holds a number that is not finite");
    for score in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        check(typed(score), REFUSED);
        check(Keyed(score), REFUSED);
        check(
            BTreeMap::from([("default", vec![Some((1, score))])]),
            REFUSED,
        );
    }
    check(
        Typed {
            default: None,
            list: Some(BTreeMap::from([("a", f32::NAN)])),
        },
        REFUSED,
    );
}

#[test]
fn the_first_thing_that_is_wrong_is_the_error() {
    let mut body = Body::new();
    body.push(&json!({"default": {"n": 1}}));
    body.set_option("dedupe_by", &"email");
    body.push(&json!({"list": {"n": 2}}));
    let json = String::from_utf8(body.finish().unwrap().to_vec()).unwrap();
    let expected =
        r#"{"objects":[{"default":{"n":1}},{"list":{"n":2}}],"options":{"dedupe_by":"email"}}"#;
    assert_eq!(json, expected);

    let mut body = Body::new();
    body.push(&json!({"default": {"n": 1}}));
    body.push(&typed(f64::NAN));
    body.push(&json!({"default": {"n": 2}}));
    body.set_option("n", &f64::NAN);
    let error = body.finish().unwrap_err().to_string();
    assert_eq!(
        error,
        "row 1 cannot be sent: it holds a number that is not finite"
    );

    let mut body = Body::new();
    body.set_option("n", &[f64::NAN]);
    body.push(&json!({}));
    let error = body.finish().unwrap_err().to_string();
    assert_eq!(
        error,
        "the option `n` is invalid: it holds a number that is not finite"
    );
}
