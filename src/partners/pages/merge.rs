//! `/partenaires/{id}/reunir`: two records side by side, and what the one that stays will say.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{id_of, own_path, trail, words};
use crate::accounts::model::Viewer;
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::kernel::FieldErrors;
use crate::kernel::ids::OrganisationId;
use crate::partners::duplicates::{self, Trace};
use crate::partners::model::{Organisation, OrganisationFields, Partner};
use crate::partners::policy::{self, Subject};
use crate::partners::service::World;
use crate::partners::{labels, merging, service};
use crate::versions::diff::Said;

/// What the page is made of: the record to keep, and those that it may be merged with.
struct Read {
    kept: Partner,
    world: World,
    alike: Vec<Trace>,
    others: Vec<Organisation>,
}

async fn read(visit: &Visit, id: &str) -> Result<Read> {
    let (actor, id) = (visit.actor()?.clone(), id_of(id)?);
    visit
        .app
        .db
        .read(move |conn| {
            let (kept, world) = (service::read(conn, &Viewer(Some(actor.clone())), &id)?, World::load(conn)?);
            if kept.id != id {
                return Err(Error::NotFound);
            }
            if !policy::may_decide(&actor, &Subject::of(&kept, &world)) {
                return Err(Error::Forbidden("Réunir deux fiches revient à un responsable des territoires que le partenaire dessert.".into()));
            }
            let alike = duplicates::of(conn, &kept.fields, Some(&id))?.into_iter().map(|(trace, _)| trace).collect();
            let others = service::all(conn)?.into_iter().filter(|other| other.id != id).collect();
            Ok(Read { kept, world, alike, others })
        })
        .await
}

pub async fn page(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    let read = read(&visit, &id).await?;
    let form = query::pairs(request.query_string())?;
    match form.get("avec") {
        "" => choose(&visit, &read, "", &FieldErrors::default()),
        other => match compared(&visit, &read, other).await {
            Ok(other) => compare(&visit, &read, &other, false),
            Err(Error::Invalid(errors)) => choose(&visit, &read, other, &errors),
            Err(error) => Err(error),
        },
    }
}

/// The other record, if both may be merged by this actor.
async fn compared(visit: &Visit, read: &Read, other: &str) -> Result<Partner> {
    let unknown = || Error::field("avec", "Choisissez l’autre fiche dans la liste.");
    let (doer, kept, other) = (visit.doer()?, read.kept.id.clone(), OrganisationId::parse(other).ok_or_else(unknown)?);
    match visit.app.db.read(move |conn| merging::mergeable(conn, &doer.actor, &kept, &other)).await {
        Ok((_, other)) => Ok(other),
        Err(Error::NotFound | Error::Refused(_)) => Err(unknown()),
        Err(error) => Err(error),
    }
}

fn choose(visit: &Visit, read: &Read, chosen: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let kept = &read.kept;
    let is_alike = |other: &&Organisation| read.alike.iter().any(|trace| trace.id == other.id);
    let option = |other: &Organisation, mark: &str| {
        Choice::new(other.id.as_str(), &format!("{}, {}{mark}", other.name, other.kind.label()), other.id.as_str() == chosen)
    };
    let alike = read.others.iter().filter(is_alike).map(|other| option(other, " (doublon possible)"));
    let rest = read.others.iter().filter(|other| !is_alike(other)).map(|other| option(other, ""));
    let options = [Choice::new("", "Choisir une fiche", chosen.is_empty())].into_iter().chain(alike).chain(rest).collect();
    let data = json!({
        "breadcrumb": trail(kept, Some("Réunir")),
        "kept": kept.fields.name,
        "action": paths::about_partner(&kept.id, "reunir"),
        "cancel": own_path(kept),
        "errors": summary(errors),
        "choice": choices("avec", "L’autre fiche", "Elle disparaîtra : son adresse mènera à celle-ci.", options, errors),
        "compared": null,
        "overtaken": false,
    });
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "partners/merge", &format!("Réunir – {}", kept.fields.name), data)
}

fn compare(visit: &Visit, read: &Read, other: &Partner, overtaken: bool) -> Result<HttpResponse> {
    let kept = &read.kept;
    let joined = merging::join(&kept.fields, &other.fields);
    let value = |fields: &OrganisationFields| serde_json::to_value(fields).unwrap_or_default();
    let (mine, theirs, after) = (value(&kept.fields), value(&other.fields), value(&joined.fields));
    let said = |name: &str, content: &Value| match words::said(name, &content[name], &read.world) {
        Said::Value(text) | Said::Text(text) => text,
        Said::Items(items) => items.join("\n"),
    };
    let rows = labels::FIELDS.iter().filter(|(name, ..)| mine[*name] != theirs[*name] || mine[*name] != after[*name]);
    let rows: Vec<Value> = rows
        .map(|(name, label, _)| json!({ "label": label, "kept": said(name, &mine), "other": said(name, &theirs), "after": said(name, &after) }))
        .collect();
    let data = json!({
        "breadcrumb": trail(kept, Some("Réunir")),
        "kept": kept.fields.name,
        "action": paths::about_partner(&kept.id, "reunir"),
        "cancel": own_path(kept),
        "errors": [],
        "choice": null,
        "compared": {
            "other": other.fields.name, "other_id": other.id, "other_url": own_path(other), "version": kept.version, "other_version": other.version,
            "swap": format!("{}?avec={}", paths::about_partner(&other.id, "reunir"), kept.id), "rows": rows,
            "narrowed": (joined.fields.visibility != kept.fields.visibility).then(|| joined.fields.visibility.label().to_lowercase()),
        },
        "overtaken": overtaken,
    });
    let status = if overtaken { StatusCode::CONFLICT } else { StatusCode::OK };
    visit.framed("partners/merge", &format!("Réunir – {}", kept.fields.name), Frame::default(), status, data)
}

pub async fn merge(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let visit = &sent.visit;
    let read_now = read(visit, &id).await?;
    let other = match compared(visit, &read_now, sent.form.get("avec")).await {
        Err(Error::Invalid(errors)) => return choose(visit, &read_now, sent.form.get("avec"), &errors),
        other => other?,
    };
    let (version, other_version) = (sent.form.version()?, sent.form.get("other_version").parse().unwrap_or(0));
    let (doer, today, kept, gone) = (visit.doer()?, visit.today(), read_now.kept.id.clone(), other.id.clone());
    let done = visit.app.db.write(move |conn| crate::merging::merge(conn, doer.by(), (&kept, version), (&gone, other_version), today)).await;
    match done {
        Ok(partner) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&own_path(&partner), Some(Notice::PartnersMerged)))
        }
        Err(Error::Conflict { .. }) => compare(visit, &read(visit, &id).await?, &other, true),
        Err(error) => Err(error),
    }
}
