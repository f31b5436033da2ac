//! Outcomes of rows.

use serde_json::{Value, json};

use super::{Bench, contact, post};

/// Returns the outcome of each row.
fn outcomes(body: &Value) -> Vec<&str> {
    let rows = body["results"].as_array().unwrap();
    let word = |row: &Value| match (&row["created"], &row["existing"], &row["updated"]) {
        (Value::Bool(true), Value::Bool(false), Value::Null) => "created",
        (Value::Bool(false), Value::Bool(true), Value::Null) => "existing",
        (Value::Bool(false), Value::Bool(true), Value::Bool(true)) => "updated",
        (Value::Bool(false), Value::Bool(false), Value::Null) => "rejected",
        other => panic!("{other:?}"),
    };
    let words: Vec<_> = rows.iter().map(word).collect();
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row["input_index"], index);
        assert_eq!(row["error"].is_object(), words[index] == "rejected");
        assert_eq!(row["id"].is_string(), words[index] != "rejected");
    }
    words
}

/// Imports batches one after the other into a new sandbox and checks the outcome of each row.
#[track_caller]
fn check<const N: usize>(batches: [(Value, Value, &[&str]); N]) {
    let mut bench = Bench::with(|config| config.sync_below = 100);
    for (objects, options, expected) in batches {
        let reply = bench.submit(&json!({"objects": objects, "options": options}));
        assert_eq!(outcomes(&reply.body), expected, "{reply:?}");
    }
}

#[test]
fn rows_without_a_dedupe_key_create_records() {
    check([(
        json!([contact("a@x.org"), contact("a@x.org")]),
        json!({}),
        &["created", "created"],
    )]);
}

#[test]
fn rows_match_records_of_the_same_and_of_earlier_batches() {
    let rows = json!([contact("a@x.org"), contact("a@x.org"), contact("b@x.org")]);
    let by_email = json!({"dedupe_by": "email"});
    check([
        (
            rows.clone(),
            by_email.clone(),
            &["created", "existing", "created"],
        ),
        (rows, by_email, &["existing", "existing", "existing"]),
    ]);
}

#[test]
fn records_created_without_deduplication_are_matched_later() {
    check([
        (json!([contact("a@x.org")]), json!({}), &["created"]),
        (
            json!([contact("a@x.org")]),
            json!({"dedupe_by": ["email"]}),
            &["existing"],
        ),
    ]);
}

#[test]
fn case_is_ignored_by_default() {
    let rows = json!([contact("ß.Ä@x.org"), contact("ß.ä@X.ORG")]);
    check([(
        rows.clone(),
        json!({"dedupe_by": "email"}),
        &["created", "existing"],
    )]);
    let exact = json!({"dedupe_by": "email", "caseInsensitive": false});
    check([
        (rows, exact.clone(), &["created", "created"]),
        (
            json!([contact("ß.ä@X.ORG"), contact("SS.ä@x.org")]),
            exact,
            &["existing", "created"],
        ),
    ]);
}

#[test]
fn any_property_can_be_matched_and_types_matter() {
    let row = |value: Value| json!({"default": {"number": value}});
    let rows = json!([
        row(json!(7)),
        row(json!("7")),
        row(json!(7)),
        row(json!([1, 2])),
        row(json!([1, 2]))
    ]);
    let expected = ["created", "created", "existing", "created", "existing"];
    check([(rows, json!({"dedupe_by": "number"}), &expected)]);
}

#[test]
fn rows_without_the_property_match_nothing() {
    let rows =
        json!([{"default": {"email": null}}, {"default": {}}, {"list": {"email": "a@x.org"}}]);
    let by_email = json!({"dedupe_by": "email"});
    check([
        (
            rows.clone(),
            by_email.clone(),
            &["created", "created", "created"],
        ),
        (rows, by_email, &["created", "created", "created"]),
    ]);
}

#[test]
fn updates_affect_later_matches() {
    let person = |email: &str, phone: Value| json!({"default": {"email": email, "phone": phone}});
    let update = json!({"dedupe_by": "email", "update_existing": true});
    let by_phone = json!({"dedupe_by": "phone"});
    check([
        (
            json!([person("a@x.org", json!("1"))]),
            json!({}),
            &["created"],
        ),
        (
            json!([person("b@x.org", json!("1"))]),
            by_phone.clone(),
            &["existing"],
        ),
        (
            json!([person("a@x.org", json!("2"))]),
            update.clone(),
            &["updated"],
        ),
        (
            json!([person("c@x.org", json!("2"))]),
            by_phone.clone(),
            &["existing"],
        ),
        (
            json!([person("c@x.org", json!("1"))]),
            by_phone.clone(),
            &["created"],
        ),
        (
            json!([person("a@x.org", Value::Null)]),
            update,
            &["updated"],
        ),
        (
            json!([person("d@x.org", json!("2"))]),
            by_phone,
            &["created"],
        ),
    ]);
}

#[test]
fn matching_records_are_updated_only_on_request() {
    let person = |email: &str, phone: &str| json!([{"default": {"email": email, "phone": phone}}]);
    check([
        (person("a@x.org", "1"), json!({}), &["created"]),
        (
            person("a@x.org", "2"),
            json!({"dedupe_by": "email"}),
            &["existing"],
        ),
        (
            person("b@x.org", "2"),
            json!({"dedupe_by": "phone"}),
            &["created"],
        ),
    ]);
}

#[test]
fn records_are_separate_for_teams_and_object_types() {
    let mut bench = Bench::new();
    let body =
        json!({"objects": [contact("a@x.org")], "options": {"dedupe_by": "email"}}).to_string();
    for (object_type, expected) in [
        ("contact", "created"),
        ("deal", "created"),
        ("contact", "existing"),
    ] {
        assert_eq!(
            outcomes(&bench.send(post(object_type), body.clone()).body),
            [expected]
        );
    }
}

#[test]
fn rows_are_rejected_individually() {
    let rows = json!([
        contact("invalid"),
        {"default": {"email": 7}},
        {},
        {"default": null, "list": null},
        {"default": {"tags": {"a": 1}}},
        {"list": {"tags": [["a"]]}},
        {"default": {"email": null, "tags": ["a", 1, true, null]}},
    ]);
    let reply = Bench::with(|config| config.sync_below = 100).submit(&json!({"objects": rows}));
    let codes: Vec<_> = reply.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["error"]["code"].as_str().unwrap_or("-"))
        .collect();
    let expected = [
        "invalid_email",
        "invalid_email",
        "missing_default_or_list",
        "missing_default_or_list",
        "invalid_value",
        "invalid_value",
        "-",
    ];
    assert_eq!(codes, expected);
    assert_eq!(
        (&reply.body["succeeded"], &reply.body["failed"]),
        (&json!(1), &json!(6))
    );
    assert_eq!(reply.body["status"], "complete");
}

#[test]
fn a_required_stage_may_be_in_the_row_or_in_its_list() {
    let rows = json!([
        {"list": {"app_stage": "lead"}},
        {"default": {}, "app_stage": "lead"},
        {"list": {"app_stage": null}},
    ]);
    check([(
        rows,
        json!({"require_list_stage": true}),
        &["created", "created", "rejected"],
    )]);
}

#[test]
fn rejected_rows_are_not_matched() {
    let by_email = json!({"dedupe_by": "email"});
    let rows = json!([contact("invalid"), contact("invalid")]);
    check([(rows, by_email, &["rejected", "rejected"])]);
}
