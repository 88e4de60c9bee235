//! Each field of a convention as people read it: a code by its label, a date in words, a list item by item.

use serde_json::Value;

use super::names::Names;
use super::words;
use crate::conventions::labels;
use crate::conventions::model::{ConventionFields, Party, Standing};
use crate::kernel::Day;
use crate::versions::diff::{Field, Said};

/// What a convention's fields say, in the order of the form.
pub fn fields(fields: &ConventionFields, names: &Names) -> Vec<Field> {
    let day = |day: Option<Day>| Said::Value(day.map(Day::in_short).unwrap_or_default());
    let value = |text: &str| Said::Value(text.to_owned());
    let codes = |codes: &[String], name: &dyn Fn(&str) -> String| {
        let mut said: Vec<String> = codes.iter().map(|code| name(code)).collect();
        said.sort();
        Said::Items(said)
    };
    let said = [
        ("object", Said::Text(fields.object.clone())),
        ("kind", value(fields.kind.label())),
        ("level", value(fields.level.label())),
        ("legal_basis", Said::Text(fields.legal_basis.clone())),
        ("parties", Said::Items(fields.parties.iter().map(|one| party(one, names)).collect())),
        ("territories", codes(&fields.territories, &|code| names.atlas.name(code))),
        ("themes", codes(&fields.themes, &|code| names.instance.theme_label(code))),
        ("plan_sheets", Said::Items(fields.plan_sheets.iter().map(|wanted| sheet(&wanted.plan_id, wanted.number, names)).collect())),
        ("actions", Said::Items(fields.actions.iter().map(|id| names.title(id)).collect())),
        ("effect", value(fields.effect.label())),
        ("starts_on", day(fields.starts_on)),
        ("ends_on", day(fields.ends_on)),
        ("review_on", day(fields.review_on)),
        ("renewal", Said::Value(words::renewal(fields))),
        ("notice_months", Said::Value(fields.notice_months.map(|months| format!("{months}\u{a0}mois")).unwrap_or_default())),
        ("replaces", Said::Value(fields.replaces.as_deref().map(|id| names.title(id)).unwrap_or_default())),
        ("amount_eur_per_year", Said::Value(words::euros(fields).unwrap_or_default())),
        ("direction", value(fields.direction.map_or("", |direction| direction.label()))),
        ("is_subsidy", value(if fields.is_subsidy { "Oui" } else { "Non" })),
        ("responsible", Said::Value(fields.responsible.as_deref().map(|id| names.agent(id)).unwrap_or_default())),
        ("visibility", value(fields.visibility.label())),
        ("external_id", value(fields.external_id.as_deref().unwrap_or_default())),
    ];
    said.into_iter().map(|(name, said)| Field { name, label: labels::field(name), said }).collect()
}

/// The fields of a version, its content given as it is kept.
pub fn version(content: &Value, names: &Names) -> Vec<Field> {
    fields(&serde_json::from_value(content.clone()).unwrap_or_default(), names)
}

/// What a convention says on a day, with what it comes to on that day.
pub fn on_a_day(standing: &Standing, names: &Names) -> Vec<Field> {
    let day = |day: Option<Day>| Said::Value(day.map(Day::in_short).unwrap_or_default());
    let comes_to = [
        ("situation", "État", Said::Value(standing.situation.map(|situation| situation.label().to_owned()).unwrap_or_default())),
        ("term", "Terme ce jour-là", day(standing.term)),
        ("notice_by", "Dernier jour de préavis", day(standing.notice_by)),
    ];
    let comes_to = comes_to.into_iter().map(|(name, label, said)| Field { name, label, said });
    comes_to.chain(fields(&standing.fields, names)).collect()
}

/// « CAF de la Vienne, signée par Anne Petit, directrice, le 3 mars 2026 ».
fn party(party: &Party, names: &Names) -> String {
    let authorised = party.authorisation.as_ref().map(|one| {
        let number = if one.number.is_empty() { String::new() } else { format!(" n°\u{a0}{}", one.number) };
        let dated = one.dated.map(|day| format!(" du {}", day.in_short())).unwrap_or_default();
        let organ = if one.organ.is_empty() { "délibération" } else { &one.organ };
        let enforceable = one.enforceable_on.map(|day| format!(", exécutoire le {}", day.in_short())).unwrap_or_default();
        format!("{organ}{number}{dated}{enforceable}")
    });
    if names.is_hidden(party.partner.as_deref()) {
        return names.party(party.partner.as_deref());
    }
    let parts = [
        Some(names.party(party.partner.as_deref())),
        Some(party.signatory.clone()),
        Some(party.capacity.clone()),
        authorised,
        party.signed_on.map(|day| format!("signée le {}", day.in_short())),
    ];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn sheet(plan: &str, number: i32, names: &Names) -> String {
    let known = names.sheets.iter().find(|line| line.plan_id.as_str() == plan && line.number == number);
    known.map_or_else(|| format!("Fiche {number} d’un ancien schéma"), |line| format!("Fiche {number}. {}", line.title))
}
