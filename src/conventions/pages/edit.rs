//! The form by which a convention is begun, entered as it was signed, or written again.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::desk::{Desk, More};
use super::form::{self, Filled, SECTIONS, with_control};
use super::{id_of, small, trail};
use crate::conventions::model::{AGREED, ConventionFields, Party, Stage};
use crate::conventions::service::{self, Convention};
use crate::conventions::world::World;
use crate::conventions::{files, policy};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::{Field, Form, Submitted, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::upload::{Arrived, Files};
use crate::http::visit::Visit;
use crate::kernel::text::unbroken;
use crate::kernel::{Day, FieldErrors, Moment};
use crate::versions;

/// What the form is for.
#[derive(Clone, Copy)]
enum Purpose<'a> {
    Begin,
    Enter,
    Write(&'a Convention),
}

/// Everything that a showing of the form depends on.
#[derive(Default)]
struct Showing {
    values: Map<String, Value>,
    version: i32,
    errors: FieldErrors,
    more: More,
    /// A file was chosen, which the form that is shown again does not hold.
    had_file: bool,
    /// Who wrote in between and when, and what, where both wrote.
    conflict: Option<(String, Moment, Map<String, Value>)>,
}

impl Purpose<'_> {
    /// Has it days of signature and a number that people type?
    fn is_entered(self) -> bool {
        match self {
            Purpose::Begin => false,
            Purpose::Enter => true,
            Purpose::Write(convention) => convention.is_existing && convention.life.stage == Stage::Signed,
        }
    }

    /// May this field be written now? What is being signed keeps its text.
    fn has(self, name: &str) -> bool {
        !matches!(self, Purpose::Write(convention) if convention.life.stage == Stage::Signing && AGREED.contains(&name))
    }

    fn names(self) -> impl Iterator<Item = &'static str> {
        let fields = SECTIONS.iter().flat_map(|(_, names)| names.iter().copied()).filter(move |name| self.has(name));
        let signature: &[&str] = match self {
            Purpose::Enter => &["number", "signed_on"],
            purpose if purpose.is_entered() => &["number"],
            _ => &[],
        };
        fields.chain(signature.iter().copied())
    }
}

async fn new(visit: &Visit, purpose: Purpose<'_>) -> Result<HttpResponse> {
    let actor = visit.actor()?.clone();
    if !policy::may_create(&actor) {
        return Err(service::not_created_here());
    }
    let base = visit.app.db.read(move |conn| Ok::<_, Error>(service::base_for(&actor, &service::departement(conn)?))).await?;
    let fields = ConventionFields { parties: vec![Party::default()], ..base };
    show(visit, purpose, Showing { values: form::values_of(&fields), ..Showing::default() }).await
}

pub async fn new_form(visit: Visit) -> Result<HttpResponse> {
    new(&visit, Purpose::Begin).await
}

pub async fn entered_form(visit: Visit) -> Result<HttpResponse> {
    new(&visit, Purpose::Enter).await
}

pub async fn begin(sent: Submitted) -> Result<HttpResponse> {
    create(&sent.visit, &sent.form, Vec::new(), Purpose::Begin, Notice::Saved).await
}

pub async fn enter(sent: Files) -> Result<HttpResponse> {
    create(&sent.visit, &sent.form, sent.files, Purpose::Enter, Notice::ConventionEntered).await
}

