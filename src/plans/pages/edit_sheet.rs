//! A sheet typed in: one text area a section, one item a line.

use actix_web::{HttpResponse, web};
use serde_json::Value;

use super::{Edit, control, edit, field, here, trail};
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::forms::{Choice, Field, Form, Submitted, choices};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::{FieldErrors, Moment};
use crate::plans::model::{Orientation, Sheet, SheetContent, SheetGiven, TITLE_MAX, WholePlan, section_label};
use crate::plans::{history, service, typed};
use crate::versions;

/// The sections in the order of the form, each with what to write there and how high its text area is.
const SECTIONS: [(&str, &str, u32); 9] = [
    ("needs", "Ce qui a été constaté, un constat par ligne.", 5),
    ("objectives", "Ce que l’on veut obtenir, un objectif par ligne.", 5),
    ("method", "Une étape par ligne. Pour détailler une étape, écrivez ses points en dessous, chacun après un tiret.", 8),
    ("pilots", "Qui conduit la fiche, un service par ligne.", 2),
    ("partners", "Avec qui, un partenaire par ligne.", 4),
    ("calendar", "Une échéance par ligne, sa période d’abord : « 2026 : étude », « 2026 T1 : guide », « 2e semestre 2027 : bilan ».", 4),
    ("means", "Un moyen par ligne.", 3),
    ("indicators", "À quoi l’on verra que c’est fait, un indicateur par ligne.", 4),
    ("related_plans", "Un schéma ou un groupe de travail par ligne.", 3),
];

pub async fn new_form(visit: Visit, path: web::Path<String>) -> Result<HttpResponse> {
    let whole = super::to_write(&visit, &path).await?;
    let next = whole.sheets().map(|sheet| sheet.number).max().unwrap_or(0) + 1;
    let orientation = whole.orientations.last().map(|orientation| orientation.number).unwrap_or_default();
    let form = Form(vec![("number".into(), next.to_string()), ("orientation".into(), orientation.to_string())]);
    show(&visit, &whole, None, &form, 0, &FieldErrors::default(), None)
}

pub async fn add(sent: Submitted, path: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let whole = super::to_write(visit, &path).await?;
    let (doer, id, given) = (visit.doer()?, whole.plan.id.clone(), given(form));
    // What is not a number is refused as the number 0 is, beside its field.
    let number = form.get("number").trim().parse().unwrap_or(0);
    match visit.app.db.write(move |conn| service::add_sheet(conn, doer.by(), &id, number, &given)).await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::sheet(&whole.plan.id, number), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => show(visit, &whole, None, form, 0, &errors, None),
        Err(error) => Err(error),
    }
}

pub async fn form(visit: Visit, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (id, number) = path.into_inner();
    let whole = super::to_write(&visit, &id).await?;
    let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
    show(&visit, &whole, Some(sheet), &values_of(&sheet.given()), sheet.version, &FieldErrors::default(), None)
}

pub async fn save(sent: Submitted, path: web::Path<(String, i32)>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let (id, number) = path.into_inner();
    let whole = super::to_write(visit, &id).await?;
    let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
    let (version, given, reason) = (form.version()?, given(form), form.get("reason").to_owned());
    let (doer, plan) = (visit.doer()?, whole.plan.id.clone());
    match visit.app.db.write(move |conn| service::change_sheet(conn, doer.by(), &plan, number, version, &given, &reason)).await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::sheet(&whole.plan.id, number), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => show(visit, &whole, Some(sheet), form, version, &errors, None),
        Err(Error::Conflict { .. }) => conflict(visit, &id, number, version, form).await,
        Err(error) => Err(error),
    }
}

/// What the form says of a sheet.
fn given(form: &Form) -> SheetGiven {
    let mut content = SheetContent::default();
    for (name, ..) in SECTIONS {
        typed::section(&mut content, name, form.get(name));
    }
    let title = crate::kernel::text::clean(form.get("title")).split_whitespace().collect::<Vec<_>>().join(" ");
    SheetGiven { orientation: form.get("orientation").parse().unwrap_or(0), title, content }
}

fn values_of(given: &SheetGiven) -> Form {
    let mut values = vec![("title".to_owned(), given.title.clone()), ("orientation".to_owned(), given.orientation.to_string())];
    values.extend(typed::texts(&given.content).into_iter().map(|(name, text)| (name.to_owned(), text)));
    Form(values)
}

/// What somebody else wrote in between, and who and when.
struct Other {
    values: Form,
    author: String,
    at: Moment,
}

