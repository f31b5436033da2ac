//! JSON objects, read field by field, and the tolerance for values that are not written as documented.
//!
//! serde's messages quote the invalid value (`invalid type: string "ada@example.com"`), which would put customer data
//! into errors. The visitor in this module only names the expected and the actual type.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Number, Value};

use crate::wire::{ErrorBody, Fields, Row, Snapshot, Status, Summary};

/// The place of a value, which determines its type. `null` leaves it empty.
#[derive(Debug)]
pub(crate) enum Slot<'a> {
    Flag(&'a mut Option<bool>),
    Integer(&'a mut Option<i64>),
    Text(&'a mut Option<String>),
    /// A text that some servers write as a number.
    Code(&'a mut Option<String>),
    Status(&'a mut Option<Status>),
    /// An error, or only its message.
    ErrorBody(&'a mut Option<ErrorBody>),
    Summary(&'a mut Option<Summary>),
    Row(&'a mut Option<Row>),
    Rows(&'a mut Option<Vec<Row>>),
    Snapshot(&'a mut Option<Snapshot>),
    /// The value of an unknown field.
    Any(&'a mut Value),
}

/// The error for a value of another type.
pub(super) struct Mismatch;

/// How a value that was read is not written as documented. It is boxed, because usual values have none.
pub(super) type Read = Option<Box<Oddity>>;

impl Slot<'_> {
    fn expected(&self) -> &'static str {
        match self {
            Self::Flag(_) => "a boolean",
            Self::Integer(_) => "an integer of 64 bits",
            Self::Text(_) | Self::Code(_) | Self::Status(_) => "a string",
            Self::ErrorBody(_) => "an error object or a string",
            Self::Summary(_) => "a summary object",
            Self::Row(_) => "a row object",
            Self::Rows(_) => "an array of rows",
            Self::Snapshot(_) => "a job object",
            Self::Any(_) => "any value",
        }
    }

    fn mismatch<E: Error>(&self, found: &str) -> E {
        E::custom(format_args!("expected {}, found {found}", self.expected()))
    }

    /// Fills in a string.
    pub(super) fn set_text(&mut self, text: &str) -> Result<Read, Mismatch> {
        if let Self::Text(slot) | Self::Code(slot) = self {
            **slot = Some(text.to_owned());
        } else if let Self::ErrorBody(slot) = self {
            slot.insert(ErrorBody::default()).message = Some(text.to_owned());
        } else if let Self::Status(slot) = self {
            let is_usual = slot.insert(text.into()).as_str() == text;
            return Ok((!is_usual).then(|| Box::new(Oddity::new(Odd::LetterCase, Some(text)))));
        } else {
            return Err(Mismatch);
        }
        Ok(None)
    }

    pub(super) fn set_number(&mut self, number: &Number) -> Result<Read, Mismatch> {
        if let (Self::Integer(slot), Some(integer)) = (&mut *self, number.as_i64()) {
            **slot = Some(integer);
            return Ok(None);
        }
        let float = number.as_f64().filter(|_| number.is_f64());
        let is_exact = float.is_none_or(|float| float.abs() < EXACT);
        if let Self::Integer(slot) = self {
            let whole = float.filter(|float| is_exact && float.fract() == 0.0);
            let whole = whole.and_then(|float| format!("{float:.0}").parse().ok());
            **slot = Some(whole.ok_or(Mismatch)?);
            let odd = Oddity::new(Odd::Float, Some(&number.to_string()));
            return Ok(Some(Box::new(odd)));
        }
        if let Self::Code(slot) = self
            && is_exact
        {
            **slot = Some(number.to_string());
            return Ok(Some(Box::new(Oddity::new(Odd::Number, None))));
        }
        Err(Mismatch)
    }

    fn read_number<E: Error>(mut self, number: &Number, found: &str) -> Result<Read, E> {
        self.set_number(number)
            .map_err(|Mismatch| self.mismatch(found))
    }
}

impl<'de> DeserializeSeed<'de> for Slot<'_> {
    type Value = Read;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        if let Self::Any(value) = self {
            *value = Value::deserialize(deserializer)?;
            return Ok(None);
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Slot<'_> {
    type Value = Read;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.expected())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Read, E> {
        let Self::Flag(slot) = self else {
            return Err(self.mismatch("a boolean"));
        };
        *slot = Some(value);
        Ok(None)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Read, E> {
        self.read_number(&value.into(), "an integer")
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Read, E> {
        let is_small = i64::try_from(value).is_ok();
        let found = if is_small {
            "an integer"
        } else {
            "a larger number"
        };
        self.read_number(&value.into(), found)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Read, E> {
        let found = "a number with a fraction or more than 64 bits";
        match Number::from_f64(value) {
            Some(number) => self.read_number(&number, found),
            None => Err(self.mismatch(found)),
        }
    }

    fn visit_str<E: Error>(mut self, text: &str) -> Result<Read, E> {
        self.set_text(text)
            .map_err(|Mismatch| self.mismatch("a string"))
    }

    fn visit_unit<E: Error>(self) -> Result<Read, E> {
        Ok(None)
    }

    fn visit_none<E: Error>(self) -> Result<Read, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Read, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Read, A::Error> {
        let Self::Rows(slot) = self else {
            return Err(self.mismatch("an array"));
        };
        let rows = slot.insert(Vec::new());
        while let Some(row) = seq.next_element()? {
            rows.push(row);
        }
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Read, A::Error> {
        if let Self::ErrorBody(slot) = self {
            *slot = Some(Object::read_map(map)?);
        } else if let Self::Summary(slot) = self {
            *slot = Some(Object::read_map(map)?);
        } else if let Self::Row(slot) = self {
            *slot = Some(Object::read_map(map)?);
        } else if let Self::Snapshot(slot) = self {
            let head = Head::read_map(map)?;
            *slot = Some(head.finish().map_err(Error::missing_field)?);
        } else {
            return Err(self.mismatch("an object"));
        }
        Ok(None)
    }
}

/// Implements `Deserialize` by a slot. `null` is refused.
macro_rules! impl_deserialize {
    ($($type:ident),*) => {$(
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let mut value = None;
                Slot::$type(&mut value).deserialize(deserializer)?;
                value.ok_or_else(|| Slot::$type(&mut None).mismatch("null"))
            }
        }
    )*};
}

impl_deserialize!(Snapshot, Summary, Row, ErrorBody, Status);

/// An object whose known fields are read by name. All other fields are kept in [`Fields`].
pub(crate) trait Object: Default {
    /// What precedes the name of a field in the path of an oddity.
    const PATH: &'static str = "";

    /// Returns the bit and the place of the known field `name`.
    fn slot(&mut self, name: &str) -> Option<(u16, Slot<'_>)>;

    fn extra(&mut self) -> &mut Fields;

    /// Reads the known or unknown field `name`. `seen` has one bit for each known field that was read.
    ///
    /// `read` reads the value. It receives no slot if the field is given twice.
    fn read_field<E>(
        &mut self,
        name: &str,
        seen: &mut u16,
        read: impl FnOnce(Option<Slot<'_>>) -> Result<Read, E>,
    ) -> Result<(), E> {
        let Some((bit, slot)) = self.slot(name) else {
            let mut value = Value::Null;
            read(Some(Slot::Any(&mut value)))?;
            self.extra().insert(name, value);
            return Ok(());
        };
        let odd = read((*seen & bit == 0).then_some(slot))?;
        *seen |= bit;
        if let Some(mut odd) = odd {
            odd.field = [Self::PATH, name].concat();
            self.extra().odd.push(*odd);
        }
        Ok(())
    }

    /// Reads all fields of a map.
    fn read_map<'de, A: MapAccess<'de>>(mut map: A) -> Result<Self, A::Error> {
        let (mut object, mut seen) = (Self::default(), 0);
        while let Some(Name(name)) = map.next_key()? {
            object.read_field(&name, &mut seen, |slot| match slot {
                Some(slot) => map.next_value_seed(slot),
                // The position of the error is that of the name.
                None => Err(A::Error::custom(TWICE)),
            })?;
        }
        Ok(object)
    }
}

/// The message for a known field that is given twice.
pub(super) const TWICE: &str = "the field is given twice";

/// A key, borrowed if it has no escapes.
#[derive(Deserialize)]
pub(super) struct Name<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A snapshot that is being read.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) snapshot: Snapshot,
    pub(crate) total: Option<i64>,
    status: Option<Status>,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            // The status and the total are replaced at the end.
            snapshot: Snapshot::new(Status::Processing, 0),
            total: None,
            status: None,
        }
    }
}

impl Head {
    /// Returns the snapshot. The error is the name of a missing field.
    pub(super) fn finish(self) -> Result<Snapshot, &'static str> {
        let of_summary = self.snapshot.summary.as_ref();
        let total = self.total.or(of_summary.and_then(|summary| summary.total));
        Ok(Snapshot {
            status: self.status.ok_or("status")?,
            total: total.ok_or("total")?,
            ..self.snapshot
        })
    }
}

impl Object for Head {
    fn slot(&mut self, name: &str) -> Option<(u16, Slot<'_>)> {
        let snapshot = &mut self.snapshot;
        Some(match name {
            RESULTS => (1, Slot::Rows(&mut snapshot.results)),
            "job_id" => (1 << 1, Slot::Code(&mut snapshot.job_id)),
            "status" => (1 << 2, Slot::Status(&mut self.status)),
            "total" => (1 << 3, Slot::Integer(&mut self.total)),
            "processed" => (1 << 4, Slot::Integer(&mut snapshot.processed)),
            "succeeded" => (1 << 5, Slot::Integer(&mut snapshot.succeeded)),
            "failed" => (1 << 6, Slot::Integer(&mut snapshot.failed)),
            "error" => (1 << 7, Slot::ErrorBody(&mut snapshot.error)),
            "created_at" => (1 << 8, Slot::Code(&mut snapshot.created_at)),
            "updated_at" => (1 << 9, Slot::Code(&mut snapshot.updated_at)),
            "expires_at" => (1 << 10, Slot::Code(&mut snapshot.expires_at)),
            "summary" => (1 << 11, Slot::Summary(&mut snapshot.summary)),
            _ => return None,
        })
    }

    fn extra(&mut self) -> &mut Fields {
        &mut self.snapshot.extra
    }
}

/// The name of the field with the rows, which has bit 0.
pub(super) const RESULTS: &str = "results";

/// A value or a field that is not written as documented, but is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Oddity {
    pub(crate) kind: Odd,
    /// The path of the field. [`Object::read_field`] fills it in.
    pub(crate) field: String,
    /// The value, unless the field keeps it or it may be customer data.
    pub(crate) text: Option<Box<str>>,
}

impl Oddity {
    pub(crate) fn new(kind: Odd, text: Option<&str>) -> Self {
        Self {
            kind,
            field: String::new(),
            text: text.map(Into::into),
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

/// 2⁵³: a float below it has the digits of the text it was read from.
const EXACT: f64 = 9_007_199_254_740_992.0;
