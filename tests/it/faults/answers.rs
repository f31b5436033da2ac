//! Error answers and redirects.

use super::{check, once, permanent};

#[tokio::test]
async fn busy_servers() {
    once("503, once", "status 503", 1).await;
    let three_times = ("status 429", 3, 1);
    check(
        "429 every time",
        [three_times, three_times, ("status 429", 1, 1)],
    )
    .await;
}

#[tokio::test]
async fn servers_with_retry_hints() {
    once("500 with x-should-retry: true, once", "status 500", 1).await;
    once("425 with x-should-retry: true, once", "status 425", 1).await;
    permanent("500 with x-should-retry: false", "status 500").await;
    permanent("503 with Retry-After: 3600", "status 503").await;
}

#[tokio::test]
async fn redirects_to_another_origin() {
    permanent("302 to another origin", "status 302").await;
    permanent("307 to another origin", "status 307").await;
}
