//! An avenant: what it changes, each field as it stands beside what it becomes; prepared, then signed, or given up.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::desk::{Desk, More};
use super::form::{self, Filled, with_control};
use super::small;
use super::trail;
use crate::conventions::labels;
use crate::conventions::model::{AMENDABLE, Act, ActKind, AvenantStage, Content, ConventionFields, Effect};
use crate::conventions::reading::OBJECT_MAX;
use crate::conventions::service::Convention;
use crate::conventions::world::World;
use crate::conventions::{acts, files};
use crate::error::{Error, Result};
use crate::http::forms::{Field, Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::upload::Files;
use crate::http::visit::Visit;
use crate::kernel::ids::ActId;
use crate::kernel::{Day, FieldErrors};
use crate::versions;

/// Begins the names of the fields that it changes.
const PREFIX: &str = "changes.";

/// What the avenant says of itself.
const OWN: [&str; 3] = ["object", "signed_on", "effective_on"];

/// A showing of the form: what it changes, what it says of itself, and what is wrong.
#[derive(Default)]
struct Showing {
    values: Map<String, Value>,
    /// The fields that differ from what the convention says today.
    touched: Vec<String>,
    own: Map<String, Value>,
    more: More,
    /// A file was chosen, which the form that is shown again does not hold.
    had_file: bool,
    errors: FieldErrors,
}

/// The fields that an avenant of this convention may change.
fn names(fields: &ConventionFields) -> impl Iterator<Item = &'static str> {
    let begins_when_signed = fields.effect == Effect::LastSignature;
    AMENDABLE.into_iter().filter(move |name| !(*name == "starts_on" && begins_when_signed))
}

/// The draft that an address names.
fn draft(convention: &Convention, id: &str) -> Result<Act> {
    let act = convention.acts.iter().find(|act| act.id.as_str() == id).cloned().ok_or(Error::NotFound)?;
    match act.content.stage() {
        AvenantStage::Draft => Ok(act),
        _ => Err(Error::Refused("Un acte fait ne change plus : seul un avenant en préparation se modifie.".into())),
    }
}

pub async fn new_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let convention = small::living(&visit, &id).await?;
    let values = form::values_of(&convention.standing(visit.today()).fields);
    show(&visit, &convention, None, Showing { values, ..Showing::default() }).await
}

pub async fn form(visit: Visit, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let convention = small::living(&visit, &path.0).await?;
    let act = draft(&convention, &path.1)?;
    let mut values = form::values_of(&convention.standing(visit.today()).fields);
    let (mut own, mut touched) = (Map::new(), Vec::new());
    if let Content::Avenant { object, changes, signed_on, effective_on, .. } = &act.content {
        touched = changes.iter().map(|change| change.field.clone()).collect();
        values.extend(changes.iter().map(|change| (change.field.clone(), change.after.clone())));
        let day = |day: &Option<Day>| json!(day.map(Day::in_figures).unwrap_or_default());
        own = [json!(object), day(signed_on), day(effective_on)].into_iter().zip(OWN).map(|(value, name)| (name.to_owned(), value)).collect();
    }
    show(&visit, &convention, Some(&act), Showing { values, touched, own, ..Showing::default() }).await
}

pub async fn begin(sent: Files, id: web::Path<String>) -> Result<HttpResponse> {
    let convention = small::living(&sent.visit, &id).await?;
    record(sent, &convention, None).await
}

pub async fn save(sent: Files, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let convention = small::living(&sent.visit, &path.0).await?;
    let act = draft(&convention, &path.1)?;
    record(sent, &convention, Some(&act)).await
}

pub async fn abandon(sent: Submitted, path: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (visit, version) = (&sent.visit, sent.form.version()?);
    let convention = small::living(visit, &path.0).await?;
    let act = ActId::parse(&path.1).ok_or(Error::NotFound)?;
    let (doer, today, own) = (visit.doer()?, visit.today(), convention.id.clone());
    visit.app.db.write(move |conn| acts::abandon(conn, doer.by(), today, &own, version, &act)).await?;
    visit.app.bell.ring();
    Ok(visit.redirect(&paths::convention(&convention.id), Some(Notice::AvenantAbandoned)))
}

