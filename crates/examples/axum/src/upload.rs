//! Reading uploads: JSON, CSV, and the form of a page.

use axum::{
    Json,
    body::Bytes,
    extract::{
        FromRequest, Multipart, Query, Request as HttpRequest,
        multipart::{Field, MultipartError},
        rejection::{BytesRejection, JsonRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header},
};
use prism_imports::{IdempotencyKey, ObjectType};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

use crate::{error::ApiError, stage::Request};

/// An import to start, from the body of a request:
///
/// | content type | body |
/// |---|---|
/// | `application/json` | `{"object_type": …, "rows": […]}`, and `dedupe_by` if rows match records |
/// | `text/csv` | the rows; `object_type` and `dedupe_by` are in the query |
/// | `multipart/form-data` | the fields `object_type`, `dedupe_by` and `file`, which is CSV |
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    pub(crate) request: Request,
    /// The header `Idempotency-Key`, by which a caller can repeat a request that was not answered.
    pub(crate) key: Option<IdempotencyKey>,
}

impl<S: Send + Sync> FromRequest<S> for Upload {
    type Rejection = ApiError;

    async fn from_request(request: HttpRequest, state: &S) -> Result<Self, ApiError> {
        refuse_other_sites(request.headers())?;
        let key = key_of(request.headers())?;
        let request = match media_type(request.headers()).as_str() {
            "application/json" => Json::from_request(request, state).await?.0,
            "text/csv" => {
                let Query(options) = Query::<Options>::try_from_uri(request.uri())?;
                options.with_rows(&Bytes::from_request(request, state).await?)?
            }
            "multipart/form-data" => {
                let form = Multipart::from_request(request, state).await;
                let form = form.map_err(|error| invalid("invalid_form", error.body_text()))?;
                read_form(form).await?
            }
            _ => {
                let message = "send application/json, text/csv or multipart/form-data";
                let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                return Err(ApiError::new(status, "unsupported_media_type", message));
            }
        };
        match request.object_type {
            ObjectType::Other(_) => Err(unknown_type()),
            _ => Ok(Self { request, key }),
        }
    }
}

/// What is not in the rows of a CSV file.
#[derive(Default, Deserialize)]
struct Options {
    object_type: Option<ObjectType>,
    dedupe_by: Option<String>,
}

impl Options {
    fn with_rows(self, csv: &[u8]) -> Result<Request, ApiError> {
        Ok(Request {
            object_type: self.object_type.ok_or_else(unknown_type)?,
            dedupe_by: self.dedupe_by.filter(|property| !property.is_empty()),
            rows: read_csv(csv)?,
        })
    }
}

async fn read_form(mut form: Multipart) -> Result<Request, ApiError> {
    let mut options = Options::default();
    let mut file = None;
    while let Some(field) = form.next_field().await? {
        match field.name() {
            Some("object_type") => options.object_type = Some(text(field).await?.into()),
            Some("dedupe_by") => options.dedupe_by = Some(text(field).await?),
            Some("file") => file = Some(field.bytes().await?),
            _ => {}
        }
    }
    let file = file.ok_or_else(|| invalid("invalid_form", "the form has no field `file`"))?;
    options.with_rows(&file)
}

async fn text(field: Field<'_>) -> Result<String, MultipartError> {
    field.text().await
}

/// Reads rows of which the first has the names of the properties. An empty field is no value.
fn read_csv(csv: &[u8]) -> Result<Vec<Box<RawValue>>, ApiError> {
    // Spreadsheets write a byte order mark.
    let csv = csv.strip_prefix("\u{feff}".as_bytes()).unwrap_or(csv);
    let mut reader = csv::ReaderBuilder::new()
        .trim(csv::Trim::Headers)
        .from_reader(csv);
    let names = reader.headers()?.clone();
    for (at, name) in names.iter().enumerate() {
        if name.is_empty() || names.iter().take(at).any(|other| other == name) {
            let message = format!("column {} has no name, or that of another column", at + 1);
            return Err(invalid("invalid_csv", message));
        }
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record?;
        let fields = names.iter().zip(&record);
        let values: Map<_, _> = fields
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect();
        let row = serde_json::value::to_raw_value(&json!({ "default": values }));
        rows.push(row.map_err(|_error| invalid("invalid_csv", "a row is not JSON"))?);
    }
    Ok(rows)
}

/// Refuses a form of another site. A browser sends it without asking, also to a service that only it can reach.
fn refuse_other_sites(headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get("sec-fetch-site") {
        Some(site) if site != "same-origin" && site != "none" => {
            let message = "requests of other sites are refused";
            Err(ApiError::new(StatusCode::FORBIDDEN, "other_site", message))
        }
        _ => Ok(()),
    }
}

/// Reads the key of the caller. It becomes a part of paths.
fn key_of(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let is_safe = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_';
    let text = value.to_str().ok();
    let text = text.filter(|text| text.as_bytes().iter().all(is_safe));
    let key = text.and_then(|text| IdempotencyKey::new(text).ok());
    match key {
        Some(key) => Ok(Some(key)),
        None => Err(invalid(
            "invalid_key",
            "a key has up to 255 letters, digits, `-` and `_`",
        )),
    }
}

/// Returns the content type without its parameters, in lower case.
fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    let value = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let (media_type, _) = value.split_once(';').unwrap_or((value, ""));
    media_type.trim().to_ascii_lowercase()
}

fn invalid(code: &'static str, message: impl Into<String>) -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, code, message)
}

/// The service may add types, and the client can name them. A caller of this service has made a mistake.
fn unknown_type() -> ApiError {
    let message = "object_type must be one of identity, organization, contact, action, document, deal, engagement, comment";
    ApiError::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "unknown_object_type",
        message,
    )
}

impl From<JsonRejection> for ApiError {
    fn from(error: JsonRejection) -> Self {
        Self::rejected(error.status(), "invalid_json", error.body_text())
    }
}

impl From<BytesRejection> for ApiError {
    fn from(error: BytesRejection) -> Self {
        Self::rejected(error.status(), "invalid_body", error.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(error: QueryRejection) -> Self {
        Self::rejected(error.status(), "invalid_query", error.body_text())
    }
}

impl From<MultipartError> for ApiError {
    fn from(error: MultipartError) -> Self {
        Self::rejected(error.status(), "invalid_form", error.body_text())
    }
}

impl From<csv::Error> for ApiError {
    fn from(error: csv::Error) -> Self {
        invalid("invalid_csv", error.to_string())
    }
}

impl ApiError {
    fn rejected(status: StatusCode, code: &'static str, message: String) -> Self {
        if status == StatusCode::PAYLOAD_TOO_LARGE {
            let message = format!("the body is larger than {} MiB", crate::MAX_BODY >> 20);
            return Self::new(status, "too_large", message);
        }
        Self::new(status, code, message)
    }
}
