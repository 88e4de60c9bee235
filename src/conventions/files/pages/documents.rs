//! `/conventions/{id}/documents`: what is joined to a convention, and the file that was signed.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::received;
use crate::conventions::files::{self, Entering, Of};
use crate::conventions::model::{Act, ActKind, AvenantStage, Content, Stage, Verb};
use crate::conventions::pages::small::beside;
use crate::conventions::pages::trail;
use crate::conventions::service::{self, Convention};
use crate::documents::model::{Document, LARGEST, Purpose, Reading, told_size};
use crate::documents::pages::path as file_path;
use crate::documents::proposal::propose;
use crate::documents::service as documents;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::upload::Files;
use crate::http::visit::Visit;
use crate::kernel::ids::{ActId, ConventionId, DocumentId};
use crate::kernel::{Day, FieldErrors};

fn id_of(id: &str) -> Result<ConventionId> {
    ConventionId::parse(id).ok_or(Error::NotFound)
}

pub fn path(id: &ConventionId) -> String {
    format!("{}/documents", paths::convention(id))
}

/// What the page shows.
struct Read {
    convention: Convention,
    documents: Vec<Document>,
    may_write: bool,
    /// The day of the signature, as its file says it.
    proposed: Option<Day>,
}

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &id_of(&id)?, &Form::default(), &FieldErrors::default()).await
}

async fn show(visit: &Visit, id: &ConventionId, form: &Form, errors: &FieldErrors) -> Result<HttpResponse> {
    let (viewer, today, asked) = (visit.viewer.clone(), visit.today(), id.clone());
    let read = visit.app.db.read(move |conn| {
        let convention = service::find(conn, &viewer, &asked, today)?;
        let may_write = match viewer.actor() {
            Some(actor) => service::may_write(conn, actor, &convention, today)?,
            None => false,
        };
        let is_to_enter = may_write && Verb::Enter.leads(convention.life.stage).is_some() && convention.signed_file.is_some();
        let proposed = match is_to_enter {
            true => documents::texts(conn, &Record::convention(&asked))?.iter().find_map(|text| propose(text).signed_on),
            false => None,
        };
        Ok::<_, Error>(Read { documents: files::list(conn, &asked)?, convention, may_write, proposed })
    });
    let read = read.await?;
    let convention = &read.convention;
    let stage = convention.life.stage;
    let is_open = read.may_write && stage != Stage::Abandoned;
    let rows: Vec<Value> = read.documents.iter().map(|document| row(document, convention, is_open)).collect();
    let data = json!({
        "breadcrumb": trail(convention, Some("Documents")),
        "object": convention.standing(visit.today()).fields.object,
        "errors": summary(errors),
        "documents": rows,
        "attach": is_open.then(|| json!({
            "url": path(id), "error": errors.of("file"), "largest": LARGEST / 1024 / 1024,
            "accept": Purpose::Attachment.extensions().join(","),
            "purpose": (stage == Stage::Signed).then(|| choices("purpose", "Qu’est-ce ?", "Un fichier signé fait foi\u{a0}: il ne se retire plus.", purposes(convention, form), errors)),
        })),
        "enter": (is_open && Verb::Enter.leads(stage).is_some() && convention.signed_file.is_some()).then(|| json!({
            "url": format!("{}/enregistrer", path(id)), "version": convention.version,
            "signed_on": day_field("Signée le", &given_or(form, "signed_on", read.proposed.map(Day::in_figures)), errors),
            "number": Field { name: "number", label: "Son numéro", hint: "Celui qu’elle porte déjà, si elle en a un.", value: form.get("number"), max: Some(60), ..Field::default() }.show(errors),
        })),
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "conventions/documents", "Documents de la convention", data)
}

fn row(document: &Document, convention: &Convention, is_open: bool) -> Value {
    let is_removable = is_open && document.purpose == Purpose::Attachment;
    json!({
        "name": document.name,
        "url": file_path(document),
        "told": format!("{}, {}", document.kind.label(), told_size(document.size)),
        "purpose": of_what(document, convention),
        "is_signed": document.purpose == Purpose::Signed,
        "is_current": convention.signed_file.as_ref() == Some(&document.sha256),
        "sha256": document.sha256,
        // What is as it should be needs no word.
        "reading": Some(document.reading).filter(|reading| *reading != Reading::Read).map(Reading::label),
        "added_at": document.added_at,
        "added_by": document.added_by,
        "remove_url": is_removable.then(|| format!("{}/{}/retirer", path(&convention.id), document.id)),
    })
}

/// What a signed file is the file of.
fn of_what(document: &Document, convention: &Convention) -> String {
    let names_it = |act: &Act| matches!(&act.content, Content::Avenant { signed_file, .. } if signed_file.as_ref() == Some(&document.sha256));
    match avenants(convention).into_iter().find(|(_, act)| names_it(act)) {
        _ if convention.signed_file.as_ref() == Some(&document.sha256) => "Fichier signé".to_owned(),
        Some((rank, _)) => format!("Fichier signé de l’avenant n°\u{a0}{rank}"),
        None => "Autre fichier signé".to_owned(),
    }
}

/// The avenants that were signed, each with its number among them.
fn avenants(convention: &Convention) -> Vec<(usize, &Act)> {
    let signed = convention.acts.iter().filter(|act| act.content.stage() == AvenantStage::Signed && act.content.kind() == ActKind::Avenant);
    let mut avenants: Vec<&Act> = signed.collect();
    avenants.sort_by_key(|act| (act.content.dated_on(), act.number));
    (1..).zip(avenants).collect()
}

/// The choice that puts a file in the place of the convention's.
const REPLACEMENT: &str = "convention";

/// What is joined to what is signed: its file while it lacks, then those of its avenants.
fn purposes(convention: &Convention, form: &Form) -> Vec<Choice> {
    let waiting = avenants(convention).into_iter().filter(|(_, act)| act.content.waits_for_its_file());
    let of_avenants = waiting.map(|(rank, act)| (act.id.to_string(), format!("Le fichier signé de l’avenant n°\u{a0}{rank} (PDF)")));
    let mut options: Vec<(String, String)> = match convention.signed_file {
        None => vec![(Purpose::Signed.to_string(), "Le fichier signé de la convention (PDF)".to_owned())],
        Some(_) => Vec::new(),
    };
    options.extend(of_avenants);
    options.push((Purpose::Attachment.to_string(), "Un autre document".to_owned()));
    if convention.signed_file.is_some() {
        options.push((Purpose::Signed.to_string(), "Un autre fichier signé (PDF)".to_owned()));
        options.push((REPLACEMENT.to_owned(), "Le bon fichier signé, à la place de celui d’aujourd’hui, qui reste dans la liste (PDF)".to_owned()));
    }
    let chosen = if form.has("purpose") { form.get("purpose") } else { &options[0].0 }.to_owned();
    options.into_iter().map(|(value, label)| Choice::new(&value, &label, value == chosen)).collect()
}

/// What a file is said to be.
fn said_to_be(form: &Form) -> (Purpose, Of) {
    match form.get("purpose") {
        REPLACEMENT => (Purpose::Signed, Of::Convention),
        said => match ActId::parse(said) {
            Some(act) => (Purpose::Signed, Of::Act(act)),
            None => (Purpose::parse(said).unwrap_or(Purpose::Attachment), Of::First),
        },
    }
}

fn day_field(label: &str, value: &str, errors: &FieldErrors) -> Value {
    Field { name: "signed_on", label, value, required: true, ..Field::default() }.show(errors)
}

fn given_or(form: &Form, name: &str, proposed: Option<String>) -> String {
    if form.has(name) { form.get(name).to_owned() } else { proposed.unwrap_or_default() }
}

fn day_of(form: &Form) -> Result<Option<Day>> {
    match form.get("signed_on").trim() {
        "" => Ok(None),
        said => Day::parse(said).map(Some).ok_or_else(|| Error::field("signed_on", "Ce n’est pas une date : écrivez par exemple 03/03/2026.")),
    }
}

/// Back to the page, with what is wrong beside its field or with what was done.
async fn answered(visit: &Visit, id: &ConventionId, form: Form, done: Result<()>, notice: Notice) -> Result<HttpResponse> {
    match done {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&path(id), Some(notice)))
        }
        Err(Error::Invalid(errors)) => show(visit, id, &form, &errors).await,
        Err(error) => Err(error),
    }
}

