//! Minutes as JSON: read, saved, read over, approved, published, rectified.

use actix_web::{HttpResponse, web};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{Read, approving};
use crate::accounts::model::{By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::api::{self, Sent};
use crate::http::openapi::Problem;
use crate::http::visit::Visit;
use crate::kernel::Moment;
use crate::kernel::ids::MeetingId;
use crate::meetings::model::minutes::MinutesPart;
use crate::meetings::model::{Approval, Stage, Verb};
use crate::meetings::world::World;

/// The minutes of a meeting.
#[derive(Serialize, ToSchema)]
pub struct MinutesRecord {
    meeting_id: String,
    /// The meeting's, which follows its minutes.
    #[schema(value_type = String, example = "minutes_in_review")]
    stage: Stage,
    /// The meeting's: to be sent with a verb.
    version: i32,
    /// The text's: to be sent with a text.
    revision: i32,
    parts: Vec<MinutesPart>,
    /// Who approves: `chair`, `all` or `silence`.
    #[schema(value_type = String, example = "silence")]
    approval: Approval,
    /// When silence approves.
    #[schema(value_type = Option<String>, format = DateTime)]
    silence_ends_at: Option<Moment>,
    /// What was approved (0), then each rectification.
    editions: Vec<EditionRecord>,
    /// How many of those called have approved the text as it is.
    approvals: usize,
    author: String,
    #[schema(value_type = Option<String>, format = DateTime)]
    updated_at: Option<Moment>,
}

#[derive(Serialize, ToSchema)]
pub struct EditionRecord {
    number: i32,
    reason: String,
    author: String,
    #[schema(value_type = String, format = DateTime)]
    at: Moment,
    parts: Vec<MinutesPart>,
}

/// What is written of the minutes. Parts that are not given stay.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct MinutesBody {
    /// That was read.
    revision: i32,
    /// Each names an agenda item by its `item` key, or a part of its own by its `title`.
    parts: Vec<MinutesPart>,
}

/// A numbered correction of what was approved.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct RectifyBody {
    version: i32,
    reason: String,
    parts: Vec<MinutesPart>,
}

/// What a verb takes.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body that is read by hand")]
pub struct MinutesVerbBody {
    version: i32,
    /// Needed to return.
    reason: Option<String>,
}

fn record(read: Read) -> MinutesRecord {
    let Read { meeting, minutes, manner, editions, said } = read;
    let silence_ends_at = manner.silence_ends(&meeting);
    let edition =
        |one: super::Edition| EditionRecord { number: one.number, reason: one.reason, author: one.author_name, at: one.at, parts: one.fields.parts };
    MinutesRecord {
        meeting_id: meeting.id.to_string(),
        stage: meeting.life.stage,
        version: meeting.version,
        revision: minutes.revision,
        parts: minutes.fields.parts,
        approval: manner.approval,
        silence_ends_at,
        editions: editions.into_iter().map(edition).collect(),
        approvals: said.len(),
        author: minutes.author_name,
        updated_at: minutes.updated_at,
    }
}

fn id_of(id: &str) -> Result<MeetingId> {
    MeetingId::parse(id).ok_or(Error::NotFound)
}

fn read_by(conn: &mut Conn, by: By<'_>, id: &MeetingId) -> Result<MinutesRecord> {
    super::read(conn, &Viewer(Some(by.actor.clone())), id).map(record)
}

/// The minutes of a meeting, as far as they are written.
#[utoipa::path(get, path = "/api/v1/meetings/{id}/minutes", tag = "meetings", params(("id" = String, Path)),
    responses((status = 200, body = MinutesRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, viewer) = (id_of(&id)?, visit.viewer.clone());
    let read = visit.app.db.read(move |conn| super::read(conn, &viewer, &id)).await?;
    Ok(api::answer(&record(read)))
}

