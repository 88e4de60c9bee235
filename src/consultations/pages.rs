//! `/consultations`: what was read the most, month by month, for those who decide of the offer; and its file.

use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::naming::{Read, most_read};
use super::{Kind, store};
use crate::accounts::model::{Actor, Role};
use crate::error::{Error, Result};
use crate::http::admin::Cell;
use crate::http::forms::{Choice, Form};
use crate::http::visit::Visit;
use crate::http::{download, query};
use crate::imports::exports;
use crate::imports::files::Format;
use crate::imports::files::table::Content;
use crate::imports::pages::exports::{format, links};
use crate::kernel::text::excerpt;
use crate::kernel::time::MONTHS;
use crate::kernel::{Day, FieldErrors};

/// The most rows on the page, and in a file.
const SHOWN: usize = 50;
const GIVEN: usize = 10_000;
/// Months before this one that may be chosen: as long as days are kept.
const KEPT_MONTHS: i32 = 36;

pub fn may_read(actor: &Actor) -> bool {
    matches!(actor.role, Role::Manager | Role::Administrator)
}

/// A month and a kind, as an address asks for them.
struct Asked {
    /// Counted from the year 0.
    month: i32,
    kind: Option<Kind>,
}

impl Asked {
    fn parse(form: &Form, today: Day) -> Result<Self> {
        let mut errors = FieldErrors::default();
        let this = month_of(today);
        let month = match form.get("mois") {
            "" => Some(this),
            text => text.split_once('-').and_then(|(year, month)| {
                let (year, month): (i32, i32) = (year.parse().ok()?, month.parse().ok()?);
                ((2000..2200).contains(&year) && (1..=12).contains(&month)).then_some(year * 12 + month - 1)
            }),
        };
        if month.is_none() {
            errors.add("mois", format!("« {} » n’est pas un mois, comme 2026-03.", excerpt(form.get("mois"))));
        }
        let kind = query::values(form, "genre", &mut errors, |text| if text.is_empty() { Some(None) } else { Kind::parse(text).map(Some) });
        if !errors.is_empty() {
            return Err(Error::BadQuery(errors));
        }
        Ok(Self { month: month.unwrap_or(this), kind: kind.into_iter().next().flatten() })
    }

    fn days(&self) -> (Day, Day) {
        (first_of(self.month), first_of(self.month + 1))
    }
}

fn month_of(day: Day) -> i32 {
    use chrono::Datelike;
    day.year() * 12 + i32::try_from(day.0.month0()).unwrap_or(0)
}

fn first_of(month: i32) -> Day {
    Day::new(month.div_euclid(12), u32::try_from(month.rem_euclid(12)).unwrap_or(0) + 1, 1).unwrap_or(Day(chrono::NaiveDate::MIN))
}

fn code(month: i32) -> String {
    format!("{}-{:02}", month.div_euclid(12), month.rem_euclid(12) + 1)
}

fn in_words(month: i32) -> String {
    format!("{} {}", MONTHS[usize::try_from(month.rem_euclid(12)).unwrap_or(0)], month.div_euclid(12))
}

fn reader(visit: &Visit) -> Result<()> {
    if may_read(visit.actor()?) { Ok(()) } else { Err(Error::Forbidden("Cette page est réservée aux responsables.".into())) }
}

pub async fn page(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    reader(&visit)?;
    let form = query::pairs(request.query_string())?;
    let today = visit.today();
    let asked = Asked::parse(&form, today)?;
    let (viewer, kind, days) = (visit.viewer.clone(), asked.kind, asked.days());
    let (read, first) =
        visit.app.db.read(move |conn| Ok::<_, Error>((most_read(conn, &viewer, today, kind, days, SHOWN)?, store::first_day(conn)?))).await?;
    let this = month_of(today);
    let oldest = first.map_or(this, month_of).max(this - KEPT_MONTHS).min(this);
    let mut months: Vec<i32> = (oldest..=this).rev().collect();
    if !months.contains(&asked.month) {
        months.push(asked.month);
    }
    let months = months.into_iter().map(|month| Choice::new(&code(month), &in_words(month), month == asked.month));
    let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.label(), asked.kind == Some(*kind)));
    let kinds = [Choice::new("", "Tout", asked.kind.is_none())].into_iter().chain(kinds);
    let columns = [("Fiche", false), ("Genre", false), ("Consultations", true)].map(|(label, numeric)| json!({ "label": label, "numeric": numeric }));
    let caption = format!("Les fiches les plus consultées en {}", in_words(asked.month));
    let data = json!({
        "breadcrumb": [{ "label": "Mon espace", "href": "/mon-espace" }, { "label": "Consultations", "href": null }],
        "months": months.collect::<Vec<_>>(),
        "kinds": kinds.collect::<Vec<_>>(),
        "table": { "caption": caption, "caption_hidden": true, "columns": columns, "rows": read.iter().map(row).collect::<Vec<_>>() },
        "exports": if read.is_empty() { Value::Null } else { links("/consultations", &chosen(&asked)) },
        "when": in_words(asked.month),
    });
    visit.page("consultations/page", "Consultations", data)
}

/// What links to files carry on.
fn chosen(asked: &Asked) -> Form {
    let kind = asked.kind.map(|kind| ("genre".to_owned(), kind.as_str().to_owned()));
    Form([("mois".to_owned(), code(asked.month))].into_iter().chain(kind).collect())
}

fn row(read: &Read) -> Value {
    json!({ "cells": [Cell::link(&read.title, read.href.clone()), Cell::text(kind(read.kind)), Cell::text(read.count.to_string()).numeric()] })
}

/// One of the kind.
fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Action => "Action",
        Kind::Plan => "Schéma",
        Kind::Sheet => "Fiche action",
        Kind::Partner => "Partenaire",
        Kind::Convention => "Convention",
        Kind::Meeting => "Rencontre",
        Kind::Decision => "Décision",
    }
}

/// `/consultations/export`.
pub async fn export(visit: Visit, request: HttpRequest) -> Result<HttpResponse> {
    reader(&visit)?;
    let form = query::pairs(request.query_string())?;
    let format = format(&form, &[Format::Csv, Format::Xlsx, Format::Ods])?;
    let today = visit.today();
    let asked = Asked::parse(&form, today)?;
    let (viewer, of, days) = (visit.viewer.clone(), asked.kind, asked.days());
    let file = visit
        .app
        .db
        .read(move |conn| {
            let told = |error: std::io::Error| Error::Internal(format!("a file cannot be written: {error}"));
            let read = most_read(conn, &viewer, today, of, days, GIVEN)?;
            let file = tempfile::tempfile().map_err(told)?;
            let titles = ["Fiche", "Genre", "Adresse", "Consultations"].map(str::to_owned);
            let mut sheet = exports::sheet(format, file.try_clone().map_err(told)?, "Consultations", &titles).map_err(told)?;
            let text = |text: &str| Content::Text(text.into());
            for one in read {
                #[expect(clippy::cast_precision_loss, reason = "no page is opened that often")]
                let cells = [text(&one.title), text(kind(one.kind)), text(&one.href), Content::Number(one.count as f64)];
                sheet.line(&cells).map_err(told)?;
            }
            sheet.finish().map_err(told)?;
            Ok::<_, Error>(file)
        })
        .await?;
    download::attachment(file, &format!("consultations-{}.{format}", code(asked.month)), format.mime())
}
