//! A web service that imports rows, and shows the progress of each import in a browser.
//!
//! A request with rows is stored before it is sent to the server of import jobs, so that no import is lost or started
//! twice when the process ends at any moment. `docs/cookbook/axum.md` explains the design.
//!
//! ```text
//! POST /imports               rows as JSON or CSV  ──>  202 with the id of the import
//! GET  /imports/{id}          its status
//! GET  /imports/{id}/events   its status, whenever it changes (server-sent events)
//! GET  /imports/{id}/rows     the results of its rows; `?failed` for those that failed
//! GET  /                      a page with a form, a progress bar and the rows that failed
//! ```

mod error;
mod importer;
mod problem;
mod routes;
mod server;
mod stage;
mod status;
mod store;
mod task;
mod upload;

pub use self::{
    importer::Importer,
    problem::status_of,
    routes::{MAX_BODY, SUBMIT_WAIT, router},
    server::{GRACE, serve},
    store::{Store, StoreError},
};
