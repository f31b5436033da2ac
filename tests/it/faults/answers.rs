//! What servers say by HTTP, and where they send a client.

use super::{check, lasts, once};

#[tokio::test]
async fn servers_that_are_busy() {
    once("503, once", "status 503", 1).await;
    let thrice = ("status 429", 3, 1);
    check("429 for ever", [thrice, thrice, ("status 429", 1, 1)]).await;
}

#[tokio::test]
async fn servers_that_say_what_helps() {
    once("500 with x-should-retry: true, once", "status 500", 1).await;
    once("425 with x-should-retry: true, once", "status 425", 1).await;
    lasts("500 with x-should-retry: false", "status 500").await;
    lasts("503 with Retry-After: 3600", "status 503").await;
}

#[tokio::test]
async fn servers_that_send_elsewhere() {
    lasts("302 to another origin", "status 302").await;
    lasts("307 to another origin", "status 307").await;
}
