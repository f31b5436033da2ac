//! The settings of a client, and the environment variables in their place.

use std::{
    env::{self, VarError},
    fmt,
    sync::Arc,
    time::Duration,
};

use http::HeaderValue;
use jiff::Timestamp;
use prism_imports_transport::{AuthLayer, Credentials};
use uuid::Uuid;

use super::Facts;
use crate::{
    error::{ConfigError, Hidden},
    http::{BaseUrl, check_times},
};

/// The settings that are checked when the client is built.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) api_key: Option<Hidden>,
    pub(super) credentials: Option<Credentials>,
    pub(super) team: Option<Hidden>,
    pub(super) base_url: Option<Hidden>,
    pub(super) plain_http: bool,
    pub(super) timeout: Option<Duration>,
    pub(super) attempt_timeout: Option<Duration>,
    pub(super) idle_timeout: Option<Duration>,
    pub(super) max_body: Option<u64>,
    pub(super) user_agent: Option<String>,
    pub(super) time_of_day: TimeOfDay,
}

impl Settings {
    /// Refuses durations that cannot be used.
    pub(super) fn check_times(&self) -> Result<(), ConfigError> {
        check_times([
            ("timeout", self.timeout),
            ("attempt_timeout", self.attempt_timeout),
            ("idle_timeout", self.idle_timeout),
        ])
    }

    /// Checks the settings.
    pub(super) fn finish(self) -> Result<(AuthLayer, Facts), ConfigError> {
        let url = setting("base_url", self.base_url, "MICRO_BASE_URL")?;
        let url = url.as_deref().unwrap_or(BaseUrl::PRODUCTION);
        let base_url = BaseUrl::parse(url, self.plain_http)?;
        let team = setting("team_id", self.team, "MICRO_TEAM_ID")?;
        let team = team.map(|team| Uuid::try_parse(team.trim()));
        let team = team.transpose().ok().ok_or(ConfigError::TeamId)?;
        let credentials = match self.credentials {
            Some(credentials) => match credentials.check() {
                Ok(()) => credentials,
                Err(_) => return Err(ConfigError::ApiKey),
            },
            None => api_key(self.api_key)?,
        };
        let mut auth = AuthLayer::new(base_url.origin().clone(), credentials);
        if self.plain_http {
            auth = auth.dangerously_allow_plain_http();
        }
        let facts = Facts {
            base_url,
            team,
            user_agent: user_agent(self.user_agent.as_deref())?,
            time_of_day: self.time_of_day,
        };
        Ok((auth, facts))
    }
}

fn api_key(given: Option<Hidden>) -> Result<Credentials, ConfigError> {
    let key = setting("api_key", given, "MICRO_API_KEY")?.ok_or(ConfigError::NoApiKey)?;
    match HeaderValue::from_str(key.trim()) {
        Ok(_) => Ok(Credentials::fixed(key.trim())),
        Err(_) => Err(ConfigError::ApiKey),
    }
}

fn user_agent(application: Option<&str>) -> Result<HeaderValue, ConfigError> {
    let own = concat!("prism-imports/", env!("CARGO_PKG_VERSION"));
    let text = match application.map(str::trim).filter(|text| !text.is_empty()) {
        Some(application) => format!("{own} ({application})"),
        None => own.to_owned(),
    };
    let value = HeaderValue::from_str(&text);
    value.ok().ok_or(ConfigError::UserAgent)
}

/// Returns a setting, or else the variable. A blank variable counts as unset; a blank setting is refused.
fn setting(
    setting: &'static str,
    given: Option<Hidden>,
    variable: &'static str,
) -> Result<Option<String>, ConfigError> {
    match given {
        Some(Hidden(text)) if text.trim().is_empty() => Err(ConfigError::Blank { setting }),
        Some(Hidden(text)) => Ok(Some(text)),
        None => match env::var(variable) {
            Ok(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::NotUnicode { variable }),
        },
    }
}

/// The source of the time of day: the system's clock, unless the application sets another.
///
/// Nothing else in the client reads the system's clock.
#[derive(Clone, Default)]
pub(crate) struct TimeOfDay(Option<Arc<dyn Fn() -> Timestamp + Send + Sync>>);

impl TimeOfDay {
    pub(super) fn of(source: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(source)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        match &self.0 {
            Some(source) => source(),
            None => Timestamp::now(),
        }
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Some(_) => "TimeOfDay(given)",
            None => "TimeOfDay(system)",
        })
    }
}
