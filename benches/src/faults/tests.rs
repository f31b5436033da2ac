//! The rule, case by case.

use std::time::Duration;

use prism_imports_tests::faults::{Call, Outcome, Play, Script, Takes, Told, Wire, breaches};

use super::{Cell, Class, TIMES, Worse, worse};

/// A cell of so many requests, given back or not, and connections.
fn cell(outcome: Outcome, requests: usize, given_back: usize, connections: usize) -> Cell {
    cell_of(Told::new(outcome, false), requests, given_back, connections)
}

fn cell_of(told: Told, requests: usize, given_back: usize, connections: usize) -> Cell {
    let wire = Wire {
        requests,
        posts: requests,
        taken: requests - given_back,
        given_back,
        connections,
        same: true,
        leaked: false,
    };
    let breaches = breaches(Call::Unkeyed, &TIMES, &wire, &told);
    Cell {
        told,
        wire,
        breaches,
    }
}

fn error() -> Outcome {
    Outcome::Error("timeout".to_owned())
}

fn script(lasting: bool) -> Script {
    Script {
        name: "a script",
        play: Play::Nobody,
        primed: false,
        lasting,
        takes: Takes::Attempts,
        row_bytes: 0,
    }
}

#[test]
fn an_answer_is_better_than_an_error_and_an_error_than_harm() {
    let once = |outcome| cell(outcome, 1, 0, 1);
    let (answer, error) = (once(Outcome::Answer), once(error()));
    // The unkeyed POST was on the wire twice: however it ended, it is harm.
    let harm = cell(Outcome::Answer, 2, 0, 2);
    let script = script(false);
    assert_eq!(worse(&script, &error, &answer), Some(Worse::Class));
    assert_eq!(worse(&script, &harm, &error), Some(Worse::Class));
    assert_eq!(worse(&script, &answer, &error), None);
    assert_eq!(worse(&script, &error, &harm), None);
}

#[test]
fn late_and_heavy_are_worse_than_an_error() {
    let mut late = Told::error("timeout");
    late.elapsed = Some(TIMES.deadline * 2);
    let mut heavy = Told::job(Some("job-1"));
    heavy.peak = Some(1_024 * 1_024);
    heavy.elapsed = Some(Duration::from_millis(1));
    assert_eq!(Class::of(&cell_of(late, 1, 0, 1)), Class::Late);
    assert_eq!(Class::of(&cell_of(heavy, 1, 0, 1)), Class::Heavy);
    assert!(Class::Error < Class::Heavy && Class::Heavy < Class::Late && Class::Late < Class::Harm);
    let foreign = Told::job(Some("job-2"));
    assert_eq!(Class::of(&cell_of(foreign, 1, 0, 1)), Class::Harm);
}

#[test]
fn effort_counts_for_the_same_answer_and_for_what_lasts() {
    let given_back = |outcome: Outcome, connections| cell(outcome, 2, 1, connections);
    let (less, more) = (
        cell(Outcome::Answer, 1, 0, 1),
        given_back(Outcome::Answer, 1),
    );
    assert_eq!(worse(&script(false), &more, &less), Some(Worse::Requests));
    assert_eq!(worse(&script(false), &less, &more), None);
    let spread = given_back(Outcome::Answer, 2);
    assert_eq!(
        worse(&script(false), &spread, &more),
        Some(Worse::Connections)
    );
    let (less, more) = (cell(error(), 1, 0, 1), given_back(error(), 1));
    assert_eq!(worse(&script(true), &more, &less), Some(Worse::Requests));
    // To go on is no fault where it may help.
    assert_eq!(worse(&script(false), &more, &less), None);
}

#[test]
fn what_was_given_back_is_no_attempt() {
    let other = cell(error(), 1, 1, 1);
    assert_eq!(worse(&script(false), &cell(error(), 6, 6, 1), &other), None);
    let four = cell(error(), 4, 0, 4);
    assert_eq!(worse(&script(false), &four, &other), Some(Worse::Attempts));
}
