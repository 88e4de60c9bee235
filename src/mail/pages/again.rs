//! Another life for mails that ended: one, or all that failed, once it is said how many and why.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use serde_json::{Value, json};

use super::list;
use crate::accounts::service::LINK_HOURS;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::admin;
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::visit::Visit;
use crate::kernel::Moment;
use crate::kernel::ids::MailId;
use crate::mail::catalogue::{self, Duty, Urgency};
use crate::mail::log::diagnosis::of_try;
use crate::mail::log::{self, Entry, Line};
use crate::mail::model::Stage;
use crate::mail::{bounces, choices, queue_again};

pub const PATH: &str = "/admin/courrier/renvoyer";

/// Personal links written before this no longer work.
pub fn links_since(now: Moment) -> Moment {
    now.plus_seconds(-LINK_HOURS * 3600)
}

/// What stands against sending a mail again, if anything does.
pub fn objection(conn: &mut Conn, entry: &Entry, now: Moment) -> Result<Option<&'static str>> {
    let line = &entry.line;
    Ok(if line.stage.is_waiting() {
        Some("Cet e-mail attend déjà de partir.")
    } else if entry.bytes.is_none() && entry.message_id.is_some() {
        Some("Son contenu n’est plus gardé : il ne peut plus repartir.")
    } else if has_spent_link(line, now) {
        Some("Le lien de cet e-mail ne fonctionne plus. Envoyez-en un nouveau depuis le compte de la personne.")
    } else if !is_awaited(line) && bounces::of_address(conn, &line.recipient)?.is_some() {
        Some(
            "Cette adresse ne reçoit plus nos e-mails. Corrigez-la, ou choisissez «\u{a0}Écrire de nouveau à cette adresse\u{a0}» dans les adresses invalides.",
        )
    } else if is_unwanted(conn, line)? {
        Some("La personne ne veut plus recevoir ces messages : il ne repartirait pas.")
    } else {
        None
    })
}

fn has_spent_link(line: &Line, now: Moment) -> bool {
    catalogue::kind(&line.template).is_some_and(|kind| kind.secret) && line.created_at <= links_since(now)
}

fn is_awaited(line: &Line) -> bool {
    catalogue::kind(&line.template).is_some_and(|kind| kind.urgency == Urgency::Awaited)
}

fn is_unwanted(conn: &mut Conn, line: &Line) -> Result<bool> {
    match catalogue::kind(&line.template) {
        Some(kind) if kind.duty == Duty::Chosen => choices::is_stopped(conn, &line.recipient, kind.name),
        _ => Ok(false),
    }
}

/// Puts one mail back in the queue, or says why it may not be.
pub fn one(conn: &mut Conn, id: &MailId, now: Moment) -> Result<()> {
    let entry = log::find(conn, id)?;
    if let Some(reason) = objection(conn, &entry, now)? {
        return Err(Error::Refused(reason.into()));
    }
    match queue_again(conn, std::slice::from_ref(id), now)? {
        0 => Err(Error::Refused("Cet e-mail vient de changer d’état : rechargez la page.".into())),
        _ => Ok(()),
    }
}

/// What sending a mail again does, said beside the button.
pub fn effect(stage: Stage) -> &'static str {
    match stage {
        Stage::Sent => "Le même message repart : la personne le recevra une deuxième fois.",
        Stage::Failed => "Le même message repart, tel quel, à la même adresse. Corrigez d’abord ce qui l’a arrêté.",
        _ => "Le même message repart, tel quel.",
    }
}

/// How many failed, and why, before they all leave again.
pub async fn confirm(visit: Visit) -> Result<HttpResponse> {
    visit.administrator()?;
    let now = visit.now;
    let failed = visit.app.db.read(move |conn| log::failed(conn, now, links_since(now))).await?;
    let mut reasons: BTreeMap<&str, i64> = BTreeMap::new();
    for (_, fault) in &failed {
        *reasons.entry(fault.as_ref().map_or("La raison n’a pas été gardée.", |fault| of_try(Stage::Failed, fault))).or_default() += 1;
    }
    let mut reasons: Vec<(&str, i64)> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| -count);
    let heading = "Renvoyer les e-mails qui ont échoué";
    let data = json!({
        "heading": heading,
        "breadcrumb": admin::breadcrumb(&[(list::HEADING, list::PATH)], "Renvoyer"),
        "tabs": admin::tabs(&visit).await?,
        "commands": [],
        "count": failed.len(),
        "reasons": reasons.iter().map(|(words, count)| json!({ "words": words, "count": count })).collect::<Vec<Value>>(),
        "action": PATH,
        "back": list::PATH,
    });
    visit.page("admin/mails_again", heading, data)
}

pub async fn all(Submitted { visit, .. }: Submitted) -> Result<HttpResponse> {
    visit.administrator()?;
    let now = visit.now;
    let queued = visit.app.db.write(move |conn| {
        let ids: Vec<MailId> = log::failed(conn, now, links_since(now))?.into_iter().map(|(id, _)| id).collect();
        // As many as one statement may name.
        ids.chunks(500).map(|ids| queue_again(conn, ids, now)).sum::<Result<usize>>()
    });
    if queued.await? == 0 {
        return Err(Error::Refused("Aucun e-mail échoué ne peut repartir : la liste vient de changer.".into()));
    }
    visit.app.bell.ring();
    Ok(visit.redirect(list::PATH, Some(Notice::MailsQueuedAgain)))
}
