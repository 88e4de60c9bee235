//! The acts by which a signed convention goes on or ends: reconduction, dénonciation, résiliation.

use actix_web::{HttpResponse, web};
use serde_json::{Map, Value, json};

use super::form::with_control;
use super::small::{self, DEPARTEMENT, Small};
use crate::conventions::acts;
use crate::conventions::model::{ActKind, Content};
use crate::conventions::service::Convention;
use crate::conventions::world::World;
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::FieldErrors;

pub async fn reconduction_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &small::living(&visit, &id).await?, ActKind::Reconduction, None, &FieldErrors::default()).await
}

pub async fn denonciation_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &small::living(&visit, &id).await?, ActKind::Denonciation, None, &FieldErrors::default()).await
}

pub async fn resiliation_form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    show(&visit, &small::living(&visit, &id).await?, ActKind::Resiliation, None, &FieldErrors::default()).await
}

pub async fn reconduct(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    record(sent, &id, ActKind::Reconduction).await
}

pub async fn denounce(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    record(sent, &id, ActKind::Denonciation).await
}

pub async fn rescind(sent: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    record(sent, &id, ActKind::Resiliation).await
}

/// What a form says of an act, under the names of the API.
fn body(kind: ActKind, form: &Form) -> Map<String, Value> {
    let names: &[&str] = match kind {
        ActKind::Reconduction => &["decided_on", "ends_on"],
        ActKind::Denonciation => &["partner", "notified_on", "note"],
        _ => &["ground", "notified_on", "effective_on"],
    };
    let value = |name: &str| match (name, form.get(name)) {
        ("partner", DEPARTEMENT) => Value::Null,
        (_, said) => json!(said),
    };
    let mut body: Map<String, Value> = names.iter().map(|name| ((*name).to_owned(), value(name))).collect();
    body.insert("kind".to_owned(), json!(kind));
    body
}

/// What a dénonciation given as the form says comes to.
fn foreseen(world: &World, convention: &Convention, visit: &Visit, form: Option<&Form>) -> Result<Content> {
    let today = Form(vec![("notified_on".to_owned(), visit.today().iso())]);
    let body = body(ActKind::Denonciation, form.unwrap_or(&today));
    acts::denonciation(world, convention, visit.today(), &body)
}

/// The same, in words.
fn told(content: &Content) -> String {
    let Content::Denonciation { notified_on, effective_on, notice_by, .. } = content else { return String::new() };
    content.remark().unwrap_or_else(|| match notice_by {
        Some(by) => format!(
            "Notifiée le {}, à temps pour le dernier jour de préavis ({}), elle prend effet au terme\u{a0}: la convention vaut jusqu’au {}.",
            notified_on.in_short(),
            by.in_short(),
            effective_on.in_short()
        ),
        None => format!(
            "Notifiée le {}, elle prend effet une fois le préavis couru\u{a0}: la convention vaut jusqu’au {}.",
            notified_on.in_short(),
            effective_on.in_short()
        ),
    })
}

