//! « Mon espace »: what awaits whoever is signed in.

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::words;
use crate::accounts::model::Viewer;
use crate::actions::policy;
use crate::actions::service::{self, Action};
use crate::conventions::watching::{self, Watched};
use crate::error::Result;
use crate::http::paths;
use crate::http::visit::Visit;
use crate::kernel::Day;
use crate::mail::pages::words::Setting;
use crate::search::gaps;
use crate::{decisions, instance, meetings, notifications, partners, sharing, territories};

pub async fn page(visit: Visit) -> Result<HttpResponse> {
    let actor = visit.actor()?.clone();
    let (today, now) = (visit.today(), visit.now);
    let (awaiting, places, conventions, corrections, own, meetings, decided, news, asked) = {
        let (actor, own_zone, setting) = (actor.clone(), visit.app.config.zone.clone(), Setting::of(&visit.app, now));
        let read = visit.app.db.read(move |conn| {
            let atlas = territories::service::atlas(conn)?;
            let departement = instance::service::get(conn)?.0.departement;
            let places: Vec<String> =
                actor.territories.iter().map(|code| if *code == departement { "Tout le département".into() } else { atlas.name(code) }).collect();
            let conventions = match &actor.id {
                Some(id) => watching::awaiting(conn, id, now, today)?,
                None => Vec::new(),
            };
            let corrections = partners::corrections::awaiting(conn, &actor)?;
            let own = match actor.organisation_id.as_ref().filter(|_| !actor.is_agent()) {
                Some(id) => Some(partners::service::read(conn, &Viewer(Some(actor.clone())), id)?),
                None => None,
            };
            let meetings = meetings::pages::own(conn, &actor, now, &own_zone)?;
            let decided = decisions::pages::tasks(conn, &actor, today)?;
            let news = notifications::pages::notices::unread(conn, &actor, today, &setting)?;
            let asked = sharing::pages::tasks(conn, &actor, &own_zone)?;
            Ok::<_, crate::error::Error>((
                service::awaiting(conn, &actor, today, now)?,
                places,
                conventions,
                corrections,
                own,
                meetings,
                decided,
                news,
                asked,
            ))
        });
        read.await?
    };
    let zone = &visit.app.config.zone;
    let task = |action: &Action, hint: String, state: Option<(&str, &str)>| {
        let (state, state_label) = state.unwrap_or_else(|| words::state(action, today));
        json!({ "label": action.fields.title, "href": paths::action(&action.id, &action.fields.title), "hint": hint, "state": state, "state_label": state_label })
    };
    let on = |moment| zone.day(moment).in_short();
    let mut todo: Vec<Value> = Vec::new();
    todo.extend(awaiting.returned.iter().map(|action| {
        task(action, format!("Renvoyée : {}", action.life.return_comment.as_deref().unwrap_or_default()), Some(("to_confirm", "À reprendre")))
    }));
    todo.extend(awaiting.reports.iter().map(|action| task(action, "L’action est terminée : il reste à écrire son bilan.".into(), None)));
    todo.extend(awaiting.to_confirm.iter().map(|action| {
        task(
            action,
            format!("Confirmée pour la dernière fois le {}. Est-elle toujours d’actualité ?", on(action.confirmed_at)),
            Some(("to_confirm", "À confirmer")),
        )
    }));
    let to_validate: Vec<Value> = awaiting
        .to_validate
        .iter()
        .map(|action| task(action, format!("Proposée par {} le {}.", action.author_name, action.life.submitted_at.map(on).unwrap_or_default()), None))
        .collect();
    let to_decide: Vec<Value> = corrections
        .iter()
        .map(|(partner, correction)| {
            let hint = format!("{} propose de corriger {} le {}.", correction.author_name, partners::labels::in_a_sentence(&correction.changes.keys().map(String::as_str).collect::<Vec<_>>()), on(correction.created_at));
            json!({ "label": partner.fields.name, "href": paths::correction(&correction.id), "hint": hint, "state": "submitted", "state_label": "À décider" })
        })
        .collect();
    if let Some(own) = own.as_ref().filter(|own| own.is_to_be_confirmed(now)) {
        todo.push(json!({
            "label": own.fields.name, "href": paths::partner(&own.id, &own.fields.name), "state": "to_confirm", "state_label": "À confirmer",
            "hint": format!("Votre fiche n’a pas changé depuis le {}. Est-elle toujours exacte ?", on(own.confirmed_at)),
        }));
    }
    let drafts: Vec<Value> = awaiting.drafts.iter().map(|action| task(action, format!("Modifié le {}.", on(action.updated_at)), None)).collect();
    let mut groups = Vec::new();
    if !meetings.is_empty() {
        groups.push(json!({ "title": "Mes prochaines rencontres", "empty": "", "tasks": meetings }));
    }
    if !conventions.is_empty() {
        let tasks: Vec<Value> = conventions.iter().map(|watched| convention(watched, today)).collect();
        groups.push(json!({ "title": "Conventions à suivre", "empty": "", "tasks": tasks }));
    }
    if !asked.is_empty() {
        groups.push(json!({ "title": "Appuis demandés", "empty": "", "tasks": asked }));
    }
    if !decided.is_empty() {
        groups.push(json!({ "title": "Mes décisions", "empty": "", "tasks": decided }));
    }
    if actor.role == crate::accounts::model::Role::Manager || actor.is_administrator() {
        groups.push(json!({ "title": "À valider", "empty": "Aucune action n’attend votre validation.", "tasks": to_validate }));
        if !to_decide.is_empty() {
            groups.push(json!({ "title": "Corrections à décider", "empty": "", "tasks": to_decide }));
        }
    }
    if actor.is_agent() {
        groups.push(json!({ "title": "À faire", "empty": "Rien ne vous attend.", "tasks": todo }));
        groups.push(json!({ "title": "Mes brouillons", "empty": "Aucun brouillon. Une idée à partager ?", "tasks": drafts }));
    } else {
        groups.push(json!({ "title": "À faire", "empty": "Rien ne vous attend. Vous pouvez chercher une action à proposer aux personnes que vous recevez.", "tasks": todo }));
    }
    let mut commands = Vec::new();
    if policy::may_create(&actor) {
        commands.push(json!({ "label": "Présenter une action", "href": "/actions/nouvelle", "method": "get", "kind": "primary" }));
    }
    if actor.is_agent() {
        commands.push(json!({ "label": "Dans les autres MDS", "href": paths::OTHER_TERRITORIES, "method": "get", "kind": "secondary" }));
        commands.push(json!({ "label": "Qui sait faire\u{a0}?", "href": paths::WHO_KNOWS, "method": "get", "kind": "secondary" }));
    }
    if let Some(own) = &own {
        commands.push(
            json!({ "label": "Ma fiche de partenaire", "href": paths::partner(&own.id, &own.fields.name), "method": "get", "kind": "primary" }),
        );
    }
    if crate::announcements::policy::may_create(&actor) {
        commands.push(json!({ "label": "Annonces", "href": paths::ANNOUNCEMENTS, "method": "get", "kind": "secondary" }));
    }
    if gaps::may_read(&actor) {
        commands.push(json!({ "label": "Recherches sans résultat", "href": "/lacunes", "method": "get", "kind": "secondary" }));
    }
    if crate::consultations::pages::may_read(&actor) {
        commands.push(json!({ "label": "Consultations", "href": "/consultations", "method": "get", "kind": "secondary" }));
    }
    let subtitle = if places.is_empty() { actor.role.label().to_owned() } else { format!("{}, {}", actor.role.label(), places.join(", ")) };
    visit.page(
        "accounts/my_space",
        "Mon espace",
        json!({ "space": { "subtitle": subtitle, "groups": groups, "news": news, "more": visit.unread > 0 }, "commands": commands }),
    )
}

/// The line of a convention stays until what follows is decided.
fn convention(watched: &Watched, today: Day) -> Value {
    let state = watched.standing.situation.map_or("", |situation| situation.label());
    json!({
        "label": watched.standing.fields.object,
        "href": paths::convention(&watched.convention.id),
        "hint": watched.watch.sentence(today),
        "state": "to_confirm",
        "state_label": if watched.watch.renews { "À reconduire ou dénoncer" } else { state },
    })
}
