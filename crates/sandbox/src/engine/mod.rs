//! The contract as a pure machine: an instant and a request in, an answer out.
//!
//! It never reads a clock, never waits and touches no socket. The same seed and the same requests at the same
//! instants give the same answers, byte for byte.

mod access;
mod answer;
mod job;
mod jobs;
mod problem;
mod records;
mod route;
mod seed;
mod submit;
#[cfg(test)]
mod tests;

use std::{collections::HashMap, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri, header, request::Parts};
use uuid::Uuid;

pub(crate) use self::{access::Access, answer::Answer, job::Pace};
use self::{
    job::{Job, poll_path},
    jobs::Jobs,
    problem::{Issue, Problem},
    records::Records,
    route::Route,
    seed::Seed,
    submit::Batch,
};
use crate::clock::Epoch;

/// What the engine is told once.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) access: Access,
    pub(crate) epoch: Epoch,
    pub(crate) pace: Pace,
    pub(crate) seed: u64,
    pub(crate) sync_below: usize,
    pub(crate) max_rows: usize,
    pub(crate) max_body: usize,
}

/// Everything the server knows.
#[derive(Debug)]
pub(crate) struct Engine {
    config: Config,
    jobs: Jobs,
    records: HashMap<(Uuid, String), Records>,
    job_ids: Seed,
    record_ids: Seed,
    request_ids: Seed,
    requests: u64,
}

/// The body of a request, as far as it was read.
#[derive(Debug)]
pub(crate) enum Payload {
    /// All of it.
    Whole(Bytes),
    /// More than [`Config::max_body`].
    TooLarge,
}

impl Engine {
    /// Creates a server without jobs and records.
    pub(crate) fn new(config: Config) -> Self {
        Self {
            jobs: Jobs::default(),
            records: HashMap::new(),
            job_ids: Seed::new(config.seed, 1),
            record_ids: Seed::new(config.seed, 2),
            request_ids: Seed::new(config.seed, 3),
            requests: 0,
            config,
        }
    }

    /// Returns how many requests there were, the refused ones included.
    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }

    /// Answers a request that arrived at `now`.
    pub(crate) fn handle(&mut self, now: Duration, head: &Parts, payload: &Payload) -> Answer {
        self.requests = self.requests.saturating_add(1);
        let id = format!("req_{}", self.request_ids.next_uuid().simple());
        self.jobs.expire(now);
        let answer = self
            .dispatch(now, head, payload)
            .unwrap_or_else(|problem| Answer::problem(&problem, &id));
        answer.finish(&id, self.config.epoch.http_date(now))
    }

    fn dispatch(
        &mut self,
        now: Duration,
        head: &Parts,
        payload: &Payload,
    ) -> Result<Answer, Problem> {
        let Some(route) = Route::of(head.uri.path()) else {
            return Err(Problem::new(
                StatusCode::NOT_FOUND,
                "not_found",
                "there is no such endpoint",
            ));
        };
        if head.method != route.method() {
            return Err(Problem::method(&route.method()));
        }
        self.config.access.check_key(&head.headers)?;
        let team = self.config.access.check_team(route.team())?;
        match route {
            Route::Poll { job, .. } => self.poll(now, team, &job),
            Route::Submit { object_type, .. } => {
                let body = submitted(head, payload, self.config.max_body)?;
                let batch = Batch::parse(body, self.config.max_rows)?;
                Ok(self.submit(now, team, object_type, batch, &head.uri, &head.headers))
            }
        }
    }

    fn poll(&self, now: Duration, team: Uuid, id: &str) -> Result<Answer, Problem> {
        let job = self
            .jobs
            .find(id)
            .filter(|job| job.team == team)
            .ok_or_else(|| {
                let message = "there is no such import job: it expired or never existed";
                Problem::new(StatusCode::NOT_FOUND, "not_found", message)
            })?;
        Ok(Answer::snapshot(
            StatusCode::OK,
            &job.snapshot(id, now, self.config.epoch),
        ))
    }

    fn submit(
        &mut self,
        now: Duration,
        team: Uuid,
        object_type: String,
        batch: Batch,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Answer {
        let records = self.records.entry((team, object_type)).or_default();
        let Batch { rows, options } = batch;
        let outcomes: Vec<_> = rows
            .iter()
            .map(|row| records.apply(row, &options, &mut self.record_ids))
            .collect();
        let job = Job::new(team, outcomes, now, self.config.pace);
        if job.total() < self.config.sync_below {
            return Answer::snapshot(StatusCode::OK, &job.inline(self.config.epoch));
        }
        let id = self.job_ids.next_uuid().to_string();
        let snapshot = job.snapshot(&id, now, self.config.epoch);
        let location = answer::absolute(uri, headers, poll_path(team, &id));
        self.jobs.insert(id, job);
        Answer::snapshot(StatusCode::ACCEPTED, &snapshot).with_header(header::LOCATION, location)
    }
}

/// Returns the body of a submit once its length and its type are in order.
fn submitted<'a>(head: &Parts, payload: &'a Payload, max: usize) -> Result<&'a Bytes, Problem> {
    let body = match payload {
        Payload::Whole(body) => body,
        Payload::TooLarge => {
            let message = format!("a body has at most {max} bytes");
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                message,
            ));
        }
    };
    let json = head
        .headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case("application/json"));
    if json {
        Ok(body)
    } else {
        let issue = Issue::new(
            ".headers.content-type",
            "unsupported_media_type",
            "the body of a submit is application/json",
        );
        let mut problem = Problem::invalid(vec![issue]);
        problem.status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        problem.code = "unsupported_media_type";
        Err(problem)
    }
}
