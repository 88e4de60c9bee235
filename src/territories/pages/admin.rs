//! `/admin/territoires`: the MDS and TIS that the instance names.

use std::collections::BTreeSet;

use actix_web::{HttpResponse, web};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::http::admin::{self, Cell, FormPage, List, Places, Shown, command};
use crate::http::forms::{Choice, Field, Form, Submitted};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::kernel::text::clean;
use crate::territories::geography::{PlaceKind, geography};
use crate::territories::model::{Atlas, Named, Territory, TerritoryKind};
use crate::territories::parts;
use crate::territories::service;

const LIST: (&str, &str) = ("Territoires", "/admin/territoires");

pub async fn list(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let atlas = atlas(&visit).await?;
    let row = |territory: &Territory| {
        vec![
            Cell::link(&territory.name, paths::edit_territory(&territory.code)).hint(&territory.code),
            Cell::text(territory.kind.label()),
            Cell::text(territory.within.as_ref().map_or_else(|| "—".to_owned(), |code| atlas.name(code))),
            Cell::text(territory.communes.len().to_string()).numeric(),
            Cell::text(territory.parts.len().to_string()).numeric(),
        ]
    };
    let mut territories: Vec<&Territory> = atlas.own().collect();
    territories.sort_by_key(|territory| crate::kernel::text::fold(&territory.name));
    List {
        heading: LIST.0,
        commands: vec![command("Ajouter un territoire", "/admin/territoires/nouveau", "get", "primary")],
        search: None,
        columns: &[("Nom", false), ("Nature", false), ("Dans", false), ("Communes", true), ("Parties", true)],
        rows: territories.into_iter().map(row).collect(),
        pagination: admin::one_page(),
        empty: (
            "Aucun territoire pour l’instant",
            "Ajoutez les MDS et les TIS du département. Les communes, les intercommunalités et les départements sont déjà connus.",
        ),
    }
    .show(&visit)
    .await
}

/// What is typed in the form.
#[derive(Clone, Default)]
struct Typed {
    code: String,
    kind: String,
    name: String,
    within: String,
    address: String,
    phone: String,
    email: String,
    communes: BTreeSet<String>,
    parts: String,
    version: i32,
    looked_for: String,
}

impl Typed {
    fn of(form: &Form, atlas: &Atlas, code: Option<&str>, version: i32) -> Self {
        let text = |name: &str| clean(form.get(name));
        Self {
            code: code.map_or_else(|| text("code").to_uppercase(), ToOwned::to_owned),
            kind: text("kind"),
            name: text("name"),
            within: text("within"),
            address: text("address"),
            phone: text("phone"),
            email: text("email"),
            communes: form.all("communes").into_iter().flat_map(|code| communes_of(atlas, code)).collect(),
            parts: clean(form.get("parts")),
            version,
            looked_for: text("communes_q"),
        }
    }

    fn territory(&self) -> Result<Territory, FieldErrors> {
        let mut errors = FieldErrors::default();
        let kind = TerritoryKind::parse(&self.kind);
        if kind.is_none() {
            errors.add("kind", "Choisissez la nature du territoire.");
        }
        let parts = parts::parse(&self.parts).unwrap_or_else(|wrong| {
            errors.extend(wrong);
            BTreeSet::new()
        });
        let territory = Territory {
            code: self.code.clone(),
            kind: kind.unwrap_or(TerritoryKind::Mds),
            name: self.name.clone(),
            within: Some(self.within.clone()).filter(|code| !code.is_empty()),
            address: self.address.clone(),
            phone: self.phone.clone(),
            email: self.email.clone(),
            communes: self.communes.clone(),
            parts,
            version: self.version,
        };
        match (errors.is_empty(), territory.check()) {
            (true, Ok(())) => Ok(territory),
            (true, Err(wrong)) => Err(wrong),
            (false, _) => Err(errors),
        }
    }
}

impl From<&Territory> for Typed {
    fn from(territory: &Territory) -> Self {
        Self {
            code: territory.code.clone(),
            kind: territory.kind.as_str().into(),
            name: territory.name.clone(),
            within: territory.within.clone().unwrap_or_default(),
            address: territory.address.clone(),
            phone: territory.phone.clone(),
            email: territory.email.clone(),
            communes: territory.communes.clone(),
            parts: parts::write(&territory.parts),
            version: territory.version,
            looked_for: String::new(),
        }
    }
}

