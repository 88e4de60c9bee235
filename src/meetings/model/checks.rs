//! What a meeting contradicts in itself, and what it lacks to be called.

use super::MeetingFields;
use crate::kernel::{FieldErrors, Moment};

/// A meeting longer than this is two meetings, or a slip of the keyboard.
const LONGEST_SECONDS: i64 = 5 * 86_400;

/// What is wrong with it, at any stage.
pub fn check(fields: &MeetingFields) -> FieldErrors {
    let mut errors = FieldErrors::default();
    match (fields.starts_at, fields.ends_at) {
        (Some(start), Some(end)) if end <= start => errors.add("ends_at", "La fin est avant le début."),
        (Some(start), Some(end)) if end.seconds_since(start) > LONGEST_SECONDS => errors.add("ends_at", "Une rencontre dure cinq jours au plus."),
        (None, Some(_)) => errors.add("starts_at", "Donnez aussi l’heure de début."),
        _ => {}
    }
    let agenda: i64 = fields.agenda.iter().filter_map(|item| item.minutes).map(i64::from).sum();
    if let (Some(start), Some(end)) = (fields.starts_at, fields.ends_at)
        && end > start
        && agenda * 60 > end.seconds_since(start)
    {
        errors.add(
            "agenda",
            format!(
                "L’ordre du jour compte {agenda} minutes, et la rencontre {}. Raccourcissez un point, ou changez l’heure de fin.",
                end.seconds_since(start) / 60
            ),
        );
    }
    errors
}

/// What it lacks to be called at `now`.
pub fn missing(fields: &MeetingFields, now: Moment) -> FieldErrors {
    let mut errors = check(fields);
    if fields.title.is_empty() {
        errors.add("title", "Donnez un titre.");
    }
    match fields.starts_at {
        None => errors.add("starts_at", "Donnez le jour et l’heure de début."),
        Some(start) if start <= now => errors.add("starts_at", "Cette date est passée : on convoque avant la rencontre."),
        Some(_) => {}
    }
    if fields.starts_at.is_some() && fields.ends_at.is_none() {
        errors.add("ends_at", "Donnez l’heure de fin.");
    }
    if fields.place.is_empty() && fields.link.is_empty() {
        errors.add("place", "Donnez un lieu, ou un lien de visioconférence.");
    }
    if fields.territories.is_empty() {
        errors.add("territories", "Choisissez au moins un territoire.");
    }
    errors
}
