//! Our client under every script of [`prism_imports_tests::faults`]: what comes of each call, what is on the wire, and
//! that nothing is done that no client may do.
//!
//! The `faults` program of the benches plays the same scripts to other clients too, with memory and time measured.

mod answers;
mod bodies;
mod connections;
mod http2;
mod tls;

use std::time::Duration;

use prism_imports_tests::faults::{Call, Outcome, Script, Takes, Times, breaches, ours, scripts};

/// What came of a call, how many requests there were, and over how many connections.
type Came = (String, usize, usize);

/// Plays a script to a get, a keyed and an unkeyed submit, at once, and says what came of each.
async fn play(name: &str) -> [Came; 3] {
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

async fn call_under(script: Script, call: Call) -> Came {
    let name = script.name;
    let times = match script.takes {
        Takes::Time => SHORT,
        Takes::Attempts | Takes::Memory => LONG,
    };
    let playing = script.start().await;
    let errand = playing.errand(call, times);
    // To keep the deadline is for the client; this is for a client that does not.
    let told = tokio::time::timeout(LONG.deadline * 2, ours::run(&errand)).await;
    let told = told.unwrap_or_else(|_| panic!("{name}, {call:?}: it hangs"));
    let wire = playing.wire(call);
    let found = breaches(call, &times, &wire, &told);
    assert_eq!(found, [], "{name}, {call:?}: {told:?}, {wire:?}");
    let outcome = match told.outcome {
        Outcome::Answer => "answer".to_owned(),
        Outcome::Wrong => "wrong".to_owned(),
        Outcome::Error(word) => word,
    };
    (outcome, wire.requests, wire.connections)
}

/// Plays a script and compares what came of the get, the keyed and the unkeyed submit.
async fn check(name: &str, expected: [(&str, usize, usize); 3]) {
    let expected = expected
        .map(|(outcome, requests, connections)| (outcome.to_owned(), requests, connections));
    assert_eq!(play(name).await, expected, "{name}");
}

/// A fault that is there once: what may be sent again is answered, what may not is an error.
async fn once(name: &str, error: &str, connections: usize) {
    let again = ("answer", 2, connections);
    check(name, [again, again, (error, 1, 1)]).await;
}

/// A fault of which sending again makes nothing better.
async fn lasts(name: &str, error: &str) {
    check(name, [(error, 1, 1); 3]).await;
}

#[test]
fn every_script_is_played_and_in_the_table() {
    const TABLE: &str = include_str!("../../../docs/faults.md");
    const TESTS: &str = concat!(
        include_str!("answers.rs"),
        include_str!("bodies.rs"),
        include_str!("connections.rs"),
        include_str!("http2.rs"),
        include_str!("tls.rs"),
    );
    // They take seconds; `conformance::hints` has all forms of the header in virtual time.
    let elsewhere = |name: &str| name.contains("Retry-After: 1");
    let scripts = scripts();
    assert!(TABLE.contains(&format!("\n{} scripts, ours worse in 0\n", scripts.len())));
    for script in scripts {
        let quoted = format!("\"{}\"", script.name);
        assert!(
            TESTS.contains(&quoted) || elsewhere(script.name),
            "{quoted}"
        );
    }
}

/// For scripts that only a clock ends: short for a test, and long for an answer over loopback.
const SHORT: Times = Times {
    attempt: Duration::from_millis(500),
    deadline: Duration::from_secs(20),
    backoff: Duration::from_millis(1),
};

/// For the others, which end by themselves.
const LONG: Times = Times {
    attempt: Duration::from_secs(20),
    deadline: Duration::from_secs(40),
    backoff: Duration::from_millis(1),
};
