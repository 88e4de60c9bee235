//! Help asked of colleagues on two drafts: one that a colleague answered, one that waits.

use std::collections::BTreeMap;

use super::people::Actors;
use super::{Present, broken};
use crate::db::Conn;
use crate::error::Result;
use crate::kernel::Moment;
use crate::kernel::ids::ActionId;
use crate::sharing::support;

/// Those whom the instance names.
const GROUP: [&str; 3] = ["admin@vienne.example", "elodie.thibaudelle@vienne.example", "veronique.lasnierre@vienne.example"];

/// A draft, who asks, what, and who answered what.
const REQUESTS: [(&str, &str, &str, Option<(&str, &str)>); 2] = [
    (
        "parents-poitiers-2",
        "agent@vienne.example",
        "Avez-vous déjà animé un groupe avec des familles suivies en mesure budgétaire ? J’hésite sur la façon de recueillir leur accord, et sur qui anime quand la CESF exerce aussi la mesure.",
        Some((
            "veronique.lasnierre@vienne.example",
            "Oui, à Montmorillon. Nous étions deux : celle qui exerce la mesure accueille, l’autre anime.\nL’accord se demande à part, au premier rendez-vous, sur une feuille d’une page. Je vous envoie la nôtre.",
        )),
    ),
    (
        "budget-fontaine-2",
        "hugo.delavaudelle@vienne.example",
        "Je cherche comment faire venir des actifs le soir, sans que l’atelier ressemble à un guichet. Quels horaires ont marché chez vous ?",
        None,
    ),
];

pub fn save(conn: &mut Conn, present: &Present<'_>, actors: &Actors, actions: &BTreeMap<String, (ActionId, Moment)>) -> Result<()> {
    support::set_group(conn, present.by(actors.administrator()?, present.days_ago(60)), &GROUP.join("\n"))?;
    for (key, asker, question, answered) in REQUESTS {
        let (id, _) = actions.get(key).ok_or_else(|| broken("request", key))?;
        let request = support::ask(conn, present.by(actors.named(asker)?, present.days_ago(2)), id, question, present.today)?;
        if let Some((who, said)) = answered {
            support::answer(conn, present.by(actors.named(who)?, present.days_ago(1)), &request.id, said)?;
        }
    }
    Ok(())
}