/// Saves parts of the minutes over the `revision` that was read: 409 when somebody wrote in between.
#[utoipa::path(put, path = "/api/v1/meetings/{id}/minutes", tag = "meetings", params(("id" = String, Path)), request_body = MinutesBody,
    responses((status = 200, body = MinutesRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn save(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    sent.change(move |conn, by, given| -> Result<MinutesRecord> {
        // Who may not read them learns nothing of what is wrong with the request.
        read_by(conn, by, &id)?;
        let revision = match given.get("revision") {
            None | Some(Value::Null) => return Err(Error::field("revision", "Donnez la révision que vous avez lue : un nombre entier.")),
            Some(value) => value.as_i64().and_then(|number| i32::try_from(number).ok()),
        };
        let revision = revision.ok_or_else(|| Error::field("revision", "La révision est un nombre entier."))?;
        api::unknown(&given, &[&["revision", "parts"][..], &READ_ONLY].concat()).into_result()?;
        let parts = super::given(given.get("parts").unwrap_or(&json!([])))?;
        super::save(conn, by, &id, revision, parts)?;
        read_by(conn, by, &id)
    })
    .await
}

/// What a reader is given and may send back.
const READ_ONLY: [&str; 9] = ["meeting_id", "stage", "version", "approval", "silence_ends_at", "editions", "approvals", "author", "updated_at"];

/// Sends them to be read over by those called.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/minutes/submit", tag = "meetings", params(("id" = String, Path)), request_body = MinutesVerbBody,
    responses((status = 200, body = MinutesRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn submit(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Submit).await
}

/// Takes up their writing again, with a reason.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/minutes/return", tag = "meetings", params(("id" = String, Path)), request_body = MinutesVerbBody,
    responses((status = 200, body = MinutesRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn send_back(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Return).await
}

/// Approves them: from then on they change by rectification only.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/minutes/approve", tag = "meetings", params(("id" = String, Path)), request_body = MinutesVerbBody,
    responses((status = 200, body = MinutesRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn approve(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Approve).await
}

/// Publishes them to whoever may read the meeting, and tells those called.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/minutes/publish", tag = "meetings", params(("id" = String, Path)), request_body = MinutesVerbBody,
    responses((status = 200, body = MinutesRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn publish(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    carry_out(sent, &id, Verb::Publish).await
}

async fn carry_out(sent: Sent, id: &str, verb: Verb) -> Result<HttpResponse> {
    let (id, zone) = (id_of(id)?, sent.visit.app.config.zone.clone());
    sent.only(&["version", "reason"])?;
    let (version, reason) = (sent.version()?, reason(&sent)?);
    sent.change(move |conn, by, _| -> Result<MinutesRecord> {
        let world = World::load(conn, &zone)?;
        approving::carry_out(conn, by, &world, &id, version, verb, &reason)?;
        read_by(conn, by, &id)
    })
    .await
}

fn reason(sent: &Sent) -> Result<String> {
    match sent.body.get("reason") {
        None | Some(Value::Null) => Ok(String::new()),
        Some(Value::String(reason)) => Ok(reason.clone()),
        Some(_) => Err(Error::field("reason", "Un texte est attendu.")),
    }
}

/// Corrects what was approved by a numbered rectification; what it replaces stays readable.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/minutes/rectify", tag = "meetings", params(("id" = String, Path)), request_body = RectifyBody,
    responses((status = 200, body = MinutesRecord), (status = 409, body = Problem, content_type = "application/problem+json"), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn rectify(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let (id, zone) = (id_of(&id)?, sent.visit.app.config.zone.clone());
    sent.only(&["version", "reason", "parts"])?;
    let (version, reason) = (sent.version()?, reason(&sent)?);
    sent.change(move |conn, by, given| -> Result<MinutesRecord> {
        read_by(conn, by, &id)?;
        let parts = super::given(given.get("parts").unwrap_or(&Value::Null))?;
        let world = World::load(conn, &zone)?;
        approving::rectify(conn, by, &world, &id, version, parts, &reason)?;
        read_by(conn, by, &id)
    })
    .await
}
