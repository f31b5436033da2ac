//! Tests that `docs/state-machine.md` and `docs/architecture.md` agree with the code.

use std::path::Path;

use crate::{ImportJob, Observation, Rule, Severity, job::Claim};

const DOCUMENT: &str = include_str!("../../docs/state-machine.md");

/// Returns the header cells and the rows of the table under a heading.
fn table(heading: &str) -> (Vec<&'static str>, Vec<Vec<&'static str>>) {
    let (_, section) = DOCUMENT.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let cells = |line: &'static str| -> Vec<_> {
        line.trim_matches('|').split('|').map(str::trim).collect()
    };
    let mut rows = section
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(cells);
    let head = rows.next().unwrap();
    (head, rows.skip(1).collect())
}

#[test]
fn the_table_of_rules_agrees_with_the_code() {
    let (_, rows) = table("Rules");
    let severity = |rule: &Rule, claim| match rule.severity(claim) {
        Some(Severity::Contradiction) => "contradiction",
        Some(Severity::Deviation) => "deviation",
        None => "–",
    };
    let actual: Vec<_> = Rule::ALL
        .iter()
        .map(|rule| {
            let code = format!("`{}`", rule.code());
            let claims = [Claim::Unfinished, Claim::Finished, Claim::AllRows];
            (code, claims.map(|claim| severity(rule, claim)))
        })
        .collect();
    let documented: Vec<_> = rows
        .iter()
        .map(|row| (row[0].to_owned(), [row[1], row[2], row[3]]))
        .collect();
    assert_eq!(documented, actual);
    assert!(rows.iter().all(|row| row.len() == 5 && !row[4].is_empty()));
}

#[test]
fn the_table_of_transitions_agrees_with_observe() {
    let job = |state: &str| {
        let status = if state == "unrecognized" {
            "paused"
        } else {
            state
        };
        let body = format!(r#"{{"job_id":"j","status":"{status}","total":3}}"#);
        ImportJob::from_slice(body.as_bytes()).unwrap()
    };
    let (head, rows) = table("Transitions");
    assert_eq!((head.len(), rows.len()), (5, 4));
    for row in rows {
        for (to, documented) in head[1..].iter().zip(&row[1..]) {
            let observed = match job(row[0]).observe(job(to)) {
                Ok(Observation::Advanced(_)) => "Advanced",
                Ok(Observation::Unchanged(_)) => "Unchanged",
                Ok(Observation::Stale(_)) => "Stale",
                Err(_) => "Refused",
            };
            assert_eq!(observed, *documented, "{} → {to}", row[0]);
        }
    }
}

#[test]
fn the_diagram_agrees_with_that_of_the_type() {
    let source = include_str!("../job/import_job.rs");
    let diagram = |text: &str| -> Vec<_> {
        let (_, rest) = text.split_once("```text\n").unwrap();
        let (diagram, _) = rest.split_once("```").unwrap();
        let lines = diagram
            .lines()
            .map(|line| line.trim_start_matches("///").trim().to_owned());
        lines.filter(|line| !line.is_empty()).collect()
    };
    assert_eq!(diagram(DOCUMENT), diagram(source));
}

#[test]
fn wire_uses_nothing_else() {
    fn check(folder: &Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.file_stem().is_some_and(|name| name == "tests") {
                continue;
            }
            if path.is_dir() {
                check(&path);
                continue;
            }
            let source = std::fs::read_to_string(&path).unwrap();
            let code = source
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"));
            for used in code.flat_map(|line| line.split("crate::").skip(1)) {
                assert!(used.starts_with("wire"), "{}: {used}", path.display());
            }
        }
    }
    check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wire"));
}
