//! What is stored of an import that is not over.

use prism_imports::{IdempotencyKey, ImportHandle, Imports, ObjectType, Submit, WatchCheckpoint};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

/// How far an import is that is not over: all that is needed to go on with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Stage {
    /// The rows may have been sent. They are sent again under the same key.
    Submitting(Request),
    /// The job exists.
    Started(ImportHandle),
    /// The job is being watched.
    Watching(Box<WatchCheckpoint>),
}

/// Rows to import, and how. They are stored as they were received: the same key needs the same bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    /// The type of the records.
    pub(crate) object_type: ObjectType,
    /// The property by which a row matches a record.
    #[serde(default)]
    pub(crate) dedupe_by: Option<String>,
    /// The rows.
    pub(crate) rows: Vec<Box<RawValue>>,
}

impl Request {
    /// Returns the submit of these rows under a key.
    pub(crate) fn submit(&self, imports: &Imports, key: IdempotencyKey) -> Submit {
        let submit = imports.submit(self.object_type.clone()).rows(&self.rows);
        let submit = submit.idempotency_key(key);
        match &self.dedupe_by {
            Some(property) => submit.dedupe_by(property),
            None => submit,
        }
    }

    /// Returns a digest, which distinguishes requests once the rows are deleted.
    pub(crate) fn digest(&self) -> Result<Vec<u8>, serde_json::Error> {
        Ok(Sha256::digest(serde_json::to_vec(self)?).to_vec())
    }
}
