//! `/qui-sait-faire/{id}`: a question to a colleague.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::json;

use super::colleagues::{TITLE, asked, places};
use crate::accounts::model::{Account, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::kernel::ids::{AccountId, ActionId};
use crate::kernel::{Day, FieldErrors};
use crate::sharing::asking::{self, QUESTION_MAX};
use crate::sharing::colleagues::{self, who_know};
use crate::{instance, territories};

/// Actions that one may choose from.
const MOST: usize = 50;

struct Desk {
    account: Account,
    places: String,
    /// What this colleague did, by identifier and title.
    actions: Vec<(String, String)>,
    /// What the address asks about, to come back to.
    query: String,
}

fn load(conn: &mut Conn, viewer: &Viewer, id: &AccountId, form: &Form, today: Day) -> Result<Desk> {
    let account = colleagues::find(conn, viewer.actor().ok_or(Error::SignIn)?, id)?;
    let instance = instance::service::get(conn)?.0;
    let (mut actions, mut query) = (Vec::new(), String::new());
    if let Some(asked) = asked(conn, viewer, form, &instance)? {
        let found = who_know(conn, viewer, &asked.sought, today)?.into_iter().find(|colleague| colleague.account.id == *id);
        let found = found.into_iter().flat_map(|colleague| colleague.actions).take(MOST);
        actions = found.map(|action| (action.id.to_string(), action.fields.title)).collect();
        query = asked.query;
    }
    Ok(Desk { places: places(&account, &territories::service::atlas(conn)?), account, actions, query })
}

async fn desk(visit: &Visit, id: &str, request: &HttpRequest) -> Result<Desk> {
    visit.agent()?;
    let id = AccountId::parse(id).ok_or(Error::NotFound)?;
    let (viewer, today, form) = (visit.viewer.clone(), visit.today(), query::pairs(request.query_string())?);
    visit.app.db.read(move |conn| load(conn, &viewer, &id, &form, today)).await
}

pub async fn form(visit: Visit, id: web::Path<String>, request: HttpRequest) -> Result<HttpResponse> {
    let desk = desk(&visit, &id, &request).await?;
    let first = desk.actions.first().map(|(id, _)| id.clone()).unwrap_or_default();
    show(&visit, &desk, "", &first, &FieldErrors::default())
}

pub async fn ask(Submitted { visit, form }: Submitted, id: web::Path<String>, request: HttpRequest) -> Result<HttpResponse> {
    let desk = desk(&visit, &id, &request).await?;
    let (doer, today, colleague) = (visit.doer()?, visit.today(), desk.account.id.clone());
    let (question, said) = (form.get("question").to_owned(), form.get("about").to_owned());
    let done = visit.app.db.write(move |conn| {
        let unknown = || Error::field("about", "Choisissez une action de la liste.");
        let about = if said.is_empty() { None } else { Some(ActionId::parse(&said).ok_or_else(unknown)?) };
        asking::ask(conn, doer.by(), &colleague, &question, about.as_ref(), today)
    });
    match done.await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&back(&desk), Some(Notice::QuestionSent)))
        }
        Err(Error::Invalid(errors)) => show(&visit, &desk, form.get("question"), form.get("about"), &errors),
        Err(error) => Err(error),
    }
}

fn back(desk: &Desk) -> String {
    if desk.query.is_empty() { paths::WHO_KNOWS.to_owned() } else { format!("{}?{}", paths::WHO_KNOWS, desk.query) }
}

fn show(visit: &Visit, desk: &Desk, question: &str, about: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let email = visit.actor()?.email.clone();
    let heading = format!("Demander à {}", desk.account.name);
    let hint = format!("Elle part par e-mail. La réponse vous viendra à {email}. Ne nommez aucune personne accompagnée.");
    let field = Field {
        name: "question",
        label: "Votre question",
        hint: &hint,
        value: question,
        required: true,
        max: u32::try_from(QUESTION_MAX).ok(),
        rows: 8,
        ..Field::default()
    };
    let mut options = vec![Choice::new("", "Aucune en particulier", about.is_empty())];
    options.extend(desk.actions.iter().map(|(id, title)| Choice::new(id, title, id == about)));
    let query = if desk.query.is_empty() { String::new() } else { format!("?{}", desk.query) };
    let who = [desk.account.job.as_str(), &desk.places].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ");
    let data = json!({
        "breadcrumb": [{ "label": TITLE, "href": back(desk) }, { "label": heading, "href": null }],
        "heading": heading,
        "who": who,
        "action": format!("{}{query}", paths::colleague(&desk.account.id)),
        "errors": summary(errors),
        "field": field.show(errors),
        "about": (!desk.actions.is_empty()).then(|| choices("about", "À propos de quelle action ?", "", options, errors)),
        "cancel": back(desk),
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "sharing/question", &heading, data)
}
