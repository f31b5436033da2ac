//! Names of fields, as they are written.

use std::ptr;

use super::{Unwritable, text};

/// The names of the fields of rows, as they are written: checked once, and not in each row.
///
/// Rows are mostly of one type, so that a name is looked for where it follows the one before it.
#[derive(Clone, Debug, Default)]
pub(in crate::submit) struct Names {
    known: Vec<Name>,
    next: usize,
}

#[derive(Clone, Debug)]
struct Name {
    name: &'static str,
    /// `,"name":`
    written: Box<[u8]>,
}

impl Names {
    /// Returns what is written for a name: a comma, the name in quotes, and a colon.
    pub(super) fn written(&mut self, name: &'static str) -> Result<&[u8], Unwritable> {
        // A text that never moves is told by its place.
        let is_it = |known: &Name| ptr::eq(known.name, name);
        if !self.known.get(self.next).is_some_and(is_it) {
            self.next = match self.known.iter().position(is_it) {
                Some(place) => place,
                None => self.learn(name)?,
            };
        }
        let known = self.known.get(self.next);
        self.next = self.next.saturating_add(1);
        known.map(|known| &*known.written).ok_or(Unwritable)
    }

    fn learn(&mut self, name: &'static str) -> Result<usize, Unwritable> {
        let mut written = vec![b','];
        text::write(&mut written, name)?;
        written.push(b':');
        if self.known.len() >= MOST {
            self.known.clear();
        }
        let written = written.into();
        self.known.push(Name { name, written });
        Ok(self.known.len().saturating_sub(1))
    }
}

/// More than the fields of a row, and few enough to be searched for one that is not there.
const MOST: usize = 256;
