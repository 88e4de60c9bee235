//! `/annonces/{id}/destinataires`: those to whom it would be written now, or those to whom it was.

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use super::{counted, id_of, trail};
use crate::announcements::service::{self, Announcement};
use crate::error::{Error, Result};
use crate::http::admin::Cell;
use crate::http::paths;
use crate::http::query::{self, pagination, pairs};
use crate::http::visit::Visit;
use crate::kernel::{FieldErrors, Page};
use crate::mail::pages::words::Setting;
use crate::partners;

pub async fn page(visit: Visit, request: HttpRequest, id: web::Path<String>) -> Result<HttpResponse> {
    visit.actor()?;
    let form = pairs(request.query_string())?;
    let mut errors = FieldErrors::default();
    let page = Page { size: Page::LARGEST, ..query::page(&form, &mut errors) };
    errors.into_result().map_err(Error::BadQuery)?;
    let (viewer, id, now, setting) = (visit.viewer.clone(), id_of(&id)?, visit.now, Setting::of(&visit.app, visit.now));
    let read = visit.app.db.read(move |conn| {
        let announcement = service::find(conn, &viewer, &id)?;
        if announcement.is_confirmed() {
            let listing = service::recipients(conn, &id, page)?;
            let pages = listing.pages();
            let rows = listing.items.into_iter().map(|(one, is_stopped, stage)| {
                let state = match stage {
                    _ if is_stopped => json!({ "tag": "plain", "label": "Ne le reçoit pas" }),
                    Some(stage) => setting.state(stage),
                    None => json!({ "tag": "upcoming", "label": "En attente" }),
                };
                row(&one.email, &one.name, None, &state)
            });
            return Ok::<_, Error>((announcement, rows.collect::<Vec<_>>(), pages, usize::try_from(listing.total).unwrap_or(0)));
        }
        let found = service::audience(conn, viewer.actor().ok_or(Error::SignIn)?, &announcement, now)?;
        let total = found.recipients.len();
        let listing = crate::http::api::cut(found.recipients, page);
        let pages = listing.pages();
        let names: Vec<_> = partners::service::all(conn)?;
        let named = |one: &crate::announcements::audience::Recipient| {
            let of = |id| names.iter().find(|organisation| organisation.id == id).map(|organisation| organisation.name.clone());
            one.organisations.iter().cloned().filter_map(of).collect::<Vec<_>>().join(", ")
        };
        let written = json!({ "tag": "upcoming", "label": "À écrire" });
        let stopped = json!({ "tag": "plain", "label": "Ne veut plus ces messages" });
        let rows = listing.items.iter().map(|one| row(&one.email, &one.name, Some(named(one)), if one.is_stopped { &stopped } else { &written }));
        Ok((announcement, rows.collect(), pages, total))
    });
    let (announcement, rows, pages, total) = read.await?;
    let path = paths::about_announcement(&announcement.id, "destinataires");
    let data = json!({
        "breadcrumb": trail(&announcement, Some("Destinataires")),
        "object": announcement.fields.title,
        "lead": lead(&announcement, total),
        "table": {
            "caption": "Destinataires", "caption_hidden": true,
            "columns": [{ "label": "Nom", "numeric": false }, { "label": "Adresse", "numeric": false }, { "label": "État", "numeric": false }],
            "rows": rows,
        },
        "back": paths::announcement(&announcement.id),
        "pagination": pagination(&path, &form, page.number, pages),
    });
    visit.page("announcements/recipients", "Destinataires", data)
}

fn lead(announcement: &Announcement, total: usize) -> String {
    let number = counted(total, "adresse", "adresses");
    match announcement.is_confirmed() {
        true => format!("{number}, telles qu’elles étaient quand l’envoi a été confirmé."),
        false => format!("{number} aujourd’hui. La liste est fixée quand vous confirmez l’envoi."),
    }
}

fn row(email: &str, name: &str, organisations: Option<String>, state: &Value) -> Value {
    let hint = organisations.filter(|organisations| !organisations.is_empty() && organisations != name);
    let cell = |text: &str| Cell { text: text.to_owned(), ..Cell::default() };
    let first = Cell { hint, ..cell(if name.is_empty() { email } else { name }) };
    let mut cells = json!([first, cell(email), cell(state["label"].as_str().unwrap_or_default())]);
    cells[2]["tag"] = state["tag"].clone();
    json!({ "cells": cells })
}
