//! The jobs that can be polled.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    num::NonZeroUsize,
    time::Duration,
};

use http::StatusCode;

use super::{job::Job, problem::Problem};

/// Jobs by id, oldest first, within bounds.
#[derive(Debug)]
pub(super) struct Jobs {
    by_id: HashMap<String, Entry>,
    order: BTreeMap<Number, String>,
    /// When each job finishes that ever does.
    ends: BTreeSet<(Duration, Number)>,
    next: Number,
    rows: usize,
    limit: NonZeroUsize,
    row_limit: usize,
    /// The ids of the last jobs that were forgotten to make room.
    evicted: VecDeque<String>,
}

/// The number of a job, in the order of their starts; never used twice.
type Number = u64;

#[derive(Debug)]
struct Entry {
    number: Number,
    job: Job,
}

impl Jobs {
    /// Creates an empty table with its bounds.
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

    /// Makes room for a job of so many rows: finished jobs go, first the one that finished first.
    ///
    /// The order is that of their ends: a long job is the oldest of all when it ends, and nobody has seen that yet.
    pub(super) fn make_room(&mut self, rows: usize, now: Duration) -> Result<(), Problem> {
        // An import that no room is enough for drives nothing out.
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

    /// Returns the refusal for want of room.
    fn full(&self, why: &str) -> Problem {
        let message = format!(
            "the sandbox holds {} jobs and {} rows at most, and {why}",
            self.limit, self.row_limit
        );
        Problem::new(StatusCode::INSUFFICIENT_STORAGE, "sandbox_full", message)
    }

    /// Iterates over the jobs, newest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Job)> {
        let ids = self.order.values().rev();
        ids.filter_map(|id| Some((id.as_str(), &self.by_id.get(id)?.job)))
    }

    /// Adds a job; [`make_room`](Self::make_room) comes first.
    pub(super) fn insert(&mut self, id: String, job: Job) {
        let number = self.next;
        self.next = number.saturating_add(1);
        self.rows = self.rows.saturating_add(job.total());
        self.order.insert(number, id.clone());
        self.ends.extend(job.finishes().map(|end| (end, number)));
        self.by_id.insert(id, Entry { number, job });
    }

    /// Forgets the jobs whose retention ended by `now`.
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

/// How many evicted ids are remembered, so that their polls are told why.
const MAX_EVICTED: usize = 1_024;
