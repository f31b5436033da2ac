//! The bytes of a file: decompressed, decoded to UTF-8, and their digest.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use encoding_rs::{Encoding, UTF_8};
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::error::InputError;

/// Opens a file: gzip is decompressed, and its encoding decoded: that of a byte order mark, else the one that is set. The
/// first buffer of the reader has the first 64 KiB, or the whole file.
pub(super) fn open(
    path: &Path,
    encoding: Option<&str>,
) -> Result<Box<dyn BufRead + Send>, InputError> {
    let encoding = encoding.map_or(Ok(UTF_8), |label| {
        Encoding::for_label(label.as_bytes())
            .ok_or_else(|| InputError::new(path, format!("`{label}` is no encoding")))
    })?;
    let failed = |error| InputError::io(path, error);
    let (mut start, mut bytes) = peek(file(path)?).map_err(failed)?;
    if start.starts_with(GZIP) {
        (start, bytes) = peek(MultiGzDecoder::new(bytes)).map_err(failed)?;
    }
    if start.is_empty() {
        return Err(InputError::new(path, "it is empty"));
    }
    if start.starts_with(ZIP) || start.starts_with(OLE) {
        let reason = "it is a spreadsheet or an archive: save it as CSV";
        return Err(InputError::new(path, reason));
    }
    let (encoding, mark) = Encoding::for_bom(&start).unwrap_or((encoding, 0));
    bytes.consume(mark);
    if encoding != UTF_8 {
        let mut decoder = DecodeReaderBytesBuilder::new();
        decoder.encoding(Some(encoding)).bom_sniffing(false);
        (_, bytes) = peek(decoder.build(bytes)).map_err(failed)?;
    }
    Ok(bytes)
}

/// Reads the first 64 KiB, and returns them and a reader that begins with them. One read may return less, such as the three
/// bytes that a decoder searches for a byte order mark.
fn peek(mut bytes: impl Read + Send + 'static) -> io::Result<(Vec<u8>, Box<dyn BufRead + Send>)> {
    let mut start = Vec::new();
    (&mut bytes).take(BUFFER as u64).read_to_end(&mut start)?;
    let rest = BufReader::with_capacity(BUFFER, bytes);
    Ok((start.clone(), Box::new(Cursor::new(start).chain(rest))))
}

/// Returns the SHA-256 of a file as it lies there, in hexadecimal, and its size.
pub(crate) fn digest(path: &Path) -> Result<(String, u64), InputError> {
    let mut file = file(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; BUFFER];
    let mut size = 0_u64;
    loop {
        let read = file
            .read(&mut buffer)
            .map_err(|error| InputError::io(path, error))?;
        let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
            break;
        };
        hash.update(bytes);
        size = size.saturating_add(read as u64);
    }
    let digest = hash.finalize();
    Ok((
        digest.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        }),
        size,
    ))
}

fn file(path: &Path) -> Result<File, InputError> {
    let file = File::open(path).map_err(|error| InputError::io(path, error))?;
    let kind = file
        .metadata()
        .map_err(|error| InputError::io(path, error))?;
    if kind.is_dir() {
        let error = io::Error::new(io::ErrorKind::IsADirectory, "it is a directory");
        return Err(InputError::io(path, error));
    }
    Ok(file)
}

const BUFFER: usize = 64 << 10;
const GZIP: &[u8] = &[0x1F, 0x8B];
const ZIP: &[u8] = b"PK\x03\x04";
/// The files of spreadsheets before 2007.
const OLE: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];
