//! Fields that this version does not know, kept as they came.

use std::fmt;

use serde::{de::DeserializeOwned, ser::SerializeMap};
use serde_json::{Map, Value};

use super::decode::{Any, Source, Unknown, duplicate, shown};

/// The unknown fields of an object, by name.
///
/// They are written back when the object is, so a value that passes through loses nothing. `Debug` shows names
/// only, and `*` for one that is no identifier: what a newer server puts here may be a customer's data.
///
/// ```
/// use prism_imports_core::wire::Row;
///
/// let row: Row = serde_json::from_str(r#"{"created":true,"score":7}"#).unwrap();
/// assert_eq!(row.extra.read::<u8>("score"), Some(7));
/// assert_eq!(format!("{:?}", row.extra), r#"{"score"}"#);
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// Returns how many fields there are.
    ///
    /// ```
    /// # use prism_imports_core::wire::Fields;
    /// assert_eq!(Fields::default().len(), 0);
    /// ```
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Tells whether there are none.
    ///
    /// ```
    /// # use prism_imports_core::wire::Fields;
    /// assert!(Fields::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Iterates over the names, sorted.
    ///
    /// ```
    /// # use prism_imports_core::wire::Fields;
    /// assert_eq!(Fields::default().names().next(), None);
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Reads one field as `T`: `None` when there is no such field or when it holds something else.
    ///
    /// ```
    /// # use prism_imports_core::wire::Fields;
    /// assert_eq!(Fields::default().read::<String>("shard"), None);
    /// ```
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        T::deserialize(self.0.get(name)?).ok()
    }

    /// The one field `name`, set.
    pub(super) fn marker(name: &str) -> Self {
        Self(Map::from_iter([(name.to_owned(), Value::Bool(true))]))
    }

    /// Writes the fields into the object that `map` is writing.
    pub(crate) fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.0
            .iter()
            .try_for_each(|(name, value)| map.serialize_entry(name, value))
    }
}

impl Unknown for Fields {
    type Time = String;

    fn take<'de, S: Source<'de>>(&mut self, name: &str, source: &mut S) -> Result<(), S::Error> {
        if self.0.contains_key(name) {
            return Err(duplicate());
        }
        self.0.insert(name.to_owned(), source.value()?);
        Ok(())
    }
}

impl Any for Fields {
    fn any(&self) -> bool {
        !self.is_empty()
    }
}

impl Any for &Fields {
    fn any(&self) -> bool {
        !self.is_empty()
    }
}

impl fmt::Debug for Fields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names().map(shown)).finish()
    }
}
