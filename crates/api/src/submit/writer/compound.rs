//! Arrays and objects.

use std::mem;

use serde::{
    Serialize,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};

use super::{Unwritable, Writer};

/// An array or an object that is being written.
pub(in crate::submit) struct Compound<'a, 'j> {
    writer: &'a mut Writer<'j>,
    /// Whether no element was written yet.
    empty: bool,
    /// The closing brackets.
    brackets: &'static [u8],
}

impl<'a, 'j> Compound<'a, 'j> {
    pub(super) fn new(writer: &'a mut Writer<'j>, brackets: &'static [u8]) -> Self {
        Self {
            writer,
            empty: true,
            brackets,
        }
    }

    /// Returns `true` for the first element.
    fn is_first(&mut self) -> bool {
        mem::replace(&mut self.empty, false)
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Unwritable> {
        if !self.is_first() {
            self.writer.json.push(b',');
        }
        value.serialize(&mut *self.writer)
    }

    fn field(
        &mut self,
        name: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> Result<(), Unwritable> {
        // Raw JSON is written without a name.
        if !self.writer.raw {
            let first = self.is_first();
            self.writer.name(first, name)?;
        }
        value.serialize(&mut *self.writer)
    }

    fn close(self) {
        self.writer.raw = false;
        self.writer.close(self.brackets);
    }
}

/// Implements a trait for compounds of unnamed values.
macro_rules! unnamed {
    ($($trait:ident::$method:ident),+ $(,)?) => {
        $(impl $trait for Compound<'_, '_> {
            type Ok = ();
            type Error = Unwritable;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
                self.element(value)
            }

            fn end(self) -> Result<(), Unwritable> {
                self.close();
                Ok(())
            }
        })+
    };
}

unnamed! {
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
}

/// Implements a trait for compounds of named fields.
macro_rules! named {
    ($($trait:ident),+ $(,)?) => {
        $(impl $trait for Compound<'_, '_> {
            type Ok = ();
            type Error = Unwritable;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), Unwritable> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Unwritable> {
                self.close();
                Ok(())
            }
        })+
    };
}

named! { SerializeStruct, SerializeStructVariant }

impl SerializeMap for Compound<'_, '_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Unwritable> {
        let first = self.is_first();
        self.writer.key(first, key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Unwritable> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), Unwritable> {
        self.close();
        Ok(())
    }
}
