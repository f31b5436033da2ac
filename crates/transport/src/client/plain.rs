//! The build without TLS: plain http, and a clear error for https.

use http::Uri;
use http::uri::Scheme;

use crate::error::{Error, Kind, Phase};

/// No settings of TLS.
#[derive(Debug)]
pub(super) struct Configs;

#[expect(clippy::unused_self, reason = "the build with TLS has settings")]
impl Configs {
    pub(super) fn check(&self, to: &Uri) -> Result<(), Error> {
        if to.scheme() == Some(&Scheme::HTTPS) {
            return Err(Error::new(Kind::Config, Phase::NotSent)
                .with_message("https needs one of the features rustls-ring and aws-lc-rs"));
        }
        Ok(())
    }

    pub(super) fn to_origin<C>(&self, connector: C) -> C {
        connector
    }

    #[cfg(feature = "proxy")]
    pub(super) fn to_proxy<C>(&self, connector: C) -> C {
        connector
    }
}