async fn create(visit: &Visit, form: &Form, mut files: Vec<Arrived>, purpose: Purpose<'_>, notice: Notice) -> Result<HttpResponse> {
    if !policy::may_create(visit.actor()?) {
        return Err(service::not_created_here());
    }
    let (values, errors) = form::sent(form, purpose.names());
    let had_file = !files.is_empty();
    let showing = |errors, more| Showing { values: values.clone(), errors, more, had_file, ..Showing::default() };
    if let Some(more) = more(visit, form, &values).await? {
        return show(visit, purpose, showing(FieldErrors::default(), more)).await;
    }
    if !errors.is_empty() {
        return show(visit, purpose, showing(errors, More::default())).await;
    }
    let mut given = values.clone();
    if let Purpose::Enter = purpose {
        given.insert("stage".to_owned(), json!(Stage::Signed));
    }
    let checked = match small::received(visit, &mut files).await {
        Ok(checked) => checked,
        Err(Error::Invalid(errors)) => return show(visit, purpose, showing(errors, More::default())).await,
        Err(error) => return Err(error),
    };
    let (doer, today) = (visit.doer()?, visit.today());
    let done = visit.app.db.write(move |conn| {
        let made = service::create(conn, doer.by(), today, &given)?;
        if let Some(file) = &checked {
            files::attach(conn, doer.by(), today, &made.id, file, &files::Of::First)?;
        }
        Ok::<_, Error>(made)
    });
    match done.await {
        Ok(convention) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::convention(&convention.id), Some(notice)))
        }
        Err(Error::Invalid(errors)) => show(visit, purpose, showing(errors, More::default())).await,
        Err(error) => Err(error),
    }
}

/// What a button within the form asked for.
async fn more(visit: &Visit, form: &Form, values: &Map<String, Value>) -> Result<Option<More>> {
    if form.get("do").is_empty() {
        return Ok(None);
    }
    let (viewer, form, values) = (visit.viewer.clone(), form.clone(), values.clone());
    visit.app.db.read(move |conn| Desk::load(conn, &viewer, &values)?.more(conn, &viewer, &form, "")).await
}

/// The convention that somebody may write, and that may still be written.
async fn writable(visit: &Visit, id: &str) -> Result<Convention> {
    visit.actor()?;
    let (viewer, id, today) = (visit.viewer.clone(), id_of(id)?, visit.today());
    let convention = visit.app.db.read(move |conn| service::find_to_write(conn, &viewer, &id, today)).await?;
    match convention.life.stage {
        Stage::Abandoned => Err(Error::Refused("Une convention abandonnée ne se modifie plus. Reprenez-la d’abord en brouillon.".into())),
        _ => Ok(convention),
    }
}

/// What the form holds of a convention as it stands today.
fn values_now(convention: &Convention, today: Day) -> Map<String, Value> {
    let mut values = form::values_of(&convention.standing(today).fields);
    values.insert("number".to_owned(), json!(convention.number));
    values
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let convention = writable(&visit, &id).await?;
    let showing = Showing { values: values_now(&convention, visit.today()), version: convention.version, ..Showing::default() };
    show(&visit, Purpose::Write(&convention), showing).await
}

/// The form again, for what a verb found missing.
pub async fn incomplete(visit: &Visit, id: &str, errors: FieldErrors) -> Result<HttpResponse> {
    let convention = writable(visit, id).await?;
    let showing = Showing { values: values_now(&convention, visit.today()), version: convention.version, errors, ..Showing::default() };
    show(visit, Purpose::Write(&convention), showing).await
}

pub async fn save(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let convention = writable(visit, &id).await?;
    let (version, purpose) = (form.version()?, Purpose::Write(&convention));
    let (mut values, errors) = form::sent(form, purpose.names());
    if form.has("reason") {
        values.insert("reason".to_owned(), json!(form.get("reason")));
    }
    let showing = |errors, more| Showing { values: values.clone(), version, errors, more, ..Showing::default() };
    if let Some(more) = more(visit, form, &values).await? {
        return show(visit, purpose, showing(FieldErrors::default(), more)).await;
    }
    if !errors.is_empty() {
        return show(visit, purpose, showing(errors, More::default())).await;
    }
    let (doer, today, own, given) = (visit.doer()?, visit.today(), convention.id.clone(), values.clone());
    match visit.app.db.write(move |conn| service::change(conn, doer.by(), today, &own, version, &given)).await {
        Ok(convention) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::convention(&convention.id), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => show(visit, purpose, showing(errors, More::default())).await,
        Err(Error::Conflict { .. }) => settle(visit, &convention, values, version).await,
        Err(error) => Err(error),
    }
}

