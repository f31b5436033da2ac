//! Strategies of bodies: valid ones in all styles of JSON, damaged ones, and arbitrary bytes.

use proptest::{collection::vec, prelude::*, sample::Index, sample::select};
use serde_json::Value;

use super::{similar_rows::similar_rows_body, snapshots::snapshot};

/// A body whose `Debug` output is text.
#[derive(Clone)]
pub(super) struct Body(pub(super) Vec<u8>);

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Bodies of every kind.
pub(super) fn body() -> impl Strategy<Value = Body> {
    prop_oneof![
        3 => valid_body(),
        4 => damaged_body(),
        3 => similar_rows_body(),
        1 => vec(any::<u8>(), 0..40).prop_map(Body),
        1 => vec(select(TOKENS), 0..30).prop_map(|tokens| Body(tokens.concat())),
    ]
}

/// The JSON of a snapshot, in any order and spacing.
pub(super) fn valid_body() -> impl Strategy<Value = Body> {
    (snapshot(), any::<u64>(), any::<Style>()).prop_map(|(snapshot, seed, style)| {
        let json = serde_json::to_value(&snapshot).expect("snapshots are JSON");
        let Value::Object(fields) = json else {
            unreachable!()
        };
        let mut fields: Vec<_> = fields
            .into_iter()
            .map(|(name, value)| (name, value.to_string()))
            .collect();
        if style.nulls {
            for name in ["processed", "results", "error", "updated_at", "summary"] {
                if !fields.iter().any(|(field, _)| field == name) {
                    fields.push((name.to_owned(), "null".to_owned()));
                }
            }
        }
        shuffle(&mut fields, seed);
        let space = ["", " ", "\r\n\t"][usize::from(style.spacing % 3)];
        let fields = fields
            .iter()
            .map(|(name, value)| format!("{space}\"{name}\"{space}:{space}{value}{space}"));
        let fields = fields.collect::<Vec<_>>().join(",");
        let mut body = format!("{space}{{{fields}}}{space}");
        if style.escapes {
            body = body
                .replace("created\"", "cre\\u0061ted\"")
                .replace("\"total", "\"t\\u006ftal");
        }
        if style.mark {
            body.insert(0, '\u{feff}');
        }
        Body(body.into_bytes())
    })
}

/// Valid bodies with a few bytes changed.
pub(super) fn damaged_body() -> impl Strategy<Value = Body> {
    (valid_body(), vec(edit(), 1..4)).prop_map(|(Body(mut body), edits)| {
        for edit in edits {
            edit.apply(&mut body);
        }
        Body(body)
    })
}

#[derive(Clone, Debug)]
pub(super) enum Edit {
    Put(Index, &'static [u8]),
    Insert(Index, &'static [u8]),
    Flip(Index, u8),
    Remove(Index, u8),
    Repeat(Index, u8),
    Truncate(Index),
}

pub(super) fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    prop_oneof![
        (at(), select(TOKENS)).prop_map(|(at, token)| Edit::Put(at, token)),
        (at(), select(TOKENS)).prop_map(|(at, token)| Edit::Insert(at, token)),
        (at(), 0..8_u8).prop_map(|(at, bit)| Edit::Flip(at, bit)),
        (at(), 1..20_u8).prop_map(|(at, len)| Edit::Remove(at, len)),
        (at(), 1..40_u8).prop_map(|(at, len)| Edit::Repeat(at, len)),
        at().prop_map(Edit::Truncate),
    ]
}

impl Edit {
    pub(super) fn apply(&self, body: &mut Vec<u8>) {
        let (Self::Put(at, _)
        | Self::Insert(at, _)
        | Self::Flip(at, _)
        | Self::Remove(at, _)
        | Self::Repeat(at, _)
        | Self::Truncate(at)) = self;
        if body.is_empty() {
            return;
        }
        let at = at.index(body.len());
        let to = |len: usize| body.len().min(at + len);
        match self {
            Self::Put(_, token) => drop(body.splice(at..to(token.len()), token.iter().copied())),
            Self::Insert(_, token) => drop(body.splice(at..at, token.iter().copied())),
            Self::Flip(_, bit) => body[at] ^= 1 << bit,
            Self::Remove(_, len) => drop(body.drain(at..to((*len).into()))),
            Self::Repeat(_, len) => {
                let piece = body[at..to((*len).into())].to_vec();
                drop(body.splice(at..at, piece));
            }
            Self::Truncate(_) => body.truncate(at),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Style {
    spacing: u8,
    nulls: bool,
    escapes: bool,
    mark: bool,
}

impl Arbitrary for Style {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let rarely = || prop::bool::weighted(0.1);
        (0..3_u8, rarely(), rarely(), rarely())
            .prop_map(|(spacing, nulls, escapes, mark)| Self {
                spacing,
                nulls,
                escapes,
                mark,
            })
            .boxed()
    }
}

/// A Fisher–Yates shuffle with a simple generator, which is sufficient for a few names. Seed 0 keeps the order.
fn shuffle<T>(items: &mut [T], mut seed: u64) {
    if seed == 0 {
        return;
    }
    for last in (1..items.len()).rev() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let bound = u64::try_from(last + 1).expect("the number is small");
        items.swap(
            last,
            usize::try_from((seed >> 33) % bound).expect("the number is small"),
        );
    }
}

/// Tokens of bodies, and tokens that make a body invalid.
const TOKENS: &[&[u8]] = &[
    b"\"x\":7,",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\"",
    b"\\",
    b" ",
    b"\n",
    b"0",
    b"7",
    b"-",
    b".",
    b"e9",
    b"1e999",
    b"1.5",
    b"1.0",
    b"1e3",
    b"\"id\":7,",
    b"\"status\":\"COMPLETE\",",
    b"\"created_at\":7,",
    b"\"code\":7,",
    b"9223372036854775808",
    b"-1",
    b"null",
    b"true",
    b"fals",
    b"\"x\"",
    b"\"\\ud800\"",
    b"\"\\u00e9\"",
    b"{}",
    b"[]",
    b"{},",
    b"\xff",
    b"\xe2\x80",
    "é".as_bytes(),
    b"\0",
    b"\xef\xbb\xbf",
    b"\"results\":",
    b"\"total\":3,",
    b"\"status\":\"complete\",",
    b"\"job_id\":\"j\",",
    b"\"created\":true,",
    b"\"error\":{\"code\":\"x\"},",
    b"\"input_index\":1,",
];
