//! What importing would do, before it does: how many, which cells are wrong and where, and the way to set them right in place.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{figures, find, head, path, settle, shelf};
use crate::error::{Error, Result};
use crate::http::forms::{Form, Submitted};
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::http::{download, query};
use crate::imports::files::Format;
use crate::imports::files::table::Content;
use crate::imports::layout::Heading;
use crate::imports::model::{Import, ShownRow, Stage};
use crate::imports::source::Corrections;
use crate::imports::{exports, service};
use crate::kernel::text::clean;

pub async fn show(visit: &Visit, import: &Import, warning: Option<&str>) -> Result<HttpResponse> {
    let (counts, words) = (import.report.counts, import.kind.words());
    let ready = counts.created + counts.changed;
    let heading = match (counts.refused, ready) {
        (0, 0) => "Rien à importer\u{a0}: tout est déjà là".to_owned(),
        (0, _) => "Tout est prêt".to_owned(),
        (1, _) => "Une ligne est à corriger".to_owned(),
        (many, _) => format!("{}\u{a0}lignes sont à corriger", crate::kernel::text::thousands(&many.to_string())),
    };
    let mut data = head(import, &heading, &format!("{}, étape 2 sur 2", import.kind.label()));
    let is_clean = counts.refused == 0;
    data["warning"] = json!(warning.map(str::to_owned).or_else(|| import.reason.clone()).or_else(|| again(import)));
    data["notes"] = json!(import.report.notes);
    data["figures"] = figures(&[
        ("à créer".to_owned(), counts.created),
        ("à mettre à jour".to_owned(), counts.changed),
        (words.agreed("inchangé", counts.same), counts.same),
        ("à corriger".to_owned(), counts.refused),
    ]);
    data["bad"] = if import.has_columns() { table(import) } else { Value::Null };
    data["bad_lines"] = if import.has_columns() { json!([]) } else { lines(&import.report.bad) };
    data["untold"] = json!(counts.refused.saturating_sub(import.report.bad.len() as u64));
    data["refused"] = json!(counts.refused);
    data["downloads"] = downloads(import);
    data["changed"] = json!(import.report.changed);
    data["changed_untold"] = json!(counts.changed.saturating_sub(import.report.changed.len() as u64));
    data["to_complete"] = json!(import.report.to_complete);
    data["to_complete_count"] = json!(counts.to_complete);
    data["ready"] = json!(ready);
    data["may_import"] = json!(is_clean && ready > 0);
    data["may_import_some"] = json!(!is_clean && ready > 0);
    data["import_label"] = json!(format!("Importer {}", words.counted(ready)));
    data["has_columns"] = json!(import.has_columns());
    let status = if warning.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    visit.framed("imports/check", &heading, Frame::default(), status, data)
}

/// The same file was imported before: what has no identifier would be there twice.
fn again(import: &Import) -> Option<String> {
    let counts = import.report.counts;
    let known = !import.report.same_file.is_empty() && counts.created > 0;
    known.then(|| {
        let words = import.kind.words();
        format!(
            "Ce même fichier a déjà été importé, et cet import tient toujours. Si vous continuez, {} {} une deuxième fois.",
            words.counted(counts.created),
            if counts.created > 1 { format!("seront {}", words.agreed("créé", 2)) } else { format!("sera {}", words.agreed("créé", 1)) }
        )
    })
}

/// The places of the columns that are shown: the first that says what a row is about, then those in which something is wrong.
fn shown_places(import: &Import) -> Vec<usize> {
    let headings = &import.report.headings;
    let naming = ["title", "name", "code", "external_id"];
    let of_field = |wanted: &str| import.plan.fields.iter().position(|field| field.as_deref() == Some(wanted)).and_then(|found| headings.get(found));
    let first = naming.iter().find_map(|field| of_field(field)).or(headings.first()).map(|heading| heading.place);
    let wrong = import.report.bad.iter().flat_map(|row| row.wrongs.iter().filter_map(|wrong| wrong.place));
    let wrong: std::collections::BTreeSet<usize> = wrong.filter(|place| Some(*place) != first).collect();
    first.into_iter().chain(wrong).collect()
}

/// The rows that are wrong, each with its cells to set right, then a few that are sound.
fn table(import: &Import) -> Value {
    let places = shown_places(import);
    let headings: Vec<(usize, &Heading)> =
        places.iter().filter_map(|place| import.report.headings.iter().enumerate().find(|(_, heading)| heading.place == *place)).collect();
    let rows: Vec<Value> = import.report.bad.iter().map(|row| line(row, &headings)).collect();
    let good: Vec<Value> = import.report.good.iter().map(|row| line(row, &headings)).collect();
    let titles: Vec<&str> = headings.iter().map(|(_, heading)| heading.title.as_str()).collect();
    json!({ "width": titles.len() + 1, "columns": titles, "rows": rows, "good": good })
}

