//! The arguments of the command.

use std::{
    num::{NonZeroU64, NonZeroUsize},
    path::PathBuf,
};

use clap::{Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use prism_imports_pipeline::{ColumnType, Format};

/// Imports a file of rows into Prism. A run can be stopped or killed at any instant and resumed, and no row is imported twice.
#[derive(Debug, Parser)]
#[command(name = "prism-import", version, propagate_version = true, after_help = EXAMPLES)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) connection: Connection,
    /// How results are printed
    #[arg(long, global = true, value_name = "FORM", default_value = "text")]
    pub(crate) output: Output,
    /// How progress is printed, on the standard error
    #[arg(long, global = true, value_name = "FORM", default_value = "auto")]
    pub(crate) progress: Progress,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Where requests go. The API key is read from `MICRO_API_KEY`, `--key-file` or the configuration file, never from an argument.
#[derive(Debug, clap::Args)]
pub(crate) struct Connection {
    /// Use a sandbox within the process: no account, no network
    #[arg(long, global = true)]
    pub(crate) sandbox: bool,
    /// The team
    #[arg(
        long,
        global = true,
        value_name = "UUID",
        env = "MICRO_TEAM_ID",
        hide_env_values = true
    )]
    pub(crate) team: Option<String>,
    /// The server
    #[arg(long, global = true, value_name = "URL", env = "MICRO_BASE_URL")]
    pub(crate) base_url: Option<String>,
    /// A file with the API key
    #[arg(long, global = true, value_name = "FILE", env = "MICRO_API_KEY_FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// A configuration file in place of the usual one
    #[arg(long, global = true, value_name = "FILE", env = "PRISM_IMPORT_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Import a file
    Run(Box<Run>),
    /// Go on with a run that was stopped or killed
    Resume(Resume),
    /// Print the tally of a run
    Report {
        /// The journal of the run
        journal: PathBuf,
    },
    /// Write the rows that failed, ready to be corrected and imported again
    Failed {
        /// The journal of the run
        journal: PathBuf,
        /// The file to write; the standard output by default
        #[arg(short = 'o', long = "to", value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Print the state of a job
    Status {
        /// The id of the job
        job: String,
    },
    /// Wait until a job is finished, and print its tally
    Wait {
        /// The id of the job
        job: String,
    },
    /// Print the results of the rows of a finished job, one JSON object a line
    Rows {
        /// The id of the job
        job: String,
    },
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

#[derive(Debug, clap::Args)]
#[expect(
    clippy::struct_excessive_bools,
    clippy::struct_field_names,
    reason = "they are the flags of the command"
)]
#[command(after_help = RUN_EXAMPLES)]
pub(crate) struct Run {
    /// The file of rows: CSV, NDJSON or a JSON array, also with .gz; `-` is the standard input
    pub(crate) file: PathBuf,
    /// The type of the records: identity, organization, contact, action, document, deal, engagement or comment
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) object_type: String,
    /// Take a type that this version does not know
    #[arg(long)]
    pub(crate) any_type: bool,
    /// Match rows with existing records by this property
    #[arg(long, value_name = "PROPERTY")]
    pub(crate) dedupe_by: Option<String>,
    /// Merge rows that have the same value of --dedupe-by: later values replace earlier ones
    #[arg(long, requires = "dedupe_by")]
    pub(crate) merge_duplicates: bool,
    /// Import a column as this property; `COLUMN=` leaves it out
    #[arg(long = "map", value_name = "COLUMN=PROPERTY", value_parser = pair)]
    pub(crate) map: Vec<(String, String)>,
    /// The type of a property: text, number, boolean, list or list:SEPARATOR
    #[arg(long = "types", value_name = "PROPERTY=TYPE", value_delimiter = ',', value_parser = typed)]
    pub(crate) types: Vec<(String, ColumnType)>,
    /// Send empty values as null; by default they are left out
    #[arg(long)]
    pub(crate) empty_as_null: bool,
    /// The format, if the name of the file does not say it
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub(crate) format: Option<Format>,
    /// The character between the values of a CSV file
    #[arg(long, value_name = "CHARACTER", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// The encoding, such as windows-1252
    #[arg(long, value_name = "LABEL")]
    pub(crate) encoding: Option<String>,
    /// Update records that match
    #[arg(long)]
    pub(crate) update_existing: bool,
    /// Create options of properties that do not exist yet
    #[arg(long)]
    pub(crate) create_missing_options: bool,
    /// Put the records on a list
    #[arg(long, value_name = "UUID")]
    pub(crate) list_id: Option<uuid::Uuid>,
    /// Stop before anything is sent if a row cannot be read; by default it is written to the failed rows
    #[arg(long)]
    pub(crate) strict: bool,
    /// The journal; by default the name of the file with .journal
    #[arg(long, value_name = "FILE")]
    pub(crate) journal: Option<PathBuf>,
    /// The most rows of one import
    #[arg(long, value_name = "ROWS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) chunk_rows: u32,
    /// The most bytes of one import
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) chunk_bytes: u64,
    /// Read the file, print what would be sent, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

