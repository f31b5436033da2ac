//! Values that are not written as documented, but are read.

use std::borrow::Cow;

use serde_json::Number;

use super::{locate::redacted, value::Value};
use crate::wire::Status;

/// A value or a field that is not written as documented, but is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Oddity {
    pub(crate) kind: Odd,
    /// The path of the field within its object.
    pub(crate) field: Cow<'static, str>,
    /// The value, unless the field keeps it or it may be customer data.
    pub(crate) text: Option<Box<str>>,
}

impl Oddity {
    /// Creates the oddity of an unknown field that is given twice.
    pub(crate) fn repeated(name: &str) -> Self {
        Self {
            kind: Odd::Repeated,
            field: redacted(name).to_owned().into(),
            text: None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Odd {
    /// An integer with a fraction or an exponent.
    Float,
    /// A number in place of a text.
    Number,
    /// A known status in other letter case.
    LetterCase,
    /// An unknown field that is given twice. The second value counts.
    Repeated,
}

/// A value that is read tolerantly, and how it is odd.
pub(crate) struct Tolerant<T> {
    pub(super) value: T,
    pub(super) odd: Option<(Odd, Option<Box<str>>)>,
}

impl<T> Tolerant<T> {
    fn usual(value: T) -> Self {
        Self { value, odd: None }
    }
}

impl Value<'_> for Tolerant<i64> {
    const EXPECTED: &'static str = "an integer of 64 bits";

    fn from_number(number: &Number) -> Option<Self> {
        if let Some(value) = number.as_i64() {
            return Some(Self::usual(value));
        }
        let float = number.as_f64()?;
        if float.fract() != 0.0 || float.abs() >= EXACT {
            return None;
        }
        let value = format!("{float:.0}").parse().ok()?;
        let text = number.to_string().into();
        Some(Self {
            value,
            odd: Some((Odd::Float, Some(text))),
        })
    }

    fn set_raw(&mut self, raw: &str) {
        if let Some((_, text)) = &mut self.odd {
            *text = Some(raw.trim_start().into());
        }
    }
}

impl Value<'_> for Tolerant<Status> {
    const EXPECTED: &'static str = "a string";

    fn from_text(text: Cow<'_, str>) -> Option<Self> {
        let value = Status::from(&*text);
        let odd = (value.as_str() != text).then(|| (Odd::LetterCase, Some((&*text).into())));
        Some(Self { value, odd })
    }
}

impl Value<'_> for Tolerant<String> {
    const EXPECTED: &'static str = "a string";

    fn from_text(text: Cow<'_, str>) -> Option<Self> {
        Some(Self::usual(text.into_owned()))
    }

    fn from_number(number: &Number) -> Option<Self> {
        let exact = !number.is_f64() || number.as_f64()?.abs() < EXACT;
        exact.then(|| Self {
            value: number.to_string(),
            odd: Some((Odd::Number, None)),
        })
    }
}

/// 2⁵³: a float below it has the digits of the text it was read from.
const EXACT: f64 = 9_007_199_254_740_992.0;
