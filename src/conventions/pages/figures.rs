//! `/conventions/chiffres`: the conventions signed, per year, level, territory and kind.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::names::Names;
use crate::conventions::model::{Kind, Level};
use crate::conventions::service::{self, Signed};
use crate::error::{Error, Result};
use crate::http::admin::Cell;
use crate::http::query::pairs;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;
use crate::kernel::text::fold;

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    visit.agent()?;
    let form = pairs(request.query_string())?;
    let year = match form.get("year").trim() {
        "" => None,
        text => Some(text.parse::<i32>().map_err(|_| Error::BadQuery(FieldErrors::one("year", "Une année est attendue, comme 2026.")))?),
    };
    let viewer = visit.viewer.clone();
    let read = visit.app.db.read(move |conn| Ok::<_, Error>((service::signed(conn, &viewer)?, Names::load(conn, &viewer)?)));
    let (signed, names) = read.await?;
    let years = years(&signed, visit.today().year());
    let chosen: Vec<&Signed> = signed.iter().filter(|one| year.is_none_or(|year| year_of(one) == Some(year))).collect();
    let undated = signed.iter().filter(|one| one.on.is_none()).count();
    let options = years.iter().rev().map(|(of, _)| json!({ "value": of.to_string(), "label": of.to_string(), "checked": year == Some(*of) }));
    let data = json!({
        "tabs": super::tabs(&visit),
        "total": chosen.len(),
        "year": year,
        "years": options.collect::<Vec<_>>(),
        "bars": bars(&years),
        "per_year": table("Conventions signées par an", "Année", years.iter().rev().map(|(year, counts)| counts.row(&year.to_string()))),
        "undated": if year.is_none() { undated } else { 0 },
        "per_territory": per_territory(&chosen, &names),
        "per_kind": per_kind(&chosen),
        "empty": { "title": "Aucune convention signée", "text": "Les chiffres viendront avec la première signature.", "links": [] },
    });
    visit.page("conventions/figures", "Conventions signées, en chiffres", data)
}

fn year_of(signed: &Signed) -> Option<i32> {
    signed.on.map(crate::kernel::Day::year)
}

/// How many at each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Levels {
    departement: usize,
    mds: usize,
}

impl Levels {
    fn add(&mut self, level: Level) {
        match level {
            Level::Departement => self.departement += 1,
            Level::Mds => self.mds += 1,
        }
    }

    fn all(self) -> usize {
        self.departement + self.mds
    }

    fn row(self, label: &str) -> Vec<Cell> {
        let figures = [self.departement, self.mds, self.all()].map(|count| Cell::text(count.to_string()).numeric());
        [Cell::text(label)].into_iter().chain(figures).collect()
    }
}

/// The last ten years, those in which none was signed told too, and the years before in which one was.
fn years(signed: &[Signed], this_year: i32) -> Vec<(i32, Levels)> {
    let mut counted: BTreeMap<i32, Levels> = BTreeMap::new();
    for one in signed {
        if let Some(year) = year_of(one) {
            counted.entry(year).or_default().add(one.level);
        }
    }
    if let Some(first) = counted.keys().next().copied() {
        for year in (this_year - 9).max(first)..=this_year {
            counted.entry(year).or_default();
        }
    }
    counted.into_iter().collect()
}

/// The bars of the last years, an image that the server draws: lengths are percentages of its width.
fn bars(years: &[(i32, Levels)]) -> Value {
    const MOST: usize = 10;
    const ROW: usize = 34;
    /// Where bars begin, after the year, and what the longest takes.
    const FROM: f64 = 16.0;
    const LONGEST: f64 = 70.0;
    let shown = &years[years.len().saturating_sub(MOST)..];
    let longest = shown.iter().map(|(_, counts)| counts.all()).max().unwrap_or(0).max(1);
    #[allow(clippy::cast_precision_loss, reason = "a few conventions")]
    let width = |count: usize| count as f64 / longest as f64 * LONGEST;
    let percent = |width: f64| format!("{width:.2}%");
    let rows = shown.iter().enumerate().map(|(place, (year, counts))| {
        let (departement, mds) = (width(counts.departement), width(counts.mds));
        json!({
            "year": year, "total": counts.all(), "top": place * ROW + 4, "text_y": place * ROW + 21, "from": percent(FROM),
            "departement": percent(departement), "mds_from": percent(FROM + departement), "mds": percent(mds),
            "total_from": percent(FROM + departement + mds + 2.0),
        })
    });
    json!({ "height": shown.len() * ROW, "rows": rows.collect::<Vec<_>>() })
}

fn table(caption: &str, first: &str, rows: impl Iterator<Item = Vec<Cell>>) -> Value {
    let columns = [(first, false), ("Départementales", true), ("D’une MDS", true), ("Ensemble", true)];
    json!({
        "caption": caption,
        "caption_hidden": true,
        "columns": columns.map(|(label, numeric)| json!({ "label": label, "numeric": numeric })),
        "rows": rows.map(|cells| json!({ "cells": cells })).collect::<Vec<_>>(),
    })
}

/// A convention of several territories counts in each.
fn per_territory(signed: &[&Signed], names: &Names) -> Value {
    let (mut placed, mut nowhere): (BTreeMap<&str, Levels>, Levels) = Default::default();
    for one in signed {
        for code in &one.territories {
            placed.entry(code).or_default().add(one.level);
        }
        if one.territories.is_empty() {
            nowhere.add(one.level);
        }
    }
    let mut placed: Vec<(String, Levels)> = placed.into_iter().map(|(code, counts)| (names.atlas.name(code), counts)).collect();
    placed.sort_by_key(|(name, _)| fold(name));
    placed.extend((nowhere.all() > 0).then(|| ("Aucun territoire en particulier".to_owned(), nowhere)));
    table("Conventions signées par territoire", "Territoire", placed.iter().map(|(name, counts)| counts.row(name)))
}

fn per_kind(signed: &[&Signed]) -> Value {
    let rows = Kind::ALL.iter().map(|kind| {
        let mut counts = Levels::default();
        signed.iter().filter(|one| one.kind == *kind).for_each(|one| counts.add(one.level));
        counts.row(kind.label())
    });
    table("Conventions signées par nature", "Nature", rows)
}
