//! The type of the rows of an import.

use std::fmt;

use crate::error::ConfigError;

/// The type of the rows of an import. The server may support types that this version has no variant for.
///
/// ```
/// use prism_imports::ObjectType;
///
/// assert_eq!(ObjectType::Contact.as_str(), "contact");
/// assert_eq!(ObjectType::from("invoice").as_str(), "invoice");
/// assert_eq!(ObjectType::from("deal"), ObjectType::Deal);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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
    /// Engagements, on newer servers.
    Engagement,
    /// Comments, on newer servers.
    Comment,
    /// Any other type.
    Other(OtherType),
}

impl ObjectType {
    /// Returns the path segment of the type.
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

    pub(super) fn check(&self) -> Result<&str, ConfigError> {
        let refuse = |reason| Err(ConfigError::ObjectType { reason });
        match self.as_str() {
            "" => refuse("it is empty"),
            "." | ".." => refuse("it is a relative path segment"),
            text if text.contains(|c: char| c == '/' || c.is_control()) => {
                refuse("it contains a slash or a control character")
            }
            text => Ok(text),
        }
    }
}

impl From<&str> for ObjectType {
    fn from(text: &str) -> Self {
        match text {
            "identity" => Self::Identity,
            "organization" => Self::Organization,
            "contact" => Self::Contact,
            "action" => Self::Action,
            "document" => Self::Document,
            "deal" => Self::Deal,
            "engagement" => Self::Engagement,
            "comment" => Self::Comment,
            other => Self::Other(OtherType(other.into())),
        }
    }
}

impl fmt::Display for ObjectType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A type without a variant. Only [`ObjectType::from`] creates it, so it never equals a type with a variant.
///
/// ```
/// use prism_imports::ObjectType;
///
/// assert!(matches!(ObjectType::from("invoice"), ObjectType::Other(_)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct OtherType(Box<str>);