fn line(row: &ShownRow, headings: &[(usize, &Heading)]) -> Value {
    let cells: Vec<Value> = headings
        .iter()
        .map(|(index, heading)| {
            let text = row.cells.get(*index).cloned().unwrap_or_default();
            let wrongs: Vec<String> = row.wrongs.iter().filter(|wrong| wrong.place == Some(heading.place)).map(|wrong| wrong.sentence()).collect();
            json!({
                "name": format!("c-{}-{}", row.line, heading.place),
                "label": heading.title,
                "is_long": text.contains('\n') || text.chars().count() > 60,
                "short": crate::kernel::text::excerpt(&text),
                "text": text,
                "errors": wrongs,
                "wrong": !wrongs.is_empty(),
            })
        })
        .collect();
    let has_cell = |place: Option<usize>| place.is_some_and(|place| headings.iter().any(|(_, heading)| heading.place == place));
    let others = row.wrongs.iter().filter(|wrong| !has_cell(wrong.place));
    let notes: Vec<String> =
        others.map(|wrong| wrong.column.as_ref().map_or_else(|| wrong.sentence(), |column| format!("{column} : {}", wrong.message))).collect();
    json!({ "line": row.line, "cells": cells, "notes": notes })
}

/// What is wrong with a file that has no columns, line by line.
fn lines(rows: &[ShownRow]) -> Value {
    let told = |row: &ShownRow| {
        let wrongs: Vec<Value> = row.wrongs.iter().map(|wrong| json!({ "column": wrong.column, "text": wrong.sentence() })).collect();
        json!({ "line": row.line, "wrongs": wrongs })
    };
    rows.iter().map(told).collect()
}

fn downloads(import: &Import) -> Value {
    let link = |(format, label): (Format, &str)| json!({ "label": label, "href": path(&import.id, &format!("a-corriger?format={format}")) });
    [(Format::Xlsx, "tableur (.xlsx)"), (Format::Ods, ".ods"), (Format::Csv, ".csv")].map(link).into()
}

/// Cells written again in place; the file is then checked once more.
pub async fn correct(Submitted { visit, form }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let import = find(&visit, &id).await?;
    let cells = corrections(&form, &import);
    if import.stage != Stage::Checked || cells.is_empty() {
        return Ok(visit.redirect(&path(&import.id, ""), None));
    }
    let (actor, asked) = (visit.actor()?.clone(), import.id.clone());
    match visit.app.db.write(move |conn| service::correct(conn, &actor, &asked, cells)).await {
        Ok(()) => {
            settle(&visit, &import.id).await?;
            Ok(visit.redirect(&path(&import.id, ""), None))
        }
        Err(Error::Refused(reason)) => show(&visit, &find(&visit, &id).await?, Some(&reason)).await,
        Err(error) => Err(error),
    }
}

/// The cells of a form that were given to correct, and no others.
fn corrections(form: &Form, import: &Import) -> Corrections {
    let mut cells: Corrections = BTreeMap::new();
    for row in &import.report.bad {
        for place in row.wrongs.iter().filter_map(|wrong| wrong.place) {
            let name = format!("c-{}-{place}", row.line);
            if form.has(&name) {
                cells.entry(row.line).or_default().insert(place, clean(form.get(&name)));
            }
        }
    }
    cells
}

/// « Les lignes à corriger »: as they stand, with what is wrong beside them.
pub async fn refused(visit: Visit, id: web::Path<String>, request: HttpRequest) -> Result<HttpResponse> {
    let import = find(&visit, &id).await?;
    if import.stage != Stage::Checked || import.report.counts.refused == 0 {
        return Err(Error::NotFound);
    }
    let format = super::exports::format(&query::pairs(request.query_string())?, &[Format::Csv, Format::Xlsx, Format::Ods])?;
    let (shelf, asked) = (shelf(&visit), import.clone());
    let written = web::block(move || {
        let file = tempfile::tempfile().map_err(|error| Error::Internal(error.to_string()))?;
        let mut titles: Vec<String> = asked.report.headings.iter().map(|heading| heading.title.clone()).collect();
        if titles.is_empty() {
            titles.push("Contenu".to_owned());
        }
        titles.extend(["Ligne".to_owned(), "Erreur".to_owned()]);
        let width = titles.len() - 2;
        let failed = |error: std::io::Error| Error::Internal(error.to_string());
        let mut sheet = exports::sheet(format, file.try_clone().map_err(failed)?, "À corriger", &titles).map_err(failed)?;
        shelf.each_refused(&asked.id, &mut |row| {
            let mut cells: Vec<Content> = row.cells.iter().take(width).map(|cell| Content::text(cell.as_str())).collect();
            cells.resize(width, Content::Empty);
            cells.push(Content::Number(row.line as f64));
            let told = |wrong: &crate::imports::Wrong| {
                wrong.column.as_ref().map_or_else(|| wrong.sentence(), |column| format!("{column} : {}", wrong.message))
            };
            cells.push(Content::text(row.wrongs.iter().map(told).collect::<Vec<_>>().join("\n")));
            sheet.line(&cells).map_err(failed)
        })?;
        sheet.finish().map_err(failed)?;
        Ok::<_, Error>(file)
    });
    let file = written.await.map_err(|error| Error::Internal(error.to_string()))??;
    download::attachment(file, &format!("a-corriger-{}.{format}", visit.today()), format.mime())
}
