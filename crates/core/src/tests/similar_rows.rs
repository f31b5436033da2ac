//! Strategies of bodies with similar rows, as servers send them. Each row fills in one of a few templates.

use proptest::{collection::vec, option, prelude::*, sample::Index, sample::select};

use super::bodies::{Body, edit};

/// Bodies with similar rows, some of them damaged.
pub(super) fn similar_rows_body() -> impl Strategy<Value = Body> {
    let rows = (
        vec(template(), 1..4),
        vec((any::<Index>(), filling()), 2..14),
    );
    let edits = prop_oneof![3 => vec(edit(), 0..1), 2 => vec(edit(), 1..4)];
    (rows, select(GAPS), edits).prop_map(|((templates, rows), gap, edits)| {
        let total = rows.len();
        let rows = rows.into_iter().map(|(template, filling)| {
            let template = &templates[template.index(templates.len())];
            filling
                .into_iter()
                .fold(template.clone(), |row, (placeholder, value)| {
                    row.replacen(placeholder, &value, 1)
                })
        });
        let rows = rows.collect::<Vec<_>>().join(gap);
        let head = format!(r#""job_id":"j-1","status":"complete","total":{total}"#);
        let mut body = format!(r#"{{{head},"results":[{rows}],"failed":null}}"#).into_bytes();
        for edit in edits {
            edit.apply(&mut body);
        }
        Body(body)
    })
}

/// A row with `⟨placeholders⟩`. Its fields have any order and spacing.
fn template() -> impl Strategy<Value = String> {
    let fields = [ID, CREATED, EXISTING, UPDATED, INDEX, ERROR, UNKNOWN].map(select);
    (fields, any::<[bool; 7]>(), any::<u64>(), select(SPACES)).prop_flat_map(
        |(fields, given, _, space)| {
            let fields = fields
                .into_iter()
                .zip(given)
                .filter(|(field, given)| *given && !field.is_empty());
            let fields = fields.map(|(field, _)| field).collect::<Vec<_>>();
            Just(fields)
                .prop_shuffle()
                .prop_map(move |fields| format!("{{~{}~}}", fields.join("~,~")).replace('~', space))
        },
    )
}

/// The values of a row for the placeholders of its template.
fn filling() -> impl Strategy<Value = [(&'static str, String); 4]> {
    let id = prop_oneof![
        6 => any::<u128>().prop_map(|id| format!(r#""{}""#, uuid::Uuid::from_u128(id))),
        1 => any::<u128>().prop_map(|id| format!(r#""{:X}""#, uuid::Uuid::from_u128(id).hyphenated())),
        1 => any::<u128>().prop_map(|id| format!(r#""{}""#, uuid::Uuid::from_u128(id).simple())),
        1 => any::<u128>().prop_map(|id| format!(r#""{}""#, uuid::Uuid::from_u128(id).braced())),
        1 => any::<u128>().prop_map(|id| format!(r#""{}""#, uuid::Uuid::from_u128(id).urn())),
        1 => "[0-9a-g-]{36}".prop_map(|id| format!(r#""{id}""#)),
        1 => text(),
    ];
    let index = prop_oneof![
        4 => (0..20_u32).prop_map(|index| index.to_string()),
        1 => "-?[0-9]{1,20}",
        1 => select(vec!["null", "-0", "1.0", "1e1", "true", "9223372036854775807"]).prop_map(str::to_owned),
    ];
    (id, index, text(), text()).prop_map(|(id, index, code, message)| {
        [
            ("⟨id⟩", id),
            ("⟨index⟩", index),
            ("⟨code⟩", code),
            ("⟨message⟩", message),
        ]
    })
}

/// JSON strings, short and long, with and without escapes.
fn text() -> impl Strategy<Value = String> {
    let quoted = |text: String| format!("\"{text}\"");
    prop_oneof![
        6 => "[ -!#-\\[\\]-~]{0,20}".prop_map(quoted),
        2 => r"[a-zé…😀\u{7f}]{0,12}".prop_map(quoted),
        1 => r#"[a-z]{0,9}\\(["\\/bfnrtq]|u[0-9a-f]{4})[a-z]{0,9}"#.prop_map(quoted),
        1 => "[a-z]{0,9}[\u{0}-\u{1f}][a-z]{0,9}".prop_map(quoted),
        1 => option::of("[a-z]{200,1200}").prop_map(move |text| text.map_or("null".to_owned(), quoted)),
    ]
}

const ID: &[&str] = &[r#""id"~:~⟨id⟩"#, r#""id"~:~⟨id⟩"#, r#""id"~:~null"#];
const CREATED: &[&str] = &[
    r#""created"~:~true"#,
    r#""created"~:~false"#,
    r#""created"~:~null"#,
];
const EXISTING: &[&str] = &[
    r#""existing"~:~true"#,
    r#""existing"~:~false"#,
    r#""existing"~:~null"#,
];
const UPDATED: &[&str] = &[
    r#""updated"~:~true"#,
    r#""updated"~:~false"#,
    r#""upd\u0061ted"~:~true"#,
];
const INDEX: &[&str] = &[r#""input_index"~:~⟨index⟩"#, r#""input_index"~:~null"#];
const ERROR: &[&str] = &[
    r#""error"~:~null"#,
    r#""error"~:~⟨message⟩"#,
    r#""error"~:~{~}"#,
    r#""error"~:~{~"code"~:~⟨code⟩~}"#,
    r#""error"~:~{~"code"~:~⟨code⟩~,~"message"~:~⟨message⟩~}"#,
    r#""error"~:~{~"message"~:~⟨message⟩~,~"code"~:~null~}"#,
    r#""error"~:~{~"code"~:~⟨code⟩~,~"hint"~:~7~}"#,
];
const UNKNOWN: &[&str] = &[
    "",
    "",
    "",
    r#""score"~:~7"#,
    r#""score"~:~⟨index⟩~,~"note"~:~⟨message⟩"#,
    r#""tags"~:~[~]"#,
    r#""record"~:~{~"url"~:~⟨message⟩~,~"tags"~:~[~null~,~-1.5e3~]~}"#,
    r#""score"~:~1~,~"score"~:~2"#,
    r#""created"~:~true"#,
];
const SPACES: &[&str] = &["", "", " ", "\n      ", "\t\r\n"];
const GAPS: &[&str] = &[",", ",", ", ", "\n,\n    ", " ,"];
