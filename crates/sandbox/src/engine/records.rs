//! Records and matching of rows.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;
use uuid::Uuid;

use super::{
    digest::Digest,
    outcome::Outcome,
    seed::Seed,
    submit::{InputRow, Options},
};

/// The records of one team and object type, oldest first.
///
/// Only digests of values are stored, which suffice to match by any property. A property is indexed by the first import
/// that matches by it.
#[derive(Debug, Default)]
pub(super) struct Records {
    kept: VecDeque<Record>,
    /// The number of the oldest record that was not dropped.
    first: usize,
    indexes: HashMap<Digest, Index>,
}

#[derive(Debug)]
struct Record {
    id: Uuid,
    values: Vec<(Digest, ValueKey)>,
}

/// The numbers of the records that have a value, ascending, by the value's folded digest.
type Index = HashMap<Digest, Vec<usize>>;

/// The digests of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ValueKey {
    exact: Digest,
    /// The digest of the value in lower case.
    folded: Digest,
}

impl Records {
    /// Returns the number of records.
    pub(super) fn len(&self) -> usize {
        self.kept.len()
    }

    /// Imports one row.
    pub(super) fn apply(&mut self, row: &InputRow, options: &Options, ids: &mut Seed) -> Outcome {
        if let Err(rejection) = row.check(options) {
            return Outcome::Rejected(rejection);
        }
        let matched = self.find(row, options);
        if let Some(number) = matched
            && options.update_existing
        {
            self.patch(number, row);
        }
        match matched.and_then(|number| self.record(number)) {
            Some(record) if options.update_existing => Outcome::Updated(record.id),
            Some(record) => Outcome::Existing(record.id),
            None => {
                let number = self.first.wrapping_add(self.kept.len());
                let id = ids.next_uuid();
                let values = Vec::new();
                self.kept.push_back(Record { id, values });
                self.patch(number, row);
                Outcome::Created(id)
            }
        }
    }

    /// Drops the oldest record.
    pub(super) fn drop_oldest(&mut self) {
        let Some(record) = self.kept.pop_front() else {
            return;
        };
        for (property, value) in record.values {
            unlink(self.indexes.get_mut(&property), value, self.first);
        }
        self.first = self.first.wrapping_add(1);
    }

    fn record(&self, number: usize) -> Option<&Record> {
        self.kept.get(number.checked_sub(self.first)?)
    }

    /// Finds the oldest record that the row matches by the dedupe property. A row without that property matches none.
    fn find(&mut self, row: &InputRow, options: &Options) -> Option<usize> {
        let slug = options.dedupe_by.as_deref()?;
        let (_, value) = row.properties().find(|(name, _)| *name == slug)?;
        let key = ValueKey::of(value)?;
        let property = Digest::of(slug);
        self.build_index(property);
        let matches = self.indexes.get(&property)?.get(&key.folded)?;
        matches.iter().copied().find(|&number| {
            options.case_insensitive
                || self
                    .record(number)
                    .and_then(|record| record.value(property))
                    == Some(key)
        })
    }

    /// Indexes a property if it is not indexed yet.
    fn build_index(&mut self, property: Digest) {
        if self.indexes.contains_key(&property) {
            return;
        }
        if self.indexes.len() >= MAX_INDEXES {
            self.indexes.clear();
        }
        let mut index = Index::new();
        for (number, record) in (self.first..).zip(&self.kept) {
            if let Some(value) = record.value(property) {
                index.entry(value.folded).or_default().push(number);
            }
        }
        self.indexes.insert(property, index);
    }

    /// Updates a record with the values of a row; null removes a value.
    fn patch(&mut self, number: usize, row: &InputRow) {
        let at = number.wrapping_sub(self.first);
        let Some(record) = self.kept.get_mut(at) else {
            return;
        };
        for (slug, value) in row.properties() {
            let property = Digest::of(slug);
            let mut index = self.indexes.get_mut(&property);
            if let Some(at) = record.values.iter().position(|(name, _)| *name == property) {
                let (_, old) = record.values.swap_remove(at);
                unlink(index.as_deref_mut(), old, number);
            }
            if let Some(new) = ValueKey::of(value) {
                record.values.push((property, new));
                if let Some(index) = index {
                    let matches = index.entry(new.folded).or_default();
                    let place = matches.partition_point(|&other| other < number);
                    matches.insert(place, number);
                }
            }
        }
        // Most records are never updated again.
        record.values.shrink_to_fit();
    }
}

impl Record {
    fn value(&self, property: Digest) -> Option<ValueKey> {
        let mut values = self.values.iter();
        values
            .find(|(name, _)| *name == property)
            .map(|(_, value)| *value)
    }
}

impl ValueKey {
    /// Returns the digests of a value; `None` for null.
    fn of(value: &Value) -> Option<Self> {
        if value.is_null() {
            return None;
        }
        let text = value.to_string();
        Some(Self {
            exact: Digest::of(&text),
            folded: Digest::of(&text.to_lowercase()),
        })
    }
}

/// Removes a record from an index.
fn unlink(index: Option<&mut Index>, value: ValueKey, number: usize) {
    let Some(index) = index else { return };
    if let Some(matches) = index.get_mut(&value.folded) {
        if let Ok(place) = matches.binary_search(&number) {
            matches.remove(place);
        }
        if matches.is_empty() {
            index.remove(&value.folded);
        }
    }
}

/// The maximum number of indexed properties. Usual imports match by one or two.
const MAX_INDEXES: usize = 8;
