//! What a row is, seen while it is written.

use std::{cell::Cell, io};

use serde_json::ser::{CompactFormatter, Formatter};

/// What was found at the top of a row.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) object: Cell<bool>,
    pub(super) default: Cell<bool>,
    pub(super) list: Cell<bool>,
    /// Whether the row was ready JSON, which nobody looked into.
    pub(super) raw: Cell<bool>,
}

/// Writes compact JSON and notes what stands at the top of it.
///
/// The serializer keeps its formatter to itself, so what is found goes to a place of the caller's.
#[derive(Debug)]
pub(super) struct Shape<'a> {
    depth: usize,
    name: Name,
    found: &'a Found,
}

/// The name at the top that was written last, or is being written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Empty,
    Default,
    List,
    Other,
}

impl<'a> Shape<'a> {
    pub(super) fn new(found: &'a Found) -> Self {
        Self {
            depth: 0,
            name: Name::Empty,
            found,
        }
    }

    fn set(&self, there: bool) {
        match self.name {
            Name::Default => self.found.default.set(there),
            Name::List => self.found.list.set(there),
            Name::Empty | Name::Other => {}
        }
    }
}

impl Formatter for Shape<'_> {
    fn begin_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_add(1);
        CompactFormatter.begin_array(writer)
    }

    fn end_array<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        CompactFormatter.end_array(writer)
    }

    fn begin_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.depth == 0 {
            self.found.object.set(true);
        }
        self.depth = self.depth.saturating_add(1);
        CompactFormatter.begin_object(writer)
    }

    fn end_object<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        CompactFormatter.end_object(writer)
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        first: bool,
    ) -> io::Result<()> {
        self.name = if self.depth == 1 {
            Name::Empty
        } else {
            Name::Other
        };
        CompactFormatter.begin_object_key(writer, first)
    }

    fn end_object_key<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.set(true);
        CompactFormatter.end_object_key(writer)
    }

    fn write_string_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        self.name = match (self.name, fragment) {
            (Name::Empty, "default") => Name::Default,
            (Name::Empty, "list") => Name::List,
            (Name::Empty | Name::Default | Name::List | Name::Other, _) => Name::Other,
        };
        CompactFormatter.write_string_fragment(writer, fragment)
    }

    fn write_null<W: io::Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        if self.depth == 1 {
            self.set(false);
        }
        CompactFormatter.write_null(writer)
    }

    fn write_raw_fragment<W: io::Write + ?Sized>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if self.depth == 0 {
            self.found.raw.set(true);
        }
        CompactFormatter.write_raw_fragment(writer, fragment)
    }
}
