//! Who is invited to a meeting, what they answer and whether they came, as JSON.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Map, Value, json};

use super::shapes::{AnswerBody, NewInvitation, PresenceBody};
use super::{id_of, me};
use crate::accounts::model::{By, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::api::{self, Sent, unknown};
use crate::http::openapi::Problem;
use crate::http::query;
use crate::http::visit::Visit;
use crate::kernel::given::Given;
use crate::kernel::ids::{InvitationId, MeetingId};
use crate::kernel::{EmailAddress, FieldErrors, Listing};
use crate::meetings::inviting::{self, Invitee, MOST_INVITED};
use crate::meetings::model::{Answer, Invitation, Presence};
use crate::meetings::policy::{self, Sight};
use crate::meetings::record::{self, InvitationRecord, PresenceRecord};
use crate::meetings::service;

fn person_of(id: &str) -> Result<InvitationId> {
    InvitationId::parse(id).ok_or(Error::NotFound)
}

/// Everybody invited, in the order of their invitation. Partners who are invited read names; agents, answers too.
#[utoipa::path(get, path = "/api/v1/meetings/{id}/invitations", tag = "meetings", params(("id" = String, Path), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<InvitationRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    errors.into_result().map_err(Error::BadQuery)?;
    let (id, viewer) = (id_of(&id)?, visit.viewer.clone());
    let found = visit.app.db.read(move |conn| of(conn, &viewer, &id));
    Ok(api::answer(&api::cut(found.await?, page)))
}

fn of(conn: &mut Conn, viewer: &Viewer, id: &MeetingId) -> Result<Vec<InvitationRecord>> {
    let meeting = service::find(conn, viewer, id)?;
    if viewer.actor().is_none() {
        return Err(Error::SignIn);
    }
    let sight = policy::sight(viewer, &service::subject(conn, viewer, &meeting)?)
        .ok_or_else(|| Error::Forbidden("La liste des invités est connue des agents et des personnes invitées.".into()))?;
    let people = inviting::of(conn, id)?.into_iter().filter(|one| one.removed_at.is_none());
    Ok(people.map(|one| record::invitation(viewer, sight, one)).collect())
}

/// Invites somebody: `{"name", "email"}`, or an `account` or a `partner` by its identifier; `{"invitations": […]}` invites several. If the
/// meeting is called they are told at once, otherwise when it is. Whoever is invited already stays as they are.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/invitations", tag = "meetings", request_body = NewInvitation,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = InvitationRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn invite(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    sent.create(move |conn, by, given| -> Result<Value> {
        // Who may not write the meeting learns nothing of what is wrong with the request.
        service::find_to_write(conn, &me(by), &id)?;
        match given.get("invitations") {
            None => {
                let invitee = invitee(conn, &Value::Object(given))?;
                let made = invite_one(conn, by, &id, invitee)?;
                to_json(&record::invitation(&me(by), Sight::All, made))
            }
            Some(list) => {
                unknown(&given, &["invitations"]).into_result()?;
                let list = list.as_array().ok_or_else(|| Error::field("invitations", "Une liste est attendue."))?;
                if list.len() > MOST_INVITED {
                    return Err(Error::field("invitations", format!("Une rencontre compte {MOST_INVITED} invités au plus.")));
                }
                let invitees = (0usize..).zip(list).map(|(place, one)| invitee(conn, one).map_err(|error| in_list(error, place)));
                let invitees = invitees.collect::<Result<Vec<Invitee>>>()?;
                let made = inviting::invite(conn, by, &id, invitees)?;
                let items: Vec<InvitationRecord> = made.into_iter().map(|one| record::invitation(&me(by), Sight::All, one)).collect();
                Ok(json!({ "items": to_json(&items)?, "added": items.len() }))
            }
        }
    })
    .await
}

fn invitee(conn: &mut Conn, given: &Value) -> Result<Invitee> {
    let Some(object) = given.as_object() else { return Err(Error::field("invitations", "Chaque invité est un objet.")) };
    let mut one = Map::new();
    for (name, value) in object {
        // As the records that the API gives name them.
        let name = match name.as_str() {
            "account_id" => "account",
            "partner_id" => "partner",
            name => name,
        };
        one.insert(name.to_owned(), value.clone());
    }
    unknown(&one, &["name", "email", "function", "quality", "account", "partner"]).into_result()?;
    Invitee::read(conn, &Value::Object(one))
}

fn in_list(error: Error, place: usize) -> Error {
    let Error::Invalid(errors) = error else { return error };
    let mut named = FieldErrors::default();
    for (field, message) in errors.iter() {
        named.add(&format!("invitations.{place}.{field}"), message);
    }
    Error::Invalid(named)
}

fn invite_one(conn: &mut Conn, by: By<'_>, id: &MeetingId, invitee: Invitee) -> Result<Invitation> {
    let address = EmailAddress::parse(&invitee.email);
    if let Some(made) = inviting::invite(conn, by, id, vec![invitee])?.pop() {
        return Ok(made);
    }
    match address {
        Some(address) => inviting::at(conn, id, &address)?.ok_or(Error::NotFound),
        None => Err(Error::NotFound),
    }
}

fn to_json(value: &impl serde::Serialize) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Error::Internal(error.to_string()))
}

