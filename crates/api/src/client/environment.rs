//! The variables that stand in for settings.

use std::{env, fmt};

/// Returns a setting: the one given, or else the variable; blank text counts as none in both.
pub(super) fn or_env(given: Option<Hidden>, variable: &str) -> Option<String> {
    let text = match given {
        Some(Hidden(given)) => Some(given),
        None => env::var(variable).ok(),
    };
    text.filter(|text| !text.trim().is_empty())
}

/// A setting that may hold a secret, as a key does and a URL with a password would: `Debug` does not show it.
#[derive(Clone)]
pub(super) struct Hidden(pub(super) String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[hidden]")
    }
}
