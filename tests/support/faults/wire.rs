//! What a script's servers saw.

use super::{Call, IDEMPOTENCY_KEY, KEY, ROW_SECRET};
use crate::net::Received;

/// What was on the wire, without the call that went before.
#[derive(Clone, Debug)]
#[expect(
    clippy::exhaustive_structs,
    reason = "support code of this workspace's own tests"
)]
pub struct Wire {
    /// How many requests there were.
    pub requests: usize,
    /// How many of them were POSTs.
    pub posts: usize,
    /// How many of the POSTs were not given back unlooked-at.
    pub taken: usize,
    /// How many of the requests were given back unlooked-at.
    pub given_back: usize,
    /// How many connections there were, that of the call before included.
    pub connections: usize,
    /// Whether every POST had the key of the submit, and one and the same body.
    pub same: bool,
    /// Whether the API key or the row came to another origin.
    pub leaked: bool,
}

impl Wire {
    pub(super) fn new(
        call: Call,
        home: &[Received],
        elsewhere: &[Received],
        connections: usize,
    ) -> Self {
        let posts: Vec<_> = home
            .iter()
            .chain(elsewhere)
            .filter(|request| is_post(request, call))
            .collect();
        Self {
            requests: home.len() + elsewhere.len(),
            posts: posts.len(),
            taken: posts.iter().filter(|post| !post.given_back).count(),
            given_back: home.iter().filter(|request| request.given_back).count(),
            connections,
            same: same(&posts),
            leaked: elsewhere.iter().any(is_secret),
        }
    }
}

/// A request that was given back as a whole connection was not read: it is the call's own.
fn is_post(request: &Received, call: Call) -> bool {
    if request.head.is_empty() {
        call.is_post()
    } else {
        request.head.starts_with("POST ")
    }
}

/// Tells whether all POSTs are one: what was read of a body is the beginning of the longest.
fn same(posts: &[&Received]) -> bool {
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

    fn keyed(home: &[Received], elsewhere: &[Received]) -> Wire {
        Wire::new(Call::Keyed, home, elsewhere, 1)
    }

    #[test]
    fn a_post_is_the_same_under_its_key_and_with_its_bytes() {
        let whole = post(IDEMPOTENCY_KEY, "[1, 2]");
        let same = |other| keyed(&[whole.clone(), other], &[]).same;
        assert!(same(whole.clone()));
        // Of this one the server has read the beginning only.
        assert!(same(post(IDEMPOTENCY_KEY, "[1,")));
        assert!(!same(post(IDEMPOTENCY_KEY, "[1, 3]")));
        assert!(!same(post("another", "[1, 2]")));
        // A connection that was given back as a whole was not read.
        let given_back = Received {
            given_back: true,
            ..Received::default()
        };
        let wire = keyed(&[given_back, whole.clone()], &[]);
        assert!(wire.same);
        assert_eq!((wire.posts, wire.taken, wire.given_back), (2, 1, 1));
    }

    #[test]
    fn a_secret_leaks_by_head_and_by_body_to_another_origin_only() {
        let row = post(IDEMPOTENCY_KEY, ROW_SECRET);
        assert!(!keyed(std::slice::from_ref(&row), &[]).leaked);
        assert!(keyed(&[], &[row]).leaked);
        assert!(keyed(&[], &[post(KEY, "")]).leaked);
        assert!(!keyed(&[], &[post("another", "")]).leaked);
    }
}
