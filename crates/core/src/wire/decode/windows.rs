//! The reading of a whole body in windows. A window is still in the cache after its UTF-8 validation.

use std::str;

use super::{
    document::{Document, Following, Rows, Stop},
    end::End,
    error::DecodeError,
};

impl<R: Rows> Document<R> {
    /// Reads a whole body.
    pub(crate) fn read_whole(&mut self, body: &[u8]) -> Result<(), DecodeError> {
        self.read_in_windows(body, WINDOW)
    }

    /// Reads a whole body in windows of `length` bytes. Longer pieces are read in longer windows.
    pub(super) fn read_in_windows(
        &mut self,
        body: &[u8],
        length: usize,
    ) -> Result<(), DecodeError> {
        self.len = body.len();
        let mut window = length;
        loop {
            let rest = body.get(self.offset()..).unwrap_or_default();
            let bytes = rest.get(..window).unwrap_or(rest);
            let (text, end) = match str::from_utf8(bytes) {
                Ok(text) => (text, End::Body),
                Err(error) => {
                    let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                    (str::from_utf8(valid).unwrap_or_default(), End::of(error))
                }
            };
            if bytes.len() == rest.len() || end == End::NotUtf8 {
                return self.read_to(text, end);
            }
            let start = self.offset();
            if let Err(Stop::Wrong(error)) = self.read(text, Following::Available) {
                return Err(error);
            }
            window = if self.offset() == start {
                window.saturating_mul(2)
            } else {
                length
            };
        }
    }
}

/// The length of a window. It fits into the cache of a core.
const WINDOW: usize = 32 * 1024;
