//! The path to a place in a document; walked only when there is an error to place.

/// Returns the path of the value that stands at, or ends at, byte `offset` of `text`, which starts with a value.
///
/// The text up to there is well-formed, or all but: this walks brackets, names and commas and judges nothing.
pub(super) fn path_within(text: &str, offset: usize) -> String {
    let mut walk = Walk::default();
    for (at, byte) in text.bytes().enumerate().take(offset) {
        walk.step(text, at, byte);
    }
    walk.path()
}

/// Appends a name to a path, or `*` for one that is no identifier and so may be data.
pub(super) fn push_name(path: &mut String, name: &str) {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let name = if name.len() <= LONGEST_NAME && !name.is_empty() && name.bytes().all(plain) {
        name
    } else {
        "*"
    };
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(name);
}

/// Longer names are no field names.
const LONGEST_NAME: usize = 40;

#[derive(Default)]
struct Walk<'a> {
    within: Vec<Place<'a>>,
    /// Where the open string began, and whether its next byte is escaped.
    string: Option<(usize, bool)>,
}

enum Place<'a> {
    Object { name: Option<&'a str>, named: bool },
    Array { index: usize },
}

impl<'a> Walk<'a> {
    fn step(&mut self, text: &'a str, at: usize, byte: u8) {
        if let Some((start, escaped)) = self.string {
            self.string = match byte {
                b'"' if !escaped => {
                    if let Some(Place::Object { name, named: false }) = self.within.last_mut() {
                        *name = text.get(start..at);
                    }
                    None
                }
                b'\\' => Some((start, !escaped)),
                _ => Some((start, false)),
            };
            return;
        }
        match byte {
            b'"' => self.string = Some((at.saturating_add(1), false)),
            b'{' => self.within.push(Place::Object {
                name: None,
                named: false,
            }),
            b'[' => self.within.push(Place::Array { index: 0 }),
            b'}' | b']' => {
                self.within.pop();
            }
            b':' => {
                if let Some(Place::Object { named, .. }) = self.within.last_mut() {
                    *named = true;
                }
            }
            b',' => match self.within.last_mut() {
                Some(Place::Object { name, named }) => (*name, *named) = (None, false),
                Some(Place::Array { index }) => *index = index.saturating_add(1),
                None => {}
            },
            _ => {}
        }
    }

    fn path(&self) -> String {
        let mut path = String::new();
        for place in &self.within {
            match place {
                Place::Object {
                    name: Some(name), ..
                } => push_name(&mut path, name),
                Place::Object { name: None, .. } => {}
                Place::Array { index } => {
                    path.push('[');
                    path.push_str(&index.to_string());
                    path.push(']');
                }
            }
        }
        path
    }
}
