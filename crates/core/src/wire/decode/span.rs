//! The search for the end of a piece.

/// Searches for the end of a piece. The search continues where it stopped when more text arrives.
///
/// The search finds the comma, colon or bracket after a piece, without validating the piece. With it, a long row in
/// short chunks is not decoded from its start again with every chunk.
#[derive(Debug, Default)]
pub(crate) struct Span {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Span {
    /// Continues the search in `text`. Returns the number of bytes that belong to the piece, if the piece ends there.
    pub(crate) fn end_within(&mut self, text: &str) -> Option<usize> {
        for (byte, len) in text.bytes().zip(1..) {
            if self.in_string {
                self.in_string = byte != b'"' || self.escaped;
                self.escaped = byte == b'\\' && !self.escaped;
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b',' | b':' | b'}' | b']' if self.depth == 0 => return Some(len),
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    // The piece ends here, so it can be read before more text arrives.
                    if self.depth == 0 {
                        return Some(len);
                    }
                }
                _ => {}
            }
        }
        None
    }
}
