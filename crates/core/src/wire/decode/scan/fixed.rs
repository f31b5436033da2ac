//! Texts that stay the same, compared eight bytes at a time.

/// Up to eight bytes of a text, and which of them count.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Word {
    bytes: u64,
    mask: u64,
}

/// Cuts a text into words.
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

/// Returns what stands in `text` behind the words of a fixed text of `len` bytes, if it starts with them.
///
/// Whole words are looked at, so less than seven bytes before the end of `text` the answer may be `None` for that
/// alone.
pub(super) fn behind_words<'a>(text: &'a str, words: &[Word], len: usize) -> Option<&'a str> {
    let (chunks, _) = text.as_bytes().as_chunks();
    let same = chunks
        .get(..words.len())?
        .iter()
        .zip(words)
        .all(|(chunk, word)| u64::from_le_bytes(*chunk) & word.mask == word.bytes);
    if same { text.get(len..) } else { None }
}
