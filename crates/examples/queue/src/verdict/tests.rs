use std::time::Duration;

use http::StatusCode;
use prism_imports::{Error, ErrorKind};

use super::{Verdict, of_submit, of_watch};
use crate::store::State;

#[test]
fn a_submit_ends_only_if_another_attempt_has_the_same_result() {
    let check = |kind, expected| assert_eq!(of_submit(&Error::new(kind, "submit"), 0), expected);
    let again = Verdict::Again(Duration::from_millis(500));

    check(ErrorKind::Argument, Verdict::End(State::Rejected));
    check(ErrorKind::Rejected, Verdict::End(State::Rejected));
    check(ErrorKind::Contract, Verdict::End(State::Unknown));
    check(ErrorKind::Decode, Verdict::End(State::Unknown));
    check(ErrorKind::Auth, again);
    check(ErrorKind::Denied, again);
    check(ErrorKind::Quota, again);
    check(ErrorKind::RateLimited, again);
    check(ErrorKind::Server, again);
    check(ErrorKind::Timeout, again);
    check(ErrorKind::Certificate, again);
    check(ErrorKind::Layer, again);
}

#[test]
fn a_watch_ends_only_if_the_job_is_not_there() {
    let check = |kind, expected| assert_eq!(of_watch(&Error::new(kind, "watch"), 0), expected);
    let again = Verdict::Again(Duration::from_millis(500));

    check(ErrorKind::NotFound, Verdict::End(State::Unknown));
    check(ErrorKind::Expired, Verdict::End(State::Unknown));
    check(ErrorKind::Contract, Verdict::End(State::Unknown));
    check(ErrorKind::Auth, again);
    check(ErrorKind::Quota, again);
    check(ErrorKind::Server, again);
    check(ErrorKind::Stopped, again);
}

#[test]
fn waits_grow_and_respect_the_server() {
    let error =
        Error::new(ErrorKind::RateLimited, "submit").with_status(StatusCode::TOO_MANY_REQUESTS);
    let wait = |error: &Error, failures| match of_submit(error, failures) {
        Verdict::Again(wait) => wait,
        Verdict::End(state) => panic!("ended as {state:?}"),
    };
    assert_eq!(wait(&error, 3), Duration::from_secs(4));
    assert_eq!(wait(&error, u32::MAX), Duration::from_mins(1));
    let asked = error.with_retry_after(Duration::from_mins(5));
    assert_eq!(wait(&asked, 3), Duration::from_mins(5));
}
