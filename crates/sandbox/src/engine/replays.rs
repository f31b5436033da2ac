//! Idempotency keys: the first answer is kept and given again.

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

/// The answers to keyed submits, each for [24 hours](LIFETIME).
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

/// A submit that came with a key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keyed {
    /// The key, of one caller and one path.
    scope: Digest,
    /// The key alone.
    key: Digest,
    body: Digest,
}

impl Keyed {
    /// Reads the key of a request, if it has one; refuses one that is empty or too long.
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
            return Err(issue("a request has one Idempotency-Key".into()));
        }
        let length =
            std::str::from_utf8(key.as_bytes()).map_or(key.len(), |key| key.chars().count());
        if length == 0 || length > MAX_KEY {
            let message =
                format!("an Idempotency-Key has 1 to {MAX_KEY} characters, this one {length}");
            return Err(issue(message));
        }
        let caller = headers.get("x-api-key").map(http::HeaderValue::as_bytes);
        Ok(Some(Self {
            scope: Digest::of(&(caller, path, key.as_bytes())),
            key: Digest::of(key.as_bytes()),
            body: Digest::of(body),
        }))
    }

    /// Returns what is left of the key alone, whoever used it on whatever path.
    pub(super) fn key(self) -> Digest {
        self.key
    }
}

impl Replays {
    /// Returns the answer that the same request got before.
    ///
    /// Another body under the same key is refused with `idempotency_key_mismatch`.
    pub(super) fn find(&self, request: Keyed) -> Result<Option<Answer>, Problem> {
        match self.kept.get(&request.scope) {
            None => Ok(None),
            Some(kept) if kept.body == request.body => Ok(Some(kept.answer.as_replay())),
            Some(_) => Err(Problem::new(
                StatusCode::CONFLICT,
                "idempotency_key_mismatch",
                "this Idempotency-Key was used with another body",
            )),
        }
    }

    /// Keeps the answer to a request that was carried out at `now`.
    pub(super) fn keep(&mut self, request: Keyed, now: Duration, answer: &Answer) {
        let kept = Kept {
            body: request.body,
            answer: answer.clone(),
        };
        self.bytes = self.bytes.saturating_add(answer.len());
        self.kept.insert(request.scope, kept);
        self.order
            .push_back((request.scope, now.saturating_add(LIFETIME)));
        while self.bytes > MAX_BYTES || self.order.len() > MAX_ANSWERS {
            if !self.forget_oldest() {
                break;
            }
        }
    }

    /// Forgets the answers whose 24 hours ended by `now`.
    pub(super) fn expire(&mut self, now: Duration) {
        while self.order.front().is_some_and(|(_, until)| *until <= now) {
            self.forget_oldest();
        }
    }

    fn forget_oldest(&mut self) -> bool {
        let oldest = self.order.pop_front();
        if let Some(kept) = oldest.and_then(|(scope, _)| self.kept.remove(&scope)) {
            self.bytes = self.bytes.saturating_sub(kept.answer.len());
        }
        oldest.is_some()
    }
}

/// How long an answer is kept, by the API reference.
const LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest key, in characters.
const MAX_KEY: usize = 255;
/// How many answers are kept at most, and how many bytes of them: the oldest go first.
const MAX_ANSWERS: usize = 50_000;
const MAX_BYTES: usize = 64 << 20;
