//! Parsing of submits.

mod body;
mod options;
mod row;

use http::StatusCode;
use serde_json::{Value, error::Category};

use super::problem::{Issue, Problem};

pub(crate) use self::body::Payload;
pub(super) use self::{body::body, options::Options, row::InputRow};

/// A validated batch.
#[derive(Debug)]
pub(super) struct Batch {
    /// The rows, at least one.
    pub(super) rows: Vec<InputRow>,
    /// The options.
    pub(super) options: Options,
}

impl Batch {
    /// Parses a body. The error lists up to [`MAX_ISSUES`] issues.
    pub(super) fn parse(body: &[u8], max_rows: usize) -> Result<Self, Problem> {
        let value: Value = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
        let Value::Object(mut fields) = value else {
            return Err(wrong(".body", "invalid_type", "the body must be an object"));
        };
        let mut issues = Vec::new();
        let options = match fields.remove("options") {
            None | Some(Value::Null) => Options::default(),
            Some(Value::Object(given)) => Options::parse(given, &mut issues),
            Some(_) => {
                return Err(wrong(
                    ".body.options",
                    "invalid_type",
                    "options must be an object",
                ));
            }
        };
        let Some(Value::Array(objects)) = fields.remove("objects") else {
            return Err(wrong(
                ".body.objects",
                "invalid_type",
                "objects must be an array of rows",
            ));
        };
        if !fields.is_empty() {
            let message = "the body must contain only objects and options";
            issues.push(Issue::new(".body", "unknown_field", message));
        }
        if objects.is_empty() {
            return Err(wrong(
                ".body.objects",
                "too_short",
                "an import must have at least one row",
            ));
        }
        if objects.len() > max_rows {
            let message = format!(
                "an import must have at most {max_rows} rows, this one has {}",
                objects.len()
            );
            return Err(Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_many_rows",
                message,
            ));
        }
        let mut rows = Vec::with_capacity(objects.len());
        for (index, row) in objects.into_iter().enumerate() {
            match InputRow::parse(index, row) {
                Ok(row) => rows.push(row),
                Err(issue) => issues.push(issue),
            }
            if issues.len() >= MAX_ISSUES {
                break;
            }
        }
        if issues.is_empty() {
            Ok(Self { rows, options })
        } else {
            Err(Problem::invalid(issues))
        }
    }
}

fn wrong(field: &str, code: &'static str, message: &str) -> Problem {
    Problem::invalid(vec![Issue::new(field, code, message)])
}

/// Returns the error of an invalid body, with its position. The message of serde may quote the body and is not used.
fn not_json(error: &serde_json::Error) -> Problem {
    let what = match error.classify() {
        Category::Eof => "ends too early",
        Category::Syntax | Category::Data | Category::Io => "is not JSON",
    };
    let message = format!(
        "the body {what} at line {}, column {}",
        error.line(),
        error.column()
    );
    wrong(".body", "invalid_json", &message)
}

/// The maximum number of issues in an error.
const MAX_ISSUES: usize = 20;
