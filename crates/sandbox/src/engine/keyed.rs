//! The executed imports of each idempotency key.

use std::collections::{HashMap, VecDeque};

use super::digest::Digest;
use crate::KeyedImport;

/// The last [50,000](MAX_IMPORTS) imports with a key, by its digest.
///
/// Replays are not included: two entries of one key are two executed imports.
#[derive(Debug, Default)]
pub(super) struct KeyedImports {
    by_key: HashMap<Digest, Vec<KeyedImport>>,
    order: VecDeque<Digest>,
}

impl KeyedImports {
    /// Adds an import and drops the oldest one beyond the limit.
    pub(super) fn add(&mut self, key: Digest, import: KeyedImport) {
        self.by_key.entry(key).or_default().push(import);
        self.order.push_back(key);
        if self.order.len() > MAX_IMPORTS
            && let Some(oldest) = self.order.pop_front()
            && let Some(imports) = self.by_key.get_mut(&oldest)
        {
            // The imports of a key are in order, so the first one of this key is the oldest of all.
            imports.remove(0);
            if imports.is_empty() {
                self.by_key.remove(&oldest);
            }
        }
    }

    /// Returns the imports of a key, oldest first.
    pub(super) fn under(&self, key: &str) -> &[KeyedImport] {
        let imports = self.by_key.get(&Digest::of(key.as_bytes()));
        imports.map_or(&[], Vec::as_slice)
    }
}

/// The maximum number of imports, equal to that of stored answers.
const MAX_IMPORTS: usize = 50_000;
