//! The path of an error in a document. It is only determined if there is an error.

/// Returns the path of the value at, or ending at, byte `offset` of `text`, which starts with a value.
///
/// The text before the offset is expected to be almost well-formed. The walk only follows brackets, names and commas.
pub(super) fn path_within(text: &str, offset: usize) -> String {
    let mut walk = Walk::default();
    // A closing character at the end either is the error itself or ends the invalid value.
    let read = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let read = read
        .strip_suffix(b"]")
        .or(read.strip_suffix(b"}"))
        .or(read.strip_suffix(b","))
        .unwrap_or(read);
    for (at, byte) in read.iter().copied().enumerate() {
        walk.step(text, at, byte);
    }
    walk.path()
}

/// Appends a name to a path, redacted if necessary.
pub(super) fn push_name(path: &mut String, name: &str) {
    if !path.is_empty() {
        path.push('.');
    }
    path.push_str(redacted(name));
}

/// Returns the name, or `*` if it is not an identifier and therefore may be data.
pub(crate) fn redacted(name: &str) -> &str {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if name.len() <= LONGEST_NAME && !name.is_empty() && name.bytes().all(plain) {
        name
    } else {
        "*"
    }
}

/// Longer names are not considered field names.
const LONGEST_NAME: usize = 40;

#[derive(Default)]
struct Walk<'a> {
    within: Vec<Place<'a>>,
    /// The start of the open string, and whether its next byte is escaped.
    string: Option<(usize, bool)>,
}

enum Place<'a> {
    Object {
        name: Option<&'a str>,
        named: bool,
    },
    /// `begun` is `true` if the array is not empty. The path of an empty array does not include an index.
    Array {
        index: usize,
        begun: bool,
    },
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
        if let Some(Place::Array { begun, .. }) = self.within.last_mut() {
            *begun |= !byte.is_ascii_whitespace();
        }
        match byte {
            b'"' => self.string = Some((at.saturating_add(1), false)),
            b'{' => self.within.push(Place::Object {
                name: None,
                named: false,
            }),
            b'[' => self.within.push(Place::Array {
                index: 0,
                begun: false,
            }),
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
                Some(Place::Array { index, .. }) => *index = index.saturating_add(1),
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
                Place::Object { name: None, .. } | Place::Array { begun: false, .. } => {}
                Place::Array { index, begun: true } => {
                    path.push('[');
                    path.push_str(&index.to_string());
                    path.push(']');
                }
            }
        }
        path
    }
}