async fn record(Files { visit, form, mut files }: Files, convention: &Convention, act: Option<&Act>) -> Result<HttpResponse> {
    let (visit, form, had_file) = (&visit, &form, !files.is_empty());
    let version = form.version()?;
    let standing = convention.standing(visit.today()).fields;
    let inner = Form(form.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(PREFIX)?.to_owned(), value.clone()))).collect());
    let (values, early) = form::sent(&inner, names(&standing));
    let own: Map<String, Value> = OWN.iter().map(|name| ((*name).to_owned(), json!(form.get(name)))).collect();
    let (actor, viewer, asked, typed, now) = (visit.actor()?.clone(), visit.viewer.clone(), form.clone(), values.clone(), standing.clone());
    let read = visit.app.db.read(move |conn| {
        let more = Desk::load(conn, &viewer, &typed)?.more(conn, &viewer, &asked, PREFIX)?;
        // Read through the same door as a change, so that two ways of writing one value are one.
        let world = World::load(conn)?;
        let mut touched = Vec::new();
        for (name, value) in &typed {
            let alone = Map::from_iter([(name.clone(), value.clone())]);
            match world.read(conn, &actor, &alone, now.clone(), true) {
                Ok(read) if versions::differing(&now.sorted(), &read.sorted()).is_empty() => {}
                Ok(_) | Err(Error::Invalid(_)) => touched.push(name.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok::<_, Error>((more, touched, world.read(conn, &actor, &typed, now, true)))
    });
    let (more, touched, read) = read.await?;
    let showing = |more: Option<More>, errors: FieldErrors| Showing {
        values: values.clone(),
        touched: touched.clone(),
        own: own.clone(),
        more: more.unwrap_or_default(),
        had_file,
        errors,
    };
    if more.is_some() {
        return show(visit, convention, act, showing(more, FieldErrors::default())).await;
    }
    if !early.is_empty() {
        return show(visit, convention, act, showing(None, prefixed(&early))).await;
    }
    let changed = match read {
        Ok(read) => versions::differing(&standing.sorted(), &read.sorted()),
        Err(Error::Invalid(errors)) => return show(visit, convention, act, showing(None, prefixed(&errors))).await,
        Err(error) => return Err(error),
    };
    let stage = if form.get("do") == "sign" { AvenantStage::Signed } else { AvenantStage::Draft };
    let mut body = own.clone();
    body.insert("kind".to_owned(), json!(ActKind::Avenant));
    body.insert("stage".to_owned(), json!(stage));
    let changes: Map<String, Value> = changed.iter().filter_map(|name| Some((name.clone(), values.get(name)?.clone()))).collect();
    body.insert("changes".to_owned(), Value::Object(changes));
    if had_file && stage == AvenantStage::Draft {
        let errors =
            FieldErrors::one("file", "Ce fichier se joint à l’avenant signé\u{a0}: donnez le jour de sa signature, puis enregistrez-le signé.");
        return show(visit, convention, act, showing(None, errors)).await;
    }
    let checked = match small::received(visit, &mut files).await {
        Ok(checked) => checked,
        Err(Error::Invalid(errors)) => return show(visit, convention, act, showing(None, errors)).await,
        Err(error) => return Err(error),
    };
    let (doer, today, id, act_id) = (visit.doer()?, visit.today(), convention.id.clone(), act.map(|act| act.id.clone()));
    let done = visit.app.db.write(move |conn| {
        if let Some(file) = &checked {
            body.insert("signed_file".to_owned(), json!(files::of_act(conn, doer.by(), today, &id, version, file)?));
        }
        match &act_id {
            Some(act) => acts::amend(conn, doer.by(), today, &id, version, act, &body),
            None => acts::record(conn, doer.by(), today, &id, Some(version), &body),
        }
    });
    match done.await {
        Ok(_) => {
            visit.app.bell.ring();
            let notice = if stage == AvenantStage::Signed { Notice::ActRecorded } else { Notice::AvenantPrepared };
            Ok(visit.redirect(&paths::convention(&convention.id), Some(notice)))
        }
        Err(Error::Invalid(errors)) => show(visit, convention, act, showing(None, small::beside(&errors, "kind", "object"))).await,
        Err(error) => Err(error),
    }
}

fn prefixed(errors: &FieldErrors) -> FieldErrors {
    let mut named = FieldErrors::default();
    for (field, text) in errors.iter() {
        named.add(&format!("{PREFIX}{field}"), text);
    }
    named
}

async fn show(visit: &Visit, convention: &Convention, act: Option<&Act>, showing: Showing) -> Result<HttpResponse> {
    let Showing { values, touched, own, more, had_file, errors } = showing;
    let errors = small::beside(&errors, "changes.renewal", "changes.renewal.kind");
    let (viewer, needed) = (visit.viewer.clone(), values.clone());
    let desk = visit.app.db.read(move |conn| Desk::load(conn, &viewer, &needed)).await?;
    let mut inner = FieldErrors::default();
    for (field, text) in errors.iter().filter_map(|(field, text)| Some((field.strip_prefix(PREFIX)?, text))) {
        inner.add(field, text);
    }
    let theirs = Map::new();
    let filled = Filled { values: &values, desk: &desk, more: &more, with_signatures: false, theirs: &theirs, errors: &inner };
    let standing = convention.standing(visit.today()).fields;
    let now = form::values_of(&standing);
    let groups: Vec<Value> = names(&standing)
        .map(|name| {
            let mut fields = filled.controls(name);
            for field in &mut fields {
                field["name"] = json!(format!("{PREFIX}{}", field["name"].as_str().unwrap_or_default()));
            }
            let is_wrong = inner.iter().any(|(field, _)| field.split('.').next() == Some(name));
            let is_open = touched.iter().any(|other| other == name) || more.field == name || is_wrong;
            json!({ "label": labels::field(name), "current": filled.in_words(name, &now[name]), "open": is_open, "fields": fields })
        })
        .collect();
    let text = |name: &str| own.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (object, signed_on, effective_on) = (text("object"), text("signed_on"), text("effective_on"));
    let hint = "Ce que l’avenant change et pourquoi, en une phrase\u{a0}: « prolonger d’un an, le temps de l’évaluation ».";
    let object =
        Field {
            name: "object", label: "Objet de l’avenant", hint, value: &object, rows: 2, max: u32::try_from(OBJECT_MAX).ok(), ..Field::default()
        };
    let signed_on =
        Field { name: "signed_on", label: "Signé le", hint: "Pour enregistrer un avenant signé.", value: &signed_on, ..Field::default() };
    let hint = "S’il ne s’applique pas dès sa signature.";
    let effective_on = Field { name: "effective_on", label: "Prend effet le", hint, value: &effective_on, ..Field::default() };
    let heading = if act.is_some() { "Modifier l’avenant" } else { "Ajouter un avenant" };
    let what = act.map_or_else(|| "actes/avenant".to_owned(), |act| format!("actes/{}/modifier", act.id));
    let data = json!({
        "breadcrumb": trail(convention, Some(heading)),
        "object": standing.object,
        "heading": heading,
        "form": { "action": paths::about_convention(&convention.id, &what), "version": convention.version, "back": paths::convention(&convention.id) },
        "errors": summary(&errors),
        "about": [with_control("textarea", object.show(&errors))],
        "groups": groups,
        "days": [with_control("date", signed_on.show(&errors)), with_control("date", effective_on.show(&errors)), small::signed_file(had_file, &errors)],
    });
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "conventions/avenant", heading, data)
}
