//! Comparison of deduplication with a model that stores whole records and searches linearly.

use std::{collections::BTreeMap, num::NonZeroUsize};

use serde_json::{Value, json};

use super::Bench;
use crate::engine::seed::Seed;

const SLUGS: [&str; 3] = ["email", "phone", "tag"];

/// The records, oldest first, each with its id.
struct Model {
    records: Vec<(String, BTreeMap<String, Value>)>,
    max: usize,
}

impl Model {
    /// Imports a row; `id` is the id in the engine's answer, which a new record gets.
    fn apply(
        &mut self,
        row: &BTreeMap<String, Value>,
        options: &Value,
        id: &str,
    ) -> (&'static str, String) {
        let slug = options["dedupe_by"].as_str().unwrap_or_default();
        let exact = options["caseInsensitive"] == false;
        let fold = |value: &Value| {
            let text = value.to_string();
            if exact { text } else { text.to_lowercase() }
        };
        let wanted = row.get(slug).filter(|value| !value.is_null());
        let matched = wanted.and_then(|wanted| {
            let mut records = self.records.iter_mut();
            records.find(|(_, values)| {
                values
                    .get(slug)
                    .is_some_and(|value| fold(value) == fold(wanted))
            })
        });
        let Some((id, values)) = matched else {
            self.records.push((id.to_owned(), BTreeMap::new()));
            let (_, values) = self.records.last_mut().unwrap();
            patch(values, row);
            if self.records.len() > self.max {
                self.records.remove(0);
            }
            return ("created", id.to_owned());
        };
        if options["update_existing"] == true {
            patch(values, row);
            return ("updated", id.clone());
        }
        ("existing", id.clone())
    }
}

fn patch(values: &mut BTreeMap<String, Value>, row: &BTreeMap<String, Value>) {
    values.extend(row.clone());
    values.retain(|_, value| !value.is_null());
}

fn draw<'a, T>(seed: &mut Seed, from: &'a [T]) -> &'a T {
    let at = seed.below(u64::try_from(from.len()).unwrap());
    &from[usize::try_from(at).unwrap()]
}

fn row(seed: &mut Seed) -> BTreeMap<String, Value> {
    let values = [
        json!("a"),
        json!("A"),
        json!("b"),
        json!("ß"),
        json!(1),
        json!("1"),
        json!(["a"]),
        json!(null),
    ];
    let mut row = BTreeMap::new();
    for slug in SLUGS {
        if seed.below(3) > 0 && slug != "email" {
            row.insert(slug.to_owned(), draw(seed, &values).clone());
        }
    }
    if seed.below(4) > 0 {
        let emails = ["a@x.org", "A@x.org", "b@x.org", "c@x.org"];
        row.insert("email".to_owned(), json!(draw(seed, &emails)));
    }
    row
}

fn options(seed: &mut Seed) -> Value {
    let mut options = json!({"update_existing": seed.below(2) == 0});
    if seed.below(5) > 0 {
        options["dedupe_by"] = json!(draw(seed, &SLUGS));
    }
    if seed.below(2) == 0 {
        options["caseInsensitive"] = json!(seed.below(2) == 0);
    }
    options
}

#[test]
fn outcomes_equal_those_of_the_model() {
    for seed in 0..60 {
        let max = if seed % 2 == 0 { 1_000 } else { 5 };
        let mut bench = Bench::with(|config| {
            config.max_records = NonZeroUsize::new(max).unwrap();
            config.sync_below = 100;
        });
        let mut model = Model {
            records: Vec::new(),
            max,
        };
        let mut draws = Seed::new(seed, 99);
        for _ in 0..25 {
            let rows: Vec<_> = (0..=draws.below(6)).map(|_| row(&mut draws)).collect();
            let options = options(&mut draws);
            let objects: Vec<_> = rows.iter().map(|row| json!({ "default": row })).collect();
            let reply = bench
                .submit(&json!({"objects": objects, "options": options}))
                .body;
            for (row, result) in rows.iter().zip(reply["results"].as_array().unwrap()) {
                let id = result["id"].as_str().unwrap();
                let (word, expected) = model.apply(row, &options, id);
                assert_eq!(
                    result["created"] == true,
                    word == "created",
                    "seed {seed}: {row:?} {result}"
                );
                assert_eq!(
                    result["updated"] == true,
                    word == "updated",
                    "seed {seed}: {row:?} {result}"
                );
                assert_eq!(id, expected, "seed {seed}: {row:?} {options} {result}");
            }
        }
    }
}
