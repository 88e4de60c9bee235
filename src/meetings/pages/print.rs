//! A meeting on paper: the letter that calls it, its agenda, the sheet to sign, an attestation for whoever came to a training.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::show::{self, Page};
use super::{trail, words};
use crate::error::{Error, Result};
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::text::fold;
use crate::meetings::model::{Invitation, Presence};

/// What may be printed: its name in addresses, its title, whether it names people, who are known to whoever may write the meeting.
const SHEETS: [(&str, &str, bool); 4] = [
    ("ordre-du-jour", "Ordre du jour", false),
    ("convocation", "Convocation", true),
    ("emargement", "Feuille d’émargement", true),
    ("attestations", "Attestations de présence", true),
];

/// Blank lines at the foot of the sheet to sign, for those who come without being on it.
const BLANK_LINES: usize = 6;

fn came(page: &Page) -> Vec<&Invitation> {
    page.people.iter().filter(|one| one.presence == Some(Presence::Present)).collect()
}

/// What may be printed of this meeting by its reader.
fn sheets(page: &Page) -> Vec<(&'static str, &'static str)> {
    let is_training = page.meeting.fields.kind.defaults().is_training && page.meeting.life.stage.is_over();
    let may = |name: &str, names_people: bool| (page.may_write || !names_people) && (name != "attestations" || is_training);
    SHEETS.iter().filter(|(name, _, names_people)| may(name, *names_people)).map(|(name, label, _)| (*name, *label)).collect()
}

/// `/rencontres/{id}/imprimer`: what there is to print; for whom there is but the agenda, the agenda.
pub async fn choose(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let page = show::load(&visit, id.into_inner()).await?;
    let meeting = &page.meeting;
    let links: Vec<Value> = sheets(&page)
        .into_iter()
        .map(|(name, label)| json!({ "label": label, "href": format!("{}/{name}", paths::about_meeting(&meeting.id, "imprimer")) }))
        .collect();
    let data = json!({ "breadcrumb": trail(meeting, Some("Imprimer")), "title": meeting.fields.title, "links": links });
    visit.page("meetings/print_index", "Imprimer", data)
}

/// `/rencontres/{id}/imprimer/{what}`.
pub async fn page(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, what) = path.into_inner();
    let page = show::load(&visit, id).await?;
    let (name, label) = sheets(&page).into_iter().find(|(name, _)| *name == what).ok_or(Error::NotFound)?;
    let (meeting, fields, zone) = (&page.meeting, &page.meeting.fields, &visit.app.config.zone);
    let mut people: Vec<&Invitation> = if name == "attestations" { came(&page) } else { page.people.iter().collect() };
    people.sort_by_cached_key(|one| fold(&one.name));
    let person = |one: &&Invitation| {
        let organisation = one.organisation_id.as_ref().and_then(|id| page.names.organisation(id.as_str())).map(|one| one.name.clone());
        let more: Vec<String> =
            [words::some(&one.function).map(ToOwned::to_owned), organisation.filter(|name| *name != one.name)].into_iter().flatten().collect();
        json!({ "name": one.name, "more": more.join(", ") })
    };
    let data = json!({
        "breadcrumb": trail(meeting, Some(label)),
        "sheet": name,
        "label": label,
        "title": fields.title,
        "kind": Some(fields.kind.label()).filter(|label| *label != fields.title),
        "body": page.names.body(fields.body_id.as_deref()).map(|body| body.fields.name.clone()),
        "when": words::when(fields, zone),
        "place": words::some(&fields.place),
        "link": words::some(&fields.link).filter(|_| page.may_write),
        "summary": words::some(&fields.summary),
        "open_decisions": page.open_decisions,
        "agenda": show::agenda(fields, &page.names, zone),
        "organiser": fields.organiser.as_deref().filter(|_| visit.viewer.actor().is_some()).map(|id| page.names.agent(id)),
        "departement": page.names.party(None),
        "today": visit.today(),
        "people": if name == "ordre-du-jour" { Vec::new() } else { people.iter().map(person).collect::<Vec<Value>>() },
        "blanks": vec![json!({}); if name == "emargement" { BLANK_LINES } else { 0 }],
        "back": paths::meeting(&meeting.id, &fields.title),
    });
    let frame = Frame { print: true, noindex: true, home: false };
    visit.framed("meetings/print", &format!("{label}\u{a0}: {}", fields.title), frame, StatusCode::OK, data)
}
