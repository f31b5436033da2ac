//! Fixed texts, compared eight bytes at a time.

/// Up to eight bytes of a text, and a mask of the bytes to compare.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    bytes: u64,
    mask: u64,
}

/// Splits a text into words.
pub(super) fn words_of(fixed: &str) -> impl Iterator<Item = Word> {
    fixed.as_bytes().chunks(8).map(|bytes| {
        let word = |of: fn(u8) -> u8| {
            let mut word = [0; 8];
            for (to, from) in word.iter_mut().zip(bytes) {
                *to = of(*from);
            }
            u64::from_le_bytes(word)
        };
        Word {
            bytes: word(|byte| byte),
            mask: word(|_| u8::MAX),
        }
    })
}

/// Strips the words of a fixed text of `len` bytes from the start of `text`. Returns `None` if `text` does not start
/// with them.
///
/// The comparison uses whole words, so the result may also be `None` if fewer than seven bytes follow in `text`.
pub(super) fn strip_words<'a>(text: &'a str, words: &[Word], len: usize) -> Option<&'a str> {
    let (chunks, _) = text.as_bytes().as_chunks();
    let same = chunks
        .get(..words.len())?
        .iter()
        .zip(words)
        .all(|(chunk, word)| u64::from_le_bytes(*chunk) & word.mask == word.bytes);
    if same { text.get(len..) } else { None }
}
