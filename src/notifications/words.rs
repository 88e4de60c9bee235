//! What a notice says happened, in a few words.

use super::news::Version;
use crate::kernel::text::thousands;

/// « Nouvelle action », « Action modifiée : les dates ».
pub fn happened(version: &Version) -> String {
    let (noun, feminine) = noun(version.record.kind);
    let agreed = |verb: &str| format!("{noun} {verb}{}", if feminine { "e" } else { "" });
    match (version.record.kind, version.event.as_str()) {
        ("meeting", "called") => "Nouvelle rencontre".to_owned(),
        ("meeting", "postponed") => agreed("reporté"),
        ("meeting", "rescheduled") => "Rencontre à une nouvelle date".to_owned(),
        ("meeting", "cancelled") => agreed("annulé"),
        ("meeting", "published") => "Compte rendu publié".to_owned(),
        ("meeting", "rectified") => "Compte rendu rectifié".to_owned(),
        ("meeting", "recorded") => "Rencontre passée, ajoutée au registre".to_owned(),
        ("convention", "signed" | "recorded" | "entered") => "Convention signée".to_owned(),
        ("convention", "avenant_signed") => "Avenant signé".to_owned(),
        ("convention", "reconduction") => "Convention reconduite".to_owned(),
        ("convention", "denonciation") => "Convention dénoncée".to_owned(),
        ("convention", "resiliation") => "Convention résiliée".to_owned(),
        ("action", "sessions_changed") if !version.is_new => "Nouvelles dates de séances".to_owned(),
        ("plan_sheet", "sheet_decided") => "Décision sur une fiche du schéma".to_owned(),
        (_, "document_added") => format!("Document ajouté à {} {}", if feminine { "une" } else { "un" }, noun.to_lowercase()),
        (_, "archived") => agreed("archivé"),
        ("decision", _) if version.is_new => "Nouvelle décision".to_owned(),
        _ if version.is_new => format!("{} {}", if feminine { "Nouvelle" } else { "Nouveau" }, noun.to_lowercase()),
        _ => match changed(version) {
            Some(fields) => format!("{}\u{a0}: {fields}", agreed("modifié")),
            None => agreed("modifié"),
        },
    }
}

/// « 312 actions ajoutées ou mises à jour ».
pub fn happened_together(kind: &str, count: i64) -> String {
    let (noun, feminine) = noun(kind);
    let noun = match noun {
        "Fiche du schéma" => "fiches du schéma".to_owned(),
        one => format!("{}s", one.to_lowercase()),
    };
    let agreed = if feminine { "ajoutées ou mises à jour" } else { "ajoutés ou mis à jour" };
    format!("{}\u{a0}{noun} {agreed}", thousands(&count.to_string()))
}

fn noun(kind: &str) -> (&'static str, bool) {
    match kind {
        "action" => ("Action", true),
        "convention" => ("Convention", true),
        "partner" => ("Partenaire", false),
        "meeting" => ("Rencontre", true),
        "decision" => ("Décision", true),
        "body" => ("Instance", true),
        _ => ("Fiche du schéma", true),
    }
}

/// The fields that changed, as their pages name them, where they are few enough to be read.
fn changed(version: &Version) -> Option<String> {
    let labels: Vec<String> = match version.record.kind {
        "action" => version.changed.iter().map(|field| crate::actions::labels::field(field).to_lowercase()).collect(),
        "partner" => {
            return Some(crate::partners::labels::in_a_sentence(&version.changed.iter().map(String::as_str).collect::<Vec<_>>()))
                .filter(|_| !version.changed.is_empty());
        }
        _ => Vec::new(),
    };
    (1..=3).contains(&labels.len()).then(|| labels.join(", "))
}
