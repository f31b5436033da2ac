//! The table of facts and the tests name each other.

use std::{collections::BTreeSet, env, process::Command};

const TABLE: &str = include_str!("../../../docs/conformance.md");

#[test]
fn the_table_names_every_test_and_no_other() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--list", "conformance::"])
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let tests: BTreeSet<_> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("conformance::")?.strip_suffix(": test"))
        // The table itself, and what the tests of the environment run.
        .filter(|name| !name.starts_with("table::") && *name != "environment::child")
        .collect();
    let named = TABLE.split('`').filter(|code| {
        let (file, name) = code.split_once("::").unwrap_or_default();
        !name.is_empty()
            && [file, name]
                .iter()
                .all(|part| part.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
    });
    let named: BTreeSet<_> = named.collect();
    assert!(tests.len() > 40, "only {} tests were listed", tests.len());
    assert_eq!(
        named.difference(&tests).collect::<Vec<_>>(),
        [&""; 0],
        "named, and no test"
    );
    assert_eq!(
        tests.difference(&named).collect::<Vec<_>>(),
        [&""; 0],
        "a test, and not named"
    );
}
