//! What a run imports, and how.

use std::collections::BTreeMap;

use prism_imports::ObjectType;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{input::InputOptions, row::Mapping};

/// What a run imports, and how. It is stored in the journal, so that a resumed run sends the same bytes.
///
/// ```
/// use prism_imports::ObjectType;
/// use prism_imports_pipeline::{Mapping, Settings};
///
/// let settings = Settings::new(ObjectType::Contact)
///     .dedupe_by("email")
///     .mapping(Mapping::default().rename("E-Mail", "email"))
///     .chunk_rows(500);
/// # drop(settings);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[must_use = "settings do nothing until a file is planned with them"]
pub struct Settings {
    pub(crate) object_type: ObjectType,
    pub(crate) input: InputOptions,
    pub(crate) mapping: Mapping,
    pub(crate) dedupe_by: Option<String>,
    pub(crate) merges_duplicates: bool,
    pub(crate) options: BTreeMap<String, Value>,
    pub(crate) chunk_rows: u32,
    pub(crate) chunk_bytes: u64,
}

impl Settings {
    /// Imports records of a type.
    pub fn new(object_type: impl Into<ObjectType>) -> Self {
        Self {
            object_type: object_type.into(),
            input: InputOptions::default(),
            mapping: Mapping::default(),
            dedupe_by: None,
            merges_duplicates: false,
            options: BTreeMap::new(),
            chunk_rows: 1_000,
            chunk_bytes: 4 << 20,
        }
    }

    /// Sets how the file is read.
    pub fn input(mut self, input: InputOptions) -> Self {
        self.input = input;
        self
    }

    /// Sets how columns become properties.
    pub fn mapping(mut self, mapping: Mapping) -> Self {
        self.mapping = mapping;
        self
    }

    /// Matches rows with existing records by this property.
    pub fn dedupe_by(mut self, property: impl Into<String>) -> Self {
        self.dedupe_by = Some(property.into());
        self
    }

    /// Merges rows that have the same matching property, which needs [`dedupe_by`](Self::dedupe_by): the last of them is sent,
    /// with the values of the earlier ones that it does not have itself. Letters of either case are the same. By default
    /// every row is sent.
    ///
    /// Merged rows are counted as such, and are among the failed rows if the last one failed. A file may have a million rows
    /// then.
    pub fn merge_duplicates(mut self) -> Self {
        self.merges_duplicates = true;
        self
    }

    /// Sets an option of the import by its name on the wire, such as `update_existing`.
    pub fn option(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.options.insert(name.into(), value.into());
        self
    }

    /// Sets how many rows an import has at most; 1,000 by default, and at least one.
    pub fn chunk_rows(mut self, rows: u32) -> Self {
        self.chunk_rows = rows.max(1);
        self
    }

    /// Sets how many bytes the rows of an import have at most; 4 MiB by default. A longer row is an import of its own.
    pub fn chunk_bytes(mut self, bytes: u64) -> Self {
        self.chunk_bytes = bytes;
        self
    }
}