/// A commune for itself; an intercommunality, a département or an MDS for all of its communes.
fn communes_of(atlas: &Atlas, code: String) -> BTreeSet<String> {
    let is_commune = geography().place(&code).is_some_and(|place| matches!(place.kind, PlaceKind::Commune | PlaceKind::Arrondissement));
    if is_commune || !atlas.knows(&code) { BTreeSet::from([code]) } else { atlas.communes_of(&code) }
}

async fn atlas(visit: &Visit) -> Result<Atlas> {
    visit.app.db.read(service::atlas).await
}

pub async fn new(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let typed = Typed { kind: TerritoryKind::Mds.as_str().into(), ..Typed::default() };
    page(&visit, &atlas(&visit).await?, None, &typed, Shown::default()).await
}

pub async fn add(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    visit.administrator()?;
    let atlas = atlas(&visit).await?;
    let typed = Typed::of(&form, &atlas, None, 0);
    save(&visit, &atlas, None, typed, &form).await
}

pub async fn show(visit: Visit, code: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let atlas = atlas(&visit).await?;
    let territory = atlas.territory(&code).ok_or(Error::NotFound)?;
    page(&visit, &atlas, Some(territory), &Typed::from(territory), Shown::default()).await
}

pub async fn change(Submitted { visit, form }: Submitted, code: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let atlas = atlas(&visit).await?;
    let territory = atlas.territory(&code).ok_or(Error::NotFound)?;
    // Version 0 is a new one's.
    let version = form.version()?.max(1);
    let typed = Typed::of(&form, &atlas, Some(&code), version);
    save(&visit, &atlas, Some(territory), typed, &form).await
}

pub async fn remove(Submitted { visit, .. }: Submitted, code: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let (doer, removed) = (visit.doer()?, code.clone());
    match visit.app.db.write(move |conn| service::remove(conn, doer.by(), &removed)).await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(LIST.1, Some(Notice::Removed)))
        }
        Err(error) => {
            let shown = Shown::again(error)?;
            let atlas = atlas(&visit).await?;
            let territory = atlas.territory(&code).ok_or(Error::NotFound)?;
            page(&visit, &atlas, Some(territory), &Typed::from(territory), shown).await
        }
    }
}

async fn save(visit: &Visit, atlas: &Atlas, current: Option<&Territory>, typed: Typed, form: &Form) -> Result<HttpResponse> {
    // A commune typed and not yet chosen is looked for, whichever button was pressed.
    if form.get("do") == "find-communes" || !typed.looked_for.is_empty() {
        return page(visit, atlas, current, &typed, Shown::default()).await;
    }
    let territory = match typed.territory() {
        Ok(territory) => territory,
        Err(errors) => return page(visit, atlas, current, &typed, Shown::wrong(errors)).await,
    };
    let (doer, path) = (visit.doer()?, paths::edit_territory(&territory.code));
    match visit.app.db.write(move |conn| service::change(conn, doer.by(), &territory)).await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&path, Some(Notice::Saved)))
        }
        Err(error) => page(visit, atlas, current, &typed, Shown::again(error)?).await,
    }
}

async fn page(visit: &Visit, atlas: &Atlas, current: Option<&Territory>, typed: &Typed, shown: Shown) -> Result<HttpResponse> {
    let found = found(&typed.looked_for, &visit.app.identity().departement);
    let (heading, action) = match current {
        Some(territory) => (territory.name.as_str(), paths::edit_territory(&territory.code)),
        None => ("Ajouter un territoire", "/admin/territoires/nouveau".to_owned()),
    };
    let commands = match current {
        Some(territory) => vec![
            command("Voir la page publique", &paths::territory(&territory.code), "get", "quiet"),
            command("Supprimer", &format!("{action}/supprimer"), "post", "warning"),
        ],
        None => Vec::new(),
    };
    let form = FormPage {
        heading,
        above: &[LIST],
        lead: if current.is_none() {
            "Un territoire est fait de communes entières et, au besoin, de parties de commune : un quartier, une zone."
        } else {
            ""
        },
        action: &action,
        version: typed.version,
        fields: fields(atlas, typed, current.is_none(), found, &shown.errors),
        commands,
        ..FormPage::default()
    };
    form.show(visit, &shown).await
}

