//! The last requests, for the page.

use std::{collections::VecDeque, time::Duration};

use http::{Method, StatusCode, request::Parts};

/// The last [100](MAX_ENTRIES) requests, newest first.
#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: VecDeque<Entry>,
}

/// One request and its status. Headers and bodies are not stored.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) at: Duration,
    pub(super) method: Method,
    pub(super) path: String,
    /// `None` when the connection was closed.
    pub(super) status: Option<StatusCode>,
    pub(super) request_id: String,
}

impl Journal {
    /// Adds a request.
    pub(super) fn add(&mut self, at: Duration, head: &Parts, status: Option<StatusCode>, id: &str) {
        if self.entries.len() >= MAX_ENTRIES {
            self.entries.pop_back();
        }
        self.entries.push_front(Entry {
            at,
            method: head.method.clone(),
            path: head.uri.path().chars().take(MAX_PATH).collect(),
            status,
            request_id: id.to_owned(),
        });
    }

    /// Iterates over the requests, newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}

const MAX_ENTRIES: usize = 100;
/// The stored length of a path: that of a poll has about 90 characters.
const MAX_PATH: usize = 200;
