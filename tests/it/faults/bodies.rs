//! What happens to the bodies of answers.

use super::{check, lasts, once};

#[tokio::test]
async fn bodies_that_take_their_time() {
    let thrice = ("timeout", 3, 3);
    let name = "the body drips, a byte every 50 ms";
    check(name, [thrice, thrice, ("timeout", 1, 1)]).await;
    once("the body stalls, once", "timeout", 2).await;
    once("the length is too long, once", "timeout", 2).await;
}

#[tokio::test]
async fn bodies_that_break() {
    once("the body is cut, once", "body", 2).await;
    once("the body is cut by a reset, once", "body", 2).await;
    once("chunks without an end, once", "body", 2).await;
    once("chunks turn to garbage, once", "body", 2).await;
}

#[tokio::test]
async fn half_of_a_job_is_none() {
    lasts("the length is too short", "decode").await;
    lasts("a page where JSON was due", "decode").await;
}

#[tokio::test]
async fn more_than_anybody_should_keep() {
    lasts("a body of 1 GB, declared", "body").await;
    lasts("a body of 1 GB, in chunks", "body").await;
    lasts("a gzip bomb of 1 GB", "body").await;
    let thrice = ("status 503", 3, 3);
    let name = "a 503 with a body of 1 GB";
    check(name, [thrice, thrice, ("status 503", 1, 1)]).await;
}
