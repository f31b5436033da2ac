//! Answers of a gigabyte, and what becomes one.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, FlushCompress};

use super::scripts::JOB;
use crate::net::{Act, Pour};

/// Blanks and then the job: sound JSON of a gigabyte, with its length declared.
pub(super) fn declared(status: u16) -> Act {
    let length = u64::from(PIECES) * PIECE as u64 + JOB.len() as u64;
    Act::Pour(Pour {
        head: head(status, &format!("content-length: {length}\r\n")),
        piece: Bytes::from(vec![b' '; PIECE]),
        times: PIECES,
        tail: JOB.into(),
    })
}

/// The same in chunks, which declare nothing.
pub(super) fn chunked(status: u16) -> Act {
    let chunk = |data: &[u8]| {
        let size = format!("{:x}\r\n", data.len());
        [size.as_bytes(), data, b"\r\n"].concat()
    };
    Act::Pour(Pour {
        head: head(status, "transfer-encoding: chunked\r\n"),
        piece: chunk(&vec![b' '; PIECE]).into(),
        times: PIECES,
        tail: [chunk(JOB.as_bytes()), chunk(b"")].concat(),
    })
}

/// The same in gzip, of which it is a thousandth.
pub(super) fn gzip() -> Act {
    let blanks = vec![b' '; PIECE];
    let mut deflate = Compress::new(Compression::best(), false);
    // A full flush ends on a byte and forgets what went before: the same bytes make the same blanks again.
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
    Act::Pour(Pour {
        head: [head(200, &lines), GZIP.into()].concat(),
        piece: piece.into(),
        times: PIECES,
        tail,
    })
}

/// A head of a gigabyte, one line after the other.
pub(super) fn headers() -> Act {
    let line = format!("x-more: {}\r\n", "m".repeat(1_000));
    let lines = line.repeat(1_000);
    let pieces = (1 << 30) / lines.len();
    Act::Pour(Pour {
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
        .expect("there is room for all of it");
    out
}

/// A gigabyte in pieces of a megabyte.
const PIECES: u32 = 1_024;
const PIECE: usize = 1_024 * 1_024;

/// The head of a file in gzip that says nothing of it.
const GZIP: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
