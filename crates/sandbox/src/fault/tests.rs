//! Tests that scenario files, their schema and their types agree.

use std::{error::Error, fs, path::Path, time::Duration};

use serde_json::{Value, json};

use super::{Envelope, Fault, Moment, On, Scenario};
use crate::{RetryHint, Sandbox};

fn schema() -> Value {
    serde_json::from_str(Scenario::SCHEMA).unwrap()
}

/// Validates a value against the schema. Only the JSON Schema keywords that the schema uses are supported.
fn conforms(root: &Value, schema: &Value, value: &Value) -> bool {
    schema
        .as_object()
        .unwrap()
        .iter()
        .all(|(word, rule)| match word.as_str() {
            "$schema" | "title" | "description" | "$defs" => true,
            "$ref" => {
                let target = rule.as_str().unwrap().strip_prefix('#').unwrap();
                conforms(root, root.pointer(target).unwrap(), value)
            }
            "type" => match rule.as_array() {
                Some(types) => types.iter().any(|one| is_of_type(one, value)),
                None => is_of_type(rule, value),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value
                .as_f64()
                .is_none_or(|number| number >= rule.as_f64().unwrap()),
            "maximum" => value
                .as_f64()
                .is_none_or(|number| number <= rule.as_f64().unwrap()),
            "required" => rule
                .as_array()
                .unwrap()
                .iter()
                .all(|name| value.get(name.as_str().unwrap()).is_some()),
            "items" => value
                .as_array()
                .is_none_or(|items| items.iter().all(|item| conforms(root, rule, item))),
            "oneOf" => {
                rule.as_array()
                    .unwrap()
                    .iter()
                    .filter(|one| conforms(root, one, value))
                    .count()
                    == 1
            }
            "properties" => value.as_object().is_none_or(|fields| {
                fields.iter().all(|(name, field)| {
                    rule.get(name)
                        .is_none_or(|rule| conforms(root, rule, field))
                })
            }),
            "additionalProperties" => value.as_object().is_none_or(|fields| {
                let known = |name: &String| {
                    schema
                        .get("properties")
                        .is_some_and(|known| known.get(name).is_some())
                };
                let mut others = fields.iter().filter(|(name, _)| !known(name));
                match rule.as_bool() {
                    Some(any) => any || others.next().is_none(),
                    None => others.all(|(_, field)| conforms(root, rule, field)),
                }
            }),
            other => panic!("this test knows no {other}"),
        })
}

fn is_of_type(name: &Value, value: &Value) -> bool {
    match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        "null" => value.is_null(),
        other => panic!("this test knows no type {other}"),
    }
}

/// Checks that the schema and the types agree about a scenario.
fn check(scenario: &Value, valid: bool) {
    let schema = schema();
    assert_eq!(
        conforms(&schema, &schema, scenario),
        valid,
        "the schema on {scenario}"
    );
    let parsed = scenario.to_string().parse::<Scenario>();
    assert_eq!(parsed.is_ok(), valid, "the types on {scenario}: {parsed:?}");
}

fn with_fault(fault: &Value) -> Value {
    json!({"name": "one", "faults": [fault]})
}

#[test]
fn predefined_scenarios_match_their_files() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        if name == "schema" {
            continue;
        }
        let scenario = Scenario::from_file(&path).unwrap();
        assert_eq!(scenario.name, name);
        assert_eq!(Scenario::ready(&name), Some(scenario));
        check(
            &serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap(),
            true,
        );
        files.push(name);
    }
    files.sort();
    let mut ready = Scenario::READY;
    ready.sort_unstable();
    assert_eq!(files, ready);
}

