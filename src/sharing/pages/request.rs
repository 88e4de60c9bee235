//! `/appuis/{id}`: a request for help on a draft, for those asked and those who write it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::told;
use crate::accounts::model::{Account, Actor, Viewer};
use crate::actions::service::Action;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::instance::model::Instance;
use crate::kernel::ids::SupportId;
use crate::kernel::{FieldErrors, referential};
use crate::sharing::asking::QUESTION_MAX;
use crate::sharing::model::Reason;
use crate::sharing::policy;
use crate::sharing::support::{self, Seen};
use crate::territories::model::Atlas;
use crate::{instance, territories};

struct Page {
    seen: Seen,
    people: Vec<(Account, Reason)>,
    instance: Instance,
    atlas: Atlas,
}

fn load(conn: &mut Conn, viewer: &Viewer, id: &SupportId) -> Result<Page> {
    let seen = support::find(conn, viewer, id)?;
    let people = support::people(conn, &seen.asked)?;
    Ok(Page { people, instance: instance::service::get(conn)?.0, atlas: territories::service::atlas(conn)?, seen })
}

fn id_of(text: &str) -> Result<SupportId> {
    SupportId::parse(text).ok_or(Error::NotFound)
}

async fn found(visit: &Visit, id: &str) -> Result<Page> {
    visit.actor()?;
    let (viewer, id) = (visit.viewer.clone(), id_of(id)?);
    visit.app.db.read(move |conn| load(conn, &viewer, &id)).await
}

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let page = found(&visit, &id).await?;
    show(&visit, &page, "", &FieldErrors::default())
}

pub async fn answer(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (doer, request, said) = (visit.doer()?, id_of(&id)?, form.get("text").to_owned());
    match visit.app.db.write(move |conn| support::answer(conn, doer.by(), &request, &said)).await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::support(&id_of(&id)?), Some(Notice::SupportAnswered)))
        }
        Err(Error::Invalid(errors)) => show(&visit, &found(&visit, &id).await?, form.get("text"), &errors),
        Err(error) => Err(error),
    }
}

pub async fn close(Submitted { visit, .. }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (doer, request) = (visit.doer()?, id_of(&id)?);
    let action = visit.app.db.write(move |conn| support::close(conn, doer.by(), &request)).await?;
    Ok(visit.redirect(&paths::about_action(&action, "appuis"), Some(Notice::SupportClosed)))
}

fn show(visit: &Visit, page: &Page, typed: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let (actor, Seen { request, answers, action, standing, .. }) = (visit.actor()?, &page.seen);
    let field = Field {
        name: "text",
        label: "Votre réponse",
        hint: "Ceux qui écrivent l’action et ceux à qui l’appui est demandé la liront ici.",
        value: typed,
        required: true,
        max: u32::try_from(QUESTION_MAX).ok(),
        rows: 6,
        ..Field::default()
    };
    let own = paths::support(&request.id);
    let command = |label: &str, href: String, method: &str, kind: &str| json!({ "label": label, "href": href, "method": method, "kind": kind });
    let mut commands = Vec::new();
    if standing.is_writer {
        commands.push(command("Voir la fiche", paths::action(&action.id, &action.fields.title), "get", "secondary"));
    }
    if policy::may_close(actor, *standing) {
        commands.push(command("Clore la demande", format!("{own}/clore"), "post", "quiet"));
    }
    let data = json!({
        "breadcrumb": [{ "label": "Mon espace", "href": "/mon-espace" }, { "label": "Appui demandé", "href": null }],
        "title": action.fields.title,
        "is_open": standing.is_open,
        "asker": request.asker_name,
        "commands": commands,
        "told": told(request, answers),
        "people": page.people.iter().map(|(account, _)| account.name.clone()).collect::<Vec<_>>(),
        "draft": page.draft(actor),
        "answer": policy::may_answer(actor, *standing).then(|| json!({ "action": own, "field": field.show(errors) })),
        "errors": summary(errors),
    });
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.framed("sharing/request", "Appui demandé", Frame { noindex: true, ..Frame::default() }, status, data)
}

impl Page {
    /// The draft as it is now, for those who may read it here.
    fn draft(&self, actor: &Actor) -> Option<Value> {
        policy::may_read_draft(actor, self.seen.standing).then(|| self.text(&self.seen.action))
    }

    fn text(&self, action: &Action) -> Value {
        let fields = &action.fields;
        let audiences = fields.audiences.iter().filter_map(|code| referential::audience(code)).map(|term| term.label.to_string());
        let place = if fields.place_withheld && !self.seen.standing.is_writer { "Lieu communiqué à l’inscription." } else { &fields.place };
        let joined = |parts: Vec<String>| parts.join(", ");
        let dates = [fields.starts_on, fields.ends_on].into_iter().flatten().map(|day| day.in_short()).collect::<Vec<_>>().join(" – ");
        let rows = [
            ("Nature", fields.kind.label().to_owned()),
            ("Publics", joined(audiences.chain(Some(fields.audience_note.clone())).filter(|text| !text.is_empty()).collect())),
            ("Thèmes", joined(fields.themes.iter().map(|code| self.instance.theme_label(code)).collect())),
            ("Territoires", joined(fields.territories.iter().map(|code| self.atlas.name(code)).collect())),
            ("Dates", joined([dates, fields.rhythm.clone()].into_iter().filter(|text| !text.is_empty()).collect())),
            ("Lieu", place.to_owned()),
        ];
        let texts = [
            ("En bref", fields.summary.clone()),
            ("Pourquoi cette action", fields.needs.clone()),
            ("Objectifs", fields.objectives.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n")),
            ("Déroulement", fields.steps.clone()),
            ("Moyens", fields.means.clone()),
        ];
        let texts = texts.into_iter().filter(|(_, text)| !text.is_empty());
        json!({
            "stage": action.life.stage.label(),
            "rows": rows.into_iter().map(|(label, value)| json!({ "label": label, "value": Some(value).filter(|value| !value.is_empty()), "href": null })).collect::<Vec<_>>(),
            "texts": texts.map(|(title, text)| json!({ "title": title, "text": text })).collect::<Vec<_>>(),
        })
    }
}
