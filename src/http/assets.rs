//! Style sheet, script, fonts and icons, from the binary.

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

use super::visit::Visit;
use crate::error::{Error, Result};

#[derive(RustEmbed)]
#[folder = "static/"]
struct Assets;

/// The sheets of `static/css/` that `app.css` is made of, in the order in which one gives way to the next.
const SHEETS: [&str; 9] = ["base", "forms", "parts", "pages", "screens", "records", "meetings", "sharing", "announcements"];

/// What an address holds: a file of `static/`, or the one style sheet.
fn asset(path: &str) -> Option<Vec<u8>> {
    match path {
        "app.css" => {
            SHEETS.iter().map(|sheet| Some(Assets::get(&format!("css/{sheet}.css"))?.data)).collect::<Option<Vec<_>>>().map(|all| all.concat())
        }
        path => Some(Assets::get(path)?.data.into_owned()),
    }
}

/// A file of `static/`. Links carry the version, so a browser may keep it for a year.
pub async fn file(request: HttpRequest, path: web::Path<String>) -> Result<HttpResponse> {
    let body = asset(&path).ok_or(Error::NotFound)?;
    let tag: String = Sha256::digest(&body)[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{tag}\"");
    let cache = if request.query_string().starts_with("v=") { "public, max-age=31536000, immutable" } else { "public, max-age=3600" };
    if request.headers().get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok(HttpResponse::NotModified().insert_header((header::ETAG, tag)).finish());
    }
    let kind = match path.rsplit('.').next() {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("woff2") => "font/woff2",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    Ok(HttpResponse::Ok().content_type(kind).insert_header((header::ETAG, tag)).insert_header((header::CACHE_CONTROL, cache)).body(body))
}

/// The instance's own colour over ours.
pub async fn appearance(visit: Visit) -> Result<HttpResponse> {
    let accent = visit.app.identity().accent.clone();
    let css = if accent.is_empty() {
        String::new()
    } else {
        // The dark scheme keeps our own colours, which are made for it.
        format!(
            "@media (prefers-color-scheme: light) {{\n  :root {{\n    --brand: {accent};\n    --hero: {accent};\n    --brand-deep: color-mix(in srgb, {accent} 75%, black);\n    --brand-tint: color-mix(in srgb, {accent} 11%, white);\n  }}\n}}\n"
        )
    };
    Ok(HttpResponse::Ok().content_type("text/css; charset=utf-8").insert_header((header::CACHE_CONTROL, "public, max-age=60")).body(css))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sheet_is_in_the_one_that_is_served() {
        let mut sheets: Vec<String> = Assets::iter().filter(|path| path.starts_with("css/")).map(String::from).collect();
        let mut joined = SHEETS.map(|sheet| format!("css/{sheet}.css"));
        sheets.sort();
        joined.sort();
        assert_eq!(sheets, joined);
        let sheet = String::from_utf8(asset("app.css").unwrap()).unwrap();
        assert_eq!(sheet.matches('{').count(), sheet.matches('}').count(), "a block that is not closed takes what follows in");
    }
}
