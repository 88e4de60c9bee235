//! A plan typed in: its title, its years, its orientations.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{Edit, edit, field, here, trail};
use crate::error::{Error, Result};
use crate::http::forms::{Field, Form, Submitted};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::journal;
use crate::kernel::{Day, FieldErrors, Moment};
use crate::plans::model::{Heading, Plan, TITLE_MAX, WholePlan};
use crate::plans::{policy, service, typed};

pub async fn new_form(visit: Visit) -> Result<HttpResponse> {
    policy::writable(visit.actor()?, &visit.app.identity().departement)?;
    show(&visit, None, &Form::default(), 0, &FieldErrors::default(), None)
}

pub async fn begin(sent: Submitted) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let doer = visit.doer()?;
    let written = match heading(form, None) {
        Ok(heading) => visit.app.db.write(move |conn| service::begin(conn, doer.by(), &heading)).await,
        Err(errors) => {
            policy::writable(&doer.actor, &visit.app.identity().departement)?;
            Err(errors.into())
        }
    };
    match written {
        Ok(id) => Ok(visit.redirect(&paths::plan(&id), Some(Notice::Saved))),
        Err(Error::Invalid(errors)) => show(visit, None, form, 0, &errors, None),
        Err(error) => Err(error),
    }
}

pub async fn form(visit: Visit, path: web::Path<String>) -> Result<HttpResponse> {
    let whole = super::to_write(&visit, &path).await?;
    show(&visit, Some(&whole), &values_of(&whole), whole.plan.version, &FieldErrors::default(), None)
}

pub async fn save(sent: Submitted, path: web::Path<String>) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let whole = super::to_write(visit, &path).await?;
    let (doer, id, version) = (visit.doer()?, whole.plan.id.clone(), form.version()?);
    let written = match heading(form, Some(&whole.plan)) {
        Ok(heading) => visit.app.db.write(move |conn| service::change(conn, doer.by(), &id, version, &heading)).await,
        Err(errors) => Err(errors.into()),
    };
    match written {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::plan(&whole.plan.id), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => show(visit, Some(&whole), form, version, &errors, None),
        Err(Error::Conflict { .. }) => conflict(visit, &path, form).await,
        Err(error) => Err(error),
    }
}

/// Somebody wrote in between: what was typed stays, and what is now there stands beside it where they differ.
async fn conflict(visit: &Visit, id: &str, form: &Form) -> Result<HttpResponse> {
    let whole = super::to_write(visit, id).await?;
    let plan = whole.plan.id.to_string();
    let last = visit.app.db.read(move |conn| journal::of(conn, "plan", &plan, 1)).await?.pop();
    let author = last.map_or_else(|| "Quelqu’un".to_owned(), |line| line.actor);
    let other = (author, whole.plan.updated_at);
    show(visit, Some(&whole), form, whole.plan.version, &FieldErrors::default(), Some(other))
}

fn values_of(whole: &WholePlan) -> Form {
    let plan = &whole.plan;
    let heading = Heading {
        title: plan.title.clone(),
        starts_on: plan.starts_on,
        ends_on: plan.ends_on,
        orientations: whole.orientations.iter().map(|orientation| (orientation.number, orientation.title.clone())).collect(),
    };
    let values = [
        ("title", plan.title.clone()),
        ("starts_on", plan.starts_on.year().to_string()),
        ("ends_on", plan.ends_on.year().to_string()),
        ("orientations", typed::orientations_text(&heading)),
    ];
    Form(values.map(|(name, value)| (name.to_owned(), value)).into())
}

/// What the form says. A year that is not changed keeps the day that the plan has in it.
fn heading(form: &Form, before: Option<&Plan>) -> Result<Heading, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut day = |name: &str, known: Option<Day>, month: u32, day: u32| {
        let year = form.get(name).trim().parse::<i32>().ok().filter(|year| (1900..=2200).contains(year));
        if year.is_none() {
            errors.add(name, "Donnez une année en quatre chiffres, comme 2026.");
        }
        known.filter(|known| Some(known.year()) == year).or_else(|| Day::new(year?, month, day))
    };
    let starts_on = day("starts_on", before.map(|plan| plan.starts_on), 1, 1);
    let ends_on = day("ends_on", before.map(|plan| plan.ends_on), 12, 31);
    let title = crate::kernel::text::clean(form.get("title")).split_whitespace().collect::<Vec<_>>().join(" ");
    let orientations = typed::orientations(form.get("orientations"));
    // Without a year the rest is looked at all the same: everything that is wrong is said at once.
    let heading = Heading { title, starts_on: starts_on.unwrap_or(Day::FIRST), ends_on: ends_on.unwrap_or(Day::LAST), orientations };
    if errors.is_empty() {
        return Ok(heading);
    }
    let mut all = heading.check();
    all.extend(errors);
    Err(all)
}

fn show(
    visit: &Visit,
    whole: Option<&WholePlan>,
    form: &Form,
    version: i32,
    errors: &FieldErrors,
    conflict: Option<(String, Moment)>,
) -> Result<HttpResponse> {
    let stored = whole.filter(|_| conflict.is_some()).map(values_of);
    let fields = fields(form, stored.as_ref(), errors);
    let about = match whole {
        None => Edit {
            trail: json!([{ "label": "Schéma", "href": "/schema" }, { "label": "Nouveau", "href": null }]),
            eyebrow: "Nouveau schéma".to_owned(),
            heading: "Saisir un schéma",
            lead: "Son titre et ses années suffisent pour commencer. Vous ajouterez ensuite ses fiches, une à une.",
            action: "/schema/nouveau".to_owned(),
            back: "/schema".to_owned(),
            submit: "Enregistrer le schéma",
            version,
            conflict,
        },
        Some(WholePlan { plan, .. }) => Edit {
            trail: trail(plan, &[here("Modifier")]),
            eyebrow: format!("Schéma {}", plan.years()),
            heading: "Modifier le schéma",
            lead: "",
            action: paths::about_plan(&plan.id, "modifier"),
            back: paths::plan(&plan.id),
            submit: "Enregistrer",
            version,
            conflict,
        },
    };
    edit(visit, &about, fields, errors)
}

fn fields(form: &Form, stored: Option<&Form>, errors: &FieldErrors) -> Vec<Value> {
    let theirs = |name: &str| stored.map(|stored| stored.get(name)).filter(|theirs| theirs.trim() != form.get(name).trim()).map(ToOwned::to_owned);
    let year = |name, label| {
        let shown = Field { name, label, value: form.get(name), required: true, ..Field::default() };
        field("number", &shown, errors, theirs(name))
    };
    let title = Field {
        name: "title",
        label: "Titre",
        hint: "Comme sur sa couverture : « Schéma départemental de l’action sociale ».",
        value: form.get("title"),
        required: true,
        max: u32::try_from(TITLE_MAX).ok(),
        ..Field::default()
    };
    let orientations = Field {
        name: "orientations",
        label: "Orientations",
        hint: "Une par ligne, avec son numéro : « 1. Améliorer l’accueil ». Vous pourrez en ajouter et en renommer.",
        value: form.get("orientations"),
        rows: 8,
        ..Field::default()
    };
    vec![
        field("text", &title, errors, theirs("title")),
        year("starts_on", "Première année"),
        year("ends_on", "Dernière année"),
        field("textarea", &orientations, errors, theirs("orientations")),
    ]
}
