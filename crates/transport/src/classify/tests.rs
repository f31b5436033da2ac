use http::Response;

use super::Verdict::{Accept, Fail, NotReplayable, Refresh, Retry, RetryNow};
use super::{Reason, classify};
use crate::error::{Kind, Phase, Scope};
use crate::{Error, Replay};

const COLUMNS: [Replay; 3] = [Replay::Safe, Replay::Keyed, Replay::Never];

#[track_caller]
fn check(result: &Result<Response<()>, Error>, expected: [super::Verdict; 3]) {
    let verdicts = COLUMNS.map(|replay| classify(replay, result));
    assert_eq!(verdicts, expected, "{result:?}");
}

#[track_caller]
fn status(status: u16, header: Option<&'static str>, expected: [super::Verdict; 3]) {
    let mut head = Response::builder().status(status);
    if let Some(value) = header {
        head = head.header("x-should-retry", value);
    }
    check(&Ok(head.body(()).unwrap()), expected);
}

#[track_caller]
fn fault(kind: Kind, phase: Phase, expected: [super::Verdict; 3]) {
    check(&Err(Error::new(kind, phase)), expected);
}

#[test]
fn success_is_accepted() {
    for code in [200, 201, 202, 204, 206] {
        status(code, None, [Accept; 3]);
        status(code, Some("true"), [Accept; 3]);
        status(code, Some("false"), [Accept; 3]);
    }
}

#[test]
fn passing_statuses_are_repeated_where_that_is_allowed() {
    for code in [408, 429, 500, 502, 503, 504] {
        let reason = Reason::Status;
        status(code, None, [Retry(reason), Retry(reason), NotReplayable]);
        status(code, Some("false"), [Fail; 3]);
    }
}

#[test]
fn final_statuses_fail() {
    for code in [
        300, 301, 302, 304, 307, 308, 400, 402, 403, 404, 405, 410, 412, 413, 415, 422, 425, 501,
        505, 599,
    ] {
        status(code, None, [Fail; 3]);
    }
}

#[test]
fn a_conflict_fails_even_when_the_server_says_retry() {
    status(409, None, [Fail; 3]);
    status(
        409,
        Some("true"),
        [Retry(Reason::ServerSaysRetry), Fail, Fail],
    );
}

#[test]
fn a_401_is_a_matter_of_credentials_whatever_else_is_said() {
    for header in [None, Some("true"), Some("false")] {
        status(401, header, [Refresh; 3]);
    }
}

#[test]
fn the_server_overrides_the_status_but_not_the_replay_mark() {
    let reason = Reason::ServerSaysRetry;
    for code in [400, 403, 404, 422, 500, 501, 503] {
        status(
            code,
            Some("true"),
            [Retry(reason), Retry(reason), NotReplayable],
        );
    }
    // A redirect is data: a header does not make it an error.
    status(302, Some("true"), [Fail; 3]);
    // Only the two words of the contract count.
    for word in ["TRUE", "1", "yes", ""] {
        status(404, Some(word), [Fail; 3]);
    }
}

#[test]
fn what_was_surely_not_sent_is_repeated_for_all() {
    fault(Kind::Connect, Phase::NotSent, [Retry(Reason::Connect); 3]);
    // The attempt's time ran out while it was still connecting.
    let connecting = Kind::Timeout(Scope::Attempt);
    fault(connecting, Phase::NotSent, [Retry(Reason::Connect); 3]);
    fault(Kind::Closed, Phase::NotSent, [RetryNow(Reason::Unsent); 3]);
}

#[test]
fn a_stale_connection_is_free_once_for_safe_requests_only() {
    let stale = Error::new(Kind::Closed, Phase::MaybeSent).with_stale_connection();
    let reason = Reason::StaleConnection;
    check(
        &Err(stale),
        [RetryNow(reason), Retry(reason), NotReplayable],
    );
}

#[test]
fn what_may_have_been_sent_is_repeated_where_that_is_allowed() {
    for (kind, reason) in [
        (Kind::Closed, Reason::Closed),
        (Kind::Body, Reason::Body),
        (Kind::Timeout(Scope::Attempt), Reason::Timeout),
        (Kind::Timeout(Scope::Idle), Reason::Timeout),
        (Kind::Timeout(Scope::Layer), Reason::Timeout),
        (Kind::Overloaded, Reason::Overloaded),
    ] {
        for phase in [Phase::MaybeSent, Phase::Answered] {
            fault(kind, phase, [Retry(reason), Retry(reason), NotReplayable]);
        }
    }
}

#[test]
fn what_a_second_attempt_cannot_change_fails() {
    for kind in [
        Kind::Certificate,
        Kind::Config,
        Kind::Request,
        Kind::Origin,
        Kind::Credentials,
        Kind::Timeout(Scope::Refresh),
        Kind::Timeout(Scope::Call),
        Kind::Quota,
        Kind::TooLarge,
        Kind::Protocol,
        Kind::Layer,
    ] {
        for phase in [Phase::NotSent, Phase::MaybeSent, Phase::Answered] {
            fault(kind, phase, [Fail; 3]);
        }
    }
}
