//! Each field of a meeting as people read it: a code by its label, times in words, a list item by item.

use serde_json::Value;

use super::names::Names;
use super::words;
use crate::kernel::{Moment, Zone};
use crate::meetings::labels;
use crate::meetings::model::{AgendaItem, MeetingFields};
use crate::versions::diff::{Field, Said};

/// What a meeting's fields say, in the order of the form.
pub fn fields(fields: &MeetingFields, names: &Names, zone: &Zone) -> Vec<Field> {
    let value = |text: &str| Said::Value(text.to_owned());
    let moment = |moment: Option<Moment>| Said::Value(moment.map(|moment| zone.in_words(moment)).unwrap_or_default());
    let codes = |codes: &[String], name: &dyn Fn(&str) -> String| {
        let mut said: Vec<String> = codes.iter().map(|code| name(code)).collect();
        said.sort();
        Said::Items(said)
    };
    let contact: Vec<String> = [&fields.contact.phone, &fields.contact.email].into_iter().filter(|part| !part.is_empty()).cloned().collect();
    let said = [
        ("title", Said::Text(fields.title.clone())),
        ("body_id", Said::Value(fields.body_id.as_deref().map(|id| body(id, names)).unwrap_or_default())),
        ("kind", value(fields.kind.label())),
        ("summary", Said::Text(fields.summary.clone())),
        ("starts_at", moment(fields.starts_at)),
        ("ends_at", moment(fields.ends_at)),
        ("place", value(&fields.place)),
        ("link", value(&fields.link)),
        ("agenda", Said::Items(fields.agenda.iter().map(|one| item(one, names)).collect())),
        ("registration", value(fields.registration.label())),
        ("capacity", Said::Value(fields.capacity.map(|count| count.to_string()).unwrap_or_default())),
        ("reminder_days", Said::Value(reminders(&fields.reminder_days))),
        ("contact", Said::Value(contact.join(", "))),
        ("territories", codes(&fields.territories, &|code| names.atlas.name(code))),
        ("themes", codes(&fields.themes, &|code| names.instance.theme_label(code))),
        ("plan_sheets", Said::Items(fields.plan_sheets.iter().map(|one| names.sheet(&one.plan_id, one.number)).collect())),
        ("organiser", Said::Value(fields.organiser.as_deref().map(|id| names.agent(id)).unwrap_or_default())),
        ("visibility", value(fields.visibility.label())),
        ("external_id", value(fields.external_id.as_deref().unwrap_or_default())),
    ];
    said.into_iter().map(|(name, said)| Field { name, label: labels::field(name), said }).collect()
}

/// The fields of a version, its content given as it is kept.
pub fn version(content: &Value, names: &Names, zone: &Zone) -> Vec<Field> {
    fields(&serde_json::from_value(content.clone()).unwrap_or_default(), names, zone)
}

fn body(id: &str, names: &Names) -> String {
    names.body(Some(id)).map_or_else(|| "Une ancienne instance".to_owned(), |body| body.fields.name.clone())
}

/// « Bilan de l’année, 20 min, Anne Petit (échange) ».
fn item(item: &AgendaItem, names: &Names) -> String {
    let minutes = item.minutes.map(|minutes| format!("{minutes}\u{a0}min"));
    let about = names.about(item).map(|(title, _)| format!("«\u{a0}{title}\u{a0}»"));
    let parts = [Some(item.title.clone()), minutes, words::some(&item.speaker).map(ToOwned::to_owned), about];
    format!("{} ({})", parts.into_iter().flatten().collect::<Vec<_>>().join(", "), item.aim.label().to_lowercase())
}

/// « 7 jours et 1 jour avant ».
pub fn reminders(days: &[i32]) -> String {
    let said: Vec<String> = days
        .iter()
        .map(|day| match day {
            0 => "le jour même".to_owned(),
            1 => "la veille".to_owned(),
            day => format!("{day}\u{a0}jours avant"),
        })
        .collect();
    match said.as_slice() {
        [] => "Aucun".to_owned(),
        [one] => words::upper_first(one),
        [first @ .., last] => words::upper_first(&format!("{} et {last}", first.join(", "))),
    }
}
