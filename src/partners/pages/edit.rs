//! The form by which an organisation is added, written again, or corrected by somebody who may not write it.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::form::{self, Filled};
use super::{id_of, own_path, trail};
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::{Field, Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::kernel::{FieldErrors, Moment};
use crate::partners::duplicates::{self, Alike, Trace};
use crate::partners::model::{OrganisationFields, Partner};
use crate::partners::service::World;
use crate::partners::{corrections, history, policy, reading, service};
use crate::versions;

/// What the form is for.
enum Purpose {
    Add,
    Write(Box<Partner>),
    Correct(Box<Partner>),
}

/// Everything that a showing of the form depends on.
struct Showing {
    purpose: Purpose,
    values: Map<String, Value>,
    version: i32,
    errors: FieldErrors,
    found: Vec<(String, String)>,
    query: String,
    spare_rows: usize,
    /// Who wrote in between and when, and what, where both wrote.
    conflict: Option<(String, Moment, Map<String, Value>)>,
    duplicates: Vec<(Trace, Alike)>,
}

impl Showing {
    fn of(purpose: Purpose, values: Map<String, Value>, version: i32) -> Self {
        Self {
            purpose,
            values,
            version,
            errors: FieldErrors::default(),
            found: Vec::new(),
            query: String::new(),
            spare_rows: 1,
            conflict: None,
            duplicates: Vec::new(),
        }
    }
}

async fn world(visit: &Visit) -> Result<World> {
    visit.app.db.read(World::load).await
}

pub async fn new_form(visit: Visit) -> Result<HttpResponse> {
    let actor = visit.actor()?;
    if !policy::may_create(actor) {
        return Err(policy::not_created_here());
    }
    // What is added serves at first where its author works.
    let fields = OrganisationFields { area: actor.territories.iter().cloned().collect(), ..OrganisationFields::default() };
    let world = world(&visit).await?;
    show(&visit, &world, Showing::of(Purpose::Add, form::values_of(&fields), 0))
}

pub async fn add(sent: Submitted) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    if !policy::may_create(visit.actor()?) {
        return Err(policy::not_created_here());
    }
    let (world, values) = (world(visit).await?, form::values_sent(form));
    let showing = Showing::of(Purpose::Add, values.clone(), 0);
    if let Some(showing) = more(&world, form, showing) {
        return show(visit, &world, showing);
    }
    let showing = Showing::of(Purpose::Add, values.clone(), 0);
    if form.get("distinct") != "oui"
        && let Ok(fields) = reading::read(&values, OrganisationFields::default(), world.known())
    {
        let duplicates = visit.app.db.read(move |conn| duplicates::of(conn, &fields, None)).await?;
        if !duplicates.is_empty() {
            return show(visit, &world, Showing { duplicates, ..showing });
        }
    }
    let doer = visit.doer()?;
    match visit.app.db.write(move |conn| service::create(conn, doer.by(), &values)).await {
        Ok(partner) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&own_path(&partner), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => show(visit, &world, Showing { errors, ..showing }),
        Err(error) => Err(error),
    }
}

/// What the buttons within the form ask for: places looked for, empty rows.
fn more(world: &World, form: &Form, showing: Showing) -> Option<Showing> {
    match form.get("do") {
        "find-area" => {
            let query: String = form.get("area_q").chars().take(200).collect();
            let departement = &world.instance.departement;
            let found = world.atlas.search(&query, Some(departement), 12).into_iter().map(|named| (named.code, named.label)).collect();
            Some(Showing { found, query, ..showing })
        }
        "more" => Some(Showing { spare_rows: 3, ..showing }),
        _ => None,
    }
}

fn to_write(conn: &mut Conn, viewer: &Viewer, id: &str) -> Result<(Partner, World)> {
    let id = id_of(id)?;
    Ok((service::find_to_write(conn, viewer, &id)?, World::load(conn)?))
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    visit.actor()?;
    let viewer = visit.viewer.clone();
    let (partner, world) = visit.app.db.read(move |conn| to_write(conn, &viewer, &id)).await?;
    let (values, version) = (form::values_of(&partner.fields), partner.version);
    show(&visit, &world, Showing::of(Purpose::Write(Box::new(partner)), values, version))
}

