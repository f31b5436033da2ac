//! The output of a run.

use std::io::{self, Write};

use super::Figure;

/// Writes each figure as soon as it is recorded, and the number of met targets at the end.
#[derive(Debug)]
pub struct Report<W> {
    out: W,
    only: Option<String>,
    met: u32,
    missed: u32,
    skipped: u32,
}

impl<W: Write> Report<W> {
    /// Creates a report of all figures, or only of those whose name starts with `only`.
    pub fn new(out: W, only: Option<String>) -> Self {
        Self {
            out,
            only,
            met: 0,
            missed: 0,
            skipped: 0,
        }
    }

    /// Returns `true` if any figure of a group is selected and must be measured.
    pub fn includes(&self, group: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| group.starts_with(only.as_str()) || only.starts_with(group))
    }

    fn selects(&self, name: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| name.starts_with(only.as_str()))
    }

    /// Writes a figure if it is selected.
    ///
    /// # Errors
    ///
    /// Returns an error if the line cannot be written.
    pub fn record(&mut self, figure: &Figure) -> io::Result<()> {
        if !self.selects(figure.name()) {
            return Ok(());
        }
        *if figure.is_met() {
            &mut self.met
        } else {
            &mut self.missed
        } += 1;
        writeln!(self.out, "{figure}")?;
        self.out.flush()
    }

    /// Writes that a figure cannot be measured here, if it is selected.
    ///
    /// # Errors
    ///
    /// Returns an error if the line cannot be written.
    pub fn skip(&mut self, name: &str, reason: &str) -> io::Result<()> {
        if !self.selects(name) {
            return Ok(());
        }
        self.skipped += 1;
        writeln!(self.out, "{name:<42} skipped: {reason}")?;
        self.out.flush()
    }

    /// Writes the number of met and missed targets.
    ///
    /// # Errors
    ///
    /// Returns an error if the line cannot be written.
    pub fn finish(mut self) -> io::Result<()> {
        if self.skipped > 0 {
            writeln!(self.out, "{} skipped", self.skipped)?;
        }
        writeln!(self.out, "{} met, {} missed", self.met, self.missed)
    }
}
