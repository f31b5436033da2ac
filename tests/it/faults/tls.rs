//! Faults of TLS: nothing is sent to an untrusted server.

use super::{check, run};

#[tokio::test]
async fn invalid_certificates_are_rejected() {
    for name in [
        "TLS: a certificate of another name",
        "TLS: an expired certificate",
        "TLS: an unknown authority",
    ] {
        check(name, [("certificate", 0, 1); 3]).await;
    }
}

#[tokio::test]
async fn an_unanswered_handshake() {
    // The connect timeout and the attempt timeout are equal here. Either may expire first.
    for (outcome, requests, connections) in run("TLS: the handshake is never answered").await {
        assert!(["connection", "timeout"].contains(&&*outcome), "{outcome}");
        assert_eq!((requests, connections), (0, 3));
    }
}
