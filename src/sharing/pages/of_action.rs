//! `/actions/{id}/appuis`: what those who write an action asked of colleagues, what these answered, and a new request while it is a draft.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::card;
use crate::accounts::model::{Account, Viewer};
use crate::actions::service::{self as actions, Action};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::ids::ActionId;
use crate::kernel::{Day, FieldErrors};
use crate::sharing::asking::QUESTION_MAX;
use crate::sharing::model::Reason;
use crate::sharing::support::{self, Answer, Request};
use crate::sharing::{pages::colleagues::places, policy};
use crate::territories;
use crate::territories::model::Atlas;

struct Desk {
    action: Action,
    requests: Vec<(Request, Vec<Answer>)>,
    /// Whom a request would reach, while one may be made.
    reached: Option<Vec<(Account, Reason)>>,
    atlas: Atlas,
}

/// What the page of an action shows of it to those who write it.
pub fn block(conn: &mut Conn, id: &ActionId) -> Result<Option<Value>> {
    let requests = support::of_action(conn, id)?;
    let more = paths::about_action(id, "appuis");
    Ok((!requests.is_empty()).then(|| json!({ "href": more, "requests": requests.iter().map(card).collect::<Vec<_>>() })))
}

fn load(conn: &mut Conn, viewer: &Viewer, id: &ActionId, today: Day) -> Result<Desk> {
    let action = actions::find_to_write(conn, viewer, id)?;
    let requests = support::of_action(conn, id)?;
    let has_open = requests.iter().any(|(request, _)| request.closed_at.is_none());
    let reached = match viewer.actor().filter(|actor| !has_open && policy::may_ask(actor, &action.subject())) {
        Some(actor) => Some(support::reached(conn, actor, &action, today)?),
        None => None,
    };
    Ok(Desk { action, requests, reached, atlas: territories::service::atlas(conn)? })
}

async fn desk(visit: &Visit, id: &str) -> Result<Desk> {
    visit.actor()?;
    let (viewer, today, id) = (visit.viewer.clone(), visit.today(), ActionId::parse(id).ok_or(Error::NotFound)?);
    visit.app.db.read(move |conn| load(conn, &viewer, &id, today)).await
}

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let desk = desk(&visit, &id).await?;
    show(&visit, &desk, "", &FieldErrors::default())
}

pub async fn ask(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let id = ActionId::parse(&id).ok_or(Error::NotFound)?;
    let (doer, today, question) = (visit.doer()?, visit.today(), form.get("question").to_owned());
    let asked = {
        let id = id.clone();
        visit.app.db.write(move |conn| support::ask(conn, doer.by(), &id, &question, today)).await
    };
    match asked {
        Ok(request) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::support(&request.id), Some(Notice::SupportAsked)))
        }
        Err(Error::Invalid(errors)) => show(&visit, &desk(&visit, id.as_str()).await?, form.get("question"), &errors),
        Err(error) => Err(error),
    }
}

fn show(visit: &Visit, desk: &Desk, question: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let Desk { action, requests, reached, atlas } = desk;
    let field = Field {
        name: "question",
        label: "Ce qui vous aiderait",
        hint: "Une idée de partenaire, un avis sur le déroulement, un écueil à éviter… Ne nommez aucune personne accompagnée.",
        value: question,
        required: true,
        max: u32::try_from(QUESTION_MAX).ok(),
        rows: 6,
        ..Field::default()
    };
    let person = |(account, reason): &(Account, Reason)| {
        let why = match reason {
            Reason::Group => "groupe d’appui",
            Reason::Knows => "a mené une action proche",
        };
        json!({ "name": account.name, "places": places(account, atlas), "why": why })
    };
    let data = json!({
        "breadcrumb": [
            { "label": "Actions collectives", "href": "/actions" },
            { "label": action.fields.title, "href": paths::action(&action.id, &action.fields.title) },
            { "label": "Appuis", "href": null },
        ],
        "title": action.fields.title,
        "action": paths::about_action(&action.id, "appuis"),
        "requests": requests.iter().map(card).collect::<Vec<_>>(),
        "ask": reached.as_ref().map(|people| json!({ "field": field.show(errors), "people": people.iter().map(person).collect::<Vec<_>>() })),
        "errors": summary(errors),
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "sharing/of_action", "Appuis", data)
}
