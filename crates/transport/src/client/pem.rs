//! Certificates and keys in PEM, and what a file holds that has none.

use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::error::Error;

/// Reads certificates; `what` names them in errors.
pub(super) fn certificates(pem: &[u8], what: &str) -> Result<Vec<CertificateDer<'static>>, Error> {
    let text = text(pem);
    // A bundle would otherwise lose some of its certificates in silence.
    if let Some(label) = labels(&text).find(|label| label.ends_with(" CERTIFICATE")) {
        let message = format!("{what}: {label} is not supported, only CERTIFICATE is");
        return Err(Error::config(message));
    }
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(absent(what, "certificate", pem, &text)),
        Err(error) => Err(broken(what, &error)),
    }
}

/// Reads the first private key; `what` names it in errors.
pub(super) fn private_key(pem: &[u8], what: &str) -> Result<PrivateKeyDer<'static>, Error> {
    let text = text(pem);
    match PrivateKeyDer::from_pem_slice(text.as_bytes()) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) => Err(absent(what, "private key", pem, &text)),
        Err(error) => Err(broken(what, &error)),
    }
}

/// Returns PEM without byte order marks, which files that are joined have in the middle too, and without indents.
fn text(pem: &[u8]) -> String {
    let text = String::from_utf8_lossy(pem).replace('\u{feff}', "");
    text.lines().map(str::trim).collect::<Vec<_>>().join("\n")
}

/// Returns the names of the blocks, such as `CERTIFICATE`.
fn labels(text: &str) -> impl Iterator<Item = &str> {
    let is_of_name = |byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' ');
    let begins = text
        .lines()
        .filter_map(|line| line.strip_prefix("-----BEGIN "));
    let labels = begins.filter_map(|rest| rest.strip_suffix("-----"));
    labels.filter(move |label| label.bytes().all(is_of_name))
}

/// The error of a file without what was expected. It never shows bytes of the file: they may be a key.
fn absent(what: &str, expected: &str, pem: &[u8], text: &str) -> Error {
    let found = if text.trim().is_empty() {
        "it is empty".to_owned()
    } else if let Some(label) = labels(text).next() {
        format!("found {label}")
    } else if pem.first() == Some(&DER_SEQUENCE) {
        "it looks like DER, not PEM".to_owned()
    } else if pem.starts_with(&[0xff, 0xfe]) || pem.starts_with(&[0xfe, 0xff]) {
        "it is UTF-16".to_owned()
    } else {
        "it is not PEM".to_owned()
    };
    Error::config(format!("{what}: no {expected}: {found}"))
}

/// The error of a block that cannot be read. The error of the parser shows bytes, so it is not the source.
fn broken(what: &str, error: &pem::Error) -> Error {
    let fault = if matches!(error, pem::Error::MissingSectionEnd { .. }) {
        "a block has no end"
    } else if matches!(error, pem::Error::Base64Decode(_)) {
        "a block is not base64"
    } else {
        "a block cannot be read"
    };
    Error::config(format!("{what}: {fault}"))
}

/// The first byte of a certificate or key in DER.
const DER_SEQUENCE: u8 = 0x30;

#[cfg(test)]
mod tests;
