//! The records that imports made, and how a row finds the one it matches.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::Value;
use uuid::Uuid;

use super::{
    seed::Seed,
    submit::{InputRow, Options},
};

/// The records of one team and object type, oldest first.
///
/// Of a value only its 128-bit hashes are kept: enough to match by any property, and no customer's data stays in
/// memory.
#[derive(Debug, Default)]
pub(super) struct Records {
    records: Vec<Record>,
    index: HashMap<Property, Vec<usize>>,
}

#[derive(Debug)]
struct Record {
    id: Uuid,
    values: HashMap<u128, ValueKey>,
}

/// A property with a value, whatever the case of its letters.
type Property = (u128, u128);

/// What is left of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct ValueKey {
    exact: u128,
    folded: u128,
}

/// What became of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The row made a record.
    Created(Uuid),
    /// The row matched a record and left it as it was.
    Existing(Uuid),
    /// The row matched a record and changed it.
    Updated(Uuid),
    /// The row was refused.
    Rejected(Rejection),
}

/// Why a row was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rejection {
    /// Neither `default` nor `list`.
    Empty,
    /// `default.email` is no e-mail address.
    InvalidEmail,
    /// A value is an object, or an array with more than plain values in it.
    InvalidValue,
    /// `require_list_stage` is set and `app_stage` is missing.
    MissingStage,
}

impl Rejection {
    /// Returns the word that the row's error carries.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Empty => "missing_default_or_list",
            Self::InvalidEmail => "invalid_email",
            Self::InvalidValue => "invalid_value",
            Self::MissingStage => "missing_app_stage",
        }
    }

    /// Returns the sentence that the row's error carries; it never quotes the row.
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Empty => "a row has default, list or both",
            Self::InvalidEmail => "default.email is not an e-mail address",
            Self::InvalidValue => {
                "a value is a string, number, boolean, null, or an array of these"
            }
            Self::MissingStage => "require_list_stage is set and the row has no app_stage",
        }
    }
}

impl Records {
    /// Imports one row.
    pub(super) fn apply(&mut self, row: &InputRow, options: &Options, ids: &mut Seed) -> Outcome {
        if let Err(rejection) = row.check(options) {
            return Outcome::Rejected(rejection);
        }
        match self.find(row, options) {
            Some(at) if options.update_existing => {
                self.patch(at, row);
                Outcome::Updated(self.records[at].id)
            }
            Some(at) => Outcome::Existing(self.records[at].id),
            None => {
                let at = self.records.len();
                let id = ids.next_uuid();
                self.records.push(Record {
                    id,
                    values: HashMap::new(),
                });
                self.patch(at, row);
                Outcome::Created(id)
            }
        }
    }

    /// Finds the oldest record that the row matches by its dedupe key; a row without a value there matches none.
    fn find(&self, row: &InputRow, options: &Options) -> Option<usize> {
        let slug = options.dedupe_by.as_deref()?;
        let (_, value) = row.properties().find(|(name, _)| *name == slug)?;
        let key = ValueKey::of(value)?;
        let property = hash(slug);
        let matches = self.index.get(&(property, key.folded))?;
        matches.iter().copied().find(|&at| {
            options.case_insensitive || self.records[at].values.get(&property) == Some(&key)
        })
    }

    /// Gives the record at `at` the row's values; null takes a value away.
    fn patch(&mut self, at: usize, row: &InputRow) {
        for (slug, value) in row.properties() {
            let property = hash(slug);
            let values = &mut self.records[at].values;
            let (new, old) = match ValueKey::of(value) {
                Some(new) => (Some(new), values.insert(property, new)),
                None => (None, values.remove(&property)),
            };
            if let Some(old) = old
                && let Some(matches) = self.index.get_mut(&(property, old.folded))
            {
                matches.retain(|&other| other != at);
            }
            if let Some(new) = new {
                let matches = self.index.entry((property, new.folded)).or_default();
                let place = matches.partition_point(|&other| other < at);
                matches.insert(place, at);
            }
        }
    }
}

impl ValueKey {
    /// Returns the key of a value; null has none.
    fn of(value: &Value) -> Option<Self> {
        let text = match value {
            Value::Null => return None,
            Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => value.to_string(),
        };
        Some(Self {
            exact: hash(&text),
            folded: hash(&text.to_lowercase()),
        })
    }
}

/// Hashes a text to 128 bits: at that width no two texts of a test share one.
fn hash(text: &str) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, text).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    (half(1) << 64) | half(2)
}
