//! `/lien/rencontres/{secret}`: where the mails of a meeting lead. Opening it changes nothing; one button answers, without an account.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::kernel::FieldErrors;
use crate::meetings::model::{Answer, Invitation, InvitationState, Stage};
use crate::meetings::service::Meeting;
use crate::meetings::telling;

/// What may be answered, and how the page says it.
const ANSWERS: [(&str, &str); 4] =
    [("present", "Je viens"), ("represented", "Quelqu’un vient à ma place"), ("perhaps", "Peut-être"), ("absent", "Je ne viens pas")];

/// What stands in the form.
#[derive(Default)]
struct Typed {
    answer: String,
    represented_by: String,
    note: String,
}

impl Typed {
    fn of(form: &Form) -> Self {
        let text = |name: &str| form.get(name).chars().take(1_000).collect();
        Self { answer: text("answer"), represented_by: text("represented_by"), note: text("note") }
    }

    fn parsed(&self) -> Result<Answer> {
        Ok(match self.answer.as_str() {
            "present" => Answer::Present,
            "absent" => Answer::Absent,
            "perhaps" => Answer::Perhaps,
            "represented" => Answer::Represented(self.represented_by.clone()),
            _ => return Err(Error::field("answer", "Choisissez votre réponse.")),
        })
    }
}

/// A link in the mail may choose one answer already: it is still to be sent.
pub async fn show(request: HttpRequest, visit: Visit, secret: web::Path<String>) -> Result<HttpResponse> {
    let asked = query::pairs(request.query_string()).unwrap_or_default();
    let asked = ANSWERS.iter().find(|(value, _)| *value == asked.get("reponse"));
    let typed = asked.map(|(value, _)| Typed { answer: (*value).to_owned(), ..Typed::default() });
    page(&visit, &secret, typed, &FieldErrors::default(), StatusCode::OK).await
}

pub async fn answer(Submitted { visit, form }: Submitted, secret: web::Path<String>) -> Result<HttpResponse> {
    let (typed, secret) = (Typed::of(&form), secret.into_inner());
    let (said, note) = (typed.parsed(), typed.note.clone());
    let (followed, now, chance) = (secret.clone(), visit.now, visit.app.chance.clone());
    let answered = match said {
        Ok(said) => visit.app.db.write(move |conn| super::answer(conn, &followed, &said, &note, now, &chance)).await,
        Err(error) => Err(error),
    };
    match answered {
        Ok(_) => Ok(visit.redirect(&paths::meeting_link(&secret), None)),
        Err(Error::Invalid(errors)) => page(&visit, &secret, Some(typed), &errors, StatusCode::UNPROCESSABLE_ENTITY).await,
        // Cancelled, over, or no longer invited: the page says which.
        Err(Error::Refused(_)) => page(&visit, &secret, None, &FieldErrors::default(), StatusCode::CONFLICT).await,
        Err(Error::NotFound) => spent(&visit),
        Err(error) => Err(error),
    }
}

async fn page(visit: &Visit, secret: &str, typed: Option<Typed>, errors: &FieldErrors, status: StatusCode) -> Result<HttpResponse> {
    let followed = secret.to_owned();
    let read = visit.app.db.read(move |conn| {
        let (one, meeting) = super::bearer(conn, &followed)?;
        let place = match one.state {
            InvitationState::Waiting => Some(telling::place_in_line(conn, &one)?),
            _ => None,
        };
        Ok::<_, Error>((telling::organiser(conn, &meeting.fields)?, one, meeting, place))
    });
    let (organiser, one, meeting, place) = match read.await {
        Ok(read) => read,
        Err(Error::NotFound) => return spent(visit),
        Err(error) => return Err(error),
    };
    let fields = &meeting.fields;
    let closed = closed(visit, &one, &meeting);
    // Whoever is no longer invited reads no more than that.
    let is_known = one.removed_at.is_none();
    let is_expected = is_known && one.state != InvitationState::Waiting;
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty() && is_known);
    let item = |item: &crate::meetings::model::AgendaItem| json!({ "title": item.title, "speaker": some(&item.speaker), "aim": item.aim.label() });
    let data = json!({
        "csrf": visit.csrf(),
        "name": one.name,
        "kind": if one.is_convocation() { "Convocation" } else { "Invitation" },
        "title": fields.title,
        "starts_at": fields.starts_at.filter(|_| is_known),
        "ends_at": fields.ends_at,
        "place": some(&fields.place),
        "link": some(&fields.link).filter(|_| is_expected),
        "summary": some(&fields.summary),
        "has_details": is_known && !(fields.place.is_empty() && fields.link.is_empty() && fields.summary.is_empty() && fields.agenda.is_empty()),
        "agenda": if is_known { fields.agenda.iter().map(item).collect::<Vec<_>>() } else { Vec::new() },
        "organiser": organiser.map(|organiser| json!({ "name": organiser.name, "email": organiser.email })),
        "closed": closed,
        "answered": answered(&one, place),
        "form": if closed.is_none() { form(&one, typed.as_ref(), errors) } else { Value::Null },
        "errors": summary(errors),
        "action": paths::meeting_link(secret),
    });
    let title = if errors.is_empty() { fields.title.clone() } else { format!("Erreur\u{a0}: {}", fields.title) };
    visit.framed("meetings/answer", &title, Frame { noindex: true, ..Frame::default() }, status, data)
}