pub async fn save(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    visit.actor()?;
    let (viewer, asked) = (visit.viewer.clone(), id.to_string());
    let (partner, world) = visit.app.db.read(move |conn| to_write(conn, &viewer, &asked)).await?;
    let (version, values) = (form.version()?, form::values_sent(form));
    let showing = |partner: Partner| Showing::of(Purpose::Write(Box::new(partner)), values.clone(), version);
    if let Some(showing) = more(&world, form, showing(partner.clone())) {
        return show(visit, &world, showing);
    }
    let (doer, own, given) = (visit.doer()?, partner.id.clone(), values.clone());
    match visit.app.db.write(move |conn| service::change(conn, doer.by(), &own, version, &given)).await {
        Ok(partner) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&own_path(&partner), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => show(visit, &world, Showing { errors, ..showing(partner) }),
        Err(Error::Conflict { .. }) => settle(visit, &world, partner, values, version).await,
        Err(error) => Err(error),
    }
}

/// Somebody wrote in between. What only one changed is kept from both; where both wrote, what was typed stays and theirs stands beside it.
async fn settle(visit: &Visit, world: &World, partner: Partner, sent: Map<String, Value>, version: i32) -> Result<HttpResponse> {
    let (id, reason) = (partner.id.clone(), sent.get("reason").cloned());
    let read = visit
        .app
        .db
        .read(move |conn| Ok::<_, Error>((history::fields_at(conn, &id, version)?, versions::last(conn, &Record::partner(&id))?)))
        .await?;
    let base = read.0.unwrap_or_default();
    let mut typed = sent.clone();
    typed.remove("reason");
    // Read through the same door as a change, so that two ways of writing one value are one.
    let mine = match reading::read(&typed, base.clone(), world.known()) {
        Ok(fields) => form::values_of(&fields.sorted()),
        Err(errors) => return show(visit, world, Showing { errors, ..Showing::of(Purpose::Write(Box::new(partner)), sent, version) }),
    };
    let (base, theirs) = (form::values_of(&base.sorted()), form::values_of(&partner.fields.sorted()));
    let changed: Vec<&str> = form::names().filter(|name| mine.get(*name) != base.get(*name)).collect();
    let clashing: Map<String, Value> = changed
        .iter()
        .filter(|name| theirs.get(**name) != base.get(**name) && theirs.get(**name) != mine.get(**name))
        .filter_map(|name| Some(((*name).to_owned(), theirs.get(*name)?.clone())))
        .collect();
    let of_mine: Map<String, Value> = changed.iter().map(|name| ((*name).to_owned(), mine[*name].clone())).collect();
    if clashing.is_empty() {
        let (doer, id, current) = (visit.doer()?, partner.id.clone(), partner.version);
        let given: Map<String, Value> = of_mine.into_iter().chain(reason.map(|reason| ("reason".to_owned(), reason))).collect();
        let partner = visit.app.db.write(move |conn| service::change(conn, doer.by(), &id, current, &given)).await?;
        visit.app.bell.ring();
        return Ok(visit.redirect(&own_path(&partner), Some(Notice::Merged)));
    }
    let mut values = form::values_of(&partner.fields);
    values.extend(of_mine.into_iter().chain(reason.map(|reason| ("reason".to_owned(), reason))));
    let author = read.1.map_or_else(|| "Quelqu’un".to_owned(), |version| version.actor);
    let (at, current) = (partner.updated_at, partner.version);
    let showing = Showing::of(Purpose::Write(Box::new(partner)), values, current);
    show(visit, world, Showing { conflict: Some((author, at, clashing)), ..showing })
}

fn correctable(conn: &mut Conn, visit: &crate::http::visit::Doer, id: &str) -> Result<(Partner, World)> {
    let (id, world) = (id_of(id)?, World::load(conn)?);
    Ok((corrections::correctable(conn, &visit.actor, &id, &world)?, world))
}

pub async fn correction_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let doer = visit.doer()?;
    let (partner, world) = visit.app.db.read(move |conn| correctable(conn, &doer, &id)).await?;
    let (values, version) = (form::values_of(&partner.fields), partner.version);
    show(&visit, &world, Showing::of(Purpose::Correct(Box::new(partner)), values, version))
}

