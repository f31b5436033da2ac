//! Files of rows into Prism imports, with a journal that survives a crash.
//!
//! A run has three steps. [`Plan::of`] reads the whole file and divides its rows into imports; nothing is sent.
//! [`Journal::create`] stores the plan. [`Run`] sends the imports and watches their jobs; it can be stopped or killed at any
//! instant, and a new [`Run`] of the same journal goes on. At the end [`Report`] has each row of the file in one of its
//! counters, and [`write_failed`] writes the rows that failed as a file that can be corrected and imported again.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! use prism_imports::{Client, ObjectType};
//! use prism_imports_pipeline::{Journal, Plan, Run, Settings};
//! use prism_imports_sandbox::Sandbox;
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("contacts.csv");
//! std::fs::write(&path, "email,first_name\nada@example.com,Ada\nnemo,Nemo\n")?;
//!
//! let client = Client::builder()
//!     .api_key("any")
//!     .team_id("6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11")
//!     .base_url("http://localhost")
//!     .http_service(Sandbox::builder().build()?) // no account, no socket
//!     .build()?;
//! let plan = Plan::of(&path, Settings::new(ObjectType::Contact).dedupe_by("email"))?;
//! let journal = Journal::create(folder.path().join("contacts.journal"), &plan)?;
//! let outcome = Run::new(&client.imports(), journal).finish().await?;
//!
//! assert_eq!((outcome.report().created(), outcome.report().failed()), (1, 1));
//! let mut failed = Vec::new();
//! prism_imports_pipeline::write_failed(folder.path().join("contacts.journal"), &mut failed)?;
//! assert!(String::from_utf8(failed)?.contains("nemo,Nemo,invalid_email,"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is never done
//!
//! - A row is never sent without its key in the journal, and never under a second key while its outcome is open.
//! - An outcome that cannot be found out is never guessed: it is *unknown*, until [`Journal::assume`] decides.
//! - A file that was changed since it was planned is never sent.
//! - The data of a row is in no error, no event and not in the journal; messages of the server about rows are in the journal.
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod row;
mod runs;
mod chunk;
mod input;
mod settings;
mod spool;
mod source;
mod plan;
mod report;
mod journal;
mod failed;
mod event;
mod run;

pub use self::{
    error::{InputError, PipelineError},
    event::{Event, StopReason},
    failed::write_failed,
    input::{Format, InputOptions, Place},
    journal::{Assumption, Journal},
    plan::{Plan, Unreadable},
    report::Report,
    row::{ColumnType, Mapping, UnknownType},
    run::{Outcome, Run, StopHandle},
    settings::Settings,
    spool::Spool,
};

/// Compiles the program of the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
