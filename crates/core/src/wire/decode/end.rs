//! The end of a text.

/// How a text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The text ends with the body.
    Body,
    /// The text ends with the body, within a character.
    WithinCharacter,
    /// The text is followed by invalid UTF-8.
    NotUtf8,
}

impl End {
    pub(crate) fn of(error: std::str::Utf8Error) -> Self {
        if error.error_len().is_some() {
            Self::NotUtf8
        } else {
            Self::WithinCharacter
        }
    }
}
