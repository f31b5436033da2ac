//! Imports from the upload to the results.

use prism_imports_sandbox::Sandbox;
use reqwest::multipart::{Form, Part};

use crate::support::{Database, Service, json_of};

#[tokio::test(start_paused = true)]
async fn rows_as_json_become_a_job_whose_results_are_stored() {
    let (sandbox, database) = (Sandbox::builder().build().unwrap(), Database::new());
    let service = Service::start(&sandbox, &database.path).await;

    let response = service.submit(600).send().await.unwrap();
    assert_eq!(response.status(), 202);
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let started = json_of(response).await;
    assert_eq!(started["state"], "running");
    let id = started["id"].as_str().unwrap();
    assert_eq!(location, format!("/imports/{id}"));

    let events = service.events(id).await.all().await;
    let end = events.last().unwrap();
    assert_eq!(
        (&end["state"], &end["error"]),
        (&"finished".into(), &().into())
    );
    let job = &end["job"];
    assert_eq!(
        (&job["status"], &job["fraction"]),
        (&"complete".into(), &1.0.into())
    );
    let counters = ["total", "processed", "succeeded", "failed"].map(|name| job[name].as_u64());
    assert_eq!(counters, [Some(600), Some(600), Some(580), Some(20)]);
    assert_eq!(&service.status(id).await, end);

    let failed = service.get(&format!("{location}/rows?failed&offset=2&limit=2"));
    let failed = json_of(failed.send().await.unwrap()).await;
    assert_eq!(failed["total"], 20);
    let rows = failed["rows"].as_array().unwrap();
    let indexes: Vec<_> = rows.iter().map(|row| row["input_index"].as_u64()).collect();
    assert_eq!(indexes, [Some(89), Some(119)]);
    assert_eq!(rows[0]["error"]["code"], "invalid_email");

    let all = service.get(&format!("{location}/rows?limit=1000")).send();
    let all = json_of(all.await.unwrap()).await;
    assert_eq!(
        (&all["total"], all["rows"].as_array().unwrap().len()),
        (&600.into(), 600)
    );
}

#[tokio::test(start_paused = true)]
async fn a_small_import_is_finished_in_the_response() {
    let (sandbox, database) = (Sandbox::builder().build().unwrap(), Database::new());
    let service = Service::start(&sandbox, &database.path).await;

    let status = json_of(service.submit(31).send().await.unwrap()).await;

    assert_eq!(
        (&status["state"], &status["job"]["failed"]),
        (&"finished".into(), &1.into())
    );
    assert_eq!(sandbox.stats().polls, 0);
    assert_eq!(service.end(status["id"].as_str().unwrap()).await, status);
}

const CSV: &str =
    "\u{feff}email, first_name\r\nada@example.com,Ada\nno address,\"L, B\"\ngrace@example.com,\n";

#[tokio::test(start_paused = true)]
async fn csv_is_read_from_the_body_and_from_a_form() {
    let (sandbox, database) = (Sandbox::builder().build().unwrap(), Database::new());
    let service = Service::start(&sandbox, &database.path).await;
    let file = Part::text(CSV).file_name("contacts.csv");
    let form = Form::new()
        .text("object_type", "contact")
        .part("file", file);
    let body = service.post("/imports?object_type=contact&dedupe_by=email");
    let body = body
        .header("content-type", "text/csv; charset=utf-8")
        .body(CSV);

    // The first one creates the records that the second one matches.
    for (request, outcome) in [
        (service.post("/imports").multipart(form), "created"),
        (body, "existing"),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 202);
        let status = json_of(response).await;
        assert_eq!(
            (&status["job"]["total"], &status["job"]["failed"]),
            (&3.into(), &1.into())
        );
        let rows = service.get(&format!("/imports/{}/rows", status["id"].as_str().unwrap()));
        let rows = json_of(rows.send().await.unwrap()).await["rows"].take();
        assert_eq!(
            (&rows[0][outcome], &rows[2][outcome]),
            (&true.into(), &true.into())
        );
        assert_eq!(rows[1]["error"]["code"], "invalid_email");
    }
}

#[tokio::test(start_paused = true)]
async fn the_page_loads_nothing_from_elsewhere() {
    let (sandbox, database) = (Sandbox::builder().build().unwrap(), Database::new());
    let service = Service::start(&sandbox, &database.path).await;
    let page = service.get("/").send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'"));
    let html = page.text().await.unwrap();
    assert!(html.contains("<form") && !html.contains("http://") && !html.contains("https://"));
}
