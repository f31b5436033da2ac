//! A row, written as JSON while it is noted what it is.
//!
//! The text is that of `serde_json`, which writes numbers, keys that are no strings, and what is to be escaped. What
//! most of a row is made of is written here: a string with nothing to escape goes over as a whole, and the name of a
//! field as it was written in the row before.
//!
//! Numbers that JSON cannot hold are refused. `serde_json` writes `null` for NaN and the infinities: a row would be
//! imported with a value wiped out, and nobody would be told.

mod compound;
mod error;
mod names;
mod text;

use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use self::{compound::Compound, error::written};
pub(super) use self::{error::Unwritable, names::Names};

/// Writes one row behind what stands before it.
pub(super) struct Writer<'a> {
    json: &'a mut Vec<u8>,
    names: &'a mut Names,
    /// How many objects and arrays are open.
    depth: usize,
    /// The field of the row that was named last.
    field: Field,
    /// Whether the text that comes next is JSON already.
    literal: bool,
    found: Found,
}

/// What was found of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found {
    pub(super) form: Form,
    /// Whether it has a `default` that is not null.
    pub(super) default: bool,
    /// Whether it has a `list` that is not null.
    pub(super) list: bool,
    /// Whether it holds a number that is not finite, which ends the writing.
    pub(super) infinite: bool,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Object,
    /// Ready JSON, which nobody looked into.
    Raw,
    Other,
}

/// The fields of a row, as far as they matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Default,
    List,
    Other,
}

impl Field {
    fn of(name: &[u8]) -> Self {
        match name {
            b"default" => Self::Default,
            b"list" => Self::List,
            _ => Self::Other,
        }
    }
}

impl<'a> Writer<'a> {
    pub(super) fn new(json: &'a mut Vec<u8>, names: &'a mut Names) -> Self {
        Self {
            json,
            names,
            depth: 0,
            field: Field::Other,
            literal: false,
            found: Found {
                form: Form::Other,
                default: false,
                list: false,
                infinite: false,
            },
        }
    }

    /// Returns what was found of the row so far.
    pub(super) fn found(&self) -> Found {
        self.found
    }

    fn open(&mut self, bracket: u8) {
        if self.depth == 0 && bracket == b'{' {
            self.found.form = Form::Object;
        }
        self.depth = self.depth.saturating_add(1);
        self.json.push(bracket);
    }

    /// Opens the object of a variant that holds something.
    fn open_variant(&mut self, variant: &'static str) -> Result<(), Unwritable> {
        self.open(b'{');
        self.name(true, variant)
    }

    /// Writes the name of a field.
    fn name(&mut self, first: bool, name: &'static str) -> Result<(), Unwritable> {
        let written = self.names.written(name)?;
        let written = written.get(usize::from(first)..).unwrap_or_default();
        self.json.extend_from_slice(written);
        if self.depth == 1 {
            self.enter(Field::of(name.as_bytes()));
        }
        Ok(())
    }

    /// Writes a name that may be other than a string.
    fn key(&mut self, first: bool, key: &(impl Serialize + ?Sized)) -> Result<(), Unwritable> {
        if !first {
            self.json.push(b',');
        }
        let start = self.json.len();
        key.serialize(&mut *self)?;
        if self.json.get(start) != Some(&b'"') {
            self.json.truncate(start);
            text::write_key(self.json, key)?;
        }
        if self.depth == 1 {
            let name = self.json.get(start..).unwrap_or_default();
            let name = name
                .strip_prefix(b"\"")
                .and_then(|name| name.strip_suffix(b"\""));
            let field = Field::of(name.unwrap_or_default());
            self.enter(field);
        }
        self.json.push(b':');
        Ok(())
    }

    /// Notes a field of the row.
    fn enter(&mut self, field: Field) {
        self.field = field;
        self.set(true);
    }

