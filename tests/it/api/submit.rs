//! Submits: at most one import whatever happens to the answers, and correct errors.

use std::time::Duration;

use prism_imports::{
    Commit, Error, ErrorKind, ObjectType, Submitted,
    transport::{RetryPolicy, retry::Backoff},
};
use prism_imports_sandbox::{Builder, Fault, Moment, On, Sandbox};
use prism_imports_tests::{
    rows::contacts,
    server::{imports, serve},
};

use super::in_process;

/// Submits with one fault and returns the result and the number of requests that the server received.
async fn submit(fault: Fault, keyed: bool) -> (Result<Submitted, Error>, u64) {
    let settings: Builder = Sandbox::builder().sync_below(0).fault(fault.on(On::Submit));
    let (sandbox, client) = in_process(settings);
    let submit = client
        .imports()
        .submit(ObjectType::Contact)
        .rows(contacts(3))
        .keyed_retries(keyed);
    let result = submit.await;
    (result, sandbox.requests())
}

async fn check(fault: Fault, keyed: bool, expected: (ErrorKind, Commit), requests: u64) {
    let name = format!("{fault:?}");
    let (result, sent) = submit(fault, keyed).await;
    let error = result.unwrap_err();
    assert_eq!(
        ((error.kind(), error.commit()), sent),
        ((expected.0, Some(expected.1)), requests),
        "{name}: {error}"
    );
    assert!(error.idempotency_key().is_some() && error.submitted_at().is_some());
}

/// Submits over a socket, where a lost answer is a closed connection.
async fn submit_over_socket(fault: Fault, keyed: bool) -> (Result<Submitted, Error>, u64) {
    let server = serve(Sandbox::builder().sync_below(0).fault(fault.on(On::Submit))).await;
    let moment = Duration::from_millis(1);
    let policy = RetryPolicy::default().with_backoff(Backoff::new(moment, moment));
    let submit = imports(&server)
        .submit(ObjectType::Contact)
        .rows(contacts(3));
    let result = submit.keyed_retries(keyed).retry(policy).await;
    (result, server.requests())
}

#[tokio::test]
async fn a_lost_answer_is_retried_with_the_same_key() {
    for moment in [Moment::Before, Moment::After] {
        let (result, requests) =
            submit_over_socket(Fault::close().times(1).moment(moment), true).await;
        assert!(matches!(result, Ok(Submitted::Started(_))), "{result:?}");
        assert_eq!(requests, 2);
    }
    let (result, requests) = submit_over_socket(Fault::answer(503).times(2), true).await;
    assert!(result.is_ok(), "{result:?}");
    assert_eq!(requests, 3);
}

#[tokio::test]
async fn without_keyed_retries_a_lost_answer_is_not_retried() {
    let (result, requests) = submit_over_socket(Fault::close().moment(Moment::After), false).await;
    let error = result.unwrap_err();
    assert_eq!(
        (error.kind(), error.commit(), requests),
        (ErrorKind::Connect, Some(Commit::Unknown), 1)
    );
}

#[tokio::test(start_paused = true)]
async fn without_keyed_retries_a_server_error_is_not_retried() {
    check(
        Fault::answer(503),
        false,
        (ErrorKind::Server, Commit::Unknown),
        1,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn errors_report_whether_the_import_was_committed() {
    use Commit::{Committed, NotCommitted, Unknown};
    check(
        Fault::answer(400),
        true,
        (ErrorKind::Rejected, NotCommitted),
        1,
    )
    .await;
    check(Fault::answer(401), true, (ErrorKind::Auth, NotCommitted), 1).await;
    check(
        Fault::answer(403),
        true,
        (ErrorKind::Denied, NotCommitted),
        1,
    )
    .await;
    check(
        Fault::answer(413),
        true,
        (ErrorKind::Rejected, NotCommitted),
        1,
    )
    .await;
    check(Fault::answer(409), true, (ErrorKind::Rejected, Unknown), 1).await;
    check(
        Fault::answer(429),
        true,
        (ErrorKind::RateLimited, NotCommitted),
        3,
    )
    .await;
    check(Fault::answer(502), true, (ErrorKind::Server, Unknown), 3).await;
    let coded = |code, message| Fault::answer(500).error(code, message);
    check(
        coded("write_committed", "taken"),
        true,
        (ErrorKind::Server, Committed),
        3,
    )
    .await;
    check(
        coded("write_outcome_unknown", "?"),
        true,
        (ErrorKind::Server, Unknown),
        3,
    )
    .await;
    check(
        Fault::set("total", "many"),
        true,
        (ErrorKind::Decode, Committed),
        1,
    )
    .await;
}

#[tokio::test(start_paused = true)]
async fn contradicting_counters_do_not_hide_a_started_job() {
    let (result, requests) = submit(Fault::contradict(), true).await;
    assert!(matches!(result, Ok(Submitted::Started(_))), "{result:?}");
    assert_eq!(requests, 1);
}

#[tokio::test(start_paused = true)]
async fn an_undecodable_answer_still_yields_a_handle_from_its_location() {
    let (result, _) = submit(Fault::set("total", "many"), true).await;
    let error = result.unwrap_err();
    assert!(
        error
            .handle()
            .is_some_and(|handle| Some(handle.job_id()) == error.job_id()),
        "{error:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_rejection_after_an_unknown_outcome_leaves_the_outcome_unknown() {
    // The import is accepted, but the answer is an error. The later attempts are rejected.
    let taken = Fault::answer(500).moment(Moment::After).times(1);
    let (sandbox, client) = in_process(
        Sandbox::builder()
            .fault(taken.on(On::Submit))
            .fault(Fault::answer(429).skip(1).on(On::Submit)),
    );
    let imports = client.imports();
    let submit = imports.submit(ObjectType::Contact).rows(contacts(3));
    let key = submit.key().clone();
    let error = submit.await.unwrap_err();
    assert_eq!(
        (error.kind(), error.commit(), error.attempts()),
        (ErrorKind::RateLimited, Some(Commit::Unknown), 3)
    );
    assert_eq!(sandbox.imports_under(key.as_str()).len(), 1);
}
