//! Idempotency keys and stored answers.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use http::{HeaderMap, StatusCode};

use super::{
    answer::Answer,
    digest::Digest,
    problem::{Issue, Problem},
};

/// The answers to submits with a key, each stored for [24 hours](LIFETIME).
#[derive(Debug, Default)]
pub(super) struct Replays {
    kept: HashMap<Digest, Kept>,
    order: VecDeque<(Digest, Duration)>,
    bytes: usize,
}

#[derive(Debug)]
struct Kept {
    body: Digest,
    answer: Answer,
}

/// A submit with a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keyed {
    /// The digest of the key, the caller and the path.
    scope: Digest,
    /// The digest of the key.
    key: Digest,
    body: Digest,
}

impl Keyed {
    /// Reads the key of a request, if it has one. An empty or too long key is an error.
    pub(super) fn read(
        headers: &HeaderMap,
        path: &str,
        body: &[u8],
    ) -> Result<Option<Self>, Problem> {
        let mut keys = headers.get_all("idempotency-key").iter();
        let Some(key) = keys.next() else {
            return Ok(None);
        };
        let issue = |message: String| {
            Problem::invalid(vec![Issue::new(
                ".headers.idempotency-key",
                "invalid_key",
                message,
            )])
        };
        if keys.next().is_some() {
            return Err(issue("a request must have only one Idempotency-Key".into()));
        }
        let length =
            std::str::from_utf8(key.as_bytes()).map_or(key.len(), |key| key.chars().count());
        if length == 0 || length > MAX_KEY {
            let message = format!(
                "an Idempotency-Key must have 1 to {MAX_KEY} characters, this one has {length}"
            );
            return Err(issue(message));
        }
        let caller = headers.get("x-api-key").map(http::HeaderValue::as_bytes);
        Ok(Some(Self {
            scope: Digest::of(&(caller, path, key.as_bytes())),
            key: Digest::of(key.as_bytes()),
            body: Digest::of(body),
        }))
    }

    /// Returns the digest of the key, independent of the caller and the path.
    pub(super) fn key(self) -> Digest {
        self.key
    }
}

impl Replays {
    /// Returns the stored answer to the same request.
    ///
    /// A different body with the same key is rejected with `idempotency_key_mismatch`.
    pub(super) fn find(&self, request: Keyed) -> Result<Option<Answer>, Problem> {
        match self.kept.get(&request.scope) {
            None => Ok(None),
            Some(kept) if kept.body == request.body => Ok(Some(kept.answer.as_replay())),
            Some(_) => Err(Problem::new(
                StatusCode::CONFLICT,
                "idempotency_key_mismatch",
                "this Idempotency-Key was used with a different body",
            )),
        }
    }

    /// Stores the answer to a request that was executed at `now`.
    pub(super) fn store(&mut self, request: Keyed, now: Duration, answer: &Answer) {
        let kept = Kept {
            body: request.body,
            answer: answer.clone(),
        };
        self.bytes = self.bytes.saturating_add(answer.len());
        self.kept.insert(request.scope, kept);
        self.order
            .push_back((request.scope, now.saturating_add(LIFETIME)));
        while self.bytes > MAX_BYTES || self.order.len() > MAX_ANSWERS {
            if !self.drop_oldest() {
                break;
            }
        }
    }

    /// Drops the answers that have expired at `now`.
    pub(super) fn expire(&mut self, now: Duration) {
        while self.order.front().is_some_and(|(_, until)| *until <= now) {
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) -> bool {
        let oldest = self.order.pop_front();
        if let Some(kept) = oldest.and_then(|(scope, _)| self.kept.remove(&scope)) {
            self.bytes = self.bytes.saturating_sub(kept.answer.len());
        }
        oldest.is_some()
    }
}

/// The lifetime of a stored answer according to the API reference.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// The maximum length of a key, in characters.
const MAX_KEY: usize = 255;
/// The maximum number of stored answers and of their bytes; the oldest are dropped first.
const MAX_ANSWERS: usize = 50_000;
const MAX_BYTES: usize = 64 << 20;
