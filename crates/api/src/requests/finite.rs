//! Refuses numbers that JSON cannot hold.

use std::fmt;

use serde::{Serialize, Serializer, ser};

/// Returns `true` if every number of a value is finite. `serde_json` writes the others as `null`.
pub(super) fn is_finite(value: &(impl Serialize + ?Sized)) -> bool {
    // A value that fails to serialize for a reason of its own fails again when it is written.
    value.serialize(Finite) != Err(Refusal::NotFinite)
}

/// A serializer that writes nothing and checks numbers.
#[derive(Clone, Copy)]
struct Finite;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    NotFinite,
    Other,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value cannot be serialized")
    }
}

impl std::error::Error for Refusal {}

impl ser::Error for Refusal {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self::Other
    }
}

/// Methods of a serializer: one that finds no invalid number, one that checks a value within, or one that begins a compound.
macro_rules! methods {
    (accept $($method:ident($($kind:ty),*))*) => {
        $(fn $method(self $(, _: $kind)*) -> Result<(), Refusal> {
            Ok(())
        })*
    };
    (enter $($method:ident($($kind:ty),*))*) => {
        $(fn $method<T: Serialize + ?Sized>(self, $(_: $kind,)* value: &T) -> Result<(), Refusal> {
            value.serialize(self)
        })*
    };
    (begin $($of:ident $method:ident($($kind:ty),*))*) => {
        $(type $of = Self;

        fn $method(self $(, _: $kind)*) -> Result<Self, Refusal> {
            Ok(self)
        })*
    };
}

impl Serializer for Finite {
    type Ok = ();
    type Error = Refusal;

    methods! { accept
        serialize_bool(bool) serialize_char(char) serialize_str(&str) serialize_bytes(&[u8])
        serialize_i8(i8) serialize_i16(i16) serialize_i32(i32) serialize_i64(i64) serialize_i128(i128)
        serialize_u8(u8) serialize_u16(u16) serialize_u32(u32) serialize_u64(u64) serialize_u128(u128)
        serialize_none() serialize_unit() serialize_unit_struct(&'static str)
        serialize_unit_variant(&'static str, u32, &'static str)
    }

    methods! { enter
        serialize_some()
        serialize_newtype_struct(&'static str)
        serialize_newtype_variant(&'static str, u32, &'static str)
    }

    methods! { begin
        SerializeSeq serialize_seq(Option<usize>)
        SerializeTuple serialize_tuple(usize)
        SerializeTupleStruct serialize_tuple_struct(&'static str, usize)
        SerializeTupleVariant serialize_tuple_variant(&'static str, u32, &'static str, usize)
        SerializeMap serialize_map(Option<usize>)
        SerializeStruct serialize_struct(&'static str, usize)
        SerializeStructVariant serialize_struct_variant(&'static str, u32, &'static str, usize)
    }

    fn serialize_f32(self, number: f32) -> Result<(), Refusal> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Refusal> {
        number.is_finite().then_some(()).ok_or(Refusal::NotFinite)
    }
}

/// The compound serializers: each checks its elements or fields.
macro_rules! compound {
    ($($of:ident { $($method:ident($($name:ty)?))* })*) => {
        $(impl ser::$of for Finite {
            type Ok = ();
            type Error = Refusal;

            $(fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Result<(), Refusal> {
                value.serialize(*self)
            })*

            fn end(self) -> Result<(), Refusal> {
                Ok(())
            }
        })*
    };
}

compound! {
    SerializeSeq { serialize_element() }
    SerializeTuple { serialize_element() }
    SerializeTupleStruct { serialize_field() }
    SerializeTupleVariant { serialize_field() }
    SerializeMap { serialize_key() serialize_value() }
    SerializeStruct { serialize_field(&'static str) }
    SerializeStructVariant { serialize_field(&'static str) }
}
