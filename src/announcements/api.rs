//! Announcements as JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::model::{AnnouncementFields, Kind, Stage, Verb};
use super::record::{self, AnnouncementRecord};
use super::service::{self, Filter, Seen};
use crate::accounts::model::{By, Viewer};
use crate::error::{Error, Result};
use crate::http::api::{self, Sent};
use crate::http::openapi::Problem;
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::given::Given;
use crate::kernel::ids::{AnnouncementId, OrganisationId};
use crate::kernel::{Day, FieldErrors, Listing, Moment};
use crate::meetings::reading;

/// An announcement as it is written, or written again.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct NewAnnouncement {
    #[schema(inline)]
    #[serde(flatten)]
    fields: AnnouncementFields,
    /// To write: `announcement` or `letter`.
    kind: Option<String>,
    /// To write: a text to begin with, `offer`, `meeting`, `closing` or `free`.
    model: Option<String>,
    /// To write again: the version that was read.
    version: Option<i32>,
}

/// What sending takes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct SendBody {
    version: i32,
    /// How many addresses are written to, as it was read of the audience: another number is refused.
    recipients: usize,
    /// Later: an instant, or a day and an hour of the instance.
    #[schema(format = DateTime)]
    send_at: Option<String>,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct AnnouncementVerbBody {
    version: i32,
}

#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct LettersBody {
    #[schema(format = Date)]
    on: String,
    /// Organisations of the audience that have no mailbox.
    organisations: Vec<String>,
}

/// Somebody to whom it would be written.
#[derive(Serialize, ToSchema)]
pub struct RecipientRecord {
    pub email: String,
    pub name: String,
    pub organisations: Vec<String>,
    /// They stopped such mails: they are not written to.
    pub stopped: bool,
}

/// Those to whom it would be written now.
#[derive(Serialize, ToSchema)]
pub struct AudienceRecord {
    /// How many addresses are written to.
    pub recipients: usize,
    pub stopped: usize,
    pub organisations: usize,
    /// Addresses that are left out: nobody is there any more.
    pub dead: usize,
    /// The organisations that have no mailbox.
    pub without_mailbox: Vec<String>,
    #[serde(flatten)]
    pub listing: Listing<RecipientRecord>,
}

fn id_of(id: &str) -> Result<AnnouncementId> {
    AnnouncementId::parse(id).ok_or(Error::NotFound)
}

fn me(by: By<'_>) -> Viewer {
    Viewer(Some(by.actor.clone()))
}

/// Refuses whoever may have none.
fn allowed(visit: &Visit) -> Result<()> {
    if super::policy::may_create(visit.actor()?) { Ok(()) } else { Err(service::not_yours()) }
}

/// The announcements that the caller may write, the last written first.
#[utoipa::path(get, path = "/api/v1/announcements", tag = "announcements",
    params(("kind" = Option<Vec<String>>, Query), ("stage" = Option<Vec<String>>, Query),
        ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<AnnouncementRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    allowed(&visit)?;
    let form = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    let filter =
        Filter { kinds: query::values(&form, "kind", &mut errors, Kind::parse), stages: query::values(&form, "stage", &mut errors, Stage::parse) };
    errors.into_result().map_err(Error::BadQuery)?;
    let (viewer, zone) = (visit.viewer.clone(), visit.app.config.zone.clone());
    let listing = visit.app.db.read(move |conn| {
        let listing = service::list(conn, &viewer, &filter, page)?;
        let items = listing.items.into_iter().map(|one| record::record(conn, one, &zone)).collect::<Result<Vec<_>>>()?;
        Ok::<_, Error>(Listing::new(items, listing.total, page))
    });
    Ok(api::answer(&listing.await?))
}

/// One announcement, with what became of its mails and how many organisations it informed.
#[utoipa::path(get, path = "/api/v1/announcements/{id}", tag = "announcements", params(("id" = String, Path)),
    responses((status = 200, body = AnnouncementRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer, zone) = (id_of(&id)?, visit.viewer.clone(), visit.app.config.zone.clone());
    let record = visit.app.db.read(move |conn| {
        let announcement = service::find(conn, &viewer, &id)?;
        record::record(conn, announcement, &zone)
    });
    Ok(api::answer(&record.await?))
}

