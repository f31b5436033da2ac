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
    /// Creates a report of all figures, or of `only` those groups whose name begins so.
    pub fn new(out: W, only: Option<String>) -> Self {
        Self {
            out,
            only,
            met: 0,
            short: 0,
            skipped: 0,
        }
    }

    /// Tells whether a group of figures is asked for.
    pub fn wants(&self, group: &str) -> bool {
        self.only
            .as_ref()
            .is_none_or(|only| group.starts_with(only.as_str()))
    }

    /// Writes a figure.
    ///
    /// # Errors
    ///
    /// When the line cannot be written.
    pub fn tell(&mut self, figure: &Figure) -> io::Result<()> {
        *if figure.is_met() {
            &mut self.met
        } else {
            &mut self.short
        } += 1;
        writeln!(self.out, "{figure}")?;
        self.out.flush()
    }

    /// Writes that a figure could not be had here.
    ///
    /// # Errors
    ///
    /// When the line cannot be written.
    pub fn skip(&mut self, name: &str, reason: &str) -> io::Result<()> {
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