/// Somebody wrote in between. What only they changed is taken as they wrote it; where both wrote, what was typed stays and theirs stands beside it.
async fn conflict(visit: &Visit, id: &str, number: i32, version: i32, form: &Form) -> Result<HttpResponse> {
    let whole = super::to_write(visit, id).await?;
    let sheet = whole.sheet(number).ok_or(Error::NotFound)?;
    let plan = whole.plan.id.clone();
    let read = visit
        .app
        .db
        .read(move |conn| Ok::<_, Error>((history::text_at(conn, &plan, number, version)?, versions::last(conn, &Record::sheet(&plan, number))?)));
    let (base, last) = read.await?;
    let theirs = values_of(&sheet.given());
    // Written again as a text area shows them, so that two ways of typing one text are one.
    let mine = values_of(&given(form));
    let base = base.map(|base| values_of(&base)).unwrap_or_default();
    let mut kept: Vec<(String, String)> =
        mine.0.iter().map(|(name, text)| (name.clone(), if base.get(name) == text { theirs.get(name).to_owned() } else { text.clone() })).collect();
    kept.push(("reason".to_owned(), form.get("reason").to_owned()));
    let kept = Form(kept);
    // Only where both wrote, and not the same.
    let clashing = theirs.0.iter().filter(|(name, text)| base.get(name) != text && kept.get(name) != text).cloned().collect();
    let author = last.map_or_else(|| "Quelqu’un".to_owned(), |version| version.actor);
    let other = Other { values: Form(clashing), author, at: sheet.updated_at };
    show(visit, &whole, Some(sheet), &kept, sheet.version, &FieldErrors::default(), Some(other))
}

fn show(
    visit: &Visit,
    whole: &WholePlan,
    sheet: Option<&Sheet>,
    form: &Form,
    version: i32,
    errors: &FieldErrors,
    other: Option<Other>,
) -> Result<HttpResponse> {
    let plan = &whole.plan;
    let values = other.as_ref().map(|other| &other.values);
    let fields = fields(&whole.orientations, sheet, form, values, errors);
    let conflict = other.map(|other| (other.author, other.at));
    let about = match sheet {
        None => Edit {
            trail: trail(plan, &[here("Nouvelle fiche")]),
            eyebrow: plan.title.clone(),
            heading: "Ajouter une fiche",
            lead: "Son titre suffit pour commencer : le reste se complète quand vous voulez.",
            action: paths::about_plan(&plan.id, "fiches/nouvelle"),
            back: paths::plan(&plan.id),
            submit: "Ajouter la fiche",
            version,
            conflict,
        },
        Some(sheet) => Edit {
            trail: trail(plan, &[(format!("Fiche {}", sheet.number), Some(paths::sheet(&plan.id, sheet.number))), here("Modifier")]),
            eyebrow: format!("Modifier la fiche {}", sheet.number),
            heading: &sheet.title,
            lead: "",
            action: paths::about_sheet(&plan.id, sheet.number, "modifier"),
            back: paths::sheet(&plan.id, sheet.number),
            submit: "Enregistrer la fiche",
            version,
            conflict,
        },
    };
    edit(visit, &about, fields, errors)
}

fn fields(orientations: &[Orientation], sheet: Option<&Sheet>, form: &Form, values: Option<&Form>, errors: &FieldErrors) -> Vec<Value> {
    let theirs = |name: &str| values.filter(|values| values.has(name)).map(|values| values.get(name).to_owned());
    let mut fields = Vec::new();
    if sheet.is_none() {
        let number = Field { name: "number", label: "Numéro", value: form.get("number"), required: true, ..Field::default() };
        fields.push(field("number", &number, errors, None));
    }
    let label = |orientation: &Orientation| format!("{}. {}", orientation.number, orientation.title);
    let options = orientations.iter().map(|orientation| {
        let value = orientation.number.to_string();
        Choice::new(&value, &label(orientation), form.get("orientation") == value)
    });
    let moved = theirs("orientation").and_then(|number| orientations.iter().find(|orientation| orientation.number.to_string() == number).map(label));
    fields.push(control("select", choices("orientation", "Orientation", "", options.collect(), errors), moved));
    let title =
        Field { name: "title", label: "Titre", value: form.get("title"), required: true, max: u32::try_from(TITLE_MAX).ok(), ..Field::default() };
    fields.push(field("text", &title, errors, theirs("title")));
    for (name, hint, rows) in SECTIONS {
        let value = form.get(name);
        // High enough for what is written, within reason.
        let rows = rows.max(u32::try_from(value.lines().map(|line| 1 + line.chars().count() / 80).sum::<usize>() + 1).unwrap_or(rows)).min(16);
        let shown = Field { name, label: section_label(name), hint, value, rows, ..Field::default() };
        fields.push(field("textarea", &shown, errors, theirs(name)));
    }
    if sheet.is_some() {
        let hint = "Pourquoi ce changement ? Votre réponse reste dans le journal de la fiche, lu par les agents.";
        let reason = Field { name: "reason", label: "Motif", hint, value: form.get("reason"), rows: 2, ..Field::default() };
        fields.push(field("textarea", &reason, errors, None));
    }
    fields
}
