//! The progress of a run, on the standard error.

use std::{
    fmt::Write,
    io::{IsTerminal, stderr},
    num::NonZeroU64,
    time::{Duration, Instant},
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use prism_imports_pipeline::{Event, Report};
use serde_json::json;

use crate::args;

/// Prints the events of a run.
pub(crate) struct Progress {
    form: Form,
    /// How many requests the run may send.
    most: Option<NonZeroU64>,
    /// When a line was last printed.
    printed: Option<Instant>,
}

enum Form {
    Bar(ProgressBar),
    Plain,
    Json,
    None,
}

impl Progress {
    pub(crate) fn new(form: args::Progress, report: &Report, most: Option<NonZeroU64>) -> Self {
        let form = match form {
            args::Progress::Auto if stderr().is_terminal() => Form::Bar(bar(report)),
            args::Progress::Bar => Form::Bar(bar(report)),
            args::Progress::Auto | args::Progress::Plain => Form::Plain,
            args::Progress::Json => Form::Json,
            args::Progress::None => Form::None,
        };
        Self {
            form,
            most,
            printed: None,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the events may become more")]
    pub(crate) fn handle(&mut self, event: &Event) {
        match event {
            Event::Progress {
                report,
                running,
                requests,
            } => self.print(report, *running, *requests),
            Event::Stopping(reason) => self.line("stopping", &format!("stopping: {reason}")),
            Event::Fault { import, error } => {
                self.line("fault", &format!("import {import} is tried again: {error}"));
            }
            Event::Refused { import, error } => {
                self.line("refused", &format!("import {import}: {error}"));
            }
            Event::Split { import } => self.line(
                "split",
                &format!("import {import} is too large: its halves are sent"),
            ),
            _ => {}
        }
    }

    pub(crate) fn finish(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }

    fn print(&mut self, report: &Report, running: u64, requests: u64) {
        let over = report.rows().saturating_sub(report.pending());
        let done = over.saturating_add(running).min(report.rows());
        let failed = report.failed().saturating_add(report.unreadable());
        let left = self.most.map(|most| most.get().saturating_sub(requests));
        let requests_text = match left {
            Some(left) => format!("{left} requests left"),
            None => format!("{requests} requests"),
        };
        match &self.form {
            Form::Bar(bar) => {
                bar.set_position(done);
                bar.set_message(format!(
                    "{failed} failed, {}/{} imports, {requests_text}",
                    report.imports_over(),
                    report.imports()
                ));
            }
            Form::Json => {
                let line = json!({
                    "event": "progress", "done": done, "report": report, "requests": requests, "requests_left": left,
                });
                eprintln!("{line}");
            }
            Form::Plain => {
                let is_due = self
                    .printed
                    .is_none_or(|printed| printed.elapsed() >= EVERY);
                if is_due || report.pending() == 0 {
                    self.printed = Some(Instant::now());
                    eprintln!(
                        "{done} of {} rows, {failed} failed, {requests_text}",
                        report.rows()
                    );
                }
            }
            Form::None => {}
        }
    }

    fn line(&self, event: &str, text: &str) {
        match &self.form {
            Form::Bar(bar) => bar.suspend(|| eprintln!("{text}")),
            Form::Plain => eprintln!("{text}"),
            Form::Json => eprintln!("{}", json!({"event": event, "message": text})),
            Form::None => {}
        }
    }
}

fn bar(report: &Report) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(report.rows()), ProgressDrawTarget::stderr());
    // Each line fits 80 columns.
    let template = "{bar:24} {human_pos}/{human_len} rows, {rate} rows/s, {eta} left\n{msg}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(
            style.with_key("rate", |state: &ProgressState, text: &mut dyn Write| {
                // Writing to a string does not fail.
                let _ = write!(text, "{:.0}", state.per_sec());
            }),
        );
    }
    bar.set_message("0 failed");
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
}

/// How often a line of progress is printed.
const EVERY: Duration = Duration::from_secs(1);
