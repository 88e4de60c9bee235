//! `/decisions/{id}/etape`: where a decision stands, and what became of it.

use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::{id_of, trail};
use crate::decisions::model::Verb;
use crate::decisions::policy;
use crate::decisions::service::{self, Decision};
use crate::error::{Error, Result};
use crate::http::forms::{Choice, Field, Form, Submitted, choices, summary};
use crate::http::notice::Notice;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::{Day, FieldErrors};

async fn movable(visit: &Visit, id: &str) -> Result<(Decision, Vec<Verb>)> {
    let (actor, viewer, id) = (visit.actor()?.clone(), visit.viewer.clone(), id_of(id)?);
    let decision = visit.app.db.read(move |conn| service::find(conn, &viewer, &id)).await?;
    let verbs = policy::verbs(&actor, &decision.subject());
    if verbs.is_empty() {
        return Err(Error::Forbidden("Cette décision relève d’un autre territoire que les vôtres, et vous n’en êtes pas responsable.".into()));
    }
    Ok((decision, verbs))
}

pub async fn form(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let (decision, verbs) = movable(&visit, &id).await?;
    show(&visit, &decision, &verbs, &Form::default(), &FieldErrors::default())
}

fn show(visit: &Visit, decision: &Decision, verbs: &[Verb], form: &Form, errors: &FieldErrors) -> Result<HttpResponse> {
    let said = form.get("verb");
    let first = verbs.first().map_or("", |verb| verb.as_str());
    let chosen = if said.is_empty() { first } else { said };
    let options = verbs.iter().map(|verb| Choice::new(verb.as_str(), verb.label(), verb.as_str() == chosen)).collect();
    let control = |name: &str, mut field: Value| {
        field["control"] = json!(name);
        field
    };
    let mut fields = vec![control("radios", choices("verb", "Où en est-elle ?", "", options, errors))];
    let hint = "Ce qui a été fait, ou pourquoi rien ne l’a été. Ce texte sera lu à la prochaine rencontre.";
    let outcome =
        Field { name: "outcome", label: "Ce qu’il en est", hint, value: form.get("outcome"), max: Some(2000), rows: 4, ..Field::default() };
    fields.push(control("textarea", outcome.show(errors)));
    if verbs.contains(&Verb::Defer) {
        let hint = "Pour l’ajourner seulement.";
        let due = Field { name: "due_on", label: "Nouvelle échéance", hint, value: form.get("due_on"), ..Field::default() };
        fields.push(control("date", due.show(errors)));
    }
    let data = json!({
        "breadcrumb": trail(decision, Some("Où elle en est")),
        "object": decision.full_reference(),
        "heading": "Dire où elle en est",
        "lead": decision.fields.text,
        "warnings": [],
        "form": {
            "has_file": false, "action": paths::about_decision(&decision.id, "etape"), "version": decision.version, "seen": "",
            "submit": "Enregistrer", "check": null, "back": paths::decision(&decision.id),
        },
        "errors": summary(errors),
        "fields": fields,
    });
    let show = if errors.is_empty() { Visit::page } else { Visit::page_again };
    show(visit, "conventions/small", "Dire où en est une décision", data)
}

pub async fn save(submitted: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    let Submitted { visit, form } = submitted;
    let (decision, verbs) = movable(&visit, &id).await?;
    let version = form.version()?;
    let mut errors = FieldErrors::default();
    let verb = Verb::parse(form.get("verb")).filter(|verb| verbs.contains(verb));
    if verb.is_none() {
        errors.add("verb", "Choisissez où elle en est.");
    }
    let due_on = Day::parse(form.get("due_on"));
    if due_on.is_none() && !form.get("due_on").trim().is_empty() {
        errors.add("due_on", "Une date est attendue, comme 03/03/2026.");
    }
    let Some(verb) = verb.filter(|_| errors.is_empty()) else { return show(&visit, &decision, &verbs, &form, &errors) };
    let (doer, own, outcome) = (visit.doer()?, decision.id.clone(), form.get("outcome").to_owned());
    match visit.app.db.write(move |conn| service::carry_out(conn, doer.by(), &own, version, verb, &outcome, due_on)).await {
        Ok(decision) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::decision(&decision.id), Some(Notice::Saved)))
        }
        Err(Error::Invalid(errors)) => show(&visit, &decision, &verbs, &form, &errors),
        Err(error) => Err(error),
    }
}
