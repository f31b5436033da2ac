//! Code that is written for any service of typed calls, and tested with a double of it.

use prism_imports::{Error, GetImport, ImportHandle, ImportJob, Reply};
use tower::{Service, ServiceExt};

/// One line about a job, for a status page.
///
/// # Errors
///
/// The error of the service.
pub async fn status<S>(gets: S, handle: &ImportHandle) -> Result<String, Error>
where
    S: Service<GetImport, Response = Reply<ImportJob>, Error = Error>,
{
    let job = gets
        .oneshot(GetImport::new(handle.clone()))
        .await?
        .into_value();
    Ok(match &job {
        ImportJob::Complete(job) => format!(
            "done: {} created, {} failed",
            job.tally().created(),
            job.tally().failed()
        ),
        ImportJob::Failed(job) => {
            let code = job.error().and_then(|error| error.code());
            format!("failed: {}", code.unwrap_or("unknown error"))
        }
        job => format!("running: {}", job.progress()),
    })
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use http::StatusCode;
    use prism_imports::{Error, ErrorKind, GetImport, ImportHandle, ImportJob, Reply};
    use tower::service_fn;

    use super::status;
    use crate::testing::TEAM;

    fn handle() -> ImportHandle {
        ImportHandle::new(TEAM.parse().unwrap(), "j-1".parse().unwrap())
    }

    async fn check(body: &str, expected: &str) {
        let double = service_fn(|get: GetImport| {
            ready(Ok(Reply::new(
                ImportJob::from_slice_for(get.job_id(), body.as_bytes()).unwrap(),
            )))
        });
        assert_eq!(status(double, &handle()).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn a_double_has_each_state_of_a_job() {
        check(
            r#"{"status":"processing","total":4,"processed":1,"succeeded":1,"failed":0}"#,
            "running: 1 of 4 rows",
        )
        .await;
        check(
            r#"{"status":"complete","total":2,"processed":2,"succeeded":1,"failed":1,"results":[
                {"id":"182bd5e5-6e1a-4fe4-a799-aa6d9a6ab26e","created":true},{"error":{"code":"invalid_email"}}]}"#,
            "done: 1 created, 1 failed",
        )
        .await;
        check(
            r#"{"status":"failed","total":2,"error":{"code":"import_failed"}}"#,
            "failed: import_failed",
        )
        .await;
    }

    #[tokio::test]
    async fn a_double_fails_as_the_client_does() {
        let double = service_fn(|_: GetImport| {
            let error = Error::new(ErrorKind::Server, "get import");
            ready(Err::<Reply<ImportJob>, _>(
                error.with_status(StatusCode::BAD_GATEWAY),
            ))
        });
        let error = status(double, &handle()).await.unwrap_err();
        assert_eq!(error.status(), Some(StatusCode::BAD_GATEWAY));
    }
}