/// Takes somebody off the list: they are told if they had been called, and their seat goes to the first who waits.
#[utoipa::path(delete, path = "/api/v1/meetings/{id}/invitations/{invitation}", tag = "meetings", params(("id" = String, Path), ("invitation" = String, Path)),
    responses((status = 200, body = InvitationRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn remove(sent: Sent, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, person) = path.into_inner();
    let (id, person) = (id_of(&id)?, person_of(&person)?);
    sent.only(&[])?;
    sent.change(move |conn, by, _| {
        service::find_to_write(conn, &me(by), &id)?;
        of_meeting(conn, &id, &person)?;
        Ok::<_, Error>(record::invitation(&me(by), Sight::All, inviting::remove(conn, by, &person)?))
    })
    .await
}

fn of_meeting(conn: &mut Conn, id: &MeetingId, person: &InvitationId) -> Result<Invitation> {
    let one = inviting::find(conn, person)?;
    if one.meeting_id == *id { Ok(one) } else { Err(Error::NotFound) }
}

/// Answers, for oneself or one's organisation; whoever may write the meeting may answer for anybody. Without a seat left, one waits.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/invitations/{invitation}/answer", tag = "meetings", request_body = AnswerBody, params(("id" = String, Path), ("invitation" = String, Path)),
    responses((status = 200, body = InvitationRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn answer(sent: Sent, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, person) = path.into_inner();
    let (id, person) = (id_of(&id)?, person_of(&person)?);
    sent.change(move |conn, by, given| {
        let viewer = me(by);
        let meeting = service::find(conn, &viewer, &id)?;
        let one = of_meeting(conn, &id, &person)?;
        let subject = service::subject(conn, &viewer, &meeting)?;
        if !policy::may_answer(by.actor, &subject, &one) {
            return Err(Error::Forbidden("On répond pour soi ou pour sa structure ; l’équipe qui organise, pour chacun.".into()));
        }
        unknown(&given, &["answer", "represented_by", "note", "version"]).into_result()?;
        let (answer, note) = answer_of(&given)?;
        let answered = inviting::answer(conn, by, &person, &answer, &note)?;
        let sight = policy::sight(&viewer, &subject).unwrap_or(Sight::Names);
        Ok(record::invitation(&viewer, sight, answered))
    })
    .await
}

fn answer_of(given: &Map<String, Value>) -> Result<(Answer, String)> {
    let mut reader = Given::default();
    let part = |name: &str| given.get(name).unwrap_or(&Value::Null);
    let (note, represented_by) = (reader.line("note", part("note")), reader.line("represented_by", part("represented_by")));
    let answer = reader.code("answer", part("answer"), |said| match said {
        "present" => Some(Answer::Present),
        "absent" => Some(Answer::Absent),
        "represented" => Some(Answer::Represented(represented_by.clone())),
        "perhaps" => Some(Answer::Perhaps),
        _ => None,
    });
    if answer.is_none() && reader.errors.is_empty() {
        reader.errors.add("answer", "Répondez par present, absent, represented ou perhaps.");
    }
    reader.errors.into_result()?;
    answer.map(|answer| (answer, note)).ok_or(Error::NotFound)
}

/// Adds oneself to a meeting that is open to them, with a seat or on the waiting list. One withdraws by answering `absent`.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/register", tag = "meetings",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)), responses((status = 201, body = InvitationRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn register(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    sent.create(move |conn, by, given| {
        service::find(conn, &me(by), &id)?;
        unknown(&given, &["version"]).into_result()?;
        Ok(record::invitation(&me(by), Sight::Names, inviting::register(conn, by, &id)?))
    })
    .await
}

/// Records who came, once the meeting has begun. All or nothing; answers everybody invited.
#[utoipa::path(put, path = "/api/v1/meetings/{id}/presence", tag = "meetings", request_body = PresenceBody, params(("id" = String, Path)),
    responses((status = 200, body = PresenceRecord), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn presence(sent: Sent, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    sent.change(move |conn, by, given| {
        service::find_to_write(conn, &me(by), &id)?;
        unknown(&given, &["presences", "headcount", "version"]).into_result()?;
        let headcount = given.get("headcount").map(service::recorded_headcount).transpose()?;
        let presences = presences(&given)?;
        inviting::record_presence(conn, by, &id, &presences, headcount)?;
        let headcount = service::find(conn, &me(by), &id)?.headcount;
        Ok::<_, Error>(PresenceRecord { items: of(conn, &me(by), &id)?, headcount })
    })
    .await
}

fn presences(given: &Map<String, Value>) -> Result<Vec<(InvitationId, Presence)>> {
    let mut reader = Given::default();
    let mut presences = Vec::new();
    if given.get("presences").and_then(Value::as_array).is_some_and(|list| list.len() > MOST_INVITED) {
        return Err(Error::field("presences", format!("Une rencontre compte {MOST_INVITED} invités au plus.")));
    }
    for (place, one) in (0usize..).zip(reader.array("presences", given.get("presences").unwrap_or(&Value::Null))) {
        let name = |field: &str| format!("presences.{place}.{field}");
        let id = one.get("id").and_then(Value::as_str).and_then(InvitationId::parse);
        let presence = reader.code(&name("presence"), one.get("presence").unwrap_or(&Value::Null), Presence::parse);
        match (id, presence) {
            (Some(id), Some(presence)) => presences.push((id, presence)),
            (None, _) => reader.errors.add(&name("id"), "L’identifiant d’une invitation est attendu."),
            (Some(_), None) => reader.errors.add(&name("presence"), "Choisissez present, excused, absent ou represented."),
        }
    }
    reader.errors.into_result().map(|()| presences).map_err(Error::from)
}
