//! Faults of HTTP/2: requests that the server did not process, and requests that it may have processed.

use super::{check, once};

#[tokio::test]
async fn unprocessed_requests_are_retried() {
    check(
        "HTTP/2: GOAWAY below the stream, once",
        [("answer", 2, 2); 3],
    )
    .await;
    check("HTTP/2: REFUSED_STREAM, once", [("answer", 2, 1); 3]).await;
}

#[tokio::test]
async fn unprocessed_requests_are_retried_a_limited_number_of_times() {
    check(
        "HTTP/2: REFUSED_STREAM every time",
        [("connection", 6, 1); 3],
    )
    .await;
}

#[tokio::test]
async fn a_silent_connection_is_not_used_again() {
    let name = "HTTP/2: a reused connection falls silent, once";
    once(name, "timeout", 2).await;
}

#[tokio::test]
async fn answers_that_are_left_unread_hold_up_no_call() {
    let name = "HTTP/2: three large answers are left unread";
    check(name, [("answer", 1, 1); 3]).await;
}

#[tokio::test]
async fn cancelled_requests_may_have_been_processed() {
    once("HTTP/2: the stream is cancelled, once", "connection", 1).await;
}
