//! The bytes of a file: decompressed, decoded to UTF-8, and their digest.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use encoding_rs::Encoding;
use encoding_rs_io::DecodeReaderBytesBuilder;
use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use crate::error::InputError;

/// Opens a file: gzip is decompressed, an encoding decoded, and a byte order mark of UTF-8 skipped.
pub(super) fn open(
    path: &Path,
    encoding: Option<&str>,
) -> Result<Box<dyn BufRead + Send>, InputError> {
    let mut file = BufReader::with_capacity(BUFFER, file(path)?);
    let start = file
        .fill_buf()
        .map_err(|error| InputError::io(path, error))?;
    if start.is_empty() {
        return Err(InputError::new(path, "it is empty"));
    }
    let bytes: Box<dyn BufRead + Send> = if start.starts_with(GZIP) {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(file)))
    } else {
        Box::new(file)
    };
    let mut bytes = decode(path, bytes, encoding)?;
    let start = bytes
        .fill_buf()
        .map_err(|error| InputError::io(path, error))?;
    if start.starts_with(UTF8) {
        bytes.consume(UTF8.len());
    } else if start.starts_with(&[0xFF, 0xFE]) || start.starts_with(&[0xFE, 0xFF]) {
        return Err(InputError::new(
            path,
            "it is UTF-16: set the encoding to utf-16le or utf-16be",
        ));
    } else if start.starts_with(b"PK\x03\x04") {
        return Err(InputError::new(
            path,
            "it is a spreadsheet or an archive: save it as CSV",
        ));
    }
    Ok(bytes)
}

fn decode(
    path: &Path,
    bytes: Box<dyn BufRead + Send>,
    label: Option<&str>,
) -> Result<Box<dyn BufRead + Send>, InputError> {
    let Some(label) = label else {
        return Ok(bytes);
    };
    let encoding = Encoding::for_label(label.as_bytes())
        .ok_or_else(|| InputError::new(path, format!("`{label}` is no encoding")))?;
    if encoding == encoding_rs::UTF_8 {
        return Ok(bytes);
    }
    let decoder = DecodeReaderBytesBuilder::new()
        .encoding(Some(encoding))
        .build(bytes);
    Ok(Box::new(BufReader::with_capacity(BUFFER, decoder)))
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
const UTF8: &[u8] = &[0xEF, 0xBB, 0xBF];
