//! The statuses of errors, as the documentation lists them.

use std::collections::BTreeMap;

use prism_imports::{Commit, ErrorKind};

use super::status_of;

/// Reads the table of the documentation: the statuses by kind, of a submit that was surely not carried out (or another
/// call), and of one that may have been.
fn documented() -> BTreeMap<&'static str, [u16; 2]> {
    let page = include_str!("../../../../../docs/cookbook/axum.md");
    let mut statuses = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let &[_, kinds, not_started, may_be_started, _, _] = &*cells else {
            continue; // another table
        };
        let pair = [not_started, may_be_started].map(|status| status.parse().unwrap());
        for kind in kinds.split(", ") {
            let before = statuses.insert(kind.trim_matches('`'), pair);
            assert_eq!(before, None, "{kind} is listed once");
        }
    }
    statuses
}

#[test]
fn each_kind_has_the_documented_statuses() {
    let documented = documented();
    for kind in KINDS {
        let [not_started, may_be_started] = documented[kind.as_str()];
        for (commit, expected) in [
            (None, not_started),
            (Some(Commit::NotCommitted), not_started),
            (Some(Commit::Committed), may_be_started),
            (Some(Commit::Unknown), may_be_started),
        ] {
            assert_eq!(status_of(kind, commit), expected, "{kind}, {commit:?}");
        }
    }
    assert_eq!(documented.len(), KINDS.len());
}

#[test]
fn a_submit_that_may_have_been_carried_out_is_never_the_fault_of_the_caller() {
    for kind in KINDS {
        for commit in [Commit::Committed, Commit::Unknown] {
            let status = status_of(kind, Some(commit));
            assert!(status.is_server_error(), "{kind}: {status}");
        }
    }
}

const KINDS: [ErrorKind; 22] = [
    ErrorKind::Argument,
    ErrorKind::Config,
    ErrorKind::Auth,
    ErrorKind::Denied,
    ErrorKind::NotFound,
    ErrorKind::Gone,
    ErrorKind::Expired,
    ErrorKind::Rejected,
    ErrorKind::RateLimited,
    ErrorKind::Server,
    ErrorKind::Timeout,
    ErrorKind::Connect,
    ErrorKind::Certificate,
    ErrorKind::Protocol,
    ErrorKind::Body,
    ErrorKind::TooLarge,
    ErrorKind::Decode,
    ErrorKind::Contract,
    ErrorKind::Quota,
    ErrorKind::Overloaded,
    ErrorKind::Stopped,
    ErrorKind::Layer,
];
