//! How columns become properties: names and types.

use std::{collections::BTreeMap, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Columns, Properties, import_row::Property};

/// What the text of a column is.
///
/// ```
/// use prism_imports_pipeline::ColumnType;
///
/// assert_eq!("number".parse(), Ok(ColumnType::Number));
/// assert_eq!("list:;".parse(), Ok(ColumnType::List(';')));
/// assert!("date".parse::<ColumnType>().is_err());
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ColumnType {
    /// Text, as it is written. Dates too.
    #[default]
    Text,
    /// A number of JSON.
    Number,
    /// `true` or `false`, `yes` or `no`, `1` or `0`, in any case.
    Boolean,
    /// Texts between separators.
    List(char),
}

impl FromStr for ColumnType {
    type Err = UnknownType;

    fn from_str(text: &str) -> Result<Self, UnknownType> {
        match text {
            "text" => Ok(Self::Text),
            "number" => Ok(Self::Number),
            "boolean" => Ok(Self::Boolean),
            "list" => Ok(Self::List(',')),
            _ => {
                let separator = text
                    .strip_prefix("list:")
                    .and_then(|rest| rest.parse().ok());
                separator.map(Self::List).ok_or(UnknownType)
            }
        }
    }
}

/// A type of a column that is none.
///
/// ```
/// use prism_imports_pipeline::ColumnType;
///
/// let error = "integer".parse::<ColumnType>().unwrap_err();
/// assert_eq!(error.to_string(), "a type is text, number, boolean, list or list:SEPARATOR");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a type is text, number, boolean, list or list:SEPARATOR")]
#[non_exhaustive]
pub struct UnknownType;

/// How the columns of a file become properties.
///
/// ```
/// use prism_imports_pipeline::{ColumnType, Mapping};
///
/// let mapping = Mapping::default()
///     .rename("E-Mail", "email")
///     .leave_out("Internal note")
///     .column_type("age", ColumnType::Number);
/// # drop(mapping);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[must_use = "a mapping does nothing until a file is read with it"]
pub struct Mapping {
    names: BTreeMap<String, String>,
    types: BTreeMap<String, ColumnType>,
    keeps_empty: bool,
}

impl Mapping {
    /// Sets the property of a column. Other columns are properties of their own name.
    pub fn rename(mut self, column: impl Into<String>, property: impl Into<String>) -> Self {
        self.names.insert(column.into(), property.into());
        self
    }

    /// Leaves a column out.
    pub fn leave_out(self, column: impl Into<String>) -> Self {
        self.rename(column, "")
    }

    /// Sets the type of a property; text by default.
    pub fn column_type(mut self, property: impl Into<String>, of: ColumnType) -> Self {
        self.types.insert(property.into(), of);
        self
    }

    /// Sends an empty value as null. By default the property is left out, so that the server does not change it.
    pub fn empty_as_null(mut self) -> Self {
        self.keeps_empty = true;
        self
    }

    /// Assigns a property and a type to each column.
    pub(crate) fn bind(&self, columns: Option<&Columns>) -> Result<Properties, String> {
        let mut bound: Vec<Option<Property>> = Vec::new();
        let named = columns.map_or(0, Columns::without_reasons);
        for (index, name) in columns.into_iter().flat_map(Columns::iter).enumerate() {
            if index >= named {
                bound.push(None);
                continue;
            }
            let property = self.names.get(name).map_or(name, String::as_str);
            if name.is_empty() && property.is_empty() && !self.names.contains_key(name) {
                return Err(format!(
                    "column {} has no name; leave it out or name it",
                    index.saturating_add(1)
                ));
            }
            if bound
                .iter()
                .flatten()
                .any(|(other, _)| **other == *property)
                && !property.is_empty()
            {
                return Err(format!(
                    "two columns are the property `{property}`: rename one or leave it out"
                ));
            }
            let of = self.types.get(property).copied().unwrap_or_default();
            bound.push((!property.is_empty()).then(|| (property.into(), of)));
        }
        let unknown = self.names.keys().find(|name| {
            columns.is_some_and(|columns| columns.iter().all(|column| column != *name))
        });
        if let Some(unknown) = unknown {
            return Err(format!("there is no column `{unknown}`"));
        }
        let is_bound = |property: &str| {
            let mut bound = bound.iter().flatten();
            bound.any(|(name, _)| **name == *property)
        };
        if columns.is_none() && *self != Self::default() {
            return Err("a mapping is of columns, and only CSV has them".to_owned());
        }
        if let Some(property) = self.types.keys().find(|name| !is_bound(name)) {
            return Err(format!(
                "no column is the property `{property}`, which has a type"
            ));
        }
        if columns.is_some() && bound.iter().all(Option::is_none) {
            return Err("every column is left out".to_owned());
        }
        Ok(Properties {
            columns: bound,
            keeps_empty: self.keeps_empty,
        })
    }
}
