//! The documents of a convention as JSON; files are sent as multipart forms.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde::Serialize;

use super::{Entering, Of, pages};
use crate::accounts::model::Viewer;
use crate::conventions::record::{self, ConventionRecord};
use crate::conventions::{files, service};
use crate::documents::model::{Document, Kind, Purpose, Reading};
use crate::documents::pages::path;
use crate::error::{Error, Result};
use crate::http::api::{self, Sent};
use crate::http::openapi::Problem;
use crate::http::upload::Files;
use crate::http::visit::Visit;
use crate::kernel::given::Given;
use crate::kernel::ids::{ActId, ConventionId, DocumentId};
use crate::kernel::{Day, Listing, Moment, Page};

/// A file that is attached to a record.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct DocumentRecord {
    #[schema(value_type = String)]
    id: DocumentId,
    /// As it was given.
    name: String,
    /// Where its bytes are.
    url: String,
    #[schema(value_type = String, example = "application/pdf")]
    media_type: Kind,
    /// `attachment`, or `signed` for what was signed.
    #[schema(value_type = String, example = "signed")]
    purpose: Purpose,
    /// In bytes.
    size: i32,
    sha256: String,
    /// Whether its text is found by search: `read`, `cut`, `empty`, `unreadable` or `not_read`.
    #[schema(value_type = String, example = "read")]
    reading: Reading,
    #[schema(value_type = String, format = DateTime)]
    added_at: Moment,
    added_by: String,
}

impl From<Document> for DocumentRecord {
    fn from(document: Document) -> Self {
        let url = path(&document);
        let Document { id, name, kind, purpose, size, sha256, reading, added_at, added_by, .. } = document;
        Self { id, name, url, media_type: kind, purpose, size, sha256, reading, added_at, added_by }
    }
}

fn id_of(id: &str) -> Result<ConventionId> {
    ConventionId::parse(id).ok_or(Error::NotFound)
}

/// All of them: there are few.
fn listed(documents: Vec<Document>) -> Listing<DocumentRecord> {
    let total = documents.len() as u64;
    Listing::new(documents.into_iter().map(DocumentRecord::from).collect(), total, Page { number: 1, size: Page::LARGEST })
}

/// What is joined to a convention, the first one first.
#[utoipa::path(get, path = "/api/v1/conventions/{id}/documents", tag = "conventions", params(("id" = String, Path)),
    responses((status = 200, body = Listing<DocumentRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer, today) = (id_of(&id)?, visit.viewer.clone(), visit.today());
    let found = visit.app.db.read(move |conn| {
        service::find(conn, &viewer, &id, today)?;
        files::list(conn, &id)
    });
    Ok(api::answer(&listed(found.await?)))
}

/// A file, and what it is.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only describes the form")]
pub struct NewDocument {
    /// `attachment` (the default), or `signed`.
    purpose: Option<String>,
    /// Of a signed file: `convention` puts it in the place of the `signed_file` that the convention has; the identifier of a signed avenant
    /// without file makes it that avenant's.
    of: Option<String>,
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
}

/// Joins a file of 20 MiB at most, sent as the part `file` of a multipart form after its `purpose` and `of`. A signed file is a PDF, becomes
/// the convention's `signed_file` if it has none yet, and is never removed. Its `sha256` is then what `…/sign` and `…/acts` take as
/// `signed_file`.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/documents", tag = "conventions", params(("id" = String, Path)),
    request_body(content = NewDocument, content_type = "multipart/form-data"),
    responses((status = 201, body = DocumentRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn attach(Files { visit, form, mut files }: Files, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer, today) = (id_of(&id)?, visit.viewer.clone(), visit.today());
    let asked = id.clone();
    visit.app.db.read(move |conn| service::find_to_write(conn, &viewer, &asked, today).map(drop)).await?;
    let purpose = match form.get("purpose") {
        "" => Purpose::Attachment,
        said => Purpose::parse(said).ok_or_else(|| Error::field("purpose", "C’est « attachment » ou « signed »."))?,
    };
    let of = match form.get("of") {
        "" => Of::First,
        _ if purpose == Purpose::Attachment => return Err(Error::field("of", "Cela ne se dit que d’un fichier signé : « purpose » : « signed ».")),
        "convention" => Of::Convention,
        said => ActId::parse(said).map(Of::Act).ok_or_else(|| Error::field("of", "C’est « convention », ou l’identifiant d’un avenant."))?,
    };
    let checked = pages::received(&visit, files.pop(), purpose).await?;
    let doer = visit.doer()?;
    let document = visit.app.db.write(move |conn| files::attach(conn, doer.by(), today, &id, &checked, &of)).await?;
    visit.app.bell.ring();
    Ok(HttpResponse::build(StatusCode::CREATED).insert_header(("Cache-Control", "no-cache, private")).json(DocumentRecord::from(document)))
}

/// Takes a document off; answers those that are left. What was signed stays.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/documents/{document}/remove", tag = "conventions", params(("id" = String, Path), ("document" = String, Path)),
    responses((status = 200, body = Listing<DocumentRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn remove(sent: Sent, address: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, document) = address.into_inner();
    let (id, document, today) = (id_of(&id)?, DocumentId::parse(&document).ok_or(Error::NotFound)?, sent.visit.today());
    sent.only(&["version"])?;
    sent.change(move |conn, by, _| {
        // Who may not read the convention learns nothing of its documents.
        service::find(conn, &Viewer(Some(by.actor.clone())), &id, today)?;
        files::remove(conn, by, today, &id, &document)?;
        files::list(conn, &id).map(listed)
    })
    .await
}

/// When it was signed, and the number that it bears.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "only describes the body")]
pub struct EnterBody {
    version: i32,
    #[schema(value_type = String, format = Date)]
    signed_on: Day,
    number: Option<String>,
}

/// Says of a draft that it was signed before it was written here.
#[utoipa::path(post, path = "/api/v1/conventions/{id}/enter", tag = "conventions", params(("id" = String, Path)), request_body = EnterBody,
    responses((status = 200, body = ConventionRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn enter(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, today) = (id_of(&id)?, sent.visit.today());
    sent.only(&["version", "signed_on", "number"])?;
    let version = sent.version()?;
    sent.change(move |conn, by, given| {
        let viewer = Viewer(Some(by.actor.clone()));
        service::find(conn, &viewer, &id, today)?;
        let mut reader = Given::default();
        let part = |name: &str| given.get(name).cloned().unwrap_or_default();
        let (signed_on, number) = (reader.day("signed_on", &part("signed_on")), reader.line("number", &part("number")));
        reader.errors.into_result()?;
        let entering = Entering { signed_on, number: Some(number).filter(|number| !number.is_empty()) };
        let convention = files::enter(conn, by, today, &id, version, &entering)?;
        record::record(conn, &viewer, convention, today)
    })
    .await
}
