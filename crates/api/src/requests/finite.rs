//! Refuses numbers that JSON cannot hold.

use std::cell::Cell;

use serde::{Serialize, Serializer, ser};
use serde_json::Error;

/// Returns `true` if every number of a value is finite. `serde_json` writes the others as `null`.
pub(super) fn is_finite(value: &(impl Serialize + ?Sized)) -> bool {
    let finite = Cell::new(true);
    // A value that fails to serialize for a reason of its own fails again when it is written.
    value.serialize(Finite(&finite)).ok();
    finite.get()
}

/// A serializer that writes nothing and checks numbers.
#[derive(Clone, Copy)]
struct Finite<'a>(&'a Cell<bool>);

/// Methods of a serializer: one whose value is fine, one that checks a value within, or one that begins a compound.
macro_rules! methods {
    (accept $($method:ident($($kind:ty),*))*) => {
        $(fn $method(self $(, _: $kind)*) -> Result<(), Error> {
            Ok(())
        })*
    };
    (enter $($method:ident($($kind:ty),*))*) => {
        $(fn $method<T: Serialize + ?Sized>(self, $(_: $kind,)* value: &T) -> Result<(), Error> {
            value.serialize(self)
        })*
    };
    (begin $($of:ident $method:ident($($kind:ty),*))*) => {
        $(type $of = Self;

        fn $method(self $(, _: $kind)*) -> Result<Self, Error> {
            Ok(self)
        })*
    };
}

impl Serializer for Finite<'_> {
    type Ok = ();
    type Error = Error;

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

    fn serialize_f32(self, number: f32) -> Result<(), Error> {
        self.serialize_f64(number.into())
    }

    fn serialize_f64(self, number: f64) -> Result<(), Error> {
        self.0.set(self.0.get() && number.is_finite());
        Ok(())
    }
}

/// The compound serializers: each checks its elements or fields.
macro_rules! compound {
    ($($of:ident { $($method:ident($($name:ty)?))* })*) => {
        $(impl ser::$of for Finite<'_> {
            type Ok = ();
            type Error = Error;

            $(fn $method<T: Serialize + ?Sized>(&mut self, $(_: $name,)? value: &T) -> Result<(), Error> {
                value.serialize(*self)
            })*

            fn end(self) -> Result<(), Error> {
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
