//! Tests of the comparison.

use std::time::Duration;

use prism_imports_tests::faults::{
    Call, Cost, Earlier, Outcome, Reported, Script, ServerKind, Wire, breaches,
};

use super::{Cell, Class, TIMES, Worse, worse};

/// Creates a cell with these numbers of requests, unprocessed requests and connections.
fn cell(outcome: Outcome, requests: usize, unprocessed: usize, connections: usize) -> Cell {
    cell_with(
        Reported::new(outcome, false),
        requests,
        unprocessed,
        connections,
    )
}

fn cell_with(reported: Reported, requests: usize, unprocessed: usize, connections: usize) -> Cell {
    let wire = Wire {
        requests,
        posts: requests,
        maybe_processed: requests - unprocessed,
        unprocessed,
        connections,
        consistent: true,
        leaked: false,
    };
    let breaches = breaches(Call::Unkeyed, &TIMES, &wire, &reported);
    Cell {
        reported,
        wire,
        breaches,
    }
}

fn error() -> Outcome {
    Outcome::Error("timeout".to_owned())
}

fn script(permanent: bool) -> Script {
    Script {
        name: "a script",
        server: ServerKind::Unreachable,
        earlier: Earlier::Nothing,
        permanent,
        cost: Cost::Attempts,
        row_bytes: 0,
    }
}

#[test]
fn answers_beat_errors_and_errors_beat_harm() {
    let once = |outcome| cell(outcome, 1, 0, 1);
    let (answer, error) = (once(Outcome::Answer), once(error()));
    // The unkeyed POST was sent twice, which is harm whatever the outcome.
    let harm = cell(Outcome::Answer, 2, 0, 2);
    let script = script(false);
    assert_eq!(worse(&script, &error, &answer), Some(Worse::Class));
    assert_eq!(worse(&script, &harm, &error), Some(Worse::Class));
    assert_eq!(worse(&script, &answer, &error), None);
    assert_eq!(worse(&script, &error, &harm), None);
}

#[test]
fn late_and_heavy_are_worse_than_an_error() {
    let mut late = Reported::error("timeout");
    late.elapsed = Some(TIMES.deadline * 2);
    let mut heavy = Reported::job(Some("job-1"));
    heavy.peak = Some(1_024 * 1_024);
    heavy.elapsed = Some(Duration::from_millis(1));
    assert_eq!(Class::of(&cell_with(late, 1, 0, 1)), Class::Late);
    assert_eq!(Class::of(&cell_with(heavy, 1, 0, 1)), Class::Heavy);
    assert!(Class::Error < Class::Heavy && Class::Heavy < Class::Late && Class::Late < Class::Harm);
    let foreign = Reported::job(Some("job-2"));
    assert_eq!(Class::of(&cell_with(foreign, 1, 0, 1)), Class::Harm);
}

#[test]
fn effort_counts_for_equal_answers_and_permanent_faults() {
    let refused_once = |outcome: Outcome, connections| cell(outcome, 2, 1, connections);
    let (less, more) = (
        cell(Outcome::Answer, 1, 0, 1),
        refused_once(Outcome::Answer, 1),
    );
    assert_eq!(worse(&script(false), &more, &less), Some(Worse::Requests));
    assert_eq!(worse(&script(false), &less, &more), None);
    let spread = refused_once(Outcome::Answer, 2);
    assert_eq!(
        worse(&script(false), &spread, &more),
        Some(Worse::Connections)
    );
    let (less, more) = (cell(error(), 1, 0, 1), refused_once(error(), 1));
    assert_eq!(worse(&script(true), &more, &less), Some(Worse::Requests));
    // More requests are not worse if the fault may pass.
    assert_eq!(worse(&script(false), &more, &less), None);
}

#[test]
fn unprocessed_requests_are_not_attempts() {
    let other = cell(error(), 1, 1, 1);
    assert_eq!(worse(&script(false), &cell(error(), 6, 6, 1), &other), None);
    let four = cell(error(), 4, 0, 4);
    assert_eq!(worse(&script(false), &four, &other), Some(Worse::Attempts));
}
