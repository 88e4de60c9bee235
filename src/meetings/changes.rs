//! What has changed of a meeting, as those who come are told of it: each field in words, before and after.

use serde_json::{Value, json};

use super::labels::field;
use super::model::MeetingFields;

/// One field that says something else. Instants stay instants: whoever shows them knows the zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub label: &'static str,
    pub old: Value,
    pub new: Value,
    /// Its values are `{ starts_at, ends_at }`; otherwise a text, empty where there was nothing.
    pub is_when: bool,
}

impl Change {
    pub fn json(&self) -> Value {
        json!({ "label": self.label, "old": self.old, "new": self.new, "is_when": self.is_when })
    }
}

/// What those invited would plan otherwise for, in the order in which it matters. How a meeting is filed is not told.
pub fn between(old: &MeetingFields, new: &MeetingFields) -> Vec<Change> {
    let when = |fields: &MeetingFields| json!({ "starts_at": fields.starts_at, "ends_at": fields.ends_at });
    let said = |fields: &MeetingFields| -> [(&'static str, Value, bool); 9] {
        [
            ("Date et heure", when(fields), true),
            (field("place"), json!(fields.place), false),
            (field("link"), json!(fields.link), false),
            (field("title"), json!(fields.title), false),
            (field("kind"), json!(fields.kind.label()), false),
            (field("summary"), json!(fields.summary), false),
            (field("agenda"), json!(agenda(fields)), false),
            (field("capacity"), json!(fields.capacity.map(|count| count.to_string()).unwrap_or_default()), false),
            (field("registration"), json!(fields.registration.label()), false),
        ]
    };
    let pairs = said(old).into_iter().zip(said(new)).filter(|(old, new)| old.1 != new.1);
    pairs.map(|((label, old, is_when), (_, new, _))| Change { label, old, new, is_when }).collect()
}

/// « 1. Bilan (20 min), 2. Projets ».
fn agenda(fields: &MeetingFields) -> String {
    let item = |(number, item): (i32, &super::model::AgendaItem)| {
        let speaker = if item.speaker.is_empty() { String::new() } else { format!(", {}", item.speaker) };
        let minutes = item.minutes.map(|minutes| format!(" ({minutes}\u{a0}min)")).unwrap_or_default();
        format!("{number}. {}{speaker}{minutes}", item.title)
    };
    (1..).zip(&fields.agenda).map(item).collect::<Vec<_>>().join("\u{a0}; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Moment;
    use crate::meetings::model::{AgendaItem, Aim};

    #[test]
    fn what_people_plan_for_is_told_and_nothing_else() {
        let old = MeetingFields { title: "Comité".into(), place: "Loudun".into(), ..MeetingFields::default() };
        assert_eq!(between(&old, &old), []);
        let filed = MeetingFields { external_id: Some("A".into()), reminder_days: vec![3], themes: vec!["x".into()], ..old.clone() };
        assert_eq!(between(&old, &filed), []);
        let aimed = AgendaItem { title: "Bilan".into(), minutes: Some(20), speaker: "Mme Roy".into(), ..AgendaItem::default() };
        let new = MeetingFields { place: String::new(), starts_at: Some(Moment::from_micros(0)), agenda: vec![aimed.clone()], ..old.clone() };
        let told: Vec<String> = between(&old, &new).iter().map(|change| format!("{} {} {}", change.label, change.old, change.new)).collect();
        assert_eq!(
            told,
            [
                "Date et heure {\"ends_at\":null,\"starts_at\":null} {\"ends_at\":null,\"starts_at\":\"1970-01-01T00:00:00Z\"}",
                "Lieu \"Loudun\" \"\"",
                "Ordre du jour \"\" \"1. Bilan, Mme Roy (20\u{a0}min)\"",
            ]
        );
        let decided = MeetingFields { agenda: vec![AgendaItem { aim: Aim::Decision, ..aimed }], ..new.clone() };
        assert_eq!(between(&new, &decided), []);
    }
}