/// Why nobody answers any more.
fn closed(visit: &Visit, one: &Invitation, meeting: &Meeting) -> Option<Value> {
    let (heading, text) = match meeting.life.stage {
        _ if one.removed_at.is_some() => (
            "Votre présence n’est plus demandée",
            "La liste des invités a changé. Si vous pensez que c’est une erreur, contactez la personne qui organise la rencontre.",
        ),
        Stage::Cancelled => ("Cette rencontre est annulée", "Elle n’aura pas lieu. Vous n’avez plus rien à faire."),
        Stage::Postponed => ("Cette rencontre est reportée", "La date ci-dessous ne tient plus. Vous recevrez la nouvelle par e-mail."),
        Stage::Draft => ("Cette rencontre n’est pas encore convoquée", "Vous recevrez un e-mail quand elle le sera."),
        Stage::Called if !meeting.has_ended(visit.now) => return None,
        _ => ("Cette rencontre est passée", "Il n’est plus temps de répondre."),
    };
    Some(json!({ "heading": heading, "text": text, "reason": meeting.life.reason.as_ref().filter(|_| one.removed_at.is_none()) }))
}

/// What the registry has kept of their answer.
fn answered(one: &Invitation, place: Option<usize>) -> Option<String> {
    one.answered_at?;
    match (one.state, place) {
        (InvitationState::Accepted, _) if one.represented_by.is_empty() => Some("Vous venez.".into()),
        (InvitationState::Accepted, _) => Some(format!("{} vient à votre place.", one.represented_by)),
        (InvitationState::Declined, _) => Some("Vous ne venez pas.".into()),
        (InvitationState::Tentative, _) => Some("Vous viendrez peut-être.".into()),
        (InvitationState::Waiting, Some(place)) => Some(format!(
            "Toutes les places sont prises\u{a0}: vous êtes en liste d’attente, au rang {place}. Un e-mail vous préviendra si une place se libère."
        )),
        _ => None,
    }
}

fn form(one: &Invitation, typed: Option<&Typed>, errors: &FieldErrors) -> Value {
    let kept = match one.state {
        InvitationState::Accepted | InvitationState::Waiting if !one.represented_by.is_empty() => "represented",
        InvitationState::Accepted | InvitationState::Waiting => "present",
        InvitationState::Declined => "absent",
        InvitationState::Tentative => "perhaps",
        InvitationState::ToInvite | InvitationState::Invited => "",
    };
    let chosen = typed.map_or(kept, |typed| typed.answer.as_str());
    let options = ANSWERS.iter().map(|(value, label)| Choice::new(value, label, *value == chosen)).collect();
    let is_again = typed.is_some() && !errors.is_empty();
    let value = |typed: Option<&String>, kept: &str| typed.filter(|_| is_again).map_or(kept.to_owned(), Clone::clone);
    let field = |name, label, hint, max, value: &str| {
        Field { name, label, hint, value, max: Some(max), autocomplete: "off", ..Field::default() }.show(errors)
    };
    json!({
        "answer": choices("answer", "Viendrez-vous\u{a0}?", "", options, errors),
        "represented_by": field(
            "represented_by", "Qui vient à votre place", "Seulement si quelqu’un vous représente\u{a0}: son nom et sa fonction.", 200,
            &value(typed.map(|typed| &typed.represented_by), &one.represented_by)
        ),
        "note": field("note", "Un mot pour la personne qui organise", "", 500, &value(typed.map(|typed| &typed.note), &one.note)),
    })
}

/// Never made, or forgotten since: nobody is told which.
fn spent(visit: &Visit) -> Result<HttpResponse> {
    let frame = Frame { noindex: true, ..Frame::default() };
    visit.framed("meetings/answer_spent", "Ce lien ne fonctionne plus", frame, StatusCode::NOT_FOUND, json!({}))
}
