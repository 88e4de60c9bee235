//! How a convention is said: where it stands in a sentence, its tag, its renewal, its amount.

use crate::conventions::model::terms::Terms;
use crate::conventions::model::{ConventionFields, Direction, RenewalKind, Situation, Stage, Standing};
use crate::conventions::service::Convention;
use crate::kernel::Day;
use crate::kernel::text::thousands;

/// The state that a reader sees: the situation of what is signed, the stage of what is not; its code and its label.
pub fn state(stage: Stage, standing: &Standing) -> (&'static str, &'static str) {
    match standing.situation {
        Some(situation) => (situation.as_str(), situation.label()),
        None => (stage.as_str(), stage.label()),
    }
}

/// The words of a tag in colour: those that the style sheet knows already.
pub fn tag(code: &str) -> &'static str {
    match code {
        "in_force" => "published",
        "upcoming" => "upcoming",
        "to_renew" | "termination_pending" => "late",
        "draft" => "draft",
        "in_review" | "to_correct" | "to_sign" | "signing" => "submitted",
        _ => "archived",
    }
}

/// « En vigueur jusqu’au 31 décembre 2027 »: where it stands, in a line of a list.
pub fn stands(stage: Stage, standing: &Standing, today: Day) -> String {
    let on = |day: Option<Day>| day.map(Day::in_short).unwrap_or_default();
    let Some(situation) = standing.situation else { return stage.label().to_owned() };
    match (situation, standing.term, standing.fields.review_on) {
        (Situation::Upcoming, ..) => match standing.begins_on {
            Some(day) => format!("Commence le {}", day.in_short()),
            None => "Commencera à sa notification".to_owned(),
        },
        (Situation::InForce, Some(term), _) if standing.has_next => format!("En vigueur, se reconduit d’elle-même après le {}", term.in_short()),
        (Situation::InForce, Some(term), _) => format!("En vigueur jusqu’au {}", term.in_short()),
        (Situation::InForce, None, Some(review)) => format!("En vigueur sans terme, à revoir le {}", review.in_short()),
        (Situation::InForce, None, None) => "En vigueur, sans terme".to_owned(),
        (Situation::ToRenew, ..) => to_renew(standing, today),
        (Situation::TerminationPending, term, _) => format!("En vigueur jusqu’au {}, sa fin est annoncée", on(term)),
        (Situation::Terminated, term, _) => format!("Éteinte par dénonciation depuis le {}", on(term.map(|day| day.plus(1)))),
        (Situation::Rescinded, term, _) => format!("Résiliée depuis le {}", on(term.map(|day| day.plus(1)))),
        (Situation::Replaced, ..) => "Remplacée par une autre convention".to_owned(),
        (Situation::Expired, term, _) => format!("Échue depuis le {}", on(term.map(|day| day.plus(1)))),
    }
}

fn to_renew(standing: &Standing, today: Day) -> String {
    match (standing.notice_by.filter(|by| *by >= today), standing.term, standing.fields.review_on) {
        (Some(by), ..) => format!("À renouveler\u{a0}: dernier jour de préavis le {}", by.in_short()),
        (None, Some(term), _) => format!("À renouveler avant le {}", term.in_short()),
        (None, None, Some(review)) if review < today => format!("À revoir depuis le {}", review.in_short()),
        (None, None, review) => format!("À revoir avant le {}", review.map(Day::in_short).unwrap_or_default()),
    }
}

/// The same, of a convention today.
pub fn stands_today(convention: &Convention, today: Day) -> String {
    stands(convention.life.stage, &convention.standing(today), today)
}

/// « Par reconduction tacite, de 12 mois en 12 mois, 4 fois au plus ».
pub fn renewal(fields: &ConventionFields) -> String {
    let renewal = &fields.renewal;
    let times = renewal.max.map(|max| format!(", {max}\u{a0}fois au plus")).unwrap_or_default();
    match (renewal.kind, renewal.period_months) {
        (RenewalKind::None, _) => RenewalKind::None.label().to_owned(),
        (kind, Some(months)) => format!("{}, par périodes de {}{times}", kind.label(), duration(months)),
        (kind, None) => format!("{}{times}", kind.label()),
    }
}

/// How many times a tacit renewal has happened by a day, once it has.
pub fn renewed(standing: &Standing) -> Option<String> {
    let times = Terms::of(&standing.fields)?.current(standing.on).number;
    match times {
        0 => None,
        1 => Some("Reconduite une fois".to_owned()),
        times => Some(format!("Reconduite {times}\u{a0}fois")),
    }
}

