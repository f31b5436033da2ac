//! What happens to connections and to the heads of answers.

use super::{check, lasts, once, play};

#[tokio::test]
async fn nobody_is_there() {
    check("nobody listens", [("connection", 0, 0); 3]).await;
}

#[tokio::test]
async fn nobody_stays() {
    // How far a request gets before the reset is a race; no more than that may be told apart.
    for (outcome, requests, connections) in
        play("every connection is reset as it is accepted").await
    {
        assert_eq!((&*outcome, requests), ("connection", 0));
        assert!((1..=6).contains(&connections), "{connections}");
    }
}

#[tokio::test]
async fn silence() {
    let thrice = ("timeout", 3, 3);
    check("it says nothing", [thrice, thrice, ("timeout", 1, 1)]).await;
    once("it says nothing, once", "timeout", 2).await;
}

#[tokio::test]
async fn ends() {
    once("it closes as the request is there, once", "connection", 2).await;
    once("it resets as the request is there, once", "connection", 2).await;
    let thrice = ("connection", 3, 3);
    check(
        "it resets every request",
        [thrice, thrice, ("connection", 1, 1)],
    )
    .await;
}

#[tokio::test]
async fn ends_of_what_was_kept_alive() {
    for name in [
        "a kept-alive connection is closed as the next request arrives",
        "a kept-alive connection is reset as the next request arrives",
    ] {
        once(name, "connection", 2).await;
    }
}

#[tokio::test]
async fn answers_before_their_time() {
    for name in [
        "it answers 503 before the request is read, once",
        "it answers 503 with most of a long request unread, once",
    ] {
        let [get, keyed, unkeyed] = play(name).await;
        assert_eq!((get.0.as_str(), keyed.0.as_str()), ("answer", "answer"));
        // The answer and the end of the connection race each other; neither is a reason to send it again.
        assert!(
            ["status 503", "connection"].contains(&&*unkeyed.0),
            "{unkeyed:?}"
        );
        assert!(unkeyed.1 <= 1, "{unkeyed:?}");
    }
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_nobodys() {
    check(
        "an answer too many follows the one before",
        [("answer", 1, 2); 3],
    )
    .await;
}

#[tokio::test]
async fn heads_that_take_their_time() {
    let thrice = ("timeout", 3, 3);
    let name = "the head trickles, a byte every 50 ms";
    check(name, [thrice, thrice, ("timeout", 1, 1)]).await;
    once("the head trickles, once", "timeout", 2).await;
}

#[tokio::test]
async fn heads_that_are_none() {
    once("the head is cut, once", "connection", 2).await;
    once("the head is cut by a reset, once", "connection", 2).await;
    lasts("it does not speak HTTP", "connection").await;
    lasts("a head of 1 GB", "connection").await;
}
