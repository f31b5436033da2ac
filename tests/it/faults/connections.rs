//! Faults of connections and of response heads.

use super::{check, once, permanent, run};

#[tokio::test]
async fn no_server_listens() {
    check("no server listens", [("connection", 0, 0); 3]).await;
}

#[tokio::test]
async fn every_connection_is_reset() {
    // How far a request gets before the reset is a race.
    for (outcome, requests, connections) in run("every connection is reset as it is accepted").await
    {
        assert_eq!((&*outcome, requests), ("connection", 0));
        assert!((1..=6).contains(&connections), "{connections}");
    }
}

#[tokio::test]
async fn no_answer() {
    let three_times = ("timeout", 3, 3);
    tokio::join!(
        check("no answer", [three_times, three_times, ("timeout", 1, 1)]),
        once("no answer, once", "timeout", 2),
    );
}

#[tokio::test]
async fn connections_closed_during_a_request() {
    once(
        "the connection is closed when the request arrives, once",
        "connection",
        2,
    )
    .await;
    once(
        "the connection is reset when the request arrives, once",
        "connection",
        2,
    )
    .await;
    let three_times = ("connection", 3, 3);
    check(
        "every request is reset",
        [three_times, three_times, ("connection", 1, 1)],
    )
    .await;
}

#[tokio::test]
async fn kept_alive_connections_closed_on_reuse() {
    for name in [
        "a kept-alive connection is closed as the next request arrives",
        "a kept-alive connection is reset as the next request arrives",
    ] {
        once(name, "connection", 2).await;
    }
}

#[tokio::test]
async fn early_answers() {
    for name in [
        "503 before the request is read, once",
        "503 with most of a long request unread, once",
    ] {
        let [get, keyed, unkeyed] = run(name).await;
        assert_eq!((get.0.as_str(), keyed.0.as_str()), ("answer", "answer"));
        // The answer races with the end of the connection. Neither permits a retry.
        assert!(
            ["status 503", "connection"].contains(&&*unkeyed.0),
            "{unkeyed:?}"
        );
        assert!(unkeyed.1 <= 1, "{unkeyed:?}");
    }
}

#[tokio::test]
async fn an_extra_answer_is_discarded() {
    check(
        "an extra answer follows the first one",
        [("answer", 1, 2); 3],
    )
    .await;
}

#[tokio::test]
async fn slow_heads() {
    let three_times = ("timeout", 3, 3);
    let name = "the head trickles, a byte every 50 ms";
    tokio::join!(
        check(name, [three_times, three_times, ("timeout", 1, 1)]),
        once("the head trickles, once", "timeout", 2),
    );
}

#[tokio::test]
async fn invalid_heads() {
    once("the head is cut, once", "connection", 2).await;
    once("the head is cut by a reset, once", "connection", 2).await;
    permanent("the server does not speak HTTP", "protocol").await;
    permanent("a head of 1 GB", "protocol").await;
}
