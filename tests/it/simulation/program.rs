//! The application on the host of a client. It submits its imports, watches them, and continues after a crash.

use std::{
    collections::HashSet,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use prism_imports::{
    Client, Commit, Error, ErrorKind, Finished, IdempotencyKey, ImportHandle, Imports, ObjectType,
    Submitted, Update, Watch, WatchCheckpoint,
};
use prism_imports_sandbox::Sandbox;
use prism_imports_tests::{
    rows::contacts,
    server::{KEY, TEAM},
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{
    history::History,
    meter::{Attempts, Polls, PollsOf},
    network::{SERVER, http_client},
    store::{End, ImportState, Record, Store},
};

/// The application and its environment.
#[derive(Clone)]
pub(super) struct Program {
    pub(super) name: String,
    pub(super) skew: SignedDuration,
    pub(super) epoch: Timestamp,
    pub(super) clears_at: Duration,
    pub(super) cut: Arc<AtomicBool>,
    pub(super) store: Store,
    pub(super) history: History,
    /// Used only to check errors against the actual state.
    pub(super) sandbox: Sandbox,
}

impl Program {
    /// Runs until every import has ended.
    pub(super) async fn run(self) -> turmoil::Result {
        let imports = self.client().imports();
        let mut tasks = JoinSet::new();
        for import in 0..self.store.read().len() {
            let worker = Worker {
                name: format!("{} import {import}", self.name),
                program: self.clone(),
                imports: imports.clone(),
                import,
            };
            tasks.spawn(worker.run());
        }
        while let Some(ended) = tasks.join_next().await {
            ended?;
        }
        Ok(())
    }

    fn client(&self) -> Client {
        let (epoch, skew) = (self.epoch, self.skew);
        Client::builder()
            .base_url(format!("http://{SERVER}"))
            .dangerously_allow_plain_http()
            .api_key(KEY)
            .team_id(TEAM)
            .time_of_day(move || epoch + skew + turmoil::sim_elapsed().unwrap_or_default())
            .layer(Polls(self.history.clone()))
            .attempt_layer(Attempts(self.history.clone()))
            .http_service(http_client(Arc::clone(&self.cut)))
            .build()
            .unwrap()
    }
}

/// The task of one import.
struct Worker {
    name: String,
    program: Program,
    imports: Imports,
    import: usize,
}

impl Worker {
    async fn run(self) {
        let start = self.record().spec.start;
        sleep(start.saturating_sub(now())).await;
        let mut tries = 0;
        loop {
            let record = self.record();
            let result = match record.state.clone() {
                ImportState::Planned | ImportState::Submitted => self.submit(&record).await,
                ImportState::Started(handle) => {
                    let handle: ImportHandle = handle.parse().unwrap();
                    let watch = self.imports.watch(handle);
                    let watch = watch.pace(record.spec.pace.clone());
                    let deadline = self.watch_deadline(&record);
                    let end = now() + deadline;
                    self.change(|record| record.watch_end = end);
                    self.watch(&record, watch.timeout(deadline), end).await
                }
                ImportState::Watched(checkpoint) => {
                    // The downtime of the host counts.
                    let watch = self.imports.resume(read(&checkpoint));
                    // It polls once, even after its timeout.
                    let end = record.watch_end.max(now() + ONE_POLL);
                    self.watch(&record, watch, end).await
                }
                ImportState::Ended(_) => return,
            };
            if result.is_ok() {
                tries = 0;
            } else {
                tries += 1;
                self.rest(tries).await;
            }
        }
    }

    /// Submits once, with a key that is stored before anything is sent.
    async fn submit(&self, record: &Record) -> Result<(), ()> {
        let clear = self.is_clear();
        let spec = &record.spec;
        let mut submit = self
            .imports
            .submit(ObjectType::Contact)
            .rows(contacts(spec.rows))
            .update_existing(spec.update);
        if spec.dedupe {
            submit = submit.dedupe_by("email");
        }
        let custom = || format!("{}-{}", self.program.name, self.import);
        let key = match &record.key {
            Some(stored) => Some(stored.clone()),
            None => spec.custom_key.then(custom),
        };
        if let Some(key) = key {
            submit = submit.idempotency_key(IdempotencyKey::new(key).unwrap());
        }
        // In clear weather the defaults must suffice.
        let mut deadline = Duration::from_secs(120);
        if !clear {
            deadline = spec.deadline;
            submit = submit
                .keyed_retries(spec.keyed_retries)
                .attempt_timeout(spec.timeout)
                .timeout(deadline);
        }
        let key = submit.key().as_str().to_owned();
        self.change(|record| {
            record.key = Some(key.clone());
            record.state = ImportState::Submitted;
        });
        self.note(format_args!("submits {} rows with key {key}", spec.rows));
        self.program.history.count(|tally| tally.submits += 1);
        // A crash from here on leaves the outcome unknown.
        self.change(|record| record.uncommitted = false);
        let before = self.program.history.arrived(&key);
        let submitted = self.within(deadline, submit.reply()).await;
        let arrived = self.program.history.arrived(&key) - before;
        self.check(
            clear || spec.keyed_retries || arrived <= 1,
            "sent more than once although retries are disabled",
        );
        match submitted {
            Ok(reply) => {
                self.note(format_args!(
                    "submitted, {} attempts, replay {}",
                    reply.attempts(),
                    reply.is_replay()
                ));
                match reply.into_value() {
                    Submitted::Finished(end) => self.finish(&end),
                    Submitted::Started(handle) => self.start(&handle),
                }
                Ok(())
            }
            Err(error) => self.not_submitted(record, &key, &error),
        }
    }

    /// Checks the error of a submit and stores the handle if it has one.
    fn not_submitted(&self, record: &Record, key: &str, error: &Error) -> Result<(), ()> {
        let history = &self.program.history;
        self.note(format_args!("submit failed: {error}"));
        let commit = match error.commit() {
            Some(Commit::NotCommitted) => "not committed",
            Some(Commit::Committed) => "committed",
            Some(Commit::Unknown) => "unknown",
            None => "none",
        };
        history.count(|tally| {
            *tally.commits.entry(commit).or_default() += 1;
            let kind = format!("{:?}", error.kind());
            *tally.submit_errors.entry(kind).or_default() += 1;
        });
        let carried = error.idempotency_key().map(IdempotencyKey::as_str);
        self.check(carried == Some(key), "the error has another key");
        self.check(
            error.submitted_at().is_some(),
            "the error has no time of the submit",
        );
        self.check(error.commit().is_some(), "the error has no commit state");
        if error.commit() == Some(Commit::NotCommitted) && record.uncommitted {
            self.change(|record| record.uncommitted = true);
        }
        if error.commit() == Some(Commit::Committed) {
            let imports = self.program.sandbox.imports_under(key).len();
            self.check(imports == 1, "committed, but there is no import");
        }
        self.check(!self.was_clear(error), "a submit failed in clear weather");
        match error.handle() {
            Some(handle) => {
                self.start(handle);
                Ok(())
            }
            None => Err(()),
        }
    }

    /// Watches the job until it or the watch ends.
    async fn watch(&self, record: &Record, watch: Watch, end: Duration) -> Result<(), ()> {
        let polls = PollsOf::new(self.name.clone(), &record.spec.pace);
        let mut watch = watch.attempt_timeout(record.spec.timeout).extension(polls);
        loop {
            let left = end.saturating_sub(now());
            let update = self.within(left, watch.next()).await;
            if let Some(checkpoint) = watch.checkpoint() {
                let checkpoint = serde_json::to_string(&checkpoint).unwrap();
                self.change(|record| record.state = ImportState::Watched(checkpoint));
            }
            match update.expect("the watch has not ended") {
                Ok(Update::Fault(error)) => {
                    self.note(format_args!("poll failed: {error}"));
                    self.program.history.count(|tally| tally.faults += 1);
                }
                Ok(Update::Finished(end)) => {
                    self.note(format_args!("sees the end {}", end.progress()));
                    return self.ended(record, end).await;
                }
                Ok(update) => {
                    let job = update.job().unwrap();
                    self.note(format_args!("sees {} {}", job.status(), job.progress()));
                }
                Err(error) => return self.lost(&error),
            }
        }
    }

    /// Handles the end of a job. A complete one has its results.
    async fn ended(&self, record: &Record, end: Finished) -> Result<(), ()> {
        let handle = self.handle();
        if let Finished::Complete(job) = &end {
            self.check(job.tally().unaccounted() == 0, "results are missing");
        }
        if record.spec.stream && matches!(end, Finished::Complete(_)) {
            self.stream(record, &handle).await;
        }
        self.finish(&end);
        Ok(())
    }

    /// Reads all rows as a stream. Repeats until it succeeds.
    async fn stream(&self, record: &Record, handle: &ImportHandle) {
        loop {
            let deadline = Duration::from_secs(300);
            // Matching rows share a record.
            let record_is_shared = record.spec.dedupe;
            let mut rows = self.imports.rows(handle.clone());
            rows = rows.timeout(deadline).attempt_timeout(record.spec.timeout);
            let read = async {
                let mut indexes = Vec::new();
                let mut records = HashSet::new();
                let mut failed = 0_u64;
                while let Some(row) = rows.next().await {
                    let row = row?;
                    indexes.push(row.index());
                    failed += u64::from(row.error().is_some());
                    let record = row.id().map(|id| id.to_string());
                    let new = record.is_none_or(|record| records.insert(record));
                    self.check(new || record_is_shared, "two rows created one record");
                }
                Ok::<_, Error>((indexes, failed))
            };
            match self.within(deadline, read).await {
                Ok((indexes, failed)) => {
                    let all = 0..u32::try_from(record.spec.rows).unwrap();
                    self.check(
                        indexes.iter().copied().eq(all.map(Some)),
                        "the stream did not yield the rows of the import",
                    );
                    self.note(format_args!(
                        "streamed {} rows, {failed} failed",
                        indexes.len()
                    ));
                    self.program.history.count(|tally| tally.streamed += 1);
                    return;
                }
                Err(error) => {
                    self.note(format_args!("stream failed: {error}"));
                    self.check(!self.was_clear(&error), "a stream failed in clear weather");
                    sleep(Duration::from_secs(5)).await;
                }
            }
        }
    }

    /// Checks the error that ended a watch. The job is watched again.
    fn lost(&self, error: &Error) -> Result<(), ()> {
        self.note(format_args!("watch ended: {error}"));
        self.program.history.count(|tally| {
            let kind = match error.stop_reason() {
                Some(reason) => format!("{reason:?}"),
                None => format!("{:?}", error.kind()),
            };
            *tally.watch_errors.entry(kind).or_default() += 1;
        });
        let is_transient = matches!(error.kind(), ErrorKind::Stopped | ErrorKind::Contract);
        self.check(is_transient, "the job is lost");
        self.check(
            !self.was_clear(error) || error.is_timeout(),
            "a watch failed in clear weather",
        );
        match error.handle() {
            Some(handle) => self.start(handle),
            None => self.check(false, "the error has no handle"),
        }
        Err(())
    }

    /// Waits before the next try. After several failures, waits for clear weather.
    async fn rest(&self, tries: u32) {
        let record = self.record();
        let pause = Duration::from_secs(3 * u64::from(tries));
        if tries < PATIENCE || self.is_clear() {
            sleep(pause).await;
        } else {
            if matches!(record.state, ImportState::Submitted) {
                self.note("outcome unknown, key kept");
                self.program.history.count(|tally| tally.unknown += 1);
            }
            sleep(self.program.clears_at.saturating_sub(now()) + pause).await;
        }
        // A request that was reported as not committed must not arrive later.
        if record.uncommitted
            && let Some(key) = &record.key
        {
            let imports = self.program.sandbox.imports_under(key).len();
            self.check(imports == 0, "not committed, but there is an import");
        }
    }

    /// Waits for a call and checks that it keeps its deadline.
    async fn within<F: Future>(&self, deadline: Duration, call: F) -> F::Output {
        let began = Instant::now();
        // Far above the deadline, to distinguish late calls from hanging ones.
        let done = timeout(deadline + Duration::from_secs(600), call).await;
        let took = began.elapsed();
        if took > deadline + MOMENT {
            self.program.history.violate(format_args!(
                "{}: a call took {took:?}, its deadline is {deadline:?}",
                self.name
            ));
        }
        done.unwrap_or_else(|_| panic!("{}: a call hangs", self.name))
    }

    fn watch_deadline(&self, record: &Record) -> Duration {
        if self.is_clear() {
            LONG
        } else {
            record.spec.watch_deadline
        }
    }

    fn start(&self, handle: &ImportHandle) {
        let handle = handle.to_string();
        self.change(|record| record.state = ImportState::Started(handle));
    }

    fn finish(&self, end: &Finished) {
        self.note(format_args!("ends: {}", end.progress()));
        self.change(|record| record.state = ImportState::Ended(End::from(end)));
    }

    /// Returns the handle of the watched job.
    fn handle(&self) -> ImportHandle {
        match self.record().state {
            ImportState::Started(handle) => handle.parse().unwrap(),
            ImportState::Watched(checkpoint) => read(&checkpoint).handle().clone(),
            ImportState::Planned | ImportState::Submitted | ImportState::Ended(_) => {
                panic!("there is no job")
            }
        }
    }

    fn is_clear(&self) -> bool {
        now() > self.program.clears_at
    }

    /// Returns `true` if the weather was clear during the whole failed call.
    fn was_clear(&self, error: &Error) -> bool {
        now() > self.program.clears_at + error.report().elapsed + Duration::from_secs(60)
    }

    fn record(&self) -> Record {
        self.program.store.get(self.import)
    }

    fn change(&self, change: impl FnOnce(&mut Record)) {
        self.program.store.change(self.import, change);
    }

    fn note(&self, what: impl std::fmt::Display) {
        self.program
            .history
            .note(format_args!("{} {what}", self.name));
    }

    fn check(&self, holds: bool, what: &str) {
        self.program
            .history
            .check(holds, format_args!("{}: {what}", self.name));
    }
}

fn read(checkpoint: &str) -> WatchCheckpoint {
    serde_json::from_str(checkpoint).unwrap()
}

fn now() -> Duration {
    turmoil::sim_elapsed().unwrap_or_default()
}

/// The number of tries before the application waits for clear weather.
const PATIENCE: u32 = 3;

/// The time for the first poll of a resumed watch.
const ONE_POLL: Duration = Duration::from_secs(30);

/// A deadline that is long enough for every job.
const LONG: Duration = Duration::from_secs(1_800);

/// The precision of a timer.
const MOMENT: Duration = Duration::from_millis(2);
