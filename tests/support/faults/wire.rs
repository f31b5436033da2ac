//! The requests that the servers of a script received.

use super::{Call, IDEMPOTENCY_KEY, KEY, ROW_SECRET};
use crate::net::Received;

/// Counts of the received requests, without the priming call.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Wire {
    /// The number of requests.
    pub requests: usize,
    /// The number of POSTs.
    pub posts: usize,
    /// The number of POSTs that the server may have processed.
    pub maybe_processed: usize,
    /// The number of requests that the server reported as not processed.
    pub unprocessed: usize,
    /// The number of connections, including that of the priming call.
    pub connections: usize,
    /// Whether every POST had the idempotency key of the submit and the same body.
    pub consistent: bool,
    /// Whether the API key or the row was sent to another origin.
    pub leaked: bool,
}

impl Wire {
    pub(super) fn new(
        call: Call,
        main: &[Received],
        other_origin: &[Received],
        connections: usize,
    ) -> Self {
        let posts: Vec<_> = main
            .iter()
            .chain(other_origin)
            .filter(|request| is_post(request, call))
            .collect();
        Self {
            requests: main.len() + other_origin.len(),
            posts: posts.len(),
            maybe_processed: posts.iter().filter(|post| !post.unprocessed).count(),
            unprocessed: main.iter().filter(|request| request.unprocessed).count(),
            connections,
            consistent: are_consistent(&posts),
            leaked: other_origin.iter().any(is_secret),
        }
    }
}

/// Returns `true` if a request is a POST. A request that was refused with its connection was not read: it has the
/// method of the call.
fn is_post(request: &Received, call: Call) -> bool {
    if request.head.is_empty() {
        call.is_post()
    } else {
        request.head.starts_with("POST ")
    }
}

/// Returns `true` if all POSTs have the same key and body. Bodies that were only partly read must be a prefix of the
/// longest one.
fn are_consistent(posts: &[&Received]) -> bool {
    let read = || posts.iter().filter(|post| !post.head.is_empty());
    let longest = read().map(|post| &post.body).max_by_key(|body| body.len());
    read().all(|post| {
        post.header("idempotency-key") == Some(IDEMPOTENCY_KEY)
            && longest.is_some_and(|longest| longest.starts_with(&post.body))
    })
}

fn is_secret(request: &Received) -> bool {
    let body = String::from_utf8_lossy(&request.body);
    [KEY, ROW_SECRET]
        .iter()
        .any(|secret| request.head.contains(secret) || body.contains(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(key: &str, body: &str) -> Received {
        Received {
            head: format!("POST / HTTP/1.1\r\nIdempotency-Key: {key}\r\n\r\n"),
            body: body.into(),
            ..Received::default()
        }
    }

    fn keyed(main: &[Received], other_origin: &[Received]) -> Wire {
        Wire::new(Call::Keyed, main, other_origin, 1)
    }

    #[test]
    fn posts_are_consistent_with_the_same_key_and_body() {
        let whole = post(IDEMPOTENCY_KEY, "[1, 2]");
        let consistent = |other| keyed(&[whole.clone(), other], &[]).consistent;
        assert!(consistent(whole.clone()));
        // The server has read only the beginning of this one.
        assert!(consistent(post(IDEMPOTENCY_KEY, "[1,")));
        assert!(!consistent(post(IDEMPOTENCY_KEY, "[1, 3]")));
        assert!(!consistent(post("another", "[1, 2]")));
        // A request that was refused with its connection was not read.
        let unprocessed = Received {
            unprocessed: true,
            ..Received::default()
        };
        let wire = keyed(&[unprocessed, whole.clone()], &[]);
        assert!(wire.consistent);
        assert_eq!(
            (wire.posts, wire.maybe_processed, wire.unprocessed),
            (2, 1, 1)
        );
    }

    #[test]
    fn secrets_in_head_or_body_leak_only_to_another_origin() {
        let row = post(IDEMPOTENCY_KEY, ROW_SECRET);
        assert!(!keyed(std::slice::from_ref(&row), &[]).leaked);
        assert!(keyed(&[], &[row]).leaked);
        assert!(keyed(&[], &[post(KEY, "")]).leaked);
        assert!(!keyed(&[], &[post("another", "")]).leaked);
    }
}
