//! A cache of encoded field names.

use std::ptr;

use super::{Unwritable, text};

/// The encoded names of the fields of rows. Each name is checked for escapes once instead of in every row.
///
/// Most rows have the same type, so the entry after the previous one is tried first.
#[derive(Clone, Debug, Default)]
pub(in crate::submit) struct Names {
    names: Vec<Name>,
    next: usize,
}

#[derive(Clone, Debug)]
struct Name {
    name: &'static str,
    /// `,"name":`
    encoded: Box<[u8]>,
}

impl Names {
    /// Returns the encoding of a name: a comma, the name in quotes, and a colon.
    pub(super) fn encoded(&mut self, name: &'static str) -> Result<&[u8], Unwritable> {
        // Static strings are compared by address.
        let is_same = |known: &Name| ptr::eq(known.name, name);
        if !self.names.get(self.next).is_some_and(is_same) {
            self.next = match self.names.iter().position(is_same) {
                Some(index) => index,
                None => self.insert(name)?,
            };
        }
        let known = self.names.get(self.next);
        self.next = self.next.saturating_add(1);
        known.map(|known| &*known.encoded).ok_or(Unwritable)
    }

    fn insert(&mut self, name: &'static str) -> Result<usize, Unwritable> {
        let mut encoded = vec![b','];
        text::write(&mut encoded, name)?;
        encoded.push(b':');
        if self.names.len() >= MAX_NAMES {
            self.names.clear();
        }
        let encoded = encoded.into();
        self.names.push(Name { name, encoded });
        Ok(self.names.len().saturating_sub(1))
    }
}

/// More than the number of fields of a row, and few enough for a linear search.
const MAX_NAMES: usize = 256;
