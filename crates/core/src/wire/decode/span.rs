//! Whether a piece of a document is all there yet.

/// A look for the end of a piece, which goes on where it stopped when more text has come.
///
/// It finds the comma, colon or bracket behind a piece and judges nothing: its answer is "now it is worth
/// reading", so that a long row in short chunks is not read from its start with every chunk.
#[derive(Debug, Default)]
pub(crate) struct Span {
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Span {
    /// Looks on through the `text` that has come, and returns how much of it belongs to the piece, if it ends there.
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
                    // The piece itself has ended: its reader need not wait for what stands behind it.
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
