//! The types of records.

use std::{convert::Infallible, fmt, str::FromStr};

use serde::{Deserialize, Serialize, Serializer};

use crate::config::ConfigError;

/// The type of the records that an import creates. It is open-ended: the service may add types.
///
/// ```
/// use prism_imports::ObjectType;
///
/// assert_eq!(ObjectType::Contact.as_str(), "contact");
/// assert_eq!(ObjectType::from("invoice").as_str(), "invoice");
/// assert_eq!(ObjectType::from("deal"), ObjectType::Deal);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
#[non_exhaustive]
pub enum ObjectType {
    /// Identities.
    Identity,
    /// Organizations.
    Organization,
    /// Contacts.
    Contact,
    /// Actions.
    Action,
    /// Documents.
    Document,
    /// Deals.
    Deal,
    /// Engagements; newer servers.
    Engagement,
    /// Comments; newer servers.
    Comment,
    /// Any other type, as it is written in the path.
    Other(OtherType),
}

impl ObjectType {
    /// Returns the type as it is written in the path.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Identity => "identity",
            Self::Organization => "organization",
            Self::Contact => "contact",
            Self::Action => "action",
            Self::Document => "document",
            Self::Deal => "deal",
            Self::Engagement => "engagement",
            Self::Comment => "comment",
            Self::Other(other) => &other.0,
        }
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let refuse = |reason| Err(ConfigError::ObjectType(reason));
        match self.as_str() {
            "" => refuse("it is empty"),
            "." | ".." => refuse("it is `.` or `..`, which a path drops"),
            text if text.contains(|c: char| c == '/' || c.is_control()) => {
                refuse("it holds a slash or a control character")
            }
            _ => Ok(()),
        }
    }
}

impl From<&str> for ObjectType {
    fn from(text: &str) -> Self {
        let named = NAMED.iter().find(|named| named.as_str() == text);
        named
            .cloned()
            .unwrap_or_else(|| Self::Other(OtherType(text.into())))
    }
}

impl From<String> for ObjectType {
    fn from(text: String) -> Self {
        text.as_str().into()
    }
}

impl FromStr for ObjectType {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl Serialize for ObjectType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A type that this version does not name. Only [`ObjectType::from`] makes one, so it is never a named type.
///
/// ```
/// use prism_imports::ObjectType;
///
/// assert!(matches!(ObjectType::from("invoice"), ObjectType::Other(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherType(Box<str>);

const NAMED: [ObjectType; 8] = [
    ObjectType::Identity,
    ObjectType::Organization,
    ObjectType::Contact,
    ObjectType::Action,
    ObjectType::Document,
    ObjectType::Deal,
    ObjectType::Engagement,
    ObjectType::Comment,
];
