//! A sheet as search knows it. Everybody reads plans: every sheet is there.

use super::model::{Orientation, Plan, Sheet, WholePlan};
use super::service;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::instance;
use crate::kernel::Visibility;
use crate::kernel::ids::PlanId;
use crate::search::model::{Document, RecordType};

/// The document of a sheet, named `<plan>/<number>`; None when it is gone.
pub fn of(conn: &mut Conn, id: &str) -> Result<Option<Document>> {
    let Some((plan, number)) = id.split_once('/') else { return Ok(None) };
    let (Some(plan), Ok(number)) = (PlanId::parse(plan), number.parse::<i32>()) else { return Ok(None) };
    let whole = match service::find(conn, &plan) {
        Ok(whole) => whole,
        Err(Error::NotFound) => return Ok(None),
        Err(error) => return Err(error),
    };
    let departement = instance::service::get(conn)?.0.departement;
    Ok(documents(&whole, &departement).find(|document| document.id == format!("{plan}/{number}")))
}

/// The documents of all sheets of all plans.
pub fn all(conn: &mut Conn) -> Result<Vec<Document>> {
    let departement = instance::service::get(conn)?.0.departement;
    let mut found = Vec::new();
    for plan in service::all(conn)? {
        found.extend(documents(&service::find(conn, &plan.id)?, &departement));
    }
    Ok(found)
}

fn documents<'a>(whole: &'a WholePlan, departement: &'a str) -> impl Iterator<Item = Document> + 'a {
    let of = move |orientation: &'a Orientation| orientation.sheets.iter().map(move |sheet| document(&whole.plan, orientation, sheet, departement));
    whole.orientations.iter().flat_map(of)
}

fn document(plan: &Plan, orientation: &Orientation, sheet: &Sheet, departement: &str) -> Document {
    let content = &sheet.content;
    let sections = content.sections();
    // People know a sheet by its number too.
    let number = format!("Fiche action {}", sheet.number);
    let names = content.pilots.iter().chain(&content.partners).chain([&orientation.title, &number]);
    Document {
        kind: RecordType::PlanSheet,
        id: format!("{}/{}", plan.id, sheet.number),
        external_id: None,
        title: sheet.title.clone(),
        summary: content.objectives.iter().take(3).cloned().collect::<Vec<_>>().join("\n"),
        body: sections.iter().flat_map(|(_, texts)| texts).copied().collect::<Vec<_>>().join("\n"),
        names: names.cloned().collect::<Vec<_>>().join("\n"),
        url: crate::http::paths::sheet(&plan.id, sheet.number),
        visibility: Visibility::Public,
        themes: Vec::new(),
        audiences: Vec::new(),
        territories: vec![departement.to_owned()],
        // What a sheet plans is not a date on which one can come: no filter on dates hides it.
        starts_on: None,
        ends_on: None,
        is_reported: false,
        date: content.calendar.iter().filter_map(|line| line.from).min().or(Some(plan.starts_on)),
        updated_at: sheet.updated_at,
    }
}
