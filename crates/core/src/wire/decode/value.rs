//! JSON values whose type errors never quote the value.
//!
//! serde's messages quote the invalid value (`invalid type: string "ada@example.com"`), which would put customer data
//! into errors. The visitor in this module only names the expected and the actual type.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// A JSON value. Each constructor returns `None` for a type of JSON value that it does not accept.
pub(crate) trait Value<'de>: Sized {
    const EXPECTED: &'static str;

    fn from_bool(_: bool) -> Option<Self> {
        None
    }

    fn from_number(_: &Number) -> Option<Self> {
        None
    }

    fn from_text(_: Cow<'de, str>) -> Option<Self> {
        None
    }

    /// Receives the JSON of the value, if it is known.
    fn set_raw(&mut self, _: &str) {}

    fn from_seq<A: SeqAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(mismatch(Self::EXPECTED, "an array"))
    }

    fn from_map<A: MapAccess<'de>>(_: A) -> Result<Self, A::Error> {
        Err(mismatch(Self::EXPECTED, "an object"))
    }
}

impl Value<'_> for bool {
    const EXPECTED: &'static str = "a boolean";

    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

impl<'de> Value<'de> for Cow<'de, str> {
    const EXPECTED: &'static str = "a string";

    fn from_text(value: Self) -> Option<Self> {
        Some(value)
    }
}

impl Value<'_> for String {
    const EXPECTED: &'static str = "a string";

    fn from_text(value: Cow<'_, str>) -> Option<Self> {
        Some(value.into_owned())
    }
}

/// A value or `null`.
#[derive(Debug)]
pub(crate) struct Nullable<T>(pub(crate) Option<T>);

impl<'de, T: Value<'de>> Deserialize<'de> for Nullable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(ValueVisitor(PhantomData))
            .map(Self)
    }
}

/// Reads a value that must not be `null`.
pub(crate) fn required<'de, T: Value<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let Nullable(value) = Nullable::deserialize(deserializer)?;
    value.ok_or_else(|| mismatch(T::EXPECTED, "null"))
}

struct ValueVisitor<T>(PhantomData<T>);

impl<'de, T: Value<'de>> ValueVisitor<T> {
    fn take<E: Error>(value: Option<T>, found: &str) -> Result<Option<T>, E> {
        value.map(Some).ok_or_else(|| mismatch(T::EXPECTED, found))
    }
}

impl<'de, T: Value<'de>> Visitor<'de> for ValueVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Self::take(T::from_bool(value), "a boolean")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Self::take(T::from_number(&value.into()), "an integer")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        let found = match i64::try_from(value) {
            Ok(_) => "an integer",
            Err(_) => "a larger number",
        };
        Self::take(T::from_number(&value.into()), found)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        let number = Number::from_f64(value);
        Self::take(
            number.and_then(|number| T::from_number(&number)),
            "a number with a fraction or more than 64 bits",
        )
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Self::Value, E> {
        Self::take(T::from_text(Cow::Owned(value.to_owned())), "a string")
    }

    fn visit_borrowed_str<E: Error>(self, value: &'de str) -> Result<Self::Value, E> {
        Self::take(T::from_text(Cow::Borrowed(value)), "a string")
    }

    fn visit_bytes<E: Error>(self, _: &[u8]) -> Result<Self::Value, E> {
        Err(mismatch(T::EXPECTED, "bytes"))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Self::Value, A::Error> {
        T::from_seq(seq).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        T::from_map(map).map(Some)
    }
}

/// Creates a type error.
pub(crate) fn mismatch<E: Error>(expected: &str, found: &str) -> E {
    E::custom(format_args!("expected {expected}, found {found}"))
}
