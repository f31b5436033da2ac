//! The learning of a shape from a row.

use super::{
    shape::{Hole, Shape},
    text::{index_at_start, text_at_start},
    uuid::uuid_at_start,
};

impl Shape {
    /// Learns the shape of a row that serde has read. Returns `None` if the row has rare features.
    ///
    /// `text` is the row with the comma before it and the whitespace around the comma.
    pub(super) fn of(text: &str) -> Option<Self> {
        let mut walk = Walk {
            rest: text,
            fixed: String::with_capacity(text.len()),
            shape: Self::default(),
        };
        walk.space();
        walk.word(",")?;
        walk.space();
        walk.object(Walk::field)?;
        walk.rest.is_empty().then(|| {
            walk.hole(Hole::End, "");
            walk.shape
        })
    }
}

/// A walk through a row.
struct Walk<'a> {
    rest: &'a str,
    /// The fixed bytes since the last hole.
    fixed: String,
    shape: Shape,
}

impl<'a> Walk<'a> {
    fn field(&mut self, name: &str) -> Option<()> {
        match name {
            "created" => self.flag(|shape| &mut shape.created)?,
            "existing" => self.flag(|shape| &mut shape.existing)?,
            "updated" => self.flag(|shape| &mut shape.updated)?,
            "id" => {
                self.word("null").or_else(|| self.text(Hole::Id))?;
            }
            "input_index" => {
                self.word("null").or_else(|| {
                    let (_, after) = index_at_start(self.rest)?;
                    self.hole(Hole::Index, after);
                    Some(())
                })?;
            }
            "error" if self.word("null").is_none() => {
                self.shape.error = true;
                // Older servers only send the message.
                if self.rest.starts_with('"') {
                    self.text(Hole::Message)?;
                } else {
                    self.object(Self::field_of_error)?;
                }
            }
            "error" => {}
            _ => return None,
        }
        Some(())
    }

    fn field_of_error(&mut self, name: &str) -> Option<()> {
        let hole = match name {
            "code" => Hole::Code,
            "message" => Hole::Message,
            _ => return None,
        };
        self.word("null").or_else(|| self.text(hole))
    }

    /// Walks through an object, and calls `field` at each value.
    fn object(&mut self, field: fn(&mut Self, &str) -> Option<()>) -> Option<()> {
        self.word("{")?;
        self.space();
        if self.word("}").is_some() {
            return Some(());
        }
        loop {
            self.word("\"")?;
            let (name, after) = text_at_start(self.rest)?;
            self.fixed(after);
            self.word("\"")?;
            self.space();
            self.word(":")?;
            self.space();
            field(self, name)?;
            self.space();
            if self.word("}").is_some() {
                return Some(());
            }
            self.word(",")?;
            self.space();
        }
    }

    fn flag(&mut self, flag: fn(&mut Shape) -> &mut Option<bool>) -> Option<()> {
        let words = [("true", Some(true)), ("false", Some(false)), ("null", None)];
        let (_, value) = words
            .into_iter()
            .find(|(word, _)| self.word(word).is_some())?;
        *flag(&mut self.shape) = value;
        Some(())
    }

    /// Adds a hole for a text, between its quotes.
    fn text(&mut self, hole: Hole) -> Option<()> {
        self.word("\"")?;
        let (text, after) = text_at_start(self.rest)?;
        let is_uuid = matches!(uuid_at_start(text), Some((_, _, "")));
        let hole = if hole == Hole::Id && is_uuid {
            Hole::Uuid
        } else {
            hole
        };
        self.hole(hole, after);
        self.word("\"")
    }

    fn space(&mut self) {
        self.fixed(self.rest.trim_start_matches([' ', '\t', '\n', '\r']));
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.fixed(self.rest.strip_prefix(word)?);
        Some(())
    }

    /// Adds the text before `after` to the fixed bytes.
    fn fixed(&mut self, after: &'a str) {
        let len = self.rest.len().saturating_sub(after.len());
        self.fixed
            .push_str(self.rest.get(..len).unwrap_or_default());
        self.rest = after;
    }

    /// Adds a hole for the text before `after`.
    fn hole(&mut self, hole: Hole, after: &'a str) {
        self.shape.push(&self.fixed, hole);
        self.fixed.clear();
        self.rest = after;
    }
}