/// Somebody wrote in between. What only one changed is kept from both; where both wrote, what was typed stays and theirs stands beside it.
async fn settle(visit: &Visit, convention: &Convention, mut sent: Map<String, Value>, version: i32) -> Result<HttpResponse> {
    let apart: Map<String, Value> = ["reason", "number"].iter().filter_map(|name| Some(((*name).to_owned(), sent.remove(*name)?))).collect();
    let (actor, now, typed, purpose) = (visit.actor()?.clone(), convention.standing(visit.today()).fields, sent.clone(), Purpose::Write(convention));
    let (record, is_entered) = (Record::convention(&convention.id), purpose.is_entered());
    let read = visit.app.db.read(move |conn| {
        let (_, content) = versions::whole(conn, &record, version)?;
        let base: ConventionFields = serde_json::from_value(content).map_err(|error| Error::Internal(error.to_string()))?;
        // Read through the same door as a change, so that two ways of writing one value are one.
        let mine = World::load(conn)?.read(conn, &actor, &typed, now, is_entered);
        Ok::<_, Error>((base, mine, versions::last(conn, &record)?))
    });
    let (base, mine, last) = read.await?;
    let mine = match mine {
        Ok(fields) => form::values_of(&fields.sorted()),
        Err(Error::Invalid(errors)) => {
            sent.extend(apart);
            return show(visit, purpose, Showing { values: sent, version, errors, ..Showing::default() }).await;
        }
        Err(error) => return Err(error),
    };
    let (base, theirs) = (form::values_of(&base.sorted()), form::values_of(&convention.standing(visit.today()).fields.sorted()));
    let differs = |name: &str, one: &Map<String, Value>, other: &Map<String, Value>| one.get(name) != other.get(name);
    let changed: Vec<&String> = sent.keys().filter(|name| differs(name, &mine, &base) && differs(name, &mine, &theirs)).collect();
    let clashing: Map<String, Value> =
        changed.iter().filter(|name| differs(name, &theirs, &base)).map(|name| ((*name).clone(), theirs[*name].clone())).collect();
    let of_mine = changed.iter().map(|name| ((*name).clone(), mine[*name].clone())).chain(apart);
    if clashing.is_empty() {
        let (doer, today, id, current, given) = (visit.doer()?, visit.today(), convention.id.clone(), convention.version, of_mine.collect());
        return match visit.app.db.write(move |conn| service::change(conn, doer.by(), today, &id, current, &given)).await {
            Ok(convention) => {
                visit.app.bell.ring();
                Ok(visit.redirect(&paths::convention(&convention.id), Some(Notice::Merged)))
            }
            Err(Error::Invalid(errors)) => show(visit, purpose, Showing { values: sent, version: current, errors, ..Showing::default() }).await,
            Err(error) => Err(error),
        };
    }
    let mut values = values_now(convention, visit.today());
    values.extend(of_mine);
    let author = last.map_or_else(|| "Quelqu’un".to_owned(), |version| version.actor);
    let conflict = Some((author, convention.updated_at, clashing));
    show(visit, purpose, Showing { values, version: convention.version, conflict, ..Showing::default() }).await
}

