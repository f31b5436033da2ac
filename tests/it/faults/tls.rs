//! What TLS adds: nothing is sent to whom it does not vouch for.

use super::{check, play};

#[tokio::test]
async fn nobody_is_trusted_who_should_not_be() {
    for name in [
        "TLS: a certificate of another name",
        "TLS: an expired certificate",
        "TLS: an unknown authority",
    ] {
        check(name, [("connection", 0, 1); 3]).await;
    }
}

#[tokio::test]
async fn a_handshake_without_an_answer() {
    // The time for a connection and that for an attempt are one here, and either may be the first to end.
    for (outcome, requests, connections) in play("TLS: the handshake is never answered").await {
        assert!(["connection", "timeout"].contains(&&*outcome), "{outcome}");
        assert_eq!((requests, connections), (0, 3));
    }
}
