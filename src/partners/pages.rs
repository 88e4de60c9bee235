//! `/admin/partenaires`: the names and kinds of organisations.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::Value;

use super::model::{Organisation, OrganisationKind};
use super::service;
use crate::error::{Error, Result};
use crate::http::admin::{self, Cell, FormPage, List, Shown, command};
use crate::http::forms::{Choice, Field, Form, Submitted};
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::http::{paths, query};
use crate::kernel::FieldErrors;
use crate::kernel::ids::OrganisationId;
use crate::kernel::text::fold;

const LIST: (&str, &str) = ("Partenaires", "/admin/partenaires");

pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    visit.administrator()?;
    let query = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&query, &mut errors);
    if !errors.is_empty() {
        return Err(Error::BadQuery(errors));
    }
    let text: String = query.get("q").trim().chars().take(200).collect();
    let folded = fold(&text);
    let mut found = visit.app.db.read(service::all).await?;
    found.retain(|organisation| fold(&organisation.name).contains(&folded));
    let pages = u32::try_from(found.len().div_ceil(page.size as usize)).unwrap_or(u32::MAX);
    let shown = found.iter().skip(usize::try_from(page.offset()).unwrap_or(usize::MAX)).take(page.size as usize);
    let row = |one: &Organisation| vec![Cell::link(&one.name, paths::edit_organisation(&one.id)), Cell::text(one.kind.label())];
    List {
        heading: LIST.0,
        commands: vec![command("Ajouter un partenaire", "/admin/partenaires/nouveau", "get", "primary")],
        search: Some(("Chercher un nom", &text)),
        columns: &[("Nom", false), ("Nature", false)],
        rows: shown.map(row).collect(),
        pagination: query::pagination(LIST.1, &query, page.number, pages),
        empty: ("Aucun partenaire ici", "Ajoutez les organismes auxquels les actions et les comptes de partenaires se rattachent."),
    }
    .show(&visit)
    .await
}

/// What the form gives: a name, and a kind that exists.
fn given(form: &Form) -> Result<(String, OrganisationKind)> {
    let kind = OrganisationKind::parse(form.get("kind")).ok_or_else(|| Error::field("kind", "Choisissez la nature du partenaire."))?;
    Ok((form.get("name").to_owned(), kind))
}

fn fields_of(name: &str, kind: OrganisationKind) -> serde_json::Map<String, Value> {
    [("name".to_owned(), name.into()), ("kind".to_owned(), kind.as_str().into())].into_iter().collect()
}

pub async fn new(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    new_form(&visit, "", OrganisationKind::Association.as_str(), Shown::default()).await
}

pub async fn add(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    visit.administrator()?;
    let doer = visit.doer()?;
    let added = match given(&form) {
        Ok((name, kind)) => visit.app.db.write(move |conn| service::create(conn, doer.by(), &fields_of(&name, kind))).await,
        Err(error) => Err(error),
    };
    match added {
        Ok(_) => Ok(visit.redirect(LIST.1, Some(Notice::Saved))),
        Err(error) => new_form(&visit, form.get("name"), form.get("kind"), Shown::again(error)?).await,
    }
}

async fn new_form(visit: &Visit, name: &str, kind: &str, shown: Shown) -> Result<HttpResponse> {
    let page = FormPage {
        heading: "Ajouter un partenaire",
        above: &[LIST],
        action: "/admin/partenaires/nouveau",
        fields: fields(name, kind, &shown.errors),
        ..FormPage::default()
    };
    page.show(visit, &shown).await
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let organisation = find(&visit, &id).await?;
    edit_form(&visit, &organisation, &organisation.name, organisation.kind.as_str(), Shown::default()).await
}

pub async fn change(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let organisation = find(&visit, &id).await?;
    let (doer, id, version) = (visit.doer()?, organisation.id.clone(), form.version()?);
    let changed = match given(&form) {
        Ok((name, kind)) => visit.app.db.write(move |conn| service::change(conn, doer.by(), &id, version, &fields_of(&name, kind))).await.map(drop),
        Err(error) => Err(error),
    };
    match changed {
        Ok(()) => Ok(visit.redirect(LIST.1, Some(Notice::Saved))),
        Err(error) => {
            let shown = Shown::again(error)?;
            let shown = Shown { version: shown.version.or(Some(version)), ..shown };
            edit_form(&visit, &organisation, form.get("name"), form.get("kind"), shown).await
        }
    }
}

pub async fn remove(Submitted { visit, .. }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let organisation = find(&visit, &id).await?;
    let (doer, id) = (visit.doer()?, organisation.id.clone());
    match visit.app.db.write(move |conn| service::remove(conn, doer.by(), &id)).await {
        Ok(()) => Ok(visit.redirect(LIST.1, Some(Notice::Removed))),
        Err(error) => edit_form(&visit, &organisation, &organisation.name, organisation.kind.as_str(), Shown::again(error)?).await,
    }
}

async fn find(visit: &Visit, id: &str) -> Result<Organisation> {
    let id = OrganisationId::parse(id).ok_or(Error::NotFound)?;
    visit.app.db.read(move |conn| service::find(conn, &id)).await
}

async fn edit_form(visit: &Visit, organisation: &Organisation, name: &str, kind: &str, shown: Shown) -> Result<HttpResponse> {
    let action = paths::edit_organisation(&organisation.id);
    let page = FormPage {
        heading: &organisation.name,
        above: &[LIST],
        action: &action,
        version: organisation.version,
        fields: fields(name, kind, &shown.errors),
        commands: vec![command("Supprimer", &format!("{action}/supprimer"), "post", "warning")],
        ..FormPage::default()
    };
    page.show(visit, &shown).await
}

fn fields(name: &str, kind: &str, errors: &FieldErrors) -> Vec<Value> {
    let kinds = OrganisationKind::ALL.iter().map(|one| Choice::new(one.as_str(), one.label(), one.as_str() == kind)).collect();
    vec![
        admin::text(
            &Field { name: "name", label: "Nom", value: name, max: Some(250), required: true, autocomplete: "organization", ..Field::default() },
            errors,
        ),
        admin::select("kind", "Nature", "", kinds, errors),
    ]
}
