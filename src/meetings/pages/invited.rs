//! Who is invited to a meeting: added, removed, and what they answered by telephone.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::edit::writable;
use super::names::Names;
use super::{id_of, trail, verbs, words};
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::kernel::ids::{InvitationId, MeetingId};
use crate::meetings::inviting::{self, Invitee};
use crate::meetings::model::{Invitation, InvitationState, Quality, Stage};
use crate::meetings::service::Meeting;

/// The order in which states are shown: what is to be done first.
const ORDER: [InvitationState; 6] = [
    InvitationState::ToInvite,
    InvitationState::Invited,
    InvitationState::Accepted,
    InvitationState::Waiting,
    InvitationState::Tentative,
    InvitationState::Declined,
];

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &id, &Form::default(), &FieldErrors::default()).await
}

async fn show(visit: &Visit, id: &str, form: &Form, errors: &FieldErrors) -> Result<HttpResponse> {
    let meeting = writable(visit, id).await?;
    let (viewer, own) = (visit.viewer.clone(), meeting.id.clone());
    let (names, people) = visit.app.db.read(move |conn| Ok::<_, Error>((Names::load(conn, &viewer)?, inviting::of(conn, &own)?))).await?;
    let mut people: Vec<Invitation> = people.into_iter().filter(|one| one.removed_at.is_none()).collect();
    people.sort_by_key(|one| (ORDER.iter().position(|state| *state == one.state), one.rank, crate::kernel::text::fold(&one.name)));
    let seated = people.iter().filter(|one| one.is_seated()).count();
    let may_answer = meeting.life.stage == Stage::Called && !meeting.has_ended(visit.now);
    let (mut groups, mut place) = (Vec::new(), 0);
    for state in ORDER {
        let of_state: Vec<&Invitation> = people.iter().filter(|one| one.state == state).collect();
        if of_state.is_empty() {
            continue;
        }
        let rows: Vec<Value> = of_state
            .iter()
            .map(|one| {
                place += usize::from(state == InvitationState::Waiting);
                let rank = (state == InvitationState::Waiting).then_some(place);
                row(&meeting, one, &names, rank, may_answer, visit)
            })
            .collect();
        groups.push(json!({ "label": words::those(state), "code": state, "rows": rows }));
    }
    let is_called = meeting.life.stage == Stage::Called && !meeting.has_ended(visit.now);
    let data = json!({
        "breadcrumb": trail(&meeting, Some("Invités")),
        "title": meeting.fields.title,
        "version": meeting.version,
        "seats": meeting.fields.capacity.map(|capacity| json!({ "taken": seated, "all": capacity })),
        "groups": groups,
        "add": (meeting.life.stage != Stage::Cancelled).then(|| added(&meeting, &names, form, errors)),
        "lead": match meeting.life.stage {
            Stage::Draft | Stage::Postponed => "Personne ne reçoit rien tant que vous n’avez pas envoyé la convocation.",
            _ if is_called => "Elle est convoquée\u{a0}: une personne que vous ajoutez reçoit son invitation aussitôt, une personne que vous retirez en est avertie.",
            _ => "",
        },
        "call_url": (matches!(meeting.life.stage, Stage::Draft | Stage::Postponed) && !meeting.has_begun(visit.now)).then(|| paths::about_meeting(&meeting.id, "convoquer")),
        "errors": summary(errors),
        "back": paths::meeting(&meeting.id, &meeting.fields.title),
    });
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "meetings/invited", &format!("Invités\u{a0}: {}", meeting.fields.title), data)
}

fn row(meeting: &Meeting, one: &Invitation, names: &Names, rank: Option<usize>, may_answer: bool, visit: &Visit) -> Value {
    let organisation =
        one.organisation_id.as_ref().and_then(|id| names.organisation(id.as_str())).map(|one| one.name.clone()).filter(|name| *name != one.name);
    let more: Vec<String> =
        [words::some(&one.function).map(ToOwned::to_owned), organisation, Some(one.quality.label().to_owned())].into_iter().flatten().collect();
    let answered = one.answered_at.map(|at| format!("le {}", visit.app.config.zone.day(at).in_short()));
    let about = |what: &str| format!("{}/{}/{what}", paths::about_meeting(&meeting.id, "invites"), one.id);
    json!({
        "id": one.id,
        "name": one.name,
        "more": more.join(", "),
        "email": words::some(&one.email),
        "rank": rank,
        "represented_by": words::some(&one.represented_by),
        "note": words::some(&one.note),
        "answered": answered,
        "answer_url": may_answer.then(|| about("reponse")),
        "remove_url": about("retirer"),
    })
}