    /// Notes whether the field that was named last is there.
    fn set(&mut self, there: bool) {
        match self.field {
            Field::Default => self.found.default = there,
            Field::List => self.found.list = there,
            Field::Other => {}
        }
    }

    fn close(&mut self, brackets: &[u8]) {
        self.depth = self.depth.saturating_sub(brackets.len());
        self.json.extend_from_slice(brackets);
    }

    fn refuse_unless(&mut self, finite: bool) -> Result<(), Unwritable> {
        self.found.infinite |= !finite;
        if finite { Ok(()) } else { Err(Unwritable) }
    }
}

/// Methods that write a value as `serde_json` does.
macro_rules! alike {
    ($($method:ident($type:ty): $write:ident),+ $(,)?) => {
        $(fn $method(self, value: $type) -> Result<(), Unwritable> {
            written(CompactFormatter.$write(self.json, value))
        })+
    };
}

impl<'a, 'j> Serializer for &'a mut Writer<'j> {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = Compound<'a, 'j>;
    type SerializeTuple = Compound<'a, 'j>;
    type SerializeTupleStruct = Compound<'a, 'j>;
    type SerializeTupleVariant = Compound<'a, 'j>;
    type SerializeMap = Compound<'a, 'j>;
    type SerializeStruct = Compound<'a, 'j>;
    type SerializeStructVariant = Compound<'a, 'j>;

    alike! {
        serialize_bool(bool): write_bool, serialize_bytes(&[u8]): write_byte_array,
        serialize_i8(i8): write_i8, serialize_i16(i16): write_i16, serialize_i32(i32): write_i32,
        serialize_i64(i64): write_i64, serialize_i128(i128): write_i128,
        serialize_u8(u8): write_u8, serialize_u16(u16): write_u16, serialize_u32(u32): write_u32,
        serialize_u64(u64): write_u64, serialize_u128(u128): write_u128,
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unwritable> {
        self.refuse_unless(value.is_finite())?;
        written(CompactFormatter.write_f32(self.json, value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unwritable> {
        self.refuse_unless(value.is_finite())?;
        written(CompactFormatter.write_f64(self.json, value))
    }

    fn serialize_char(self, value: char) -> Result<(), Unwritable> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unwritable> {
        if self.literal {
            self.json.extend_from_slice(value.as_bytes());
            return Ok(());
        }
        text::write(self.json, value)
    }

    fn serialize_none(self) -> Result<(), Unwritable> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Unwritable> {
        if self.depth == 1 {
            self.set(false);
        }
        self.json.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Unwritable> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Unwritable> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Unwritable> {
        self.open_variant(variant)?;
        value.serialize(&mut *self)?;
        self.close(b"}");
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Compound<'a, 'j>, Unwritable> {
        self.open(b'[');
        Ok(Compound::new(self, b"]"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Compound<'a, 'j>, Unwritable> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Compound<'a, 'j>, Unwritable> {
        self.serialize_seq(None)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a, 'j>, Unwritable> {
        self.open_variant(variant)?;
        self.open(b'[');
        Ok(Compound::new(self, b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Compound<'a, 'j>, Unwritable> {
        self.open(b'{');
        Ok(Compound::new(self, b"}"))
    }

    fn serialize_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Compound<'a, 'j>, Unwritable> {
        if name != RAW && name != NUMBER {
            return self.serialize_map(None);
        }
        if name == RAW && self.depth == 0 {
            self.found.form = Form::Raw;
        }
        self.literal = true;
        Ok(Compound::new(self, b""))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Compound<'a, 'j>, Unwritable> {
        self.open_variant(variant)?;
        self.open(b'{');
        Ok(Compound::new(self, b"}}"))
    }
}

/// The struct as which a `RawValue` of `serde_json` hands its text over.
const RAW: &str = "$serde_json::private::RawValue";

/// The struct as which a number of `serde_json` does, where it is built to keep every digit.
const NUMBER: &str = "$serde_json::private::Number";

#[cfg(test)]
mod tests;
