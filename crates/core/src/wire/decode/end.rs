//! How a text ends that was read to its end.

/// How the text that was read to ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With the body.
    Body,
    /// With the body, within a character.
    WithinCharacter,
    /// With bytes behind it that are no UTF-8.
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
