//! What a convention may not say, what it must say before it is read over, and what makes a signature doubtful.

use super::{ConventionFields, Effect, Kind, Level, Party, RenewalKind, Stage};
use crate::kernel::{Day, FieldErrors};

/// What contradicts itself, whatever the stage.
pub fn check(fields: &ConventionFields) -> FieldErrors {
    let mut errors = FieldErrors::default();
    if fields.object.is_empty() {
        errors.add("object", "Dites l’objet de la convention : c’est tout ce qu’il faut pour commencer.");
    }
    for (place, party) in fields.parties.iter().enumerate() {
        if fields.parties[..place].iter().any(|other| other.partner == party.partner) {
            errors.add(&format!("parties.{place}.partner"), "Cette partie est déjà nommée plus haut.");
        }
    }
    if let (Some(first), Some(last)) = (fields.starts_on, fields.ends_on)
        && last < first
    {
        errors.add("ends_on", format!("Le terme ({}) est avant le premier jour ({}).", last.in_figures(), first.in_figures()));
    }
    if let (Some(first), Some(review)) = (fields.starts_on, fields.review_on)
        && review < first
    {
        errors.add("review_on", format!("Ce jour ({}) est avant le premier ({}).", review.in_figures(), first.in_figures()));
    }
    if fields.kind == Kind::Charter {
        for (field, is_said) in [
            ("ends_on", fields.ends_on.is_some()),
            ("notice_months", fields.notice_months.is_some()),
            ("renewal", fields.renewal.kind != RenewalKind::None),
        ] {
            if is_said {
                errors.add(field, "Une charte n’a ni terme, ni préavis, ni reconduction.");
            }
        }
    }
    if fields.renewal.kind == RenewalKind::Tacit && fields.renewal.period_months.is_none() {
        errors.add("renewal.period_months", "Dites pour combien de mois elle se reconduit.");
    }
    notice(fields, &mut errors);
    errors
}

fn notice(fields: &ConventionFields, errors: &mut FieldErrors) {
    let Some(notice) = fields.notice_months else { return };
    let period = fields.renewal.period_months.filter(|_| fields.renewal.kind == RenewalKind::Tacit);
    if let Some(period) = period.filter(|period| notice > *period) {
        errors.add("notice_months", format!("Un préavis de {notice} mois est plus long que la période de {period} mois."));
    } else if let (Some(first), Some(last)) = (fields.starts_on, fields.ends_on)
        && last >= first
        && last.plus(1).plus_months(-notice) < first
    {
        errors.add("notice_months", format!("Un préavis de {notice} mois est plus long que la convention elle-même."));
    }
}

/// What a reading-over still needs, in the order of the form, each with what to do.
pub fn missing(fields: &ConventionFields) -> FieldErrors {
    let mut missing = FieldErrors::default();
    let mut need = |absent: bool, field: &str, message: &str| {
        if absent {
            missing.add(field, message);
        }
    };
    let is_charter = fields.kind == Kind::Charter;
    need(fields.object.is_empty(), "object", "Dites l’objet de la convention.");
    need(fields.parties.len() < 2 && !is_charter, "parties", "Nommez au moins un partenaire.");
    need(fields.level == Level::Mds && fields.territories.is_empty(), "territories", "Choisissez au moins un territoire.");
    need(fields.effect == Effect::FixedDay && fields.starts_on.is_none(), "starts_on", "Donnez le premier jour.");
    let is_open = fields.ends_on.is_none() && !is_charter;
    need(is_open && fields.renewal.kind != RenewalKind::None, "ends_on", "Donnez le premier terme : elle se reconduit à partir de là.");
    let is_endless = is_open && fields.renewal.kind == RenewalKind::None && fields.review_on.is_none();
    need(is_endless, "ends_on", "Donnez un terme ; si elle n’en a pas, un jour où la revoir.");
    missing
}

/// What a signed convention that was entered as it is still lacks.
pub fn to_complete(fields: &ConventionFields, stage: Stage, has_file: bool) -> FieldErrors {
    let mut missing = missing(fields);
    if stage == Stage::Signed {
        if fields.parties.iter().any(|party| party.signed_on.is_none()) {
            missing.add("parties", "Dites quand chaque partie a signé.");
        }
        if fields.effect == Effect::Notification && fields.starts_on.is_none() {
            missing.add("starts_on", "Dites quand elle a été notifiée : elle commence ce jour-là.");
        }
        if !has_file {
            missing.add("signed_file", "Joignez le fichier signé.");
        }
    }
    missing
}

/// The parties that signed, or would sign, before the vote that lets them was enforceable, or without that day being known.
pub fn signed_early(fields: &ConventionFields) -> impl Iterator<Item = (&Party, Option<Day>)> {
    fields.parties.iter().filter_map(|party| {
        let (signed, authorisation) = (party.signed_on?, party.authorisation.as_ref()?);
        let enforceable = authorisation.enforceable_on;
        enforceable.is_none_or(|from| signed < from).then_some((party, enforceable))
    })
}

#[cfg(test)]
mod tests {
    use super::super::Renewal;
    use super::*;

    fn day(text: &str) -> Option<Day> {
        Day::parse(text)
    }

    fn sound() -> ConventionFields {
        ConventionFields { object: "Accueil".into(), starts_on: day("2026-01-01"), ends_on: day("2026-12-31"), ..ConventionFields::default() }
    }

    fn named(fields: &ConventionFields) -> Vec<String> {
        check(fields).iter().map(|(field, _)| field.to_owned()).collect()
    }

    #[test]
    fn what_contradicts_itself_is_named() {
        assert!(named(&sound()).is_empty());
        assert_eq!(named(&ConventionFields { ends_on: day("2025-12-31"), ..sound() }), ["ends_on"]);
        let tacit = |period_months| Renewal { kind: RenewalKind::Tacit, period_months, max: None };
        assert_eq!(named(&ConventionFields { renewal: tacit(None), ..sound() }), ["renewal.period_months"]);
        let short = ConventionFields { renewal: tacit(Some(3)), notice_months: Some(4), ..sound() };
        assert_eq!(named(&short), ["notice_months"]);
        assert!(named(&ConventionFields { notice_months: Some(12), ..sound() }).is_empty());
        assert_eq!(named(&ConventionFields { notice_months: Some(13), ..sound() }), ["notice_months"]);
        let charter = ConventionFields { kind: Kind::Charter, notice_months: Some(1), renewal: tacit(Some(12)), ..sound() };
        assert_eq!(named(&charter), ["ends_on", "notice_months", "renewal"]);
        let twice = ConventionFields { parties: vec![Party::default(), Party::default()], ..sound() };
        assert_eq!(named(&twice), ["parties.1.partner"]);
    }

    #[test]
    fn a_reading_over_needs_a_partner_and_an_end() {
        let fields = ConventionFields { object: "Accueil".into(), level: Level::Mds, effect: Effect::FixedDay, ..ConventionFields::default() };
        let names: Vec<String> = missing(&fields).iter().map(|(field, _)| field.to_owned()).collect();
        assert_eq!(names, ["parties", "territories", "starts_on", "ends_on"]);
        assert!(missing(&ConventionFields { kind: Kind::Charter, object: "Charte".into(), ..ConventionFields::default() }).is_empty());
    }
}
