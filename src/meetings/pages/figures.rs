//! `/rencontres/chiffres`: meetings held, people present, organisations met; per year, territory and kind.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::names::Names;
use crate::error::{Error, Result};
use crate::http::admin::Cell;
use crate::http::query::pairs;
use crate::http::visit::Visit;
use crate::kernel::ids::OrganisationId;
use crate::kernel::text::fold;
use crate::kernel::{FieldErrors, Zone};
use crate::meetings::model::Kind;
use crate::meetings::service::{self, Held};

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    visit.agent()?;
    let form = pairs(request.query_string())?;
    let year = match form.get("year").trim() {
        "" => None,
        text => Some(text.parse::<i32>().map_err(|_| Error::BadQuery(FieldErrors::one("year", "Une année est attendue, comme 2026.")))?),
    };
    let viewer = visit.viewer.clone();
    let read = visit.app.db.read(move |conn| Ok::<_, Error>((service::held(conn, &viewer)?, Names::load(conn, &viewer)?)));
    let (held, names) = read.await?;
    let zone = &visit.app.config.zone;
    let years = by(&held, |one| vec![year_of(one, zone)]);
    let chosen: Vec<Held> = held.iter().filter(|one| year.is_none_or(|year| year_of(one, zone) == year)).cloned().collect();
    let mut placed: Vec<(String, Sum)> =
        by(&chosen, |one| one.territories.clone()).into_iter().map(|(code, sum)| (names.atlas.name(&code), sum)).collect();
    placed.sort_by_key(|(name, _)| fold(name));
    let kinds = by(&chosen, |one| vec![one.kind.as_str()]);
    let kinds = Kind::ALL.iter().filter_map(|kind| Some((kind.label().to_owned(), kinds.get(kind.as_str())?.clone())));
    let options = years.keys().rev().map(|of| json!({ "value": of.to_string(), "label": of.to_string(), "checked": year == Some(*of) }));
    let data = json!({
        "tabs": super::tabs(&visit),
        "total": chosen.len(),
        "year": year,
        "years": options.collect::<Vec<_>>(),
        "per_year": table("Rencontres tenues par an", "Année", years.iter().rev().map(|(year, sum)| sum.row(&year.to_string()))),
        "per_territory": table("Rencontres tenues par territoire", "Territoire", placed.iter().map(|(name, sum)| sum.row(name))),
        "per_kind": table("Rencontres tenues par type", "Type", kinds.map(|(label, sum)| sum.row(&label))),
        "empty": { "title": "Aucune rencontre tenue", "text": "Les chiffres viendront avec la première rencontre tenue.", "links": [] },
    });
    visit.page("meetings/figures", "Rencontres, en chiffres", data)
}

fn year_of(held: &Held, zone: &Zone) -> i32 {
    zone.day(held.starts_at).year()
}

/// What some meetings come to. An organisation is counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Sum {
    meetings: usize,
    people: i64,
    organisations: BTreeSet<OrganisationId>,
}

impl Sum {
    fn row(&self, label: &str) -> Vec<Cell> {
        let figures = [self.meetings.to_string(), self.people.to_string(), self.organisations.len().to_string()];
        [Cell::text(label)].into_iter().chain(figures.map(|figure| Cell::text(figure).numeric())).collect()
    }
}

/// Sums under each of their keys: a meeting of several territories counts in each.
fn by<K: Ord>(held: &[Held], keys: impl Fn(&Held) -> Vec<K>) -> BTreeMap<K, Sum> {
    let mut sums: BTreeMap<K, Sum> = BTreeMap::new();
    for one in held {
        for key in keys(one) {
            let sum = sums.entry(key).or_default();
            sum.meetings += 1;
            sum.people += one.people;
            sum.organisations.extend(one.organisations.iter().cloned());
        }
    }
    sums
}

fn table(caption: &str, first: &str, rows: impl Iterator<Item = Vec<Cell>>) -> Value {
    let columns = [(first, false), ("Rencontres", true), ("Personnes présentes", true), ("Organismes rencontrés", true)];
    json!({
        "caption": caption,
        "caption_hidden": true,
        "columns": columns.map(|(label, numeric)| json!({ "label": label, "numeric": numeric })),
        "rows": rows.map(|cells| json!({ "cells": cells })).collect::<Vec<_>>(),
    })
}
