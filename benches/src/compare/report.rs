//! The lines of a run.

use std::io::{self, Write};

use super::Figure;

/// Writes each figure when it is there, and in the end how many keep their bound.
#[derive(Debug)]
pub struct Report<W> {
    out: W,
    only: Option<String>,
    met: u32,
    short: u32,
    skipped: u32,
}

impl<W: Write> Report<W> {
    /// Creates a report of all figures, or of `only` those whose name begins so.
    pub fn new(out: W, only: Option<String>) -> Self {
        Self {
            out,
            only,
            met: 0,
            short: 0,
            skipped: 0,
        }
    }

    /// Tells whether any figure of a group is asked for, so that it is to be measured.
    pub fn wants(&self, group: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| group.starts_with(only.as_str()) || only.starts_with(group))
    }

    fn shows(&self, name: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| name.starts_with(only.as_str()))
    }

    /// Writes a figure, if it is asked for.
    ///
    /// # Errors
    ///
    /// When the line cannot be written.
    pub fn tell(&mut self, figure: &Figure) -> io::Result<()> {
        if !self.shows(figure.name()) {
            return Ok(());
        }
        *if figure.is_met() {
            &mut self.met
        } else {
            &mut self.short
        } += 1;
        writeln!(self.out, "{figure}")?;
        self.out.flush()
    }

    /// Writes that a figure could not be had here, if it is asked for.
    ///
    /// # Errors
    ///
    /// When the line cannot be written.
    pub fn skip(&mut self, name: &str, reason: &str) -> io::Result<()> {
        if !self.shows(name) {
            return Ok(());
        }
        self.skipped += 1;
        writeln!(self.out, "{name:<42} skipped: {reason}")?;
        self.out.flush()
    }

    /// Writes how many figures keep their bound.
    ///
    /// # Errors
    ///
    /// When the line cannot be written.
    pub fn end(mut self) -> io::Result<()> {
        if self.skipped > 0 {
            writeln!(self.out, "{} skipped", self.skipped)?;
        }
        writeln!(self.out, "{} met, {} short", self.met, self.short)
    }
}
