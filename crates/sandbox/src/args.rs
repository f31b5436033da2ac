//! The program's arguments.

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

/// A local server for Prism import jobs.
///
/// It runs until Ctrl-C. Arguments override the settings of a scenario. The page /sandbox/ shows jobs and requests.
#[derive(Parser)]
#[command(name = "prism-imports-sandbox", version, max_term_width = 110)]
pub(crate) struct Args {
    /// The address to listen on; port 0 selects a free port
    #[arg(long, value_name = "IP:PORT", default_value = "127.0.0.1:4010")]
    pub(crate) addr: SocketAddr,
    /// The number of rows of a job that are imported per second [default: 500]
    #[arg(long, value_name = "NUMBER")]
    rows_per_second: Option<f64>,
    /// The delay before the first row of a job, in milliseconds [default: 0]
    #[arg(long, value_name = "MS")]
    start_delay_ms: Option<u64>,
    /// Imports with fewer rows finish in the response, others become a job to poll [default: 100]
    #[arg(long, value_name = "ROWS")]
    sync_below: Option<usize>,
    /// The only valid key, any other is answered with 403 [default: any key is valid]
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    /// The only team that the key has access to, any other is answered with 403 [default: any team]
    #[arg(long, value_name = "UUID")]
    team: Option<Uuid>,
    /// The seed of all ids and random numbers: the same seed and requests give the same answers [default: 0]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<u64>,
    /// The speed of the sandbox's clock: at 60 an hour takes a minute
    #[arg(long, value_name = "FACTOR", default_value = "1")]
    time_scale: NonZeroU32,
    /// The limit of requests per second and key, further ones are answered with 429 [default: none]
    #[arg(long, value_name = "NUMBER")]
    requests_per_second: Option<NonZeroU32>,
    /// The limit of requests per 30 days and key, further ones are answered with 429 [default: none]
    #[arg(long, value_name = "NUMBER")]
    requests_per_month: Option<NonZeroU32>,
    /// The form of Retry-After in a 429: seconds, millis, date or absent [default: seconds]
    #[arg(long, value_name = "FORM", value_parser = variant::<RetryHint>)]
    retry_after: Option<RetryHint>,
    /// The form of error bodies: standard, flat, text, array, html or empty [default: standard]
    #[arg(long, value_name = "FORM", value_parser = variant::<Envelope>)]
    envelope: Option<Envelope>,
    /// Ignore idempotency keys
    #[arg(long)]
    ignore_idempotency_keys: bool,
    /// A predefined scenario (storm, lagging-replica, failing-jobs, drift, lost-answers) or a scenario file
    #[arg(long, value_name = "NAME|FILE", value_parser = scenario)]
    scenario: Option<Scenario>,
    /// Print the JSON Schema of scenario files and exit
    #[arg(long)]
    pub(crate) schema: bool,
    /// A fault rule, as in a scenario file; may be given several times. Example:
    /// {"on":"poll","times":2,"do":{"answer":{"status":503}}}
    #[arg(long, value_name = "JSON", value_parser = fault)]
    fault: Vec<Fault>,
    /// The prefix of job ids
    #[arg(long, value_name = "TEXT")]
    job_id_prefix: Option<String>,
    /// The maximum number of rows of an import, more are answered with 413 [default: 50000]
    #[arg(long, value_name = "ROWS")]
    max_rows_per_import: Option<usize>,
    /// The maximum size of a body in bytes, larger ones are answered with 413 [default: 33554432]
    #[arg(long, value_name = "BYTES")]
    max_body_bytes: Option<usize>,
    /// The maximum number of jobs held, the first to finish is evicted first [default: 10000]
    #[arg(long, value_name = "JOBS")]
    max_jobs: Option<NonZeroUsize>,
    /// The maximum number of rows of all jobs held [default: 2000000]
    #[arg(long, value_name = "ROWS")]
    max_rows_held: Option<usize>,
    /// The maximum number of records kept for matching, the oldest are dropped first [default: 200000]
    #[arg(long, value_name = "RECORDS")]
    max_records: Option<NonZeroUsize>,
}

impl Args {
    /// Builds the sandbox from the arguments.
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

/// Parses a variant of an enum, as it is spelled in scenario files.
fn variant<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    T::deserialize(text.into_deserializer())
}

/// Returns a predefined scenario, or reads one from a file.
fn scenario(name: &str) -> Result<Scenario, String> {
    Scenario::ready(name).map_or_else(
        || Scenario::from_file(name).map_err(|error| chain(&error)),
        Ok,
    )
}

/// Formats an error and its sources in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |line, cause| format!("{line}: {cause}"))
}

fn fault(json: &str) -> Result<Fault, serde_json::Error> {
    serde_json::from_str(json)
}
