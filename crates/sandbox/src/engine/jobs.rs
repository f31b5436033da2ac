//! The jobs that can be polled.

use std::{
    collections::{HashMap, VecDeque},
    num::NonZeroUsize,
    time::Duration,
};

use http::StatusCode;

use super::{job::Job, problem::Problem};

/// Jobs by id, oldest first, within bounds.
#[derive(Debug)]
pub(super) struct Jobs {
    by_id: HashMap<String, Job>,
    order: VecDeque<String>,
    rows: usize,
    limit: NonZeroUsize,
    row_limit: usize,
    /// The ids of the last jobs that were forgotten to make room.
    evicted: VecDeque<String>,
}

impl Jobs {
    /// Creates an empty table with its bounds.
    pub(super) fn new(limit: NonZeroUsize, row_limit: usize) -> Self {
        Self {
            by_id: HashMap::new(),
            order: VecDeque::new(),
            rows: 0,
            limit,
            row_limit,
            evicted: VecDeque::new(),
        }
    }

    /// Returns the job with this id.
    pub(super) fn find(&self, id: &str) -> Result<&Job, Problem> {
        self.by_id.get(id).ok_or_else(|| {
            if self.evicted.iter().any(|evicted| evicted == id) {
                let message = format!(
                    "the sandbox forgot this job to make room: it holds {} jobs and {} rows at most",
                    self.limit, self.row_limit
                );
                Problem::new(StatusCode::NOT_FOUND, "job_evicted", message)
            } else {
                Self::unknown()
            }
        })
    }

    /// Returns the refusal for a job that is not there.
    pub(super) fn unknown() -> Problem {
        let message = "there is no such import job: it expired or never existed";
        Problem::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Makes room for a job of so many rows: finished jobs go, the oldest first.
    pub(super) fn make_room(&mut self, rows: usize, now: Duration) -> Result<(), Problem> {
        while self.by_id.len() >= self.limit.get()
            || self.rows.saturating_add(rows) > self.row_limit
        {
            let finished = self
                .order
                .iter()
                .position(|id| self.by_id.get(id).is_none_or(|job| job.is_finished(now)));
            let Some(id) = finished.and_then(|at| self.order.remove(at)) else {
                let message = format!(
                    "the sandbox holds {} jobs and {} rows at most, and no job in it is finished",
                    self.limit, self.row_limit
                );
                return Err(Problem::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "sandbox_full",
                    message,
                ));
            };
            self.remove(&id);
            self.evicted.push_back(id);
            if self.evicted.len() > MAX_EVICTED {
                self.evicted.pop_front();
            }
        }
        Ok(())
    }

    /// Iterates over the jobs, newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Job)> {
        let ids = self.order.iter().rev();
        ids.filter_map(|id| Some((id.as_str(), self.by_id.get(id)?)))
    }

    /// Adds a job; [`make_room`](Self::make_room) comes first.
    pub(super) fn insert(&mut self, id: String, job: Job) {
        self.rows = self.rows.saturating_add(job.total());
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
                self.remove(&oldest);
            }
        }
    }

    fn remove(&mut self, id: &str) {
        if let Some(job) = self.by_id.remove(id) {
            self.rows = self.rows.saturating_sub(job.total());
        }
    }
}

/// How many evicted ids are remembered, so that their polls are told why.
const MAX_EVICTED: usize = 1_024;
