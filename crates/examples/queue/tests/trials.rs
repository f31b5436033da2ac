//! The trials of the program, with worker processes that are killed.

use std::process::Command;

/// Runs the program on SQLite, and returns the last line of its output.
fn last_line(arguments: &[&str]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_queue-example"));
    let program = program.args(arguments).env_remove("DATABASE_URL");
    let output = program.output().expect("the program can be started");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{errors}");
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn killed_workers_lose_nothing_and_submit_nothing_twice() {
    let line = last_line(&["kill-test", "--rounds", "3"]);
    assert!(
        line.starts_with("3 rounds: 9 imports, 0 lost, 0 submitted twice, "),
        "{line}"
    );
}

#[test]
fn four_processes_share_one_quota() {
    let line = last_line(&[
        "quota-test",
        "--workers",
        "4",
        "--per-second",
        "20",
        "--per-month",
        "40",
    ]);
    assert!(
        line.starts_with("4 processes: 40 requests of 40 allowed, in "),
        "{line}"
    );
}

#[test]
fn the_demonstration_completes() {
    let line = last_line(&["run"]);
    assert!(line.starts_with("finished: 10 imports in "), "{line}");
}
