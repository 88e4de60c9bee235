//! Errors of the API: RFC 9457 problem documents, with a `fields` map where fields are wrong.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde_json::json;

use super::error::words;
use crate::error::Error;

pub fn response(status: StatusCode, error: Option<&Error>) -> HttpResponse {
    let (title, detail) = words(status, error);
    let mut problem = json!({ "type": "about:blank", "title": title, "status": status.as_u16(), "detail": detail });
    match error {
        Some(Error::Invalid(fields) | Error::BadQuery(fields)) => {
            problem["fields"] = json!(fields.map());
            problem["detail"] = json!(fields.to_string());
        }
        Some(Error::Conflict { current }) => {
            problem["version"] = json!(current);
            problem["detail"] = json!("The record was changed in between: read it again, then send your change with this version.");
        }
        _ => {}
    }
    let mut response = HttpResponse::build(status);
    if status == StatusCode::UNAUTHORIZED {
        response.insert_header(("WWW-Authenticate", "Bearer"));
    }
    if let Some(Error::Throttled { seconds }) = error {
        response.insert_header(("Retry-After", seconds.to_string()));
    }
    response.content_type("application/problem+json").body(problem.to_string())
}
