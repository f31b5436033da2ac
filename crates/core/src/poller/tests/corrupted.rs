//! Tests of corrupted checkpoints.

use std::time::Duration;

use proptest::prelude::*;
use serde_json::Value;

use super::watch::{Disturbance, config, watch};
use crate::poller::{Checkpoint, Output, Poller};

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_corrupted_checkpoint_is_refused_or_harmless(
        watch in watch(),
        later in watch(),
        corrupted in proptest::collection::vec((any::<proptest::sample::Index>(), number()), 1..6),
    ) {
        let (poller, _) = watch.run(Disturbance::None, |_, _, _| ());
        let mut stored = serde_json::to_value(poller.checkpoint()).unwrap();
        for (which, number) in corrupted {
            let mut numbers = Vec::new();
            collect_numbers(&mut stored, &mut numbers);
            *numbers.swap_remove(which.index(numbers.len())) = number;
        }
        if let Ok(checkpoint) = serde_json::from_value::<Checkpoint>(stored) {
            let mut poller = Poller::from(checkpoint);
            let mut now = Duration::ZERO;
            for exchange in &later.exchanges {
                if let Output::Wait { until } = poller.poll_output(now) {
                    now = until;
                }
                now = now.saturating_add(exchange.takes);
                exchange.deliver(&mut poller, now);
            }
        }
    }
}

/// Generates numbers that no poller would store.
fn number() -> impl Strategy<Value = Value> {
    let odd = [
        f64::MAX,
        -f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        -0.0,
        0.0,
        1.0,
        2.0,
        1e15,
    ];
    prop_oneof![
        proptest::sample::select(odd.to_vec()).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(vec![0_u64, 1, u64::MAX]).prop_map(Value::from),
    ]
}

fn collect_numbers<'v>(value: &'v mut Value, numbers: &mut Vec<&'v mut Value>) {
    match value {
        Value::Number(_) => numbers.push(value),
        Value::Array(values) => {
            for value in values {
                collect_numbers(value, numbers);
            }
        }
        Value::Object(fields) => {
            for (_, value) in fields {
                collect_numbers(value, numbers);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}
