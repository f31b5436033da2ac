//! The table of facts lists every test.

use std::{collections::BTreeSet, env, process::Command};

const TABLE: &str = include_str!("../../../docs/conformance.md");

#[test]
fn the_table_lists_every_test() {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--list", "conformance::"])
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let tests: BTreeSet<_> = listed
        .lines()
        .filter_map(|line| line.strip_prefix("conformance::")?.strip_suffix(": test"))
        // This test, and the child process of the environment tests.
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
    assert!(tests.len() > 40, "only {} tests were found", tests.len());
    assert_eq!(
        named.difference(&tests).collect::<Vec<_>>(),
        [&""; 0],
        "listed, but not a test"
    );
    assert_eq!(
        tests.difference(&named).collect::<Vec<_>>(),
        [&""; 0],
        "a test, but not listed"
    );
}
