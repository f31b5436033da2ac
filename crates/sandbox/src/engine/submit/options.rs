//! The options of a batch.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::super::problem::Issue;

/// The options of a batch.
#[derive(Debug)]
pub(in crate::engine) struct Options {
    /// The property by which a row matches an existing record.
    pub(in crate::engine) dedupe_by: Option<String>,
    /// Whether matching ignores case.
    pub(in crate::engine) case_insensitive: bool,
    /// Whether matching records are updated.
    pub(in crate::engine) update_existing: bool,
    /// Whether each row must have `app_stage`.
    pub(in crate::engine) require_list_stage: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dedupe_by: None,
            case_insensitive: true,
            update_existing: false,
            require_list_stage: false,
        }
    }
}

impl Options {
    /// Parses the options and adds their issues to `issues`.
    pub(super) fn parse(given: Map<String, Value>, issues: &mut Vec<Issue>) -> Self {
        let mut options = Self::default();
        for (name, value) in given {
            if let Err((code, message)) = options.set(&name, value) {
                issues.push(Issue::new(format!(".body.options.{name}"), code, message));
            }
        }
        options
    }

    fn set(&mut self, name: &str, value: Value) -> Result<(), (&'static str, String)> {
        if value.is_null() {
            return Ok(());
        }
        match name {
            "dedupe_by" => self.dedupe_by = Some(slug(value)?),
            "caseInsensitive" => self.case_insensitive = flag(&value)?,
            "update_existing" => self.update_existing = flag(&value)?,
            "require_list_stage" => self.require_list_stage = flag(&value)?,
            // The sandbox has no lists and no property options: these two are validated and ignored.
            "create_missing_options" => drop(flag(&value)?),
            "list_id" => {
                let valid = value.as_str().is_some_and(|id| Uuid::try_parse(id).is_ok());
                if !valid {
                    return Err(("invalid_uuid", "a list id must be a UUID".into()));
                }
            }
            "crm_id" => return Err(("unknown_option", "the option is called list_id".into())),
            "case_insensitive" => {
                return Err((
                    "unknown_option",
                    "the option is called caseInsensitive".into(),
                ));
            }
            _ => {
                let known = "dedupe_by, caseInsensitive, list_id, create_missing_options, update_existing \
                             and require_list_stage";
                return Err((
                    "unknown_option",
                    format!("unknown option; the options are {known}"),
                ));
            }
        }
        Ok(())
    }
}

fn flag(value: &Value) -> Result<bool, (&'static str, String)> {
    value
        .as_bool()
        .ok_or_else(|| ("invalid_type", "the option must be true or false".into()))
}

/// Parses `dedupe_by`: a property slug, or an array of exactly one.
fn slug(value: Value) -> Result<String, (&'static str, String)> {
    let wrong = || {
        (
            "invalid_type",
            "dedupe_by must be one property slug, or an array of one".into(),
        )
    };
    let text = match value {
        Value::String(text) => text,
        Value::Array(items) => match <[Value; 1]>::try_from(items) {
            Ok([Value::String(text)]) => text,
            Ok(_) | Err(_) => return Err(wrong()),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Err(wrong()),
    };
    if text.trim().is_empty() {
        return Err(("too_short", "a property slug must not be blank".into()));
    }
    Ok(text)
}
