//! Answers of one gigabyte, plain and compressed.

use std::io::Write;

use bytes::Bytes;
use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};

use super::scripts::JOB;
use crate::net::{Action, Pour};

/// Returns one gigabyte of valid JSON, blanks and then the job, with a `content-length`.
pub(super) fn declared(status: u16) -> Action {
    let length = u64::from(PIECES) * PIECE as u64 + JOB.len() as u64;
    Action::Pour(Pour {
        head: head(status, &format!("content-length: {length}\r\n")),
        piece: Bytes::from(vec![b' '; PIECE]),
        times: PIECES,
        tail: JOB.into(),
    })
}

/// Returns the same body with chunked encoding, which declares no length.
pub(super) fn chunked(status: u16) -> Action {
    let chunk = |data: &[u8]| {
        let size = format!("{:x}\r\n", data.len());
        [size.as_bytes(), data, b"\r\n"].concat()
    };
    Action::Pour(Pour {
        head: head(status, "transfer-encoding: chunked\r\n"),
        piece: chunk(&vec![b' '; PIECE]).into(),
        times: PIECES,
        tail: [chunk(JOB.as_bytes()), chunk(b"")].concat(),
    })
}

/// Returns the same body compressed with gzip to a thousandth of its size.
pub(super) fn gzip() -> Action {
    let blanks = vec![b' '; PIECE];
    let mut deflate = Compress::new(Compression::best(), false);
    // A full flush aligns to a byte and resets the dictionary, so the piece can be repeated.
    let piece = deflated(&mut deflate, &blanks, FlushCompress::Full);
    let last = deflated(&mut deflate, JOB.as_bytes(), FlushCompress::Finish);
    let mut sum = Crc::new();
    let mut one = Crc::new();
    one.update(&blanks);
    for _ in 0..PIECES {
        sum.combine(&one);
    }
    sum.update(JOB.as_bytes());
    let tail = [
        &last[..],
        &sum.sum().to_le_bytes(),
        &sum.amount().to_le_bytes(),
    ]
    .concat();
    let length = GZIP.len() + piece.len() * PIECES as usize + tail.len();
    let lines = format!("content-encoding: gzip\r\ncontent-length: {length}\r\n");
    Action::Pour(Pour {
        head: [head(200, &lines), GZIP.into()].concat(),
        piece: piece.into(),
        times: PIECES,
        tail,
    })
}

/// Compresses a short text.
pub(super) fn compressed(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes());
    let body = written.and_then(|()| encoder.finish());
    body.expect("a vector takes all bytes")
}

/// Returns a response head of one gigabyte.
pub(super) fn headers() -> Action {
    let line = format!("x-more: {}\r\n", "m".repeat(1_000));
    let lines = line.repeat(1_000);
    let pieces = (1 << 30) / lines.len();
    Action::Pour(Pour {
        head: b"HTTP/1.1 200 Played\r\n".to_vec(),
        piece: lines.into(),
        times: u32::try_from(pieces).unwrap_or(u32::MAX),
        tail: b"\r\n".to_vec(),
    })
}

fn head(status: u16, lines: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Played\r\ncontent-type: application/json\r\n{lines}\r\n")
        .into_bytes()
}

fn deflated(deflate: &mut Compress, data: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() + 1_024);
    deflate
        .compress_vec(data, &mut out, flush)
        .expect("the buffer is large enough");
    out
}

/// One gigabyte in pieces of one megabyte.
const PIECES: u32 = 1_024;
const PIECE: usize = 1_024 * 1_024;

/// A gzip file header without optional fields.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
