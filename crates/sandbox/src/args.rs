//! The program's arguments, and the sandbox that they ask for.

use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};

use clap::Parser;
use prism_imports_sandbox::{
    Builder, Clock, Envelope, Fault, InvalidSetting, RateLimit, RetryHint, Sandbox, Scenario,
};
use serde::de::{DeserializeOwned, IntoDeserializer, value::Error};
use uuid::Uuid;

/// Serves the contract of Prism import jobs on a local address, until Ctrl-C.
///
/// Settings given here go before those of a scenario. The page /sandbox/ shows jobs and requests.
#[derive(Parser)]
#[command(name = "prism-imports-sandbox", version, max_term_width = 110)]
pub(crate) struct Args {
    /// The address to listen on; port 0 takes a free one
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:4010")]
    pub(crate) addr: SocketAddr,
    /// How many rows of a job are imported in a second [default: 500]
    #[arg(long, value_name = "NUMBER")]
    rows_per_second: Option<f64>,
    /// How long a job waits before its first row, in milliseconds [default: 0]
    #[arg(long, value_name = "MS")]
    start_delay_ms: Option<u64>,
    /// Imports of fewer rows finish in the response, others become a job to poll [default: 100]
    #[arg(long, value_name = "ROWS")]
    sync_below: Option<usize>,
    /// The one key that is valid, any other is answered with 403 [default: any key is valid]
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// The one team that the key may touch, any other is answered with 403 [default: any team]
    #[arg(long, value_name = "UUID")]
    team: Option<Uuid>,
    /// The seed of every id and draw: the same seed and requests give the same answers [default: 0]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// How many times faster the sandbox's time runs: at 60 an hour takes a minute
    #[arg(long, value_name = "FACTOR", default_value = "1")]
    time_scale: NonZeroU32,
    /// How many requests a second a key may make, those beyond are answered with 429 [default: any]
    #[arg(long, value_name = "NUMBER")]
    requests_per_second: Option<NonZeroU32>,
    /// How many requests in 30 days a key may make, those beyond are answered with 429 [default: any]
    #[arg(long, value_name = "NUMBER")]
    requests_per_month: Option<NonZeroU32>,
    /// How a 429 says when to come back: seconds, millis, date or absent [default: seconds]
    #[arg(long, value_name = "FORM", value_parser = word::<RetryHint>)]
    retry_after: Option<RetryHint>,
    /// The form of the sandbox's own errors: standard, flat, text, array, html or empty [default: standard]
    #[arg(long, value_name = "FORM", value_parser = word::<Envelope>)]
    envelope: Option<Envelope>,
    /// Take no notice of idempotency keys
    #[arg(long)]
    ignore_idempotency_keys: bool,
    /// A ready scenario (storm, lagging-replica, failing-jobs, drift, lost-answers) or a scenario's file
    #[arg(long, value_name = "NAME|FILE", value_parser = scenario)]
    scenario: Option<Scenario>,
    /// Print the JSON Schema of a scenario's file, and end
    #[arg(long)]
    pub(crate) schema: bool,
    /// A rule of what goes wrong, as in a scenario's file; may be given several times. Example:
    /// {"on":"poll","times":2,"do":{"answer":{"status":503}}}
    #[arg(long, value_name = "JSON", value_parser = fault)]
    fault: Vec<Fault>,
    /// What job ids begin with
    #[arg(long, value_name = "TEXT")]
    job_id_prefix: Option<String>,
    /// How many rows one import may have, more are answered with 413 [default: 50000]
    #[arg(long, value_name = "ROWS")]
    max_rows_per_import: Option<usize>,
    /// How many bytes a body may have, more are answered with 413 [default: 33554432]
    #[arg(long, value_name = "BYTES")]
    max_body_bytes: Option<usize>,
    /// How many jobs are held, those that finished first go first [default: 10000]
    #[arg(long, value_name = "JOBS")]
    max_jobs: Option<NonZeroUsize>,
    /// How many rows all the jobs held may have [default: 2000000]
    #[arg(long, value_name = "ROWS")]
    max_rows_held: Option<usize>,
    /// How many records are kept for later rows to match, the oldest go first [default: 200000]
    #[arg(long, value_name = "RECORDS")]
    max_records: Option<NonZeroUsize>,
}

impl Args {
    /// Builds the sandbox that the arguments ask for.
    pub(crate) fn build(self) -> Result<Sandbox, InvalidSetting> {
        let mut builder = Sandbox::builder().clock(Clock::scaled(self.time_scale));
        let mut limit = RateLimit::default();
        if let Some(scenario) = self.scenario {
            limit = scenario.settings.rate_limit();
            builder = builder.scenario(scenario);
        }
        if let Some(requests) = self.requests_per_second {
            limit = limit.with_per_second(requests);
        }
        if let Some(requests) = self.requests_per_month {
            limit = limit.with_per_month(requests);
        }
        if let Some(hint) = self.retry_after {
            limit = limit.with_hint(hint);
        }
        builder = builder.rate_limit(limit);
        macro_rules! set {
            ($($name:ident: $value:expr),+ $(,)?) => {
                $(if let Some(value) = $value {
                    builder = builder.$name(value);
                })+
            };
        }
        set! {
            rows_per_second: self.rows_per_second,
            start_delay: self.start_delay_ms.map(Duration::from_millis),
            sync_below: self.sync_below,
            api_key: self.api_key,
            team: self.team,
            seed: self.seed,
            envelope: self.envelope,
            job_id_prefix: self.job_id_prefix,
            max_rows_per_import: self.max_rows_per_import,
            max_body_bytes: self.max_body_bytes,
            max_jobs: self.max_jobs,
            max_rows_held: self.max_rows_held,
            max_records: self.max_records,
        }
        if self.ignore_idempotency_keys {
            builder = builder.without_idempotency();
        }
        self.fault.into_iter().fold(builder, Builder::fault).build()
    }
}

/// Reads one of an enum's words, as a scenario's file spells them.
fn word<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    T::deserialize(text.into_deserializer())
}

/// Finds a ready scenario, or reads one from a file.
fn scenario(name: &str) -> Result<Scenario, String> {
    Scenario::ready(name).map_or_else(
        || Scenario::from_file(name).map_err(|error| chain(&error)),
        Ok,
    )
}

/// Writes an error and what led to it in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}

fn fault(json: &str) -> Result<Fault, serde_json::Error> {
    serde_json::from_str(json)
}
