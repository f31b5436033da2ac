//! The server as a sans-IO state machine: it maps a time and a request to an answer.
//!
//! It reads no clock, does not wait and uses no socket. The same seed and the same requests at the same times give the
//! same answers, byte for byte. Times are offsets since the sandbox was built and never decrease.

mod access;
mod answer;
mod collections;
mod config;
mod digest;
mod edit;
mod job;
mod jobs;
mod journal;
mod keyed;
mod outcome;
mod page;
mod problem;
mod quota;
mod records;
mod replays;
mod route;
mod script;
mod seed;
mod sloppy;
mod submit;
#[cfg(test)]
mod tests;

use std::time::Duration;

use http::{Method, StatusCode, header, request::Parts};
use uuid::Uuid;

pub(crate) use self::{
    answer::{Answer, Delivery},
    config::Config,
    outcome::Outcome,
    submit::Payload,
};
use self::{
    collections::Collections,
    job::{Job, poll_path},
    jobs::Jobs,
    journal::Journal,
    keyed::KeyedImports,
    problem::Problem,
    quota::Quota,
    replays::{Keyed, Replays},
    route::Route,
    script::{Effects, Replacement, Script},
    seed::Seed,
    submit::Batch,
};
use crate::{KeyedImport, Moment, On, Stats};

/// The state of the server.
#[derive(Debug)]
pub(crate) struct Engine {
    config: Config,
    collections: Collections,
    job_ids: Seed,
    jobs: Jobs,
    journal: Journal,
    keyed: KeyedImports,
    quota: Quota,
    replays: Replays,
    request_ids: Seed,
    script: Script,
    stats: Stats,
}

/// A request with its time and id.
#[derive(Clone, Copy)]
struct Call<'a> {
    now: Duration,
    id: &'a str,
    head: &'a Parts,
    payload: &'a Payload,
}

impl Engine {
    /// Creates a server without jobs and records.
    pub(crate) fn new(mut config: Config) -> Self {
        let faults = std::mem::take(&mut config.faults);
        Self {
            collections: Collections::new(config.max_records, config.seed),
            job_ids: Seed::new(config.seed, 1),
            jobs: Jobs::new(config.max_jobs, config.max_rows_held),
            journal: Journal::default(),
            keyed: KeyedImports::default(),
            quota: Quota::new(config.limit, config.scale),
            replays: Replays::default(),
            request_ids: Seed::new(config.seed, 3),
            script: Script::new(faults, config.seed),
            stats: Stats::default(),
            config,
        }
    }

    /// Returns the counters.
    pub(crate) fn stats(&self) -> Stats {
        self.stats
    }

    /// Returns the executed imports of a key, oldest first.
    pub(crate) fn imports_under(&self, key: &str) -> &[KeyedImport] {
        self.keyed.under(key)
    }

    /// Answers a request that arrived at `now`.
    pub(crate) fn handle(&mut self, now: Duration, head: &Parts, payload: &Payload) -> Answer {
        let id = format!("req_{}", self.request_ids.next_uuid().simple());
        self.jobs.expire(now);
        self.replays.expire(now);
        let date = self.config.epoch.http_date(now);
        if head.uri.path() == PAGE {
            return self.page(now, head, &id).finish(&id, date);
        }
        self.stats.requests = self.stats.requests.saturating_add(1);
        let call = Call {
            now,
            id: &id,
            head,
            payload,
        };
        let answer = self
            .dispatch(call)
            .unwrap_or_else(|problem| self.refuse(&problem, &id));
        let status = (!answer.delivery.close).then(|| answer.status());
        self.journal.add(now, head, status, &id);
        tracing::info!(
            method = %head.method,
            path = head.uri.path(),
            status = status.map(|status| status.as_u16()),
            request_id = id,
            "answered",
        );
        answer.finish(&id, date)
    }

    fn dispatch(&mut self, call: Call<'_>) -> Result<Answer, Problem> {
        let Some(route) = Route::of(call.head.uri.path()) else {
            let message = "there is no such endpoint";
            return Err(Problem::new(StatusCode::NOT_FOUND, "not_found", message));
        };
        if call.head.method.as_str() != route.method() {
            return Err(Problem::method(route.method()));
        }
        self.config.access.check_key(&call.head.headers)?;
        self.quota
            .take(call.now, &call.head.headers, self.config.epoch)?;
        let team = self.config.access.check_team(route.team())?;
        let effects = match &route {
            Route::Submit { .. } => self.script.effects(call.now, On::Submit, None),
            Route::Poll { job, .. } => {
                let ordinal = self.jobs.find(job).ok().and_then(|job| job.ordinal);
                self.script.effects(call.now, On::Poll, ordinal)
            }
        };
        let mut answer = match &effects.replacement {
            None => self.execute(call, team, route, &effects),
            Some(replacement) => {
                if replacement.moment() == Moment::After {
                    self.execute(call, team, route, &effects);
                }
                self.replace(replacement, call)
            }
        };
        answer.delivery = Delivery {
            close: answer.delivery.close,
            ..effects.delivery
        };
        Ok(answer)
    }