/// Those to whom it would be written now: how many, and who, by address.
#[utoipa::path(get, path = "/api/v1/announcements/{id}/audience", tag = "announcements",
    params(("id" = String, Path), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = AudienceRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn audience(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    let (id, viewer, now) = (id_of(&id)?, visit.viewer.clone(), visit.now);
    let found = visit.app.db.read(move |conn| {
        let announcement = service::find(conn, &viewer, &id)?;
        service::audience(conn, viewer.actor().ok_or(Error::SignIn)?, &announcement, now)
    });
    let found = found.await?;
    let (recipients, stopped) = (found.number(), found.stopped());
    let listing = api::cut(found.recipients, page).map(|one| RecipientRecord {
        email: one.email,
        name: one.name,
        organisations: one.organisations.iter().map(ToString::to_string).collect(),
        stopped: one.is_stopped,
    });
    Ok(api::answer(&AudienceRecord {
        recipients,
        stopped,
        organisations: found.organisations,
        dead: found.dead,
        without_mailbox: found.without.iter().map(ToString::to_string).collect(),
        listing,
    }))
}

/// Begins an announcement, or the letter of a month, which is then composed of what was published.
#[utoipa::path(post, path = "/api/v1/announcements", tag = "announcements", request_body = NewAnnouncement,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request under the same key is carried out once")),
    responses((status = 201, body = AnnouncementRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn create(sent: Sent) -> Result<HttpResponse> {
    let zone = sent.visit.app.config.zone.clone();
    sent.create(move |conn, by, given| {
        let announcement = service::create(conn, by, &zone, &given)?;
        record::record(conn, announcement, &zone)
    })
    .await
}

/// Writes over the version that was read; fields that are not given stay as they are.
#[utoipa::path(put, path = "/api/v1/announcements/{id}", tag = "announcements", params(("id" = String, Path)), request_body = NewAnnouncement,
    responses((status = 200, body = AnnouncementRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn change(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, version, zone) = (id_of(&id)?, sent.version()?, sent.visit.app.config.zone.clone());
    sent.change(move |conn, by, given| {
        let announcement = service::change(conn, by, &id, version, &given)?;
        record::record(conn, announcement, &zone)
    })
    .await
}

/// Sends it, or schedules it, to as many addresses as were read of its audience.
#[utoipa::path(post, path = "/api/v1/announcements/{id}/send", tag = "announcements", params(("id" = String, Path)), request_body = SendBody,
    responses((status = 200, body = AnnouncementRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn send(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    sent.only(&["version", "recipients", "send_at"])?;
    let (id, version, zone) = (id_of(&id)?, sent.version()?, sent.visit.app.config.zone.clone());
    let number = sent.body.get("recipients").and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    let number = number.ok_or_else(|| Error::field("recipients", "Donnez le nombre d’adresses que vous avez lu."))?;
    let at = instant(&sent, &zone)?;
    sent.change(move |conn, by, _| {
        let announcement = service::send(conn, by, &id, version, &Seen { number, digest: None }, at)?;
        record::record(conn, announcement, &zone)
    })
    .await
}

fn instant(sent: &Sent, zone: &crate::kernel::Zone) -> Result<Option<Moment>> {
    match sent.body.get("send_at") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => reading::instant(zone, text).map(Some).map_err(|message| Error::field("send_at", message)),
        Some(_) => Err(Error::field("send_at", "Un texte est attendu.")),
    }
}

/// Takes what is scheduled back to a draft.
#[utoipa::path(post, path = "/api/v1/announcements/{id}/reopen", tag = "announcements", params(("id" = String, Path)), request_body = AnnouncementVerbBody,
    responses((status = 200, body = AnnouncementRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn reopen(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Reopen).await
}

/// Cancels it: what waits to leave does not any more.
#[utoipa::path(post, path = "/api/v1/announcements/{id}/cancel", tag = "announcements", params(("id" = String, Path)), request_body = AnnouncementVerbBody,
    responses((status = 200, body = AnnouncementRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn cancel(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Cancel).await
}

async fn carry_out(sent: Sent, id: &str, verb: Verb) -> Result<HttpResponse> {
    sent.only(&["version"])?;
    let (id, version, zone) = (id_of(id)?, sent.version()?, sent.visit.app.config.zone.clone());
    sent.change(move |conn, by, _| {
        let announcement = service::carry_out(conn, by, &id, version, verb)?;
        record::record(conn, announcement, &zone)
    })
    .await
}

/// Sends one to the caller.
#[utoipa::path(post, path = "/api/v1/announcements/{id}/test", tag = "announcements", params(("id" = String, Path)),
    responses((status = 200, body = AnnouncementRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn test(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, zone) = (id_of(&id)?, sent.visit.app.config.zone.clone());
    sent.change(move |conn, by, _| {
        service::try_out(conn, by, &id)?;
        let announcement = service::find(conn, &me(by), &id)?;
        record::record(conn, announcement, &zone)
    })
    .await
}

/// Records that letters left on a day.
#[utoipa::path(post, path = "/api/v1/announcements/{id}/letters", tag = "announcements", params(("id" = String, Path)), request_body = LettersBody,
    responses((status = 200, body = AnnouncementRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn letters(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    sent.only(&["on", "organisations"])?;
    let (id, zone) = (id_of(&id)?, sent.visit.app.config.zone.clone());
    let mut reader = Given::default();
    let on: Option<Day> = reader.day("on", sent.body.get("on").unwrap_or(&Value::Null));
    let said = reader.lines("organisations", sent.body.get("organisations").unwrap_or(&Value::Null));
    let organisations: Vec<OrganisationId> = said.iter().filter_map(|id| OrganisationId::parse(id)).collect();
    if organisations.len() < said.len() {
        reader.errors.add("organisations", "Donnez les identifiants des organismes.");
    }
    if on.is_none() {
        reader.errors.add("on", "Donnez le jour de l’envoi, comme 2026-03-03.");
    }
    reader.errors.into_result()?;
    let on = on.unwrap_or(Day::FIRST);
    sent.change(move |conn, by, _| {
        service::record_letters(conn, by, &zone, &id, on, &organisations)?;
        let announcement = service::find(conn, &me(by), &id)?;
        record::record(conn, announcement, &zone)
    })
    .await
}
