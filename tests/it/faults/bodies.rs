//! Faults of response bodies.

use super::{check, once, permanent};

#[tokio::test]
async fn slow_bodies() {
    let three_times = ("timeout", 3, 3);
    let name = "the body drips, a byte every 50 ms";
    tokio::join!(
        check(name, [three_times, three_times, ("timeout", 1, 1)]),
        once("the body stalls, once", "timeout", 2),
        once("the length is too long, once", "timeout", 2),
    );
}

#[tokio::test]
async fn truncated_bodies() {
    once("the body is cut, once", "body", 2).await;
    once("the body is cut by a reset, once", "body", 2).await;
    once("chunks without an end, once", "body", 2).await;
    once("chunks turn to garbage, once", "body", 2).await;
}

#[tokio::test]
async fn unusual_bodies_are_read() {
    check("another length besides chunks", [("answer", 1, 1); 3]).await;
    check("zeros after gzip", [("answer", 1, 1); 3]).await;
    check("text after gzip", [("answer", 1, 1); 3]).await;
}

#[tokio::test]
async fn wrong_encodings_are_not_retried() {
    permanent("an encoding of another name", "decode").await;
}

#[tokio::test]
async fn bodies_that_are_no_job() {
    permanent("the length is too short", "decode").await;
    permanent("an HTML page instead of JSON", "decode").await;
}

#[tokio::test]
async fn oversized_bodies() {
    permanent("a body of 1 GB, declared", "too_large").await;
    permanent("a body of 1 GB, in chunks", "too_large").await;
    permanent("a gzip bomb of 1 GB", "too_large").await;
    let three_times = ("status 503", 3, 3);
    let name = "a 503 with a body of 1 GB";
    check(name, [three_times, three_times, ("status 503", 1, 1)]).await;
}