pub async fn correct(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let (doer, asked) = (visit.doer()?, id.to_string());
    let (partner, world) = visit.app.db.read(move |conn| correctable(conn, &doer, &asked)).await?;
    let values = form::values_sent(form);
    let version = partner.version;
    let showing = |partner: Partner| Showing::of(Purpose::Correct(Box::new(partner)), values.clone(), version);
    if let Some(showing) = more(&world, form, showing(partner.clone())) {
        return show(visit, &world, showing);
    }
    let (doer, own, given) = (visit.doer()?, partner.id.clone(), values.clone());
    match visit.app.db.write(move |conn| corrections::suggest(conn, doer.by(), &own, &given)).await {
        Ok(_) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&own_path(&partner), Some(Notice::CorrectionSent)))
        }
        Err(Error::Invalid(errors)) => show(visit, &world, Showing { errors, ..showing(partner) }),
        Err(error) => Err(error),
    }
}

fn show(visit: &Visit, world: &World, showing: Showing) -> Result<HttpResponse> {
    let Showing { purpose, values, version, errors, found, query, spare_rows, conflict, duplicates } = showing;
    let nothing = Map::new();
    let theirs = conflict.as_ref().map_or(&nothing, |(_, _, theirs)| theirs);
    let filled = Filled { values: &values, world, found: &found, query: &query, spare_rows, theirs, errors: &errors };
    let (breadcrumb, eyebrow, heading, lead, action, back, submit) = match &purpose {
        Purpose::Add => (
            json!([{ "label": "Partenaires", "href": "/partenaires" }, { "label": "Ajouter", "href": null }]),
            "Partenaires",
            "Ajouter un partenaire".to_owned(),
            "Son nom et sa nature suffisent pour commencer : le reste se complète quand vous voulez.",
            "/partenaires/nouveau".to_owned(),
            "/partenaires".to_owned(),
            "Ajouter ce partenaire",
        ),
        Purpose::Write(partner) => (
            trail(partner, Some("Modifier")),
            "Modifier la fiche : vos changements se voient aussitôt",
            partner.fields.name.clone(),
            "",
            paths::about_partner(&partner.id, "modifier"),
            own_path(partner),
            "Enregistrer",
        ),
        Purpose::Correct(partner) => (
            trail(partner, Some("Proposer une correction")),
            "Proposer une correction",
            partner.fields.name.clone(),
            "Corrigez ce qui est faux ou manque. Un responsable lira vos changements, puis les acceptera ou vous répondra.",
            paths::about_partner(&partner.id, "corriger"),
            own_path(partner),
            "Envoyer la correction",
        ),
    };
    let mut controls = filled.controls();
    if !matches!(purpose, Purpose::Add) {
        let (label, hint) = match purpose {
            Purpose::Correct(_) => ("D’où le tenez-vous ?", "Par exemple : « appelé ce matin », « leur nouveau site ». Le responsable le lira."),
            _ => ("Motif", "Pourquoi ce changement ? Votre réponse reste dans l’historique."),
        };
        let value = values.get("reason").and_then(Value::as_str).unwrap_or_default();
        let mut reason = Field { name: "reason", label, hint, value, rows: 2, ..Field::default() }.show(&errors);
        reason["control"] = json!("textarea");
        reason["theirs"] = json!(null);
        controls.push(reason);
    }
    let alike = |(trace, alike): &(Trace, Alike)| {
        let place = trace.commune.as_deref().map(|code| world.atlas.name(code));
        json!({ "name": trace.name, "url": paths::partner(&trace.id, &trace.name), "kind_label": trace.kind.label(), "place": place, "why": alike.label() })
    };
    let data = json!({
        "breadcrumb": breadcrumb,
        "form": { "eyebrow": eyebrow, "heading": heading, "lead": lead, "action": action, "back": back, "submit": submit, "version": version },
        "conflict": conflict.as_ref().map(|(author, at, _)| json!({ "author": author, "at": at })),
        "duplicates": duplicates.iter().map(alike).collect::<Vec<_>>(),
        "errors": summary(&errors),
        "fields": controls,
    });
    match (&conflict, errors.is_empty(), duplicates.is_empty()) {
        (Some(_), ..) => visit.framed("partners/edit", &format!("Conflit : {heading}"), Frame::default(), StatusCode::CONFLICT, data),
        (None, false, _) => visit.page_again("partners/edit", &heading, data),
        (None, true, false) => visit.framed("partners/edit", "Doublon possible", Frame::default(), StatusCode::CONFLICT, data),
        (None, true, true) => visit.page("partners/edit", &heading, data),
    }
}
