//! What HTTP/2 adds: requests that come back unlooked-at, whatever they were, and requests that do not.

use super::{check, once};

#[tokio::test]
async fn what_is_given_back_is_sent_again() {
    check(
        "HTTP/2: GOAWAY below the stream, once",
        [("answer", 2, 2); 3],
    )
    .await;
    check("HTTP/2: REFUSED_STREAM, once", [("answer", 2, 1); 3]).await;
}

#[tokio::test]
async fn what_is_always_given_back_is_given_up() {
    check("HTTP/2: REFUSED_STREAM for ever", [("connection", 6, 1); 3]).await;
}

#[tokio::test]
async fn what_is_cancelled_may_have_been_done() {
    once("HTTP/2: the stream is cancelled, once", "connection", 1).await;
}
