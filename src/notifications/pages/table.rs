//! `/admin/qui-est-prevenu`: who hears of what, and whether one may stop it.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::kind_label;
use crate::error::Result;
use crate::http::visit::Visit;
use crate::http::{admin, paths};
use crate::mail::catalogue;
use crate::notifications::table::{self, ROWS, Row};

const HEADING: &str = "Qui est prévenu";

pub async fn page(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let mut groups: BTreeMap<usize, (&str, Vec<Value>)> = BTreeMap::new();
    for row in ROWS {
        let place = ROWS.iter().position(|other| other.record == row.record).unwrap_or(0);
        groups.entry(place).or_insert_with(|| (row.record, Vec::new())).1.push(shown(row));
    }
    let groups: Vec<Value> = groups.into_values().map(|(record, rows)| json!({ "title": kind_label(record), "rows": rows })).collect();
    let data = json!({
        "heading": HEADING,
        "breadcrumb": admin::breadcrumb(&[], HEADING),
        "tabs": admin::tabs(&visit).await?,
        "commands": [],
        "groups": groups,
    });
    visit.page("admin/who_hears", HEADING, data)
}

fn shown(row: &Row) -> Value {
    json!({
        "event": table::label(row.event),
        "who": row.who.label(),
        "mail": catalogue::kind(row.template).map_or(row.template, |kind| kind.label),
        "href": paths::mail_template(row.template),
        "must": table::must(row),
    })
}
