//! « Présenter une action »: a title is enough to begin.

use actix_web::HttpResponse;
use serde_json::{Map, json};

use crate::actions::{policy, service};
use crate::error::{Error, Result};
use crate::http::forms::{Field, Submitted, summary};
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

pub async fn form(visit: Visit) -> Result<HttpResponse> {
    if !policy::may_create(visit.actor()?) {
        return Err(Error::Forbidden(
            "Les actions sont présentées par les agents du Département. Écrivez à votre interlocuteur pour en proposer une.".into(),
        ));
    }
    show(&visit, "", &FieldErrors::default())
}

fn show(visit: &Visit, title: &str, errors: &FieldErrors) -> Result<HttpResponse> {
    let field = Field {
        name: "title",
        label: "Titre de l’action",
        hint: "Ce que l’on fait, en quelques mots : « Cuisiner de saison à petit prix ». Vous pourrez le changer.",
        value: title,
        required: true,
        max: Some(250),
        ..Field::default()
    };
    let render = if errors.is_empty() { Visit::page } else { Visit::page_again };
    render(visit, "actions/new", "Présenter une action", json!({ "errors": summary(errors), "field": field.show(errors) }))
}

pub async fn begin(sent: Submitted) -> Result<HttpResponse> {
    let doer = sent.visit.doer()?;
    let given: Map<_, _> = [("title".to_owned(), json!(sent.form.get("title")))].into_iter().collect();
    match sent.visit.app.db.write(move |conn| service::create(conn, doer.by(), &given)).await {
        Ok(action) => Ok(sent.visit.redirect(&paths::edit_action(&action.id, "presentation"), None)),
        Err(Error::Invalid(errors)) => show(&sent.visit, sent.form.get("title"), &errors),
        Err(error) => Err(error),
    }
}
