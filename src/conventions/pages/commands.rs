//! What the reader of a convention's page may do from there: the next step first, in the words of the table of its life.

use serde_json::{Value, json};

use crate::accounts::model::Actor;
use crate::conventions::model::{RenewalKind, Situation, Stage, Standing, Verb};
use crate::conventions::service::Convention;
use crate::http::paths;

/// For those who may write it; `standing` is today's.
pub fn of(convention: &Convention, standing: &Standing, actor: &Actor) -> Vec<Value> {
    let stage = convention.life.stage;
    let command = |label: &str, what: &str, method: &str, kind: &str| json!({ "label": label, "href": paths::about_convention(&convention.id, what), "method": method, "kind": kind });
    let mut commands: Vec<Value> = [
        (Verb::Submit, "soumettre", "post", "primary"),
        (Verb::Validate, "valider", "post", "primary"),
        (Verb::Return, "renvoyer", "get", "secondary"),
        (Verb::Send, "envoyer", "post", "primary"),
        (Verb::Sign, "signer", "get", if stage == Stage::Signing { "primary" } else { "secondary" }),
        (Verb::Reactivate, "reprendre", "post", "primary"),
    ]
    .into_iter()
    .filter(|(verb, ..)| verb.leads(stage).is_some() && verb.is_for(actor.role))
    .map(|(verb, what, method, kind)| command(verb.label(), what, method, kind))
    .collect();
    if Verb::Record.leads(stage).is_some() && Verb::Record.is_for(actor.role) {
        commands.extend(acts(standing).into_iter().map(|(label, what)| command(label, what, "get", "secondary")));
    }
    if Verb::Enter.leads(stage).is_some() && convention.signed_file.is_some() {
        // One first step: what holds its signed file is more likely to be entered than read over.
        for other in &mut commands {
            other["kind"] = json!("secondary");
        }
        commands.insert(0, command(Verb::Enter.label(), "documents", "get", "primary"));
    }
    match stage {
        Stage::Abandoned => {}
        Stage::Signed => commands.push(command("Compléter ou corriger", "modifier", "get", "quiet")),
        _ => commands.push(command("Modifier", "modifier", "get", "secondary")),
    }
    commands
}

/// The acts that it may still be given.
fn acts(standing: &Standing) -> Vec<(&'static str, &'static str)> {
    let is_alive = standing.situation.is_some_and(|situation| situation.is_in_force() || situation == Situation::Upcoming);
    let is_ending = standing.situation == Some(Situation::TerminationPending);
    let is_express = standing.fields.renewal.kind == RenewalKind::Express;
    [
        (is_alive && is_express && !is_ending, "Reconduire", "actes/reconduction"),
        (is_alive, "Ajouter un avenant", "actes/avenant"),
        (is_alive && !is_ending, "Dénoncer", "actes/denonciation"),
        (is_alive, "Résilier", "actes/resiliation"),
    ]
    .into_iter()
    .filter_map(|(may, label, what)| may.then_some((label, what)))
    .collect()
}

/// What ends it before it begins, last.
pub fn last(convention: &Convention, actor: &Actor) -> Option<Value> {
    let may = Verb::Abandon.leads(convention.life.stage).is_some() && Verb::Abandon.is_for(actor.role);
    may.then(|| json!({ "label": Verb::Abandon.label(), "href": paths::about_convention(&convention.id, "abandonner"), "method": "post", "kind": "warning" }))
}
