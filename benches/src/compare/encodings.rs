//! The forms in which a server may write the rows of a job.

use crate::body::{failed_row, job_of, successful_row};

/// A form of the rows of a job.
#[derive(Debug)]
pub(super) struct Encoding {
    pub(super) name: &'static str,
    /// The lowest accepted speed, as a multiple of that of sonic-rs.
    pub(super) least: f64,
    separator: &'static str,
    row: fn(u32, &str) -> String,
}

impl Encoding {
    const fn new(name: &'static str, least: f64, row: fn(u32, &str) -> String) -> Self {
        Self {
            name,
            least,
            separator: ",",
            row,
        }
    }

    const fn with_separator(mut self, separator: &'static str) -> Self {
        self.separator = separator;
        self
    }

    /// Returns the body of a job with `rows` rows.
    pub(super) fn write(&self, rows: u32) -> Vec<u8> {
        job_of(rows, self.separator, self.row)
    }
}

pub(super) const USUAL: Encoding = Encoding::new("usual", 2.0, |_, id| successful_row(id));

pub(super) const ENCODINGS: [Encoding; 17] = [
    USUAL,
    Encoding::new("spaces", 2.0, |_, id| {
        successful_row(id).replace(':', ": ").replace(',', ", ")
    })
    .with_separator(", "),
    Encoding::new("pretty", 2.0, |_, id| {
        let separator = ",\n      ";
        let row = successful_row(id)
            .replace(':', ": ")
            .replace(',', separator);
        row.replace('{', "{\n      ").replace('}', "\n    }")
    })
    .with_separator(",\n    "),
    Encoding::new("reversed", 2.0, |_, id| {
        format!(r#"{{"existing":false,"created":true,"id":"{id}"}}"#)
    }),
    Encoding::new("newer", 1.8, |row, id| {
        format!(
            r#"{{"input_index":{row},"id":"{id}","created":true,"existing":false,"updated":false}}"#
        )
    }),
    Encoding::new("failed-5", 1.5, |row, id| match row % 20 {
        0 => failed_row(&format!("row {row}: x{row}@ is not an e-mail address")),
        _ => successful_row(id),
    }),
    Encoding::new("error-null", 1.5, |_, id| with(id, r#""error":null"#)),
    Encoding::new("unknown-integer", 1.3, |row, id| {
        with(id, &format!(r#""score":{row}"#))
    }),
    Encoding::new("unknown-string", 1.3, |row, id| {
        with(id, &format!(r#""external_id":"crm-{row}""#))
    }),
    Encoding::new("unknown-array", 1.3, |_, id| with(id, r#""warnings":[]"#)),
    Encoding::new("unknown-nested", 1.3, |row, id| {
        let record = format!(r#"{{"url":"https://x/{row}","tags":["a","b"]}}"#);
        with(id, &format!(r#""record":{record}"#))
    }),
    Encoding::new("orders", 1.3, |row, id| {
        let id = format!(r#""id":"{id}""#);
        let mut left = vec![
            &id,
            r#""created":true"#,
            r#""existing":false"#,
            r#""updated":false"#,
        ];
        let mut order = usize::try_from(row.wrapping_mul(2_654_435_761) >> 16).unwrap_or(0);
        let mut fields = Vec::new();
        while !left.is_empty() {
            fields.push(left.remove(order % left.len()));
            order /= left.len() + 1;
        }
        format!("{{{}}}", fields.join(","))
    }),
    Encoding::new("no-uuid", 1.0, |row, _| {
        successful_row(&format!("rec_{row:016}"))
    }),
    Encoding::new("failed-50", 1.0, |row, id| {
        half(row, id, "x@ is not an e-mail address")
    }),
    Encoding::new("escaped", 1.0, |row, id| {
        half(row, id, r#"\"x@\" is not an e-mail address"#)
    }),
    Encoding::new("escaped-unicode", 1.0, |row, id| {
        half(row, id, r"\u201ex@\u201c ist keine g\u00fcltige Adresse")
    }),
    Encoding::new("non-ascii", 1.0, |row, id| {
        half(row, id, "„x@“ ist keine gültige Adresse für Müller")
    }),
];

/// Returns a successful row with one more field.
fn with(id: &str, field: &str) -> String {
    format!(r#"{{"id":"{id}","created":true,"existing":false,{field}}}"#)
}

/// Returns a failed row or a successful one.
fn half(row: u32, id: &str, message: &str) -> String {
    if row.is_multiple_of(2) {
        failed_row(&format!("row {row}: {message}"))
    } else {
        successful_row(id)
    }
}
