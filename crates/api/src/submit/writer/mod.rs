//! A JSON serializer for rows that also records the shape of a row.
//!
//! The output equals that of `serde_json`, which writes numbers, keys that are not strings, and text with escapes. This
//! module writes the rest: a string without escapes is copied as a whole, and a field name is copied from the previous
//! row.
//!
//! Numbers that JSON cannot represent are rejected. `serde_json` writes `null` for NaN and infinities, so the import
//! would silently clear a value.

mod compound;
mod error;
mod names;
mod text;

use serde::{Serialize, Serializer};
use serde_json::ser::{CompactFormatter, Formatter};

use self::{compound::Compound, error::written};
pub(super) use self::{error::Unwritable, names::Names};

/// Serializes one row and appends it to a buffer.
pub(super) struct Writer<'a> {
    json: &'a mut Vec<u8>,
    names: &'a mut Names,
    /// The number of open objects and arrays.
    depth: usize,
    /// The field of the row that was entered last.
    field: Field,
    /// Whether the next text is raw JSON.
    raw: bool,
    shape: Shape,
}

/// The shape of a row, as far as it was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) form: Form,
    /// Whether the row has a `default` that is not null.
    pub(super) default: bool,
    /// Whether the row has a `list` that is not null.
    pub(super) list: bool,
    /// Whether serialization stopped at a number that is not finite.
    pub(super) not_finite: bool,
}

/// The JSON type of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Object,
    /// Raw JSON, which was not inspected.
    Raw,
    Other,
}

/// The fields of a row that are checked.
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
            raw: false,
            shape: Shape {
                form: Form::Other,
                default: false,
                list: false,
                not_finite: false,
            },
        }
    }

    /// Returns the shape of the row.
    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    fn open(&mut self, bracket: u8) {
        if self.depth == 0 && bracket == b'{' {
            self.shape.form = Form::Object;
        }
        self.depth = self.depth.saturating_add(1);
        self.json.push(bracket);
    }

    /// Opens the object of an enum variant with data.
    fn open_variant(&mut self, variant: &'static str) -> Result<(), Unwritable> {
        self.open(b'{');
        self.name(true, variant)
    }

    /// Writes the name of a field.
    fn name(&mut self, first: bool, name: &'static str) -> Result<(), Unwritable> {
        let encoded = self.names.encoded(name)?;
        let encoded = encoded.get(usize::from(first)..).unwrap_or_default();
        self.json.extend_from_slice(encoded);
        if self.depth == 1 {
            self.enter(Field::of(name.as_bytes()));
        }
        Ok(())
    }

    /// Writes a key of a map, which may be another type than a string.
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

    /// Enters a field of the row.
    fn enter(&mut self, field: Field) {
        self.field = field;
        self.set_present(true);
    }

    /// Records whether the current field is present.
    fn set_present(&mut self, present: bool) {
        match self.field {
            Field::Default => self.shape.default = present,
            Field::List => self.shape.list = present,
            Field::Other => {}
        }
    }

    fn close(&mut self, brackets: &[u8]) {
        self.depth = self.depth.saturating_sub(brackets.len());
        self.json.extend_from_slice(brackets);
    }

    fn require(&mut self, finite: bool) -> Result<(), Unwritable> {
        self.shape.not_finite |= !finite;
        if finite { Ok(()) } else { Err(Unwritable) }
    }
}

/// Defines methods that write a value with the formatter of `serde_json`.
macro_rules! delegate {
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

    delegate! {
        serialize_bool(bool): write_bool, serialize_bytes(&[u8]): write_byte_array,
        serialize_i8(i8): write_i8, serialize_i16(i16): write_i16, serialize_i32(i32): write_i32,
        serialize_i64(i64): write_i64, serialize_i128(i128): write_i128,
        serialize_u8(u8): write_u8, serialize_u16(u16): write_u16, serialize_u32(u32): write_u32,
        serialize_u64(u64): write_u64, serialize_u128(u128): write_u128,
    }

    fn serialize_f32(self, value: f32) -> Result<(), Unwritable> {
        self.require(value.is_finite())?;
        written(CompactFormatter.write_f32(self.json, value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), Unwritable> {
        self.require(value.is_finite())?;
        written(CompactFormatter.write_f64(self.json, value))
    }

    fn serialize_char(self, value: char) -> Result<(), Unwritable> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Unwritable> {
        if self.raw {
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
            self.set_present(false);
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
            self.shape.form = Form::Raw;
        }
        self.raw = true;
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

/// The name of the struct that a `RawValue` of `serde_json` serializes as.
const RAW: &str = "$serde_json::private::RawValue";

/// The name of the struct that a number of `serde_json` serializes as with the feature `arbitrary_precision`.
const NUMBER: &str = "$serde_json::private::Number";

#[cfg(test)]
mod tests;
