//! The rows of a batch.

use serde_json::{Map, Value};

use super::super::{outcome::Rejection, problem::Issue};
use super::Options;

/// A well-formed row. Its values may still be rejected.
#[derive(Debug)]
pub(in crate::engine) struct InputRow {
    default: Option<Map<String, Value>>,
    list: Option<Map<String, Value>>,
    stage: bool,
}

impl InputRow {
    /// Parses the row at `index`.
    pub(super) fn parse(index: usize, row: Value) -> Result<Self, Issue> {
        let at = |name: &str| format!(".body.objects[{index}]{name}");
        let Value::Object(mut fields) = row else {
            return Err(Issue::new(
                at(""),
                "invalid_type",
                "a row must be an object",
            ));
        };
        let mut part = |name: &str| match fields.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(values)) => Ok(Some(values)),
            Some(_) => Err(Issue::new(
                at(&format!(".{name}")),
                "invalid_type",
                "the properties of a row must be an object",
            )),
        };
        let default = part("default")?;
        let list = part("list")?;
        let stage = fields
            .remove("app_stage")
            .is_some_and(|stage| !stage.is_null());
        match fields.keys().next() {
            None => Ok(Self {
                default,
                list,
                stage,
            }),
            // The name is not quoted, since it is data of the caller.
            Some(_) => Err(Issue::new(
                at(""),
                "unknown_field",
                "a row must contain only default, list and app_stage",
            )),
        }
    }

    /// Validates the values of the row.
    pub(in crate::engine) fn check(&self, options: &Options) -> Result<(), Rejection> {
        if self.default.is_none() && self.list.is_none() {
            return Err(Rejection::Empty);
        }
        let values = || self.default.iter().chain(&self.list).flatten();
        if values().any(|(_, value)| !is_plain(value)) {
            return Err(Rejection::InvalidValue);
        }
        match self.default.as_ref().and_then(|values| values.get("email")) {
            None | Some(Value::Null) => {}
            Some(Value::String(email)) if is_email(email) => {}
            Some(_) => return Err(Rejection::InvalidEmail),
        }
        let staged = || {
            self.list
                .as_ref()
                .and_then(|values| values.get("app_stage"))
                .is_some_and(|stage| !stage.is_null())
        };
        if options.require_list_stage && !self.stage && !staged() {
            return Err(Rejection::MissingStage);
        }
        Ok(())
    }

    /// Iterates over the properties of the record.
    pub(in crate::engine) fn properties(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.default
            .iter()
            .flatten()
            .map(|(slug, value)| (slug.as_str(), value))
    }
}

/// Returns `true` for a valid property value: a string, number, boolean or null, or an array of them.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
        Value::Array(items) => items
            .iter()
            .all(|item| !matches!(item, Value::Array(_) | Value::Object(_))),
        Value::Object(_) => false,
    }
}

/// Returns `true` if a text is an e-mail address, in any script.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let sound = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && !part.ends_with('.')
            && !part.contains("..")
            && !part.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@')
    };
    sound(local) && sound(domain) && domain.contains('.')
}

#[cfg(test)]
mod tests {
    use super::is_email;

    #[test]
    fn email_addresses_are_recognized() {
        for good in [
            "a@b.co",
            "a.b+c@sub.example.org",
            "ünal@müller.example",
            "用户@例子.公司",
        ] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "", "a", "@b.co", "a@", "a@b", "a b@c.co", "a@@b.co", ".a@b.co", "a@b..co", "a@b.co.",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
