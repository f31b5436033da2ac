//! Whether a piece of a document is all there yet.

/// A look for the end of a piece, which goes on where it stopped when more text has come.
///
/// It finds the comma, colon or bracket behind a piece and judges nothing: its answer is "now it is worth
/// reading", so that a long row in short chunks is not read from its start with every chunk.
#[derive(Debug, Default)]
pub(crate) struct Span {
    seen: usize,
    depth: usize,
    in_string: bool,
    escaped: bool,
}

impl Span {
    /// Tells whether the piece that `text` starts with ends within it.
    pub(crate) fn ends_within(&mut self, text: &str) -> bool {
        for byte in text.bytes().skip(self.seen) {
            self.seen = self.seen.saturating_add(1);
            if self.in_string {
                self.in_string = byte != b'"' || self.escaped;
                self.escaped = byte == b'\\' && !self.escaped;
                continue;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b',' | b':' | b'}' | b']' if self.depth == 0 => return true,
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    // The piece itself has ended: its reader need not wait for what stands behind it.
                    if self.depth == 0 {
                        return true;
                    }
                }
                _ => {}
            }
        }
        false
    }
}
