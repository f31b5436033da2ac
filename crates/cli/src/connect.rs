//! The client: from arguments, the environment and the configuration file, in this order.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use prism_imports::{Client, Imports};
use prism_imports_sandbox::Sandbox;
use serde::Deserialize;

use crate::{args::Connection, exit::Failure};

/// The configuration file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    api_key_file: Option<PathBuf>,
    team_id: Option<String>,
    base_url: Option<String>,
}

/// Makes the client. Nothing is sent.
pub(crate) fn connect(connection: &Connection) -> Result<Imports, Failure> {
    let user_agent = concat!("prism-import/", env!("CARGO_PKG_VERSION"));
    if connection.sandbox {
        let sandbox = Sandbox::builder().build().map_err(Failure::usage)?;
        let client = Client::builder()
            .api_key("sandbox")
            .team_id(SANDBOX_TEAM)
            .base_url("http://localhost")
            .user_agent(user_agent)
            .http_service(sandbox);
        return Ok(client.build().map_err(Failure::usage)?.imports());
    }
    let config = read_config(connection.config.as_deref())?;
    let mut client = Client::builder().user_agent(user_agent);
    if let Some(file) = connection
        .key_file
        .as_ref()
        .or(config.api_key_file.as_ref())
    {
        let key = fs::read_to_string(file)
            .map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
        client = client.api_key(key.trim());
    }
    if let Some(team) = connection.team.as_ref().or(config.team_id.as_ref()) {
        client = client.team_id(team);
    }
    if let Some(url) = connection.base_url.as_ref().or(config.base_url.as_ref()) {
        client = client.base_url(url);
    }
    Ok(client.build().map_err(Failure::usage)?.imports())
}

/// Reads the configuration file: the one that is named, or the usual one if it is there.
fn read_config(named: Option<&Path>) -> Result<Config, Failure> {
    let usual = env::var_os("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute())
        .or_else(|| Some(env::home_dir()?.join(".config")))
        .map(|folder| folder.join("prism-import/config.toml"))
        .filter(|file| file.is_file());
    let Some(file) = named.map(Path::to_owned).or(usual) else {
        return Ok(Config::default());
    };
    let wrong =
        |reason: &dyn std::fmt::Display| Failure::usage(format!("{}: {reason}", file.display()));
    let text = fs::read_to_string(&file).map_err(|error| wrong(&error))?;
    toml::from_str(&text).map_err(|error| wrong(&error.message()))
}

const SANDBOX_TEAM: &str = "6f1c2a9e-5d0b-4f6e-9a57-2f3f0c1d8e11";