async fn show(visit: &Visit, convention: &Convention, kind: ActKind, form: Option<&Form>, errors: &FieldErrors) -> Result<HttpResponse> {
    let (names, world) = small::around(visit).await?;
    let today = Some(visit.today());
    let given = |name: &str| form.map_or("", |form| form.get(name));
    let standing = convention.standing(visit.today());
    match kind {
        ActKind::Reconduction => {
            let lead = match standing.term {
                Some(term) => format!("Son terme est le {}. La reconduction lui en donne un autre.", term.in_short()),
                None => String::new(),
            };
            let fields = vec![
                small::day("decided_on", "Décidée le", "Le jour où les parties l’ont décidé.", form, today, errors),
                small::day("ends_on", "Nouveau terme", "", form, standing.renewed_until(), errors),
            ];
            let form = Small {
                action: "actes/reconduction",
                heading: "Reconduire la convention",
                lead: &lead,
                submit: "Enregistrer la reconduction",
                ..Small::default()
            };
            form.show(visit, convention, fields, errors)
        }
        ActKind::Denonciation => {
            let foreseen = foreseen(&world, convention, visit, form);
            let (warnings, seen) = match &foreseen {
                Ok(content) => (vec![told(content)], told(content)),
                // What is wrong stands beside its field, once something was sent.
                Err(Error::Invalid(refused)) if form.is_none() => (refused.iter().map(|(_, text)| text.to_owned()).collect(), String::new()),
                Err(_) => (Vec::new(), String::new()),
            };
            let chosen = given("partner");
            let option = |value: &str, name: String| Choice::new(value, &name, value == chosen);
            let parties = standing
                .fields
                .parties
                .iter()
                .map(|party| option(party.partner.as_deref().unwrap_or(DEPARTEMENT), names.party(party.partner.as_deref())));
            let note = given("note");
            let hint = "Par exemple\u{a0}: « lettre recommandée reçue le 3 mars ».";
            let fields = vec![
                with_control("select", choices("partner", "À l’initiative de", "", parties.collect(), errors)),
                small::day("notified_on", "Notifiée le", "Le jour où l’autre partie en est avertie.", form, today, errors),
                with_control("textarea", Field { name: "note", label: "Remarque", hint, value: note, rows: 2, ..Field::default() }.show(errors)),
            ];
            let form = Small {
                action: "actes/denonciation",
                heading: "Dénoncer la convention",
                lead: "Elle s’éteindra à un terme. Une dénonciation donnée après le dernier jour de préavis prend effet au terme suivant.",
                warnings: &warnings,
                seen: &seen,
                submit: "Enregistrer la dénonciation",
                check: Some(("check", "Voir quand elle prend effet")),
            };
            form.show(visit, convention, fields, errors)
        }
        _ => {
            let ground = given("ground");
            let hint = "Une faute, un accord des parties, un motif d’intérêt général…";
            let field = Field { name: "ground", label: "Motif", hint, value: ground, required: true, rows: 3, ..Field::default() };
            let fields = vec![
                with_control("textarea", field.show(errors)),
                small::day("notified_on", "Notifiée le", "", form, today, errors),
                small::day("effective_on", "Prend effet le", "Le premier jour où elle ne vaut plus.", form, None, errors),
            ];
            let form = Small {
                action: "actes/resiliation",
                heading: "Résilier la convention",
                lead: "La convention prend fin avant son terme, pour un motif qui reste dans ses actes.",
                submit: "Enregistrer la résiliation",
                ..Small::default()
            };
            form.show(visit, convention, fields, errors)
        }
    }
}

async fn record(sent: Submitted, id: &str, kind: ActKind) -> Result<HttpResponse> {
    let (visit, form) = (&sent.visit, &sent.form);
    let convention = small::living(visit, id).await?;
    let (version, body) = (form.version()?, body(kind, form));
    if kind == ActKind::Denonciation {
        let world = visit.app.db.read(World::load).await?;
        // When it takes effect is read before it is recorded.
        if let Ok(content) = foreseen(&world, &convention, visit, Some(form))
            && (form.get("do") == "check" || form.get("seen") != told(&content))
        {
            return show(visit, &convention, kind, Some(form), &FieldErrors::default()).await;
        }
    }
    let (doer, today, own) = (visit.doer()?, visit.today(), convention.id.clone());
    match visit.app.db.write(move |conn| acts::record(conn, doer.by(), today, &own, Some(version), &body)).await {
        Ok(_) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::convention(&convention.id), Some(Notice::ActRecorded)))
        }
        Err(Error::Invalid(errors)) => {
            let day = if kind == ActKind::Reconduction { "decided_on" } else { "notified_on" };
            show(visit, &convention, kind, Some(form), &small::beside(&errors, "kind", day)).await
        }
        Err(error) => Err(error),
    }
}
