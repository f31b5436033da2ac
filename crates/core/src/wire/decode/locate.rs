//! The path of an error in a document. It is only determined if there is an error.

/// Returns the path of the value at, or ending at, byte `offset` of `text`, which starts with a value.
///
/// The text before the offset is expected to be almost well-formed. Only brackets, names and commas are followed.
pub(super) fn path_within(text: &str, offset: usize) -> String {
    // A closing character at the end either is the error itself or ends the invalid value.
    let read = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let read = match read {
        [read @ .., b']' | b'}' | b','] => read,
        _ => read,
    };
    let mut within = Vec::new();
    let mut bytes = read.iter().copied().enumerate();
    while let Some((at, byte)) = bytes.next() {
        if let Some(Place::Array(index)) = within.last_mut()
            && !byte.is_ascii_whitespace()
        {
            index.get_or_insert(0);
        }
        match (byte, within.last_mut()) {
            (b'"', place) => {
                let mut escaped = false;
                let closing = bytes.find(|(_, byte)| {
                    let closes = *byte == b'"' && !escaped;
                    escaped = *byte == b'\\' && !escaped;
                    closes
                });
                if let (Some((end, _)), Some(Place::Object { name, named: false })) =
                    (closing, place)
                {
                    *name = text.get(at.saturating_add(1)..end);
                }
            }
            (b'{', _) => within.push(Place::Object {
                name: None,
                named: false,
            }),
            (b'[', _) => within.push(Place::Array(None)),
            (b'}' | b']', _) => drop(within.pop()),
            (b':', Some(Place::Object { named, .. })) => *named = true,
            (b',', Some(Place::Object { name, named })) => (*name, *named) = (None, false),
            (b',', Some(Place::Array(Some(index)))) => *index = index.saturating_add(1),
            _ => {}
        }
    }
    let mut path = String::new();
    for place in within {
        match place {
            Place::Object {
                name: Some(name), ..
            } => push_name(&mut path, name),
            Place::Array(Some(index)) => path = format!("{path}[{index}]"),
            Place::Object { name: None, .. } | Place::Array(None) => {}
        }
    }
    path
}

/// An object or array around a position.
enum Place<'a> {
    /// The name of the current field, and whether its value was begun.
    Object { name: Option<&'a str>, named: bool },
    /// The index of the current element, unless the array is empty. The path of an empty array does not include an index.
    Array(Option<usize>),
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