/// Communes and intercommunalities that what was typed leads to.
fn found(looked_for: &str, departement: &str) -> Vec<Named> {
    if looked_for.is_empty() {
        return Vec::new();
    }
    let kinds = [PlaceKind::Commune, PlaceKind::Arrondissement, PlaceKind::Epci];
    let named = |found: crate::territories::geography::Found| {
        let place = found.place;
        let what = match (place.kind, found.matched) {
            (PlaceKind::Epci, _) => format!("intercommunalité, {} communes", geography().communes_of(place.code).len()),
            (_, Some(old)) => format!("{}, ancienne commune {old}", place.code),
            (_, None) => place.code.to_owned(),
        };
        Named { code: place.code.to_owned(), label: format!("{} ({what})", place.name) }
    };
    geography().search_kinds(looked_for, &kinds, Some(departement), 20).into_iter().map(named).collect()
}

fn fields(atlas: &Atlas, typed: &Typed, is_new: bool, found: Vec<Named>, errors: &FieldErrors) -> Vec<Value> {
    let kinds = TerritoryKind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label(), kind.as_str() == typed.kind)).collect();
    let mut parents = vec![Choice::new("", "Aucun", typed.within.is_empty())];
    let others = atlas.own().filter(|other| other.code != typed.code);
    parents.extend(others.map(|other| Choice::new(&other.code, &other.name, other.code == typed.within)));
    let communes = Places {
        name: "communes",
        legend: "Communes entières",
        hint: "Choisir une intercommunalité ajoute toutes ses communes. Décochez celles qui n’en sont pas.",
        search_label: "Chercher une commune",
        chosen: typed.communes.iter().map(|code| Named { code: code.clone(), label: format!("{} ({code})", atlas.name(code)) }).collect(),
        looked_for: &typed.looked_for,
        found,
    };
    let mut fields = Vec::new();
    if is_new {
        fields.push(admin::text(
            &Field {
                name: "code",
                label: "Code",
                hint: "Il ne change plus ensuite. Deux lettres au moins pour commencer, comme MDS-LOUDUN.",
                value: &typed.code,
                max: Some(40),
                required: true,
                autocomplete: "off",
                ..Field::default()
            },
            errors,
        ));
    }
    let text = |name, label, kind, value, max| admin::text(&Field { name, label, kind, value, max, autocomplete: "off", ..Field::default() }, errors);
    fields.extend([
        admin::text(
            &Field { name: "name", label: "Nom", value: &typed.name, max: Some(250), required: true, autocomplete: "off", ..Field::default() },
            errors,
        ),
        admin::radios("kind", "Nature", "", kinds, errors),
        admin::select("within", "Dans le territoire", "Un TIS dans sa MDS, par exemple.", parents, errors),
        communes.show(errors),
        admin::textarea(
            &Field {
                name: "parts",
                label: "Parties de commune",
                hint: "Une par ligne : le code de la commune, deux points, le nom de la partie. Par exemple 86194 : Les Couronneries",
                value: &typed.parts,
                ..Field::default()
            },
            errors,
        ),
        admin::heading("Pour joindre ce territoire"),
        admin::textarea(&Field { name: "address", label: "Adresse", value: &typed.address, max: Some(500), rows: 3, ..Field::default() }, errors),
        text("phone", "Téléphone", "tel", &typed.phone, None),
        text("email", "Adresse e-mail", "email", &typed.email, None),
    ]);
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intercommunality_stands_for_its_communes() {
        let atlas = Atlas::default();
        assert_eq!(communes_of(&atlas, "86194".into()), BTreeSet::from(["86194".to_owned()]));
        assert!(communes_of(&atlas, "200069854".into()).contains("86194"));
        assert_eq!(communes_of(&atlas, "nowhere".into()), BTreeSet::from(["nowhere".to_owned()]));
    }
}
