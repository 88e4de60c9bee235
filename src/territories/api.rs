//! Territories and official places as JSON: for programs, and for the place picker of our forms.

use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::geography::{PlaceKind, geography};
use super::model::{Atlas, Named, TerritoryKind};
use crate::error::{Error, Result};
use crate::http::openapi::Problem;
use crate::http::visit::Visit;
use crate::http::{api, query};
use crate::kernel::{FieldErrors, Listing};

/// A search answers at most so many places: whoever wants a rarer one types another letter.
const MOST: usize = 500;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct TerritoryRecord {
    pub code: String,
    /// The name with what tells it from others, for a list of proposals.
    pub label: String,
    pub name: String,
    /// `mds`, `tis`, `commune`, `arrondissement`, `epci` or `departement`.
    pub kind: &'static str,
    pub departement: Option<String>,
    /// Inhabitants of an official place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub population: Option<u32>,
    /// The territory that it lies in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<String>,
    /// What an MDS or TIS is made of: whole communes, by code…
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communes: Option<Vec<String>>,
    /// … and parts of communes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Vec<Part>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Part {
    pub commune: String,
    pub name: String,
}

/// Which kinds a filter may name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Own(TerritoryKind),
    Official(PlaceKind),
}

impl Kind {
    fn parse(code: &str) -> Option<Self> {
        let official = PlaceKind::ALL.into_iter().find(|kind| kind.as_str() == code);
        TerritoryKind::parse(code).map(Self::Own).or(official.map(Self::Official))
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Own(TerritoryKind::Mds) => "mds",
            Self::Own(TerritoryKind::Tis) => "tis",
            Self::Official(kind) => kind.as_str(),
        }
    }
}

/// Without `q`: the instance's own territories, or the places of the kind asked for in its département.
#[utoipa::path(get, path = "/api/v1/territories", tag = "vocabulary",
    params(("q" = Option<String>, Query, description = "The beginning of a name, an old name, a postcode or a code"),
        ("kind" = Option<Vec<String>>, Query, description = "mds, tis, commune, arrondissement, epci, departement"), ("page" = Option<u32>, Query), ("per_page" = Option<u32>, Query, description = "100 at most")),
    responses((status = 200, body = Listing<TerritoryRecord>), (status = "4XX", body = Problem, content_type = "application/problem+json")))]
pub async fn list(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    let form = query::pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = query::page(&form, &mut errors);
    let kinds = query::values(&form, "kind", &mut errors, Kind::parse);
    errors.into_result().map_err(Error::BadQuery)?;
    let departement = visit.app.identity().departement.clone();
    let atlas = visit.app.db.read(crate::territories::service::atlas).await?;
    let text: String = form.get("q").chars().take(500).collect();
    let named = if text.trim().is_empty() { listed(&atlas, &kinds, &departement) } else { atlas.search(&text, Some(&departement), MOST) };
    let records = named.into_iter().filter_map(|named| record(&atlas, named));
    let kept: Vec<TerritoryRecord> = records.filter(|record| kinds.is_empty() || kinds.iter().any(|kind| kind.as_str() == record.kind)).collect();
    Ok(api::answer(&api::cut(kept, page)))
}

fn listed(atlas: &Atlas, kinds: &[Kind], departement: &str) -> Vec<Named> {
    let places = geography();
    let mut named = atlas.search("", None, usize::MAX);
    for kind in kinds {
        let codes: Vec<&str> = match kind {
            Kind::Own(_) => continue,
            Kind::Official(PlaceKind::Departement) => places.departements().map(|place| place.code).collect(),
            Kind::Official(PlaceKind::Epci) => places.epcis_in(departement).into_iter().map(|place| place.code).collect(),
            Kind::Official(PlaceKind::Commune) => places.communes_of(departement),
            Kind::Official(PlaceKind::Arrondissement) => {
                places.communes_of(departement).into_iter().flat_map(|code| places.arrondissements_of(code)).map(|place| place.code).collect()
            }
        };
        named.extend(codes.into_iter().map(|code| Named { code: code.to_owned(), label: atlas.name(code) }));
    }
    named
}

fn record(atlas: &Atlas, named: Named) -> Option<TerritoryRecord> {
    let Named { code, label } = named;
    if let Some(territory) = atlas.territory(&code) {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let first = territory.communes.iter().chain(territory.parts.iter().map(|(commune, _)| commune)).next();
        return Some(TerritoryRecord {
            name: territory.name.clone(),
            kind: Kind::Own(territory.kind).as_str(),
            departement: first.and_then(|commune| geography().departement_of(commune)).map(|place| place.code.to_owned()),
            population: None,
            within: territory.within.clone(),
            communes: Some(territory.communes.iter().cloned().collect()),
            parts: Some(territory.parts.iter().map(|(commune, name)| Part { commune: commune.clone(), name: name.clone() }).collect()),
            address: some(&territory.address),
            phone: some(&territory.phone),
            email: some(&territory.email),
            code,
            label,
        });
    }
    let place = geography().place(&code)?;
    Some(TerritoryRecord {
        name: place.name.to_owned(),
        kind: place.kind.as_str(),
        departement: Some(place.departement.to_owned()),
        population: Some(place.population),
        within: None,
        communes: None,
        parts: None,
        address: None,
        phone: None,
        email: None,
        code,
        label,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_kind_are_listed() {
        let atlas = Atlas::default();
        let count = |kind| listed(&atlas, &[Kind::Official(kind)], "86").len();
        assert!(count(PlaceKind::Commune) > 200 && count(PlaceKind::Epci) >= 7 && count(PlaceKind::Departement) > 100);
        let poitiers = record(&atlas, Named { code: "86194".into(), label: "Poitiers (86)".into() }).unwrap();
        assert_eq!((poitiers.kind, poitiers.departement.as_deref(), poitiers.name.as_str()), ("commune", Some("86"), "Poitiers"));
        assert!(Kind::parse("mds").is_some() && Kind::parse("region").is_none());
    }
}
