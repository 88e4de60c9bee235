//! `/lien/partenaire/{secret}`: where the yearly mail leads. Opening it changes nothing; one button confirms, without an account.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::own_path;
use super::words::none_if_empty;
use crate::error::{Error, Result};
use crate::http::forms::Submitted;
use crate::http::paths;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::partners::links::{self, Bearer};
use crate::partners::model::{Partner, PartnerContact};
use crate::partners::service::World;

pub async fn show(visit: Visit, secret: web::Path<String>) -> Result<HttpResponse> {
    answer(&visit, &secret, false).await
}

pub async fn confirm(Submitted { visit, form }: Submitted, secret: web::Path<String>) -> Result<HttpResponse> {
    let (secret, version, now, chance) = (secret.into_inner(), form.version()?, visit.now, visit.app.chance.clone());
    let followed = secret.clone();
    match visit.app.db.write(move |conn| links::confirm(conn, &followed, version, now, &chance)).await {
        Ok(_) => Ok(visit.redirect(&paths::confirmation(&secret), None)),
        // What was changed meanwhile is shown before it is confirmed.
        Err(Error::Conflict { .. }) => answer(&visit, &secret, true).await,
        Err(Error::NotFound) => spent(&visit),
        Err(error) => Err(error),
    }
}

async fn answer(visit: &Visit, secret: &str, overtaken: bool) -> Result<HttpResponse> {
    let (followed, now) = (secret.to_owned(), visit.now);
    let read = visit.app.db.read(move |conn| Ok::<_, Error>((links::bearer(conn, &followed, now)?, World::load(conn)?))).await;
    match read {
        Ok(((partner, bearer), world)) => page(visit, secret, &partner, &bearer, &world, overtaken),
        Err(Error::NotFound) => spent(visit),
        Err(error) => Err(error),
    }
}

fn page(visit: &Visit, secret: &str, partner: &Partner, bearer: &Bearer, world: &World, overtaken: bool) -> Result<HttpResponse> {
    let fields = &partner.fields;
    let place = fields.commune.as_deref().map(|code| world.atlas.name(code)).unwrap_or_default();
    let address = [fields.address.as_str(), &place].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    let row = |label: &str, value: &str| json!({ "label": label, "value": none_if_empty(value), "href": null });
    let names = |of: &[String]| of.iter().map(|code| world.atlas.name(code)).collect::<Vec<_>>().join(", ");
    let contact = |contact: &PartnerContact| {
        [&contact.name, &contact.function, &contact.phone, &contact.email]
            .into_iter()
            .filter(|part| !part.is_empty())
            .cloned()
            .collect::<Vec<_>>()
            .join(", ")
    };
    let rows: Vec<Value> = vec![
        row("Nom", &fields.name),
        row("Présentation", &fields.description),
        row("Adresse", &address),
        row("Territoires desservis", &names(&fields.area)),
        row("Horaires d’ouverture", &fields.opening_hours),
        row("Téléphone", &fields.phone),
        row("E-mail", &fields.email),
        row("Site internet", &fields.website),
        row("Interlocuteurs affichés", &fields.contacts.iter().filter(|contact| contact.shown).map(contact).collect::<Vec<_>>().join("\n")),
    ];
    let data = json!({
        "csrf": visit.csrf(),
        "name": fields.name,
        "rows": rows,
        "version": partner.version,
        "action": paths::confirmation(secret),
        "page": own_path(partner),
        "done": bearer.used_at.is_some(),
        "overtaken": overtaken,
        "contact": none_if_empty(&world.instance.legal_email),
    });
    let title = if bearer.used_at.is_some() { "Merci, c’est confirmé" } else { "Votre fiche est-elle exacte ?" };
    let status = if overtaken { StatusCode::CONFLICT } else { StatusCode::OK };
    visit.framed("partners/link", title, Frame { noindex: true, ..Frame::default() }, status, data)
}

/// Expired or never made: nobody is told which.
fn spent(visit: &Visit) -> Result<HttpResponse> {
    visit.framed("partners/link_spent", "Ce lien ne fonctionne plus", Frame { noindex: true, ..Frame::default() }, StatusCode::NOT_FOUND, json!({}))
}