#[test]
fn every_fault_conforms_to_the_schema_and_round_trips() {
    let second = Duration::from_secs(1);
    let faults = [
        Fault::answer(429)
            .header("retry-after", "1")
            .error("rate_limited", "slow down")
            .detail("write_committed", false)
            .retry_after(RetryHint::Date, second)
            .envelope(Envelope::Array)
            .moment(Moment::After),
        Fault::latency(second)
            .on(On::Submit)
            .job(3)
            .skip(1)
            .times(2),
        Fault::close().moment(Moment::After).probability(0.5),
        Fault::cut(10).during(second, second * 2),
        Fault::drip(std::num::NonZeroU32::MIN),
        Fault::stale(second),
        Fault::contradict(),
        Fault::status("paused"),
        Fault::legacy(),
        Fault::without_results(),
        Fault::fail_at(40, "code", "message"),
        Fault::stall_at(100),
        Fault::stall_for(0, second),
        Fault::late_results(second),
    ];
    for fault in faults {
        let written = serde_json::to_value(&fault).unwrap();
        check(&with_fault(&written), true);
        assert_eq!(serde_json::from_value::<Fault>(written).unwrap(), fault);
    }
}

#[test]
fn invalid_scenarios_are_rejected_by_schema_and_types() {
    for scenario in [
        json!({}),
        json!([]),
        json!({"name": 1}),
        json!({"name": "n", "fault": []}),
        json!({"name": "n", "settings": {"speed": 1}}),
        json!({"name": "n", "settings": {"requests_per_second": 0}}),
        json!({"name": "n", "settings": {"retry_after": "soon"}}),
        json!({"name": "n", "settings": {"envelope": "soap"}}),
        json!({"name": "n", "settings": {"seed": -1}}),
    ] {
        check(&scenario, false);
    }
    for fault in [
        json!({}),
        json!({"do": "close"}),
        json!({"do": {}}),
        json!({"do": {"explode": {}}}),
        json!({"do": {"close": {}, "legacy": {}}}),
        json!({"do": {"close": {"moment": "later"}}}),
        json!({"do": {"close": {}}, "on": "page"}),
        json!({"do": {"close": {}}, "job": 0}),
        json!({"do": {"close": {}}, "times": -1}),
        json!({"do": {"close": {}}, "probability": 1.5}),
        json!({"do": {"close": {}}, "when": 1}),
        json!({"do": {"answer": {}}}),
        json!({"do": {"answer": {"status": 101}}}),
        json!({"do": {"answer": {"status": 600}}}),
        json!({"do": {"answer": {"status": 503, "headers": {"retry-after": 1}}}}),
        json!({"do": {"drip": {"bytes_per_second": 0}}}),
        json!({"do": {"stall": {"at_percent": 101}}}),
        json!({"do": {"fail": {"at_percent": 10}}}),
        json!({"do": {"latency": {"seconds": 1}}}),
    ] {
        check(&with_fault(&fault), false);
    }
}

#[test]
fn invalid_headers_are_rejected_by_the_build() {
    let refused = Sandbox::builder()
        .fault(Fault::answer(503).header("retry after", "1"))
        .build()
        .unwrap_err();
    assert_eq!(refused.name(), "fault.answer.headers");
}

#[test]
fn values_without_a_json_form_are_rejected_by_the_build() {
    let keyed_by_lists = std::collections::BTreeMap::from([(vec![1], 1)]);
    let refused = |fault| Sandbox::builder().fault(fault).build().unwrap_err();
    assert_eq!(
        refused(Fault::set("field", &keyed_by_lists)).name(),
        "fault.set"
    );
    assert_eq!(
        refused(Fault::answer(500).detail("field", &keyed_by_lists)).name(),
        "fault.set"
    );
}

#[test]
fn errors_name_the_file_and_sources_the_position() {
    fn check(error: &dyn Error, message: &str, source: &str) {
        assert_eq!(error.to_string(), message);
        let cause = error.source().unwrap().to_string();
        assert!(cause.contains(source), "{cause}");
    }
    let missing = Scenario::from_file("no/such.json").unwrap_err();
    check(
        &missing,
        "cannot read the scenario no/such.json",
        "No such file",
    );
    let broken = "{\n\"name\": 1}".parse::<Scenario>().unwrap_err();
    check(&broken, "cannot parse the scenario", "line 2");
    let fault = json!({"do": {"close": {}}, "probability": 2});
    let invalid = with_fault(&fault)
        .to_string()
        .parse::<Scenario>()
        .unwrap_err();
    check(
        &invalid,
        "invalid scenario",
        "fault.probability must be from 0 to 1",
    );
}