/// The three ways to add somebody, filled with what was typed.
fn added(meeting: &Meeting, names: &Names, form: &Form, errors: &FieldErrors) -> Value {
    let chosen = |name: &str, none: &str, all: Vec<(String, String)>| {
        let all = [(String::new(), none.to_owned())].into_iter().chain(all);
        all.map(|(code, label)| Choice::new(&code, &label, form.get(name) == code)).collect::<Vec<_>>()
    };
    let quality = if form.has("quality") { form.get("quality") } else { Quality::Partner.as_str() };
    json!({
        "action": paths::about_meeting(&meeting.id, "invites"),
        "agents": chosen("account", "Choisir un agent", names.agent_names()),
        "partners": chosen("partner", "Choisir un partenaire", names.organisation_names()),
        "qualities": Quality::ALL.iter().map(|one| Choice::new(one.as_str(), one.label(), one.as_str() == quality)).collect::<Vec<_>>(),
        "name": form.get("name"), "email": form.get("email"), "function": form.get("function"),
        "errors": { "name": errors.of("name"), "email": errors.of("email"), "account": errors.of("account"), "partner": errors.of("partner") },
    })
}

pub async fn add(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let (own, doer) = (id_of(&id)?, visit.doer()?);
    let names = ["account", "partner", "name", "email", "function", "quality"];
    let given: Map<String, Value> =
        names.iter().filter(|name| !form.get(name).trim().is_empty()).map(|name| ((*name).to_owned(), json!(form.get(name)))).collect();
    let done = visit.app.db.write(move |conn| {
        // Who may not invite learns nothing of whom there is to invite.
        crate::meetings::service::find_to_write(conn, &crate::accounts::model::Viewer(Some(doer.actor.clone())), &own)?;
        let one = Invitee::read(conn, &Value::Object(given))?;
        inviting::invite(conn, doer.by(), &own, vec![one])
    });
    match done.await {
        Ok(added) => {
            visit.app.bell.ring();
            let notice = if added.is_empty() { Notice::AlreadyInvited } else { Notice::PersonAdded };
            Ok(visit.redirect(&format!("/rencontres/{id}/invites"), Some(notice)))
        }
        Err(Error::Invalid(errors)) => show(visit, &id, form, &errors).await,
        Err(error) => Err(error),
    }
}

/// One of those invited to the meeting of the path.
fn one_of(path: (String, String)) -> Result<(MeetingId, InvitationId)> {
    Ok((id_of(&path.0)?, InvitationId::parse(&path.1).ok_or(Error::NotFound)?))
}

fn check(conn: &mut crate::db::Conn, meeting: &MeetingId, person: &InvitationId) -> Result<()> {
    if inviting::find(conn, person)?.meeting_id == *meeting { Ok(()) } else { Err(Error::NotFound) }
}

pub async fn remove(sent: Submitted, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (meeting, person) = one_of(path.into_inner())?;
    let (visit, doer) = (&sent.visit, sent.visit.doer()?);
    let own = meeting.clone();
    let done = visit.app.db.write(move |conn| {
        crate::meetings::service::find_to_write(conn, &crate::accounts::model::Viewer(Some(doer.actor.clone())), &own)?;
        check(conn, &own, &person)?;
        inviting::remove(conn, doer.by(), &person)
    });
    done.await?;
    visit.app.bell.ring();
    Ok(visit.redirect(&paths::about_meeting(&meeting, "invites"), Some(Notice::PersonRemoved)))
}

/// What somebody answered by telephone, or over the counter.
pub async fn answer(sent: Submitted, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (meeting, person) = one_of(path.into_inner())?;
    let (visit, doer, own) = (&sent.visit, sent.visit.doer()?, meeting.clone());
    let answer = verbs::answer_of(&sent.form);
    let done = visit.app.db.write(move |conn| {
        crate::meetings::service::find_to_write(conn, &crate::accounts::model::Viewer(Some(doer.actor.clone())), &own)?;
        check(conn, &own, &person)?;
        inviting::answer(conn, doer.by(), &person, &answer?, "")
    });
    match done.await {
        Ok(_) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::about_meeting(&meeting, "invites"), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => {
            let mut moved = FieldErrors::default();
            errors.iter().for_each(|(_, text)| moved.add("liste", text));
            show(visit, meeting.as_str(), &Form::default(), &moved).await
        }
        Err(error) => Err(error),
    }
}