    /// Executes a request.
    fn execute(&mut self, call: Call<'_>, team: Uuid, route: Route, effects: &Effects) -> Answer {
        let answer = match route {
            Route::Poll { job, .. } => self.poll(call.now, team, &job, effects),
            Route::Submit { object_type, .. } => self.submit(call, (team, object_type), effects),
        };
        answer.unwrap_or_else(|problem| self.refuse(&problem, call.id))
    }

    /// Returns the answer that replaces that of the request.
    fn replace(&self, replacement: &Replacement, call: Call<'_>) -> Answer {
        match replacement {
            Replacement::Answer(scripted) => {
                let mut problem = Problem::scripted(scripted);
                let hint = scripted.retry_after.and_then(|hint| {
                    let wait = Duration::from_millis(hint.ms);
                    quota::retry_after(hint.form, wait, self.config.epoch, call.now)
                });
                problem.headers.extend(hint);
                Answer::problem(&problem, scripted.envelope, call.id)
            }
            Replacement::Close(_) => {
                let mut answer = Answer::new(StatusCode::OK, JSON, Vec::new());
                answer.delivery.close = true;
                answer
            }
        }
    }

    fn refuse(&self, problem: &Problem, request_id: &str) -> Answer {
        Answer::problem(problem, self.config.envelope, request_id)
    }

    fn poll(
        &mut self,
        now: Duration,
        team: Uuid,
        id: &str,
        effects: &Effects,
    ) -> Result<Answer, Problem> {
        self.stats.polls = self.stats.polls.saturating_add(1);
        let job = self.jobs.find(id)?;
        if job.team != team {
            return Err(Jobs::unknown());
        }
        let then = now.saturating_sub(effects.age);
        let snapshot = job.snapshot(id, then, self.config.epoch);
        Ok(Answer::new(
            StatusCode::OK,
            JSON,
            effects.edits.apply(&snapshot),
        ))
    }

    fn submit(
        &mut self,
        call: Call<'_>,
        collection: (Uuid, String),
        effects: &Effects,
    ) -> Result<Answer, Problem> {
        self.stats.submits = self.stats.submits.saturating_add(1);
        let body = submit::body(call.head, call.payload, self.config.max_body)?;
        let path = call.head.uri.path();
        let given = Keyed::read(&call.head.headers, path, body)?;
        let keyed = given.filter(|_| self.config.honours_keys);
        if let Some(keyed) = keyed
            && let Some(answer) = self.replays.find(keyed)?
        {
            return Ok(answer);
        }
        let batch = Batch::parse(body, self.config.max_rows_per_import)?;
        let (answer, import) = self.import(call, collection, &batch, effects)?;
        if let Some(given) = given {
            self.keyed.add(given.key(), import);
        }
        if let Some(keyed) = keyed {
            self.replays.store(keyed, call.now, &answer);
        }
        Ok(answer)
    }

    fn import(
        &mut self,
        call: Call<'_>,
        collection: (Uuid, String),
        batch: &Batch,
        effects: &Effects,
    ) -> Result<(Answer, KeyedImport), Problem> {
        let is_job = batch.rows.len() >= self.config.sync_below;
        if is_job {
            self.jobs.make_room(batch.rows.len(), call.now)?;
        }
        let rows = self.collections.import(&collection, batch)?;
        self.stats.count(&rows);
        let mut import = KeyedImport::of(&rows);
        let team = collection.0;
        let job = Job::new(collection, rows, call.now, self.config.pace);
        if !is_job {
            let body = effects.edits.apply(&job.inline(self.config.epoch));
            return Ok((Answer::new(StatusCode::OK, JSON, body), import));
        }
        let ordinal = self.stats.start_job();
        let job = job.with_plan(ordinal, self.script.plan(call.now, ordinal));
        let id = format!("{}{}", self.config.job_prefix, self.job_ids.next_uuid());
        let body = effects
            .edits
            .apply(&job.snapshot(&id, call.now, self.config.epoch));
        let location = answer::absolute(&call.head.uri, &call.head.headers, poll_path(team, &id));
        import.job_id = Some(id.clone());
        self.jobs.insert(id, job);
        let answer = Answer::new(StatusCode::ACCEPTED, JSON, body);
        Ok((answer.with_header(header::LOCATION, location), import))
    }

    fn page(&self, now: Duration, head: &Parts, id: &str) -> Answer {
        if head.method != Method::GET && head.method != Method::HEAD {
            return self.refuse(&Problem::method("GET, HEAD"), id);
        }
        let html = page::render(
            now,
            self.config.epoch,
            &self.jobs,
            &self.journal,
            self.stats,
        );
        Answer::new(
            StatusCode::OK,
            "text/html; charset=utf-8",
            html.into_bytes(),
        )
        .with_header(header::CONTENT_SECURITY_POLICY, page::POLICY)
    }
}

/// The path of the HTML page.
const PAGE: &str = "/sandbox/";
const JSON: &str = "application/json";
