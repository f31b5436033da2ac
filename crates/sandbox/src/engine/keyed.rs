//! The imports that were carried out under each key.

use std::collections::{HashMap, VecDeque};

use super::digest::Digest;
use crate::KeyedImport;

/// The last [50,000](MAX_IMPORTS) imports that came with a key, by its digest.
///
/// Replays are none of them: an import that stands here twice was done twice.
#[derive(Debug, Default)]
pub(super) struct KeyedImports {
    by_key: HashMap<Digest, Vec<KeyedImport>>,
    order: VecDeque<Digest>,
}

impl KeyedImports {
    /// Adds an import; the oldest is forgotten where there are too many.
    pub(super) fn add(&mut self, key: Digest, import: KeyedImport) {
        self.by_key.entry(key).or_default().push(import);
        self.order.push_back(key);
        if self.order.len() > MAX_IMPORTS
            && let Some(oldest) = self.order.pop_front()
            && let Some(imports) = self.by_key.get_mut(&oldest)
        {
            // Those of one key stand in their order, so that its oldest is the oldest of all.
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

/// How many are remembered: as many as answers are kept for replays.
const MAX_IMPORTS: usize = 50_000;
