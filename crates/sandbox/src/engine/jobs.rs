//! The jobs that can be polled.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use super::job::Job;

/// Jobs by id, oldest first.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    by_id: HashMap<String, Job>,
    order: VecDeque<String>,
}

impl Jobs {
    /// Returns the job with this id.
    pub(super) fn find(&self, id: &str) -> Option<&Job> {
        self.by_id.get(id)
    }

    /// Adds a job.
    pub(super) fn insert(&mut self, id: String, job: Job) {
        self.order.push_back(id.clone());
        self.by_id.insert(id, job);
    }

    /// Forgets the jobs whose retention ended by `now`.
    pub(super) fn expire(&mut self, now: Duration) {
        while let Some(oldest) = self.order.front() {
            match self.by_id.get(oldest) {
                Some(job) if now < job.expires() => return,
                Some(_) | None => {}
            }
            if let Some(oldest) = self.order.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
    }
}