async fn show(visit: &Visit, purpose: Purpose<'_>, showing: Showing) -> Result<HttpResponse> {
    let Showing { values, version, errors, more, had_file, conflict } = showing;
    let errors = small::beside(&errors, "renewal", "renewal.kind");
    let (viewer, needed) = (visit.viewer.clone(), values.clone());
    let desk = visit.app.db.read(move |conn| Desk::load(conn, &viewer, &needed)).await?;
    let nothing = Map::new();
    let theirs = conflict.as_ref().map_or(&nothing, |(_, _, theirs)| theirs);
    let filled = Filled { values: &values, desk: &desk, more: &more, with_signatures: purpose.is_entered(), theirs, errors: &errors };
    let mut controls = Vec::new();
    for (title, names) in SECTIONS {
        let names: Vec<&'static str> = names.iter().copied().filter(|name| purpose.has(name)).collect();
        if !names.is_empty() {
            controls.push(form::heading(title));
            controls.extend(names.into_iter().flat_map(|name| filled.controls(name)));
        }
        if title == SECTIONS[1].0 && purpose.is_entered() {
            controls.extend(signature(purpose, &values, had_file, &errors));
        }
    }
    if matches!(purpose, Purpose::Write(convention) if convention.life.stage == Stage::Signed) {
        let value = text(&values, "reason");
        let hint = "Pourquoi cette correction ? Votre réponse reste dans l’historique. Compléter ce qui manque n’en demande pas.";
        controls.push(alone("textarea", Field { name: "reason", label: "Motif", hint, value: &value, rows: 2, ..Field::default() }.show(&errors)));
    }
    let (eyebrow, heading, lead, action, back, submit) = words(purpose);
    let data = json!({
        "breadcrumb": match purpose {
            Purpose::Write(convention) => trail(convention, Some("Modifier")),
            _ => json!([{ "label": "Conventions", "href": "/conventions" }, { "label": heading, "href": null }]),
        },
        "form": { "eyebrow": eyebrow, "heading": heading, "lead": unbroken(lead), "action": action, "back": back, "submit": submit, "version": version, "has_file": matches!(purpose, Purpose::Enter) },
        "conflict": conflict.as_ref().map(|(author, at, _)| json!({ "author": author, "at": at })),
        "errors": summary(&errors),
        "fields": controls,
    });
    match (&conflict, errors.is_empty()) {
        (Some(_), _) => visit.framed("conventions/edit", &format!("Conflit : {heading}"), Frame::default(), StatusCode::CONFLICT, data),
        (None, false) => visit.page_again("conventions/edit", &heading, data),
        (None, true) => visit.page("conventions/edit", &heading, data),
    }
}

/// What an agreement that was signed before it was written here bears.
fn signature(purpose: Purpose<'_>, values: &Map<String, Value>, had_file: bool, errors: &FieldErrors) -> Vec<Value> {
    let (number, signed_on) = (text(values, "number"), text(values, "signed_on"));
    let hint = "Celui qu’elle porte déjà, si elle en a un.";
    let number = Field { name: "number", label: "Son numéro", hint, value: &number, max: Some(60), ..Field::default() };
    let mut controls = vec![form::heading("Sa signature"), alone("text", number.show(errors))];
    if let Purpose::Enter = purpose {
        let hint = "Le jour où tout le monde a signé. Si chacun a signé le sien, écrivez plutôt celui de chaque partie, plus haut.";
        let field = Field { name: "signed_on", label: "Signée le", hint, value: &signed_on, ..Field::default() };
        controls.push(alone("date", field.show(errors)));
        controls.push(small::signed_file(had_file, errors));
    }
    controls
}

fn alone(control: &str, field: Value) -> Value {
    let mut field = with_control(control, field);
    field["theirs"] = Value::Null;
    field
}

fn text(values: &Map<String, Value>, name: &str) -> String {
    values.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

type Words = (&'static str, String, &'static str, String, String, &'static str);

fn words(purpose: Purpose<'_>) -> Words {
    match purpose {
        Purpose::Begin => (
            "",
            "Préparer une convention".to_owned(),
            "Son objet suffit pour commencer : le reste se complète quand vous voulez, avant la relecture.",
            "/conventions/nouvelle".to_owned(),
            "/conventions".to_owned(),
            "Enregistrer le brouillon",
        ),
        Purpose::Enter => (
            "",
            "Enregistrer une convention déjà signée".to_owned(),
            "Écrivez ce que vous en savez. Ce qui manque s’affichera « à compléter » sur sa page, où le fichier signé se joint aussi plus tard.",
            "/conventions/deja-signee".to_owned(),
            "/conventions".to_owned(),
            "Enregistrer comme signée",
        ),
        Purpose::Write(convention) => {
            let (eyebrow, lead) = match convention.life.stage {
                Stage::Signed => (
                    "Compléter ou corriger",
                    "Ce que les parties ont signé change par un avenant. Ici, complétez ce qui manque, ou corrigez une erreur de saisie en disant pourquoi.",
                ),
                Stage::Signing => ("En signature", "Les parties ont le texte en main : il ne change plus. Voici ce qui peut encore changer."),
                _ => ("Modifier une convention", ""),
            };
            let (action, back) = (paths::about_convention(&convention.id, "modifier"), paths::convention(&convention.id));
            (eyebrow, convention.fields.object.clone(), lead, action, back, "Enregistrer")
        }
    }
}
