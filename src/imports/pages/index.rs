//! A file to give, and those that were given.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{path, shelf};
use crate::accounts::model::Actor;
use crate::error::{Error, Result};
use crate::http::admin::Cell;
use crate::http::forms::{Choice, choices, summary};
use crate::http::shell::Frame;
use crate::http::upload::{Received, Uploaded};
use crate::http::visit::Visit;
use crate::imports::kinds::Kind;
use crate::imports::model::{Import, Stage};
use crate::imports::{limits, service};
use crate::kernel::{FieldErrors, ids};

/// Imports that the page lists.
const LISTED: i64 = 50;

pub async fn page(visit: Visit, query: web::Query<Asked>) -> Result<HttpResponse> {
    service::may_import(visit.actor()?)?;
    show(&visit, Kind::parse(&query.quoi), &FieldErrors::default(), StatusCode::OK).await
}

/// What a link from a list says that the file will hold.
#[derive(serde::Deserialize)]
pub struct Asked {
    #[serde(default)]
    quoi: String,
}

async fn show(visit: &Visit, kind: Option<Kind>, errors: &FieldErrors, status: StatusCode) -> Result<HttpResponse> {
    let (actor, today, zone) = (visit.actor()?.clone(), visit.today(), visit.app.config.zone.clone());
    let read = visit.app.db.read(move |conn| {
        let kinds = Kind::importable(&actor);
        let described =
            kinds.iter().map(|kind| Ok(described(*kind, kind.open(conn, &actor, today, &zone)?.columns()))).collect::<Result<Vec<Value>>>()?;
        Ok::<_, Error>((service::list(conn, &actor, LISTED)?, described, actor))
    });
    let (imports, described, actor) = read.await?;
    let chosen = kind.filter(|kind| kind.may_import(&actor)).or_else(|| Kind::importable(&actor).first().copied());
    let options = Kind::importable(&actor).into_iter().map(|kind| Choice::new(kind.as_str(), kind.label(), Some(kind) == chosen)).collect();
    let rows: Vec<Value> = imports.iter().map(|import| json!({ "cells": cells(visit, import, &actor) })).collect();
    let columns = ["Fichier", "État", "Quoi", "Donné par"].map(|label| json!({ "label": label, "numeric": false }));
    let data = json!({
        "errors": summary(errors),
        "kinds": choices("kind", "Que contient votre fichier ?", "", options, errors),
        "one_kind": (Kind::importable(&actor).len() == 1).then_some(chosen),
        "file_error": errors.of("file"),
        "largest": limits::FILE_BYTES / 1024 / 1024,
        "described": described,
        "table": { "caption": "Fichiers et ce qu’ils sont devenus", "caption_hidden": true, "columns": columns, "rows": rows },
    });
    let title = if errors.is_empty() { "Importer un fichier" } else { "Erreur : Importer un fichier" };
    visit.framed("imports/index", title, Frame::default(), status, data)
}

/// A kind's columns, as whoever prepares a file wants to know them.
fn described(kind: Kind, columns: &crate::imports::columns::Columns) -> Value {
    let columns: Vec<Value> = columns.filled().map(|column| json!({ "label": column.label, "hint": column.told() })).collect();
    json!({ "kind": kind, "label": kind.label(), "columns": columns, "template_url": format!("/import/modele?quoi={kind}&format=xlsx") })
}

fn cells(visit: &Visit, import: &Import, actor: &Actor) -> Vec<Cell> {
    let counts = import.report.counts;
    let words = import.kind.words();
    let what = match import.stage {
        Stage::Done | Stage::Undone | Stage::Undoing | Stage::Running => words.counted(counts.created + counts.changed),
        Stage::Checked => words.counted(counts.rows),
        _ => import.kind.label().to_owned(),
    };
    let by = if actor.is(import.account_id.as_ref()) { "vous".to_owned() } else { import.account_name.clone() };
    vec![
        Cell::link(&import.file_name, path(&import.id, "")).hint(visit.app.config.zone.in_words(import.created_at)),
        Cell::text(import.stage.label()).tag(tag(import.stage)),
        Cell::text(what),
        Cell::text(by),
    ]
}

fn tag(stage: Stage) -> &'static str {
    match stage {
        Stage::Done => "done",
        Stage::Failed => "error",
        Stage::Undone => "plain",
        Stage::Mapped | Stage::Running | Stage::Undoing => "in_progress",
        Stage::Uploaded | Stage::Checked => "submitted",
    }
}

/// Takes a file in: looked into, put on disk, then written down.
pub async fn give(Uploaded { visit, form, file }: Uploaded) -> Result<HttpResponse> {
    let actor = visit.actor()?.clone();
    service::may_import(&actor)?;
    let mut errors = FieldErrors::default();
    let kind = Kind::parse(form.get("kind"));
    if kind.is_none() {
        errors.add("kind", "Dites ce que contient votre fichier.");
    }
    let received = match file {
        Received::File { name, bytes } => Some((name, bytes)),
        Received::Nothing => {
            errors.add("file", "Choisissez un fichier.");
            None
        }
        Received::TooLarge => {
            errors.add("file", limits::file_too_large(limits::FILE_BYTES).sentence());
            None
        }
    };
    let (Some(kind), Some((name, bytes))) = (kind, received) else {
        return show(&visit, kind, &errors, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let (today, zone, hash) = (visit.today(), visit.app.config.zone.clone(), service::hash(&bytes));
    let id = ids::new(visit.now, &visit.app.chance);
    let (shelf, kept) = (shelf(&visit), id.clone());
    let looked = visit.app.db.read(move |conn| {
        let desk = kind.open(conn, &actor, today, &zone)?;
        let report = match service::look_into(&bytes, desk.as_ref()) {
            Ok(report) => report,
            Err(wrongs) => return Ok(Err(wrongs)),
        };
        // Whole and on disk before the row that names it.
        shelf.keep(&kept, &bytes)?;
        Ok::<_, Error>(Ok(report))
    });
    let report = match looked.await? {
        Ok(report) => report,
        Err(wrongs) => {
            // Where in the file, when it is not the whole of it.
            let told =
                wrongs.iter().take(5).map(|wrong| wrong.line.map_or_else(|| wrong.sentence(), |line| format!("Ligne {line} : {}", wrong.message)));
            errors.add("file", format!("« {name} » : {}", told.collect::<Vec<_>>().join(" ")));
            return show(&visit, Some(kind), &errors, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
    };
    let (doer, given) = (visit.doer()?, id.clone());
    visit.app.db.write(move |conn| service::receive(conn, doer.by(), &given, kind, &name, &hash, report)).await?;
    super::settle(&visit, &id).await?;
    Ok(visit.redirect(&path(&id, ""), None))
}
