//! One line a request: method, path, status, time. Never a query string, which may hold what people look for, nor a header.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use tracing::Span;
use tracing_actix_web::RootSpanBuilder;

pub struct Quiet;

impl RootSpanBuilder for Quiet {
    fn on_request_start(request: &ServiceRequest) -> Span {
        // The secret of a mailed link is a part of its path.
        let path = ["/lien/…", "/desinscription/…"].into_iter().find(|path| request.path().starts_with(path.trim_end_matches('…')));
        let path = path.unwrap_or_else(|| request.path());
        tracing::info_span!("request", method = %request.method(), path, status = tracing::field::Empty)
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, actix_web::Error>) {
        let status = match outcome {
            Ok(response) => response.status(),
            Err(error) => error.as_response_error().status_code(),
        };
        span.record("status", status.as_u16());
        span.in_scope(|| tracing::debug!("answered"));
    }
}
