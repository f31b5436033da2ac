//! The table of jobs.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    num::NonZeroUsize,
    time::Duration,
};

use http::StatusCode;

use super::{job::Job, problem::Problem};

/// The jobs by id, with limits on their number and rows.
#[derive(Debug)]
pub(super) struct Jobs {
    by_id: HashMap<String, Entry>,
    order: BTreeMap<Number, String>,
    /// The end times of the jobs that finish.
    ends: BTreeSet<(Duration, Number)>,
    next: Number,
    rows: usize,
    limit: NonZeroUsize,
    row_limit: usize,
    /// The ids of the jobs that were evicted last.
    evicted: VecDeque<String>,
}

/// The number of a job, in the order of the submits; never reused.
type Number = u64;

#[derive(Debug)]
struct Entry {
    number: Number,
    job: Job,
}

impl Jobs {
    /// Creates an empty table.
    pub(super) fn new(limit: NonZeroUsize, row_limit: usize) -> Self {
        Self {
            by_id: HashMap::new(),
            order: BTreeMap::new(),
            ends: BTreeSet::new(),
            next: 0,
            rows: 0,
            limit,
            row_limit,
            evicted: VecDeque::new(),
        }
    }

    /// Returns the job with this id.
    pub(super) fn find(&self, id: &str) -> Result<&Job, Problem> {
        let entry = self.by_id.get(id);
        entry.map(|entry| &entry.job).ok_or_else(|| {
            if self.evicted.iter().any(|evicted| evicted == id) {
                let message = format!(
                    "the job was evicted: the sandbox holds at most {} jobs and {} rows",
                    self.limit, self.row_limit
                );
                Problem::new(StatusCode::NOT_FOUND, "job_evicted", message)
            } else {
                Self::unknown()
            }
        })
    }

    /// Returns the error for a job that does not exist.
    pub(super) fn unknown() -> Problem {
        let message = "there is no such import job: it expired or never existed";
        Problem::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// Makes room for a job with this number of rows by evicting finished jobs, the first to finish first.
    ///
    /// The order is that of their ends, not of their starts: a long job may be the oldest one when it ends, and its end has
    /// not been polled yet.
    pub(super) fn make_room(&mut self, rows: usize, now: Duration) -> Result<(), Problem> {
        // An import that exceeds the limit by itself evicts nothing.
        if rows > self.row_limit {
            return Err(self.full("this import has more"));
        }
        while self.by_id.len() >= self.limit.get()
            || self.rows.saturating_add(rows) > self.row_limit
        {
            let finished = self.ends.first().filter(|(end, _)| *end <= now);
            let Some(id) = finished.and_then(|(_, number)| self.order.get(number)) else {
                return Err(self.full("no job in it is finished"));
            };
            let id = id.clone();
            self.remove(&id);
            self.evicted.push_back(id);
            if self.evicted.len() > MAX_EVICTED {
                self.evicted.pop_front();
            }
        }
        Ok(())
    }

    /// Returns the error for a full sandbox.
    fn full(&self, why: &str) -> Problem {
        let message = format!(
            "the sandbox holds at most {} jobs and {} rows, and {why}",
            self.limit, self.row_limit
        );
        Problem::new(StatusCode::INSUFFICIENT_STORAGE, "sandbox_full", message)
    }

    /// Iterates over the jobs, newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Job)> {
        let ids = self.order.values().rev();
        ids.filter_map(|id| Some((id.as_str(), &self.by_id.get(id)?.job)))
    }

    /// Adds a job, after a call of [`make_room`](Self::make_room).
    pub(super) fn insert(&mut self, id: String, job: Job) {
        let number = self.next;
        self.next = number.saturating_add(1);
        self.rows = self.rows.saturating_add(job.total());
        self.order.insert(number, id.clone());
        self.ends.extend(job.finishes().map(|end| (end, number)));
        self.by_id.insert(id, Entry { number, job });
    }

    /// Removes the jobs that have expired at `now`.
    pub(super) fn expire(&mut self, now: Duration) {
        while let Some((_, oldest)) = self.order.first_key_value() {
            match self.by_id.get(oldest) {
                Some(entry) if entry.job.expires() <= now => {
                    let id = oldest.clone();
                    self.remove(&id);
                }
                Some(_) | None => return,
            }
        }
    }

    fn remove(&mut self, id: &str) {
        if let Some(Entry { number, job }) = self.by_id.remove(id) {
            self.order.remove(&number);
            if let Some(end) = job.finishes() {
                self.ends.remove(&(end, number));
            }
            self.rows = self.rows.saturating_sub(job.total());
        }
    }
}

/// The number of evicted ids that are stored, so that their polls are answered with `job_evicted`.
const MAX_EVICTED: usize = 1_024;
