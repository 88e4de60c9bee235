//! `/annonces/nouvelle`: what one begins with, a text or the letter of a month.

use actix_web::HttpResponse;
use serde_json::{Map, Value, json};

use super::form::with_control;
use crate::announcements::letter::{first_of, month_in_words};
use crate::announcements::model::MODELS;
use crate::announcements::service;
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

/// How many months back a letter may be composed.
const MONTHS: i32 = 6;
const LETTER: &str = "letter";

pub async fn form(visit: Visit) -> Result<HttpResponse> {
    super::allowed(&visit)?;
    show(&visit, &Form::default(), &FieldErrors::default())
}

fn show(visit: &Visit, form: &Form, errors: &FieldErrors) -> Result<HttpResponse> {
    let said = form.get("model");
    let chosen = if said.is_empty() { "offer" } else { said };
    let mut models: Vec<Choice> = MODELS.iter().map(|model| Choice::new(model.code, model.label, model.code == chosen)).collect();
    let hint = Some("Composée de ce qui a été publié, puis à relire.".to_owned());
    models.push(Choice { hint, ..Choice::new(LETTER, "Lettre du mois", chosen == LETTER) });
    let this = first_of(visit.today());
    let months = (0..MONTHS).map(|back| {
        let month = this.plus_months(-back);
        Choice::new(&month.iso(), &month_in_words(month), form.get("month") == month.iso())
    });
    let title = Field {
        name: "title",
        label: "Titre",
        hint: "L’objet du message. Laissez vide pour garder celui du modèle.",
        value: form.get("title"),
        max: Some(250),
        ..Field::default()
    };
    let data = json!({
        "breadcrumb": [{ "label": "Annonces", "href": paths::ANNOUNCEMENTS }, { "label": "Nouvelle annonce", "href": null }],
        "object": "Annonces",
        "heading": "Nouvelle annonce",
        "lead": "Choisissez par quoi commencer. Rien ne part avant que vous ayez relu la liste et confirmé le nombre de destinataires.",
        "warnings": [],
        "form": { "has_file": false, "action": "/annonces/nouvelle", "version": 0, "seen": "", "submit": "Commencer", "check": null, "back": paths::ANNOUNCEMENTS },
        "errors": summary(errors),
        "fields": [
            with_control("radios", choices("model", "Commencer par", "", models, errors)),
            with_control("text", title.show(errors)),
            with_control("select", choices("month", "Mois de la lettre", "Pour la lettre du mois seulement.", months.collect(), errors)),
        ],
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "conventions/small", "Nouvelle annonce", data)
}

pub async fn create(Submitted { visit, form }: Submitted) -> Result<HttpResponse> {
    super::allowed(&visit)?;
    let mut given: Map<String, Value> = Map::new();
    let title = form.get("title").trim();
    match form.get("model") {
        LETTER => {
            given.insert("kind".into(), json!(LETTER));
            given.insert("month".into(), json!(form.get("month")));
        }
        model => {
            given.insert("model".into(), json!(model));
            // A text of one's own has a title of one's own.
            if model == "free" && title.is_empty() {
                given.insert("title".into(), json!(""));
            }
        }
    }
    if !title.is_empty() {
        given.insert("title".into(), json!(title));
    }
    let (doer, zone) = (visit.doer()?, visit.app.config.zone.clone());
    match visit.app.db.write(move |conn| service::create(conn, doer.by(), &zone, &given)).await {
        Ok(announcement) => Ok(visit.redirect(&paths::about_announcement(&announcement.id, "modifier"), Some(Notice::AnnouncementBegun))),
        Err(Error::Invalid(errors)) => show(&visit, &form, &errors),
        Err(error) => Err(error),
    }
}
