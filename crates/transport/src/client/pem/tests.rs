use super::{certificates, private_key};
use crate::Kind;

const BLOCK: &str = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAMCAQE=\n-----END PRIVATE KEY-----\n";

#[test]
fn certificates_are_read_between_other_text() {
    for (pem, count) in [
        (BLOCK.to_owned(), 1),
        (BLOCK.repeat(3), 3),
        (format!("\u{feff}{BLOCK}"), 1),
        // Two files joined, each with a byte order mark.
        (format!("\u{feff}{BLOCK}\u{feff}{BLOCK}"), 2),
        (BLOCK.replace('\n', "\r\n"), 1),
        (BLOCK.replace('\n', "\n    "), 1),
        (BLOCK.trim_end().to_owned(), 1),
        (
            format!("# My root\nsubject=CN = root\n\n{BLOCK}\nthe end"),
            1,
        ),
        (format!("{KEY}{BLOCK}"), 1),
    ] {
        let found = certificates(pem.as_bytes(), "roots").unwrap();
        assert_eq!(found.len(), count, "{pem}");
        assert!(found.iter().all(|one| one.as_ref() == [0x30, 3, 2, 1, 1]));
    }
    // A comment in Latin-1.
    let latin1 = [b"M\xfcller\n", BLOCK.as_bytes()].concat();
    assert_eq!(certificates(&latin1, "roots").unwrap().len(), 1);
}

#[test]
fn an_error_says_what_was_found_and_shows_no_bytes() {
    let trusted = BLOCK.replace("CERTIFICATE", "TRUSTED CERTIFICATE");
    let utf16: Vec<u8> = "\u{feff}x"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (pem, message) in [
        (&b""[..], "roots: no certificate: it is empty"),
        (b" \r\n", "roots: no certificate: it is empty"),
        ("\u{feff}".as_bytes(), "roots: no certificate: it is empty"),
        (b"sesame", "roots: no certificate: it is not PEM"),
        (
            b"\x30\x82\x01\x02sesame",
            "roots: no certificate: it looks like DER, not PEM",
        ),
        (&utf16, "roots: no certificate: it is UTF-16"),
        (KEY.as_bytes(), "roots: no certificate: found PRIVATE KEY"),
        (
            trusted.as_bytes(),
            "roots: TRUSTED CERTIFICATE is not supported, only CERTIFICATE is",
        ),
        (
            &[BLOCK.as_bytes(), trusted.as_bytes()].concat(),
            "roots: TRUSTED CERTIFICATE is not supported, only CERTIFICATE is",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\nMAMC",
            "roots: a block has no end",
        ),
        (
            b"-----BEGIN CERTIFICATE-----\n?sesame?\n-----END CERTIFICATE-----",
            "roots: a block is not base64",
        ),
        (
            b"-----BEGIN sesame-----\n-----END sesame-----",
            "roots: no certificate: it is not PEM",
        ),
    ] {
        let error = certificates(pem, "roots").unwrap_err();
        assert_eq!(error.kind(), Kind::Config);
        assert_eq!(error.to_string(), message);
        assert!(!format!("{error:?}").contains("sesame"));
    }
}

#[test]
fn a_missing_private_key_is_named() {
    assert!(private_key(format!("\u{feff}{KEY}").as_bytes(), "client key").is_ok());
    let encrypted = KEY.replace("PRIVATE", "ENCRYPTED PRIVATE");
    for (pem, message) in [
        ("", "client key: no private key: it is empty"),
        (BLOCK, "client key: no private key: found CERTIFICATE"),
        (
            &encrypted,
            "client key: no private key: found ENCRYPTED PRIVATE KEY",
        ),
        (
            "-----BEGIN PRIVATE KEY-----\nMAMC",
            "client key: a block has no end",
        ),
    ] {
        let error = private_key(pem.as_bytes(), "client key").unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}