/// Does the convention exist for whoever sends this, and is it theirs to write? Asked before their file is looked into.
async fn writable(visit: &Visit, id: &ConventionId) -> Result<()> {
    let (viewer, today, id) = (visit.viewer.clone(), visit.today(), id.clone());
    visit.app.db.read(move |conn| service::find_to_write(conn, &viewer, &id, today).map(drop)).await
}

pub async fn attach(Files { visit, form, mut files }: Files, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    writable(&visit, &id).await?;
    let (purpose, of) = said_to_be(&form);
    let done = async {
        let checked = received(&visit, files.pop(), purpose).await?;
        let (doer, today, id) = (visit.doer()?, visit.today(), id.clone());
        visit.app.db.write(move |conn| files::attach(conn, doer.by(), today, &id, &checked, &of).map(drop)).await
    };
    let done = done.await.map_err(|error| match error {
        Error::Invalid(errors) => Error::Invalid(beside(&errors, "of", "purpose")),
        error => error,
    });
    answered(&visit, &id, form, done, Notice::DocumentJoined).await
}

pub async fn enter(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let id = id_of(&id)?;
    writable(&visit, &id).await?;
    let done = async {
        let version = form.version()?;
        let number = Some(crate::kernel::text::clean(form.get("number"))).filter(|number| !number.is_empty());
        let (doer, today, id, entering) = (visit.doer()?, visit.today(), id.clone(), Entering { signed_on: day_of(&form)?, number });
        visit.app.db.write(move |conn| files::enter(conn, doer.by(), today, &id, version, &entering).map(drop)).await
    };
    match done.await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::convention(&id), Some(Notice::ConventionEntered)))
        }
        done => answered(&visit, &id, form, done, Notice::ConventionEntered).await,
    }
}

pub async fn remove(Submitted { visit, .. }: Submitted, address: web::Path<(String, String)>) -> Result<HttpResponse> {
    let (id, document) = address.into_inner();
    let (id, document) = (id_of(&id)?, DocumentId::parse(&document).ok_or(Error::NotFound)?);
    let (doer, today, asked) = (visit.doer()?, visit.today(), id.clone());
    visit.app.db.write(move |conn| files::remove(conn, doer.by(), today, &asked, &document)).await?;
    visit.app.bell.ring();
    Ok(visit.redirect(&path(&id), Some(Notice::Removed)))
}
