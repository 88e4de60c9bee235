//! `/annonces/{id}/etiquettes`: postal labels, on sheets of 3 by 8, for the organisations that have no mailbox; and the day on which their
//! letters left.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{id_of, trail};
use crate::announcements::informed;
use crate::announcements::model::{How, Stage};
use crate::announcements::service::{self, Announcement};
use crate::error::{Error, Result};
use crate::http::forms::{Field, Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::ids::OrganisationId;
use crate::kernel::text::fold;
use crate::kernel::{Day, FieldErrors};
use crate::partners;
use crate::partners::model::OrganisationFields;
use crate::territories::geography::geography;

/// On a sheet of A4.
const ON_A_SHEET: usize = 24;

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &id, &Form::default(), &FieldErrors::default()).await
}

/// Somebody to whom a letter is sent.
struct Addressee {
    id: OrganisationId,
    name: String,
    lines: Vec<String>,
    /// When a letter to them was recorded.
    lettered_on: Option<Day>,
}

async fn show(visit: &Visit, id: &str, form: &Form, errors: &FieldErrors) -> Result<HttpResponse> {
    visit.actor()?;
    let (viewer, id, now, zone) = (visit.viewer.clone(), id_of(id)?, visit.now, visit.app.config.zone.clone());
    let read = visit.app.db.read(move |conn| {
        let announcement = service::find(conn, &viewer, &id)?;
        let without = service::without_mailbox(conn, viewer.actor().ok_or(Error::SignIn)?, &announcement, now)?;
        let informed = informed::of(conn, &announcement, &zone)?;
        let found = partners::service::readable_of(conn, &viewer, &without)?;
        let addressee = |partner: partners::model::Partner| Addressee {
            lines: lines(&partner.fields),
            lettered_on: informed.get(&partner.id).and_then(|ways| ways.get(&How::Letter)).copied(),
            name: partner.fields.name,
            id: partner.id,
        };
        let mut all: Vec<Addressee> = found.into_iter().map(addressee).collect();
        all.sort_by_key(|one| fold(&one.name));
        Ok::<_, Error>((announcement, all))
    });
    let (announcement, all) = read.await?;
    let (addressed, unaddressed): (Vec<&Addressee>, Vec<&Addressee>) = all.iter().partition(|one| !one.lines.is_empty());
    let label = |one: &&Addressee| json!({ "name": one.name, "lines": one.lines });
    let sheets: Vec<Vec<Value>> = addressed.chunks(ON_A_SHEET).map(|some| some.iter().map(label).collect()).collect();
    let may_record = matches!(announcement.life.stage, Stage::Sending | Stage::Sent);
    let today = visit.today().in_figures();
    let day = if form.has("on") { form.get("on") } else { &today };
    let data = json!({
        "breadcrumb": trail(&announcement, Some("Étiquettes")),
        "title": announcement.fields.title,
        "errors": summary(errors),
        "sheets": sheets,
        "unaddressed": unaddressed.iter().map(|one| json!({ "name": one.name, "url": paths::partner(&one.id, &one.name) })).collect::<Vec<_>>(),
        "count": addressed.len(),
        "record": (may_record && !all.is_empty()).then(|| record(&announcement, &all, day, form, errors)),
        "back": paths::announcement(&announcement.id),
    });
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    visit.framed("announcements/labels", "Étiquettes postales", Frame::default(), status, data)
}

/// The address as it is written on an envelope; empty when it is not known.
fn lines(fields: &OrganisationFields) -> Vec<String> {
    let mut lines: Vec<String> = fields.address.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    let commune = fields.commune.as_deref().and_then(|code| geography().place(code)).map(|place| place.name);
    if let Some(commune) = commune.filter(|name| !lines.is_empty() && !lines.iter().any(|line| fold(line).contains(&fold(name)))) {
        lines.push(commune.to_owned());
    }
    lines.truncate(5);
    lines
}

fn record(announcement: &Announcement, all: &[Addressee], day: &str, form: &Form, errors: &FieldErrors) -> Value {
    let ticked = form.all("organisations");
    let choice = |one: &Addressee| {
        json!({
            "value": one.id, "label": one.name, "checked": one.lettered_on.is_none() && (!form.has("on") || ticked.iter().any(|id| id == one.id.as_str())),
            "lettered_on": one.lettered_on.map(|on| format!("lettre envoyée le {}", on.in_short())),
        })
    };
    json!({
        "action": paths::about_announcement(&announcement.id, "lettres"),
        "error": errors.of("organisations"),
        "day": Field { name: "on", label: "Lettres envoyées le", value: day, required: true, ..Field::default() }.show(errors),
        "options": all.iter().map(choice).collect::<Vec<_>>(),
        "is_over": all.iter().all(|one| one.lettered_on.is_some()),
    })
}

pub async fn save(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.actor()?;
    let Some(on) = Day::parse(form.get("on")) else {
        return show(&visit, &id, &form, &FieldErrors::one("on", "Une date est attendue, comme 03/03/2026.")).await;
    };
    let organisations: Vec<OrganisationId> = form.all("organisations").iter().filter_map(|id| OrganisationId::parse(id)).collect();
    let (doer, own, zone) = (visit.doer()?, id_of(&id)?, visit.app.config.zone.clone());
    match visit.app.db.write(move |conn| service::record_letters(conn, doer.by(), &zone, &own, on, &organisations)).await {
        Ok(_) => Ok(visit.redirect(&paths::announcement(&id_of(&id)?), Some(Notice::LettersRecorded))),
        Err(Error::Invalid(errors)) => show(&visit, &id, &form, &errors).await,
        Err(error) => Err(error),
    }
}
