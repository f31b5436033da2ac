//! Unknown fields.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::decode::{Odd, Oddity, redacted};

/// The unknown fields of an object, by name.
///
/// Serializing the object writes them back, so a round trip is lossless. Of a field that is given twice, the second
/// value is kept. `Debug` prints only the names, and `*` for a name that is not an identifier, because unknown fields
/// may contain customer data.
///
/// ```
/// use prism_imports_core::wire::Row;
///
/// let row: Row = serde_json::from_str(r#"{"created":true,"score":7}"#).unwrap();
/// assert_eq!(row.extra.read::<u8>("score"), Some(7));
/// assert_eq!(format!("{:?}", row.extra), r#"{"score"}"#);
/// ```
#[derive(Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Fields {
    map: Map<String, Value>,
    /// What is odd about the known fields. Not part of equality, because values are written back as documented.
    #[serde(skip)]
    pub(crate) odd: Vec<Oddity>,
}

impl Fields {
    /// Returns the number of fields.
    ///
    /// ```
    /// # use prism_imports_core::wire::Fields;
    /// assert_eq!(Fields::default().len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.map.len()
    }

    /// Returns `true` if there are no fields.
    ///
    /// ```
    /// # use prism_imports_core::wire::Fields;
    /// assert!(Fields::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.map.is_empty()
    }

    /// Returns an iterator over the sorted names.
    ///
    /// ```
    /// # use prism_imports_core::wire::Fields;
    /// assert_eq!(Fields::default().names().next(), None);
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.map.keys().map(String::as_str)
    }

    /// Deserializes a field as `T`. Returns `None` if there is no such field or if it is not a `T`.
    ///
    /// ```
    /// # use prism_imports_core::wire::Fields;
    /// assert_eq!(Fields::default().read::<String>("shard"), None);
    /// ```
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.map.get(name)?).ok()
    }

    /// Adds a field. If it is given twice, this is noted.
    pub(super) fn insert(&mut self, name: &str, value: Value) {
        if self.map.insert(name.to_owned(), value).is_some() {
            let field = redacted(name).to_owned();
            let odd = Oddity::new(Odd::Repeated, None);
            self.odd.push(Oddity { field, ..odd });
        }
    }
}

impl PartialEq for Fields {
    fn eq(&self, other: &Self) -> bool {
        self.map == other.map
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names().map(redacted)).finish()
    }
}
