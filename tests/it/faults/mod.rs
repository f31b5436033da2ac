//! The client under every script of [`prism_imports_tests::faults`]: the outcome of each call, the requests that the
//! servers received, and that no rule is broken.
//!
//! The `faults` program of the benches also runs the scripts with other clients and measures memory and time.

mod answers;
mod bodies;
mod connections;
mod http2;
mod tls;

use std::time::Duration;

use prism_imports_tests::faults::{Call, Cost, Outcome, Script, Times, breaches, ours, scripts};

/// The outcome of a call, the number of requests and the number of connections.
type CallResult = (String, usize, usize);

/// Runs a script with a get, a keyed and an unkeyed submit concurrently and returns the result of each.
async fn run(name: &str) -> [CallResult; 3] {
    let script = scripts().into_iter().find(|script| script.name == name);
    let script = script.unwrap_or_else(|| panic!("no script {name:?}"));
    let [get, keyed, unkeyed] =
        Call::ALL.map(|call| tokio::spawn(call_under(script.clone(), call)));
    [
        get.await.unwrap(),
        keyed.await.unwrap(),
        unkeyed.await.unwrap(),
    ]
}

async fn call_under(script: Script, call: Call) -> CallResult {
    let name = script.name;
    let times = match script.cost {
        Cost::Time => SHORT,
        Cost::Attempts | Cost::Memory => LONG,
    };
    let running = script.start().await;
    let task = running.task(call, times);
    // Stops a client that misses its own deadline.
    let reported = tokio::time::timeout(LONG.deadline * 2, ours::run(&task)).await;
    let reported = reported.unwrap_or_else(|_| panic!("{name}, {call:?}: the call hangs"));
    let wire = running.wire(call);
    let found = breaches(call, &times, &wire, &reported);
    assert_eq!(found, [], "{name}, {call:?}: {reported:?}, {wire:?}");
    let outcome = match reported.outcome {
        Outcome::Answer => "answer".to_owned(),
        Outcome::Wrong => "wrong".to_owned(),
        Outcome::Error(message) => message,
    };
    (outcome, wire.requests, wire.connections)
}

/// Runs a script and compares the results of the get, the keyed and the unkeyed submit.
async fn check(name: &str, expected: [(&str, usize, usize); 3]) {
    let expected = expected
        .map(|(outcome, requests, connections)| (outcome.to_owned(), requests, connections));
    assert_eq!(run(name).await, expected, "{name}");
}

/// Checks a fault that occurs once: calls that may be retried succeed, the others fail.
async fn once(name: &str, error: &str, connections: usize) {
    let retried = ("answer", 2, connections);
    check(name, [retried, retried, (error, 1, 1)]).await;
}

/// Checks a fault that is not retried.
async fn permanent(name: &str, error: &str) {
    check(name, [(error, 1, 1); 3]).await;
}

#[test]
fn every_script_is_tested_and_listed() {
    const TABLE: &str = include_str!("../../../docs/faults.md");
    const TESTS: &str = concat!(
        include_str!("answers.rs"),
        include_str!("bodies.rs"),
        include_str!("connections.rs"),
        include_str!("http2.rs"),
        include_str!("tls.rs"),
    );
    // These take seconds. `conformance::hints` tests all forms of the header in virtual time.
    let is_tested_elsewhere = |name: &str| name.contains("Retry-After: 1");
    let scripts = scripts();
    assert!(TABLE.contains(&format!("\n{} scripts, ours worse in 0\n", scripts.len())));
    for script in scripts {
        let quoted = format!("\"{}\"", script.name);
        assert!(
            TESTS.contains(&quoted) || is_tested_elsewhere(script.name),
            "{quoted}"
        );
    }
}

/// The limits for scripts that only a timeout ends: short for a test, long for an answer over loopback. The answers that
/// trickle take longer.
const SHORT: Times = Times {
    attempt: Duration::from_secs(3),
    deadline: Duration::from_secs(20),
    backoff: Duration::from_millis(1),
};

/// The limits for the other scripts.
const LONG: Times = Times {
    attempt: Duration::from_secs(20),
    deadline: Duration::from_secs(40),
    backoff: Duration::from_millis(1),
};
