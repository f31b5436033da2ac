//! Authentication and access to teams.

use std::fmt;

use http::{HeaderMap, StatusCode};
use uuid::Uuid;

use super::problem::{Issue, Problem};

/// The valid key and team.
#[derive(Clone, Default)]
pub(crate) struct Access {
    /// The only valid key; with `None` any key that is not blank is valid.
    pub(crate) key: Option<String>,
    /// The only team that the key has access to; with `None` any team.
    pub(crate) team: Option<Uuid>,
}

impl Access {
    /// Checks the key of a request.
    pub(super) fn check_key(&self, headers: &HeaderMap) -> Result<(), Problem> {
        let sent = headers
            .get("x-api-key")
            .map(|value| value.as_bytes().trim_ascii())
            .filter(|key| !key.is_empty());
        match (sent, &self.key) {
            (None, _) => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "unauthorized",
                "no API key was sent: set the x-api-key header",
            )),
            (Some(sent), Some(key)) if sent != key.as_bytes() => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "the API key is not valid",
            )),
            (Some(_), _) => Ok(()),
        }
    }

    /// Parses the team of a path and checks that the key has access to it.
    pub(super) fn check_team(&self, team: &str) -> Result<Uuid, Problem> {
        let Ok(id) = Uuid::try_parse(team) else {
            let issue = Issue::new(".path.teamId", "invalid_uuid", "a team id must be a UUID");
            return Err(Problem::invalid(vec![issue]));
        };
        match self.team {
            Some(allowed) if allowed != id => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "the API key has no access to this team",
            )),
            Some(_) | None => Ok(id),
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("team", &self.team)
            .finish_non_exhaustive()
    }
}