#[derive(Debug, clap::Args)]
pub(crate) struct Resume {
    /// The journal of the run
    pub(crate) journal: PathBuf,
    /// Decide about imports whose outcome cannot be found out: count them as imported, or send them again
    #[arg(long, value_name = "OUTCOME")]
    pub(crate) assume: Option<Assume>,
    #[command(flatten)]
    pub(crate) limits: Limits,
}

#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct Limits {
    /// Stop before more requests than this are sent
    #[arg(long, value_name = "REQUESTS")]
    pub(crate) max_requests: Option<NonZeroU64>,
    /// How many imports are sent at once
    #[arg(long, value_name = "IMPORTS", default_value = "4")]
    pub(crate) concurrency: NonZeroUsize,
    /// How often jobs are polled: prompt sees an end early, frugal spends few requests
    #[arg(long, value_name = "PACE", default_value = "balanced")]
    pub(crate) pace: Pace,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Pace {
    Prompt,
    Balanced,
    Frugal,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Assume {
    Imported,
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Output {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Progress {
    /// Bars on a terminal, lines elsewhere
    Auto,
    Bar,
    Plain,
    Json,
    None,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (left, right) = text.split_once('=').ok_or("it has no `=`")?;
    Ok((left.to_owned(), right.to_owned()))
}

fn typed(text: &str) -> Result<(String, ColumnType), String> {
    let (property, of) = pair(text)?;
    Ok((
        property,
        of.parse()
            .map_err(|error: prism_imports_pipeline::UnknownType| error.to_string())?,
    ))
}

fn format(text: &str) -> Result<Format, String> {
    Format::of_name(format!("rows.{text}").as_ref())
        .ok_or_else(|| "a format is csv, ndjson or json".to_owned())
}

fn delimiter(text: &str) -> Result<u8, String> {
    match text {
        "tab" | "\\t" => Ok(b'\t'),
        text => match text.as_bytes() {
            [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() => Ok(*byte),
            _ => Err("it is one ASCII character that is no letter or digit, or `tab`".to_owned()),
        },
    }
}

const EXAMPLES: &str = "\
Examples:
  prism-import run contacts.csv --type contact --dedupe-by email --sandbox
  prism-import resume contacts.csv.journal
  prism-import failed contacts.csv.journal -o failed.csv

Exit codes:
  0  all rows are imported          3  the outcome of some rows is unknown
  1  some rows failed               4  stopped, and can be resumed
  2  wrong usage or input           5  refused by the server";
const RUN_EXAMPLES: &str = "\
Examples:
  prism-import run contacts.csv --type contact --dry-run
  prism-import run kontakte.csv --type contact --map 'E-Mail=email' --map 'Notiz=' --encoding windows-1252
  gunzip -c deals.ndjson.gz | prism-import run - --type deal --format ndjson --journal deals.journal";
