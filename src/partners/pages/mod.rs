//! The pages of partners: one file a page.

pub mod corrections;
pub mod duplicates;
pub mod edit;
mod form;
pub mod history;
pub mod link;
pub mod list;
pub mod merge;
pub mod show;
pub mod verbs;
mod words;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::model::Partner;
use super::service;
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::ids::OrganisationId;

/// The identifier in a path; what has not its shape names nothing.
fn id_of(text: &str) -> Result<OrganisationId> {
    OrganisationId::parse(text).ok_or(Error::NotFound)
}

fn found(conn: &mut Conn, viewer: &Viewer, id: &str) -> Result<Partner> {
    service::read(conn, viewer, &id_of(id)?)
}

fn own_path(partner: &Partner) -> String {
    paths::partner(&partner.id, &partner.fields.name)
}

/// The trail that leads to a page about a partner.
fn trail(partner: &Partner, here: Option<&str>) -> Value {
    let mut items = vec![json!({ "label": "Partenaires", "href": "/partenaires" })];
    items.push(json!({ "label": partner.fields.name, "href": here.map(|_| own_path(partner)) }));
    if let Some(here) = here {
        items.push(json!({ "label": here, "href": null }));
    }
    Value::Array(items)
}

fn moved(to: &str) -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((header::LOCATION, to)).finish()
}

/// `/admin/partenaires`: where the list was.
pub async fn old_list() -> HttpResponse {
    moved("/partenaires")
}

/// `/admin/partenaires/{id}`: where a form was.
pub async fn old_form(id: web::Path<String>) -> HttpResponse {
    match id.as_str() {
        "nouveau" => moved("/partenaires/nouveau"),
        id => OrganisationId::parse(id).map_or_else(|| moved("/partenaires"), |id| moved(&paths::about_partner(&id, "modifier"))),
    }
}