/// « 2 ans », « 18 mois ».
pub fn duration(months: i32) -> String {
    match (months / 12, months % 12) {
        (1, 0) => "1\u{a0}an".to_owned(),
        (years, 0) if years > 1 => format!("{years}\u{a0}ans"),
        _ => format!("{months}\u{a0}mois"),
    }
}

/// « 12 000,50 € par an ».
pub fn euros(fields: &ConventionFields) -> Option<String> {
    let cents = fields.amount_eur_per_year.map(|amount| format!("{amount:.2}"))?;
    let (whole, decimals) = cents.split_once('.').unwrap_or((&cents, "00"));
    let decimals = if decimals == "00" { String::new() } else { format!(",{decimals}") };
    Some(format!("{}{decimals}\u{a0}€ par an", thousands(whole)))
}

/// « 12 000,50 € par an, versés par le Département (subvention) ».
pub fn amount(fields: &ConventionFields) -> Option<String> {
    let direction = match fields.direction {
        Some(Direction::Paid) => ", versés par le Département",
        Some(Direction::Received) => ", reçus par le Département",
        None => "",
    };
    let subsidy = if fields.is_subsidy { " (subvention)" } else { "" };
    euros(fields).map(|euros| format!("{euros}{direction}{subsidy}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conventions::model::standing::Agreement;
    use crate::conventions::model::{Effect, Renewal};

    fn day(text: &str) -> Option<Day> {
        Day::parse(text)
    }

    fn yearly() -> ConventionFields {
        ConventionFields {
            effect: Effect::FixedDay,
            starts_on: day("2025-01-01"),
            ends_on: day("2025-12-31"),
            notice_months: Some(3),
            ..ConventionFields::default()
        }
    }

    #[test]
    fn where_it_stands_is_said_in_words() {
        let tacit = Renewal { kind: RenewalKind::Tacit, period_months: Some(12), max: Some(2) };
        let endless = ConventionFields { ends_on: None, notice_months: None, ..yearly() };
        let cases = [
            (yearly(), "2024-12-01"),
            (yearly(), "2025-03-01"),
            (yearly(), "2025-07-01"),
            (yearly(), "2025-10-01"),
            (yearly(), "2026-01-01"),
            (ConventionFields { renewal: tacit, ..yearly() }, "2026-03-01"),
            (endless.clone(), "2026-03-01"),
            (ConventionFields { review_on: day("2026-12-01"), ..endless.clone() }, "2026-03-01"),
            (ConventionFields { review_on: day("2026-12-01"), ..endless.clone() }, "2026-08-01"),
            (ConventionFields { review_on: day("2026-12-01"), ..endless.clone() }, "2027-01-01"),
            (ConventionFields { effect: Effect::Notification, starts_on: None, ..endless }, "2027-01-01"),
        ];
        let said = cases.iter().map(|(fields, on)| {
            let today = day(on).unwrap();
            let standing = Agreement { stage: Stage::Signed, fields, acts: &[], successors: &[] }.on(today);
            stands(Stage::Signed, &standing, today).replace('\u{a0}', " ")
        });
        assert_eq!(
            said.collect::<Vec<_>>(),
            [
                "Commence le 1er janvier 2025",
                "En vigueur jusqu’au 31 décembre 2025",
                "À renouveler : dernier jour de préavis le 30 septembre 2025",
                "À renouveler avant le 31 décembre 2025",
                "Échue depuis le 1er janvier 2026",
                "En vigueur, se reconduit d’elle-même après le 31 décembre 2026",
                "En vigueur, sans terme",
                "En vigueur sans terme, à revoir le 1er décembre 2026",
                "À revoir avant le 1er décembre 2026",
                "À revoir depuis le 1er décembre 2026",
                "Commencera à sa notification",
            ]
        );
    }

    #[test]
    fn renewals_and_amounts_are_sentences() {
        let tacit = Renewal { kind: RenewalKind::Tacit, period_months: Some(24), max: Some(2) };
        let fields =
            ConventionFields { renewal: tacit, amount_eur_per_year: Some(12_000.5), direction: Some(Direction::Paid), is_subsidy: true, ..yearly() };
        assert_eq!(renewal(&fields), "Reconduction tacite, par périodes de 2\u{a0}ans, 2\u{a0}fois au plus");
        assert_eq!(amount(&fields).unwrap(), "12\u{202f}000,50\u{a0}€ par an, versés par le Département (subvention)");
        assert_eq!(amount(&yearly()), None);
        assert_eq!(duration(18), "18\u{a0}mois");
        let standing = Agreement { stage: Stage::Signed, fields: &fields, acts: &[], successors: &[] }.on(day("2028-06-01").unwrap());
        assert_eq!(renewed(&standing).unwrap(), "Reconduite 2\u{a0}fois");
    }
}
