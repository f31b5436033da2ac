//! Routing.

use percent_encoding::percent_decode_str;

/// The endpoints of the API.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// `POST /v2/prism/{team}/{objectType}/import`.
    Submit {
        /// The decoded team id, not validated.
        team: String,
        /// The object type, such as `contact`.
        object_type: String,
    },
    /// `GET /v2/prism/{team}/imports/{job}`.
    Poll {
        /// The decoded team id, not validated.
        team: String,
        /// The decoded job id.
        job: String,
    },
}

impl Route {
    /// Parses a path; `None` if there is no such endpoint.
    ///
    /// The path is split at its slashes before it is decoded, so an id may contain an encoded slash.
    pub(super) fn of(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix("/v2/prism/")?.split('/');
        let route = match (parts.next()?, parts.next()?, parts.next()?) {
            (team, "imports", job) => Self::Poll {
                team: decode(team)?,
                job: decode(job)?,
            },
            (team, object_type, "import") => Self::Submit {
                team: decode(team)?,
                object_type: decode(object_type)?,
            },
            _ => return None,
        };
        parts.next().is_none().then_some(route)
    }

    /// Returns the allowed method of the endpoint.
    pub(super) fn method(&self) -> &'static str {
        match self {
            Self::Submit { .. } => "POST",
            Self::Poll { .. } => "GET",
        }
    }

    /// Returns the decoded team id.
    pub(super) fn team(&self) -> &str {
        match self {
            Self::Submit { team, .. } | Self::Poll { team, .. } => team,
        }
    }
}

/// Decodes a percent-encoded segment; `None` if it is empty or not UTF-8.
fn decode(segment: &str) -> Option<String> {
    let text = percent_decode_str(segment).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.into_owned())
}

#[cfg(test)]
mod tests {
    use super::Route;

    fn check(path: &str, expected: Option<&Route>) {
        assert_eq!(Route::of(path).as_ref(), expected, "{path}");
    }

    fn poll(team: &str, job: &str) -> Route {
        Route::Poll {
            team: team.into(),
            job: job.into(),
        }
    }

    fn submit(team: &str, object_type: &str) -> Route {
        Route::Submit {
            team: team.into(),
            object_type: object_type.into(),
        }
    }

    #[test]
    fn paths_are_routed() {
        check("/v2/prism/t/imports/j", Some(&poll("t", "j")));
        check(
            "/v2/prism/t/imports/a%2Fb%20%C3%BC",
            Some(&poll("t", "a/b ü")),
        );
        check("/v2/prism/t/imports/import", Some(&poll("t", "import")));
        check("/v2/prism/t/contact/import", Some(&submit("t", "contact")));
        check("/v2/prism/t/a%2Fb/import", Some(&submit("t", "a/b")));
    }

    #[test]
    fn other_paths_are_not_found() {
        for path in [
            "",
            "/",
            "/v2/prism/t",
            "/v2/prism/t/imports",
            "/v2/prism/t/imports/",
            "/v2/prism//imports/j",
            "/v2/prism/t/imports/j/",
            "/v2/prism/t/imports/%FF",
            "/v2/prism/t/contact/imports",
            "/v1/prism/t/imports/j",
        ] {
            check(path, None);
        }
    }
}
