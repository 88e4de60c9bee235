//! What the results page shows: filters with their counts, results with what one needs to refer somebody, and the way out of an empty list.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model::{Facets, Hit, Query, RecordType, Sort};
use super::query::FILTERS;
use crate::actions::model::{ActionFields, Situation};
use crate::actions::service::Card;
use crate::http::forms::Form;
use crate::http::query::encode;
use crate::instance::model::Instance;
use crate::kernel::text::thousands;
use crate::kernel::time::time_in_words;
use crate::kernel::{Day, Zone, referential};
use crate::territories::model::Atlas;

/// Choices of a filter that are shown at once; the others open on demand.
const SHOWN: usize = 8;

/// What names codes.
pub struct Names<'a> {
    pub instance: &'a Instance,
    pub atlas: &'a Atlas,
    pub zone: &'a Zone,
    pub today: Day,
}

impl Names<'_> {
    pub fn label(&self, filter: &str, code: &str) -> String {
        let label = match filter {
            "type" => RecordType::parse(code).map(|kind| kind.label().to_owned()),
            "situation" => Situation::parse(code).map(|situation| situation.label().to_owned()),
            "territory" => Some(self.atlas.name(code)),
            "theme" => Some(self.instance.theme_label(code)),
            "audience" => referential::audience(code).map(|term| term.label.clone()),
            "after" => Day::parse(code).map(|day| format!("À partir du {}", day.in_short())),
            "before" => Day::parse(code).map(|day| format!("Jusqu’au {}", day.in_short())),
            _ => None,
        };
        label.unwrap_or_else(|| code.to_owned())
    }
}

/// The filters, each with its choices. `fixed` is a filter that the page itself sets.
pub fn facets(counts: &Facets, form: &Form, names: &Names<'_>, fixed: Option<&str>) -> Value {
    let in_order = |codes: &[&'static str], counts: &BTreeMap<String, u64>| -> Vec<(String, u64)> {
        codes.iter().map(|code| ((*code).to_owned(), counts.get(*code).copied().unwrap_or(0))).filter(|(_, count)| *count > 0).collect()
    };
    let by_count = |counts: &BTreeMap<String, u64>| -> Vec<(String, u64)> { counts.iter().map(|(code, count)| (code.clone(), *count)).collect() };
    let types: Vec<&'static str> = RecordType::ALL.iter().map(RecordType::as_str).collect();
    let situations: Vec<&'static str> = Situation::ALL.iter().map(Situation::as_str).collect();
    [
        ("type", "Nature", in_order(&types, &counts.types), false),
        ("situation", "État", in_order(&situations, &counts.situations), false),
        ("territory", "Territoire", by_count(&counts.territories), true),
        ("theme", "Thème", by_count(&counts.themes), true),
        ("audience", "Public", by_count(&counts.audiences), true),
    ]
    .into_iter()
    .filter(|(name, ..)| fixed != Some(*name))
    .filter_map(|(name, legend, counted, ranked)| facet(name, legend, counted, ranked, &form.all(name), &|code| names.label(name, code)))
    .collect()
}

/// One filter with its choices; `ranked` puts what gives most first.
pub fn facet(
    name: &str,
    legend: &str,
    mut counted: Vec<(String, u64)>,
    ranked: bool,
    chosen: &[String],
    label: &dyn Fn(&str) -> String,
) -> Option<Value> {
    // What is chosen stays, to be taken back, even when it gives nothing.
    for code in chosen {
        if counted.iter().all(|(known, _)| known != code) {
            counted.push((code.clone(), 0));
        }
    }
    let mut options: Vec<(bool, u64, String, String)> =
        counted.into_iter().map(|(code, count)| (chosen.contains(&code), count, label(&code), code)).collect();
    if ranked {
        options.sort_by(|a, b| b.0.cmp(&a.0).then(b.1.cmp(&a.1)).then_with(|| a.2.cmp(&b.2)));
    }
    let chosen = options.iter().filter(|option| option.0).count();
    let mut options: Vec<Value> = options
        .into_iter()
        .map(|(checked, count, label, value)| json!({ "value": value, "label": label, "count": count, "checked": checked }))
        .collect();
    let more = options.split_off(options.len().min(SHOWN.max(chosen)));
    (!options.is_empty()).then(|| json!({ "name": name, "legend": legend, "options": options, "more": more }))
}

/// The two date fields.
pub fn dates(query: Option<&Query>) -> Value {
    let value = |day: Option<Day>| day.map(Day::iso).unwrap_or_default();
    json!([
        { "name": "after", "label": "À partir du", "value": value(query.and_then(|query| query.after)) },
        { "name": "before", "label": "Jusqu’au", "value": value(query.and_then(|query| query.before)) },
    ])
}

/// The address of a page with these pairs.
fn address(path: &str, pairs: &[(&str, &str)]) -> String {
    if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", encode(pairs)) }
}

/// The filters in place, each with the address without it.
pub fn active(path: &str, form: &Form, names: &Names<'_>, fixed: Option<&str>) -> Vec<Value> {
    let filters: Vec<&str> = FILTERS.into_iter().filter(|filter| fixed != Some(*filter)).collect();
    in_place(path, form, &filters, &|filter, value| names.label(filter, value))
}

/// Of these filters, those in place.
pub fn in_place(path: &str, form: &Form, filters: &[&str], label: &dyn Fn(&str, &str) -> String) -> Vec<Value> {
    let said: Vec<(&str, &str)> =
        form.0.iter().filter(|(key, value)| key != "page" && !value.trim().is_empty()).map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let mut active = Vec::new();
    for filter in filters {
        for (_, value) in said.iter().filter(|(key, _)| key == filter) {
            let others: Vec<(&str, &str)> = said.iter().filter(|pair| **pair != (*filter, *value)).copied().collect();
            active.push(json!({ "label": label(filter, value), "remove_url": address(path, &others) }));
        }
    }
    active.dedup();
    active
}

/// The address with only the words that were typed.
pub fn without_filters(path: &str, words: &str) -> String {
    if words.is_empty() { path.to_owned() } else { address(path, &[("q", words)]) }
}

/// The values chosen for a filter, each once.
pub fn chosen(form: &Form, filter: &str) -> Vec<String> {
    let mut chosen: Vec<String> = Vec::new();
    for value in form.all(filter) {
        if !value.trim().is_empty() && !chosen.contains(&value) {
            chosen.push(value);
        }
    }
    chosen
}

/// The form without one value of a filter.
pub fn form_without(form: &Form, filter: &str, value: &str) -> Form {
    Form(form.0.iter().filter(|(key, other)| key != filter || other != value).cloned().collect())
}

/// The address without these filters.
pub fn without(path: &str, form: &Form, filters: &[&str]) -> String {
    let kept = form.0.iter().filter(|(key, value)| key != "page" && !filters.contains(&key.as_str()) && !value.trim().is_empty());
    let kept: Vec<(&str, &str)> = kept.map(|(key, value)| (key.as_str(), value.as_str())).collect();
    address(path, &kept)
}

/// The address with other words and the same filters.
pub fn with_words(path: &str, form: &Form, words: &str) -> String {
    let others = form.0.iter().filter(|(key, value)| key != "page" && key != "q" && !value.is_empty());
    let pairs: Vec<(&str, &str)> = [("q", words)].into_iter().chain(others.map(|(key, value)| (key.as_str(), value.as_str()))).collect();
    address(path, &pairs)
}

pub fn sorts(chosen: Sort) -> Value {
    Sort::ALL.iter().map(|sort| json!({ "value": sort, "label": sort.label(), "checked": *sort == chosen })).collect()
}

/// `34 résultats pour « surendettement »`.
pub fn count_label(total: u64, words: &str) -> String {
    let about = if words.is_empty() { String::new() } else { format!(" pour «\u{a0}{words}\u{a0}»") };
    match total {
        0 => format!("Aucun résultat{about}"),
        1 => format!("1\u{a0}résultat{about}"),
        total => format!("{}\u{a0}résultats{about}", thousands(&total.to_string())),
    }
}

/// One result; an action comes with its card.
pub fn item(hit: &Hit, card: Option<&Card>, names: &Names<'_>) -> Value {
    let type_label = match hit.kind {
        RecordType::PlanSheet => format!("Fiche action {}", hit.id.rsplit('/').next().unwrap_or_default()),
        RecordType::Action => "Action collective".to_owned(),
        RecordType::Partner => "Partenaire".to_owned(),
        RecordType::Convention => "Convention".to_owned(),
        RecordType::Meeting => "Rencontre".to_owned(),
        RecordType::Decision => "Décision".to_owned(),
        RecordType::Document => "Document".to_owned(),
    };
    let fields = card.map(|card| &card.action.fields);
    let situation = card.and_then(|card| card.action.situation(names.today));
    let is_open = situation.is_none_or(Situation::is_open);
    json!({
        "type": hit.kind,
        "type_label": type_label,
        "title": hit.title,
        "url": hit.url,
        "snippet": hit.snippet,
        "kind_label": fields.map(|fields| fields.kind.label()),
        "situation": situation,
        "situation_label": situation.map(Situation::label),
        "next_date": match hit.kind {
            RecordType::Meeting => hit.date.map(Day::in_words),
            _ => card.filter(|_| is_open).and_then(|card| next_date(card, names)),
        },
        "place": card.and_then(place),
        "territories": hit.territories.iter().map(|code| names.atlas.name(code)).collect::<Vec<_>>(),
        "themes": hit.themes.iter().map(|code| names.instance.theme_label(code)).collect::<Vec<_>>(),
        "how_to_refer": fields.filter(|_| is_open).and_then(how_to_refer),
    })
}

fn next_date(card: &Card, names: &Names<'_>) -> Option<String> {
    let fields = &card.action.fields;
    if let Some(next) = &card.next {
        let local = names.zone.local(next.starts_at);
        return Some(format!("{}, {}", Day(local.date()).in_words(), time_in_words(local.time())));
    }
    match fields.starts_on.filter(|day| *day >= names.today) {
        Some(day) => Some(format!("à partir du {}", day.in_words())),
        None => Some(fields.rhythm.clone()).filter(|rhythm| !rhythm.is_empty()),
    }
}

/// Where the next session, or the action, takes place.
pub fn place(card: &Card) -> Option<String> {
    let fields = &card.action.fields;
    if fields.place_withheld {
        return Some("Lieu communiqué à l’inscription".to_owned());
    }
    let session = card.next.as_ref().map(|next| next.place.clone()).filter(|place| !place.is_empty());
    session.or_else(|| fields.place.lines().next().map(ToOwned::to_owned)).filter(|place| !place.is_empty())
}

/// « Téléphoner au 05 49 00 00 01 ou écrire à mds.loudun@vienne.example. »
fn how_to_refer(fields: &ActionFields) -> Option<String> {
    let has = |mode: &str| fields.mobilisation_modes.is_empty() || fields.mobilisation_modes.iter().any(|code| code == mode);
    let mut ways = Vec::new();
    if !fields.contact.phone.is_empty() && has("telephoner") {
        ways.push(format!("téléphoner au {}", fields.contact.phone));
    }
    if !fields.contact.email.is_empty() && (has("envoyer-un-courriel") || ways.is_empty()) {
        ways.push(format!("écrire à {}", fields.contact.email));
    }
    if ways.is_empty() && !fields.contact.phone.is_empty() {
        ways.push(format!("téléphoner au {}", fields.contact.phone));
    }
    if fields.mobilisation_modes.iter().any(|code| code == "se-presenter") {
        ways.push("se présenter sur place".to_owned());
    }
    let said = ways.join(" ou ");
    let first = said.chars().next()?;
    let by = match fields.mobilised_by.as_slice() {
        [only] if only == "professionnels" => " (par un professionnel)",
        _ => "",
    };
    Some(format!("{}{}{by}.", first.to_uppercase(), &said[first.len_utf8()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actions::model::Contact;
    use crate::http::query::pairs;

    fn with_names<T>(work: impl FnOnce(&Names<'_>) -> T) -> T {
        let (instance, atlas, zone) = (Instance::default(), Atlas::default(), Zone::named("Europe/Paris").unwrap());
        work(&Names { instance: &instance, atlas: &atlas, zone: &zone, today: Day::new(2026, 3, 3).unwrap() })
    }

    #[test]
    fn chosen_filters_stay_at_nothing_and_come_first() {
        let counts = Facets { audiences: BTreeMap::from([("familles".to_owned(), 3), ("actifs".to_owned(), 9)]), ..Facets::default() };
        let form = pairs("audience=tous-publics&type=action").unwrap();
        let facets = with_names(|names| facets(&counts, &form, names, Some("type")));
        assert_eq!(facets.as_array().unwrap().len(), 1);
        let shown: Vec<(&str, u64)> =
            facets[0]["options"].as_array().unwrap().iter().map(|o| (o["value"].as_str().unwrap(), o["count"].as_u64().unwrap())).collect();
        assert_eq!(shown, [("tous-publics", 0), ("actifs", 9), ("familles", 3)]);
    }

    #[test]
    fn a_filter_is_taken_away_and_the_others_stay() {
        let form = pairs("q=budget&territory=86194&territory=86&after=2026-03-01&page=3").unwrap();
        let active = with_names(|names| active("/recherche", &form, names, None));
        assert_eq!(active.len(), 3);
        assert_eq!(active[0], json!({ "label": "Poitiers", "remove_url": "/recherche?q=budget&territory=86&after=2026-03-01" }));
        assert_eq!(active[2]["label"], "À partir du 1er\u{a0}mars\u{a0}2026");
        assert_eq!(with_words("/recherche", &form, "argent"), "/recherche?q=argent&territory=86194&territory=86&after=2026-03-01");
    }

    #[test]
    fn counts_are_said_in_french() {
        assert_eq!(count_label(0, "poterie"), "Aucun résultat pour «\u{a0}poterie\u{a0}»");
        assert_eq!(count_label(20_000, ""), "20\u{202f}000\u{a0}résultats");
    }

    #[test]
    fn how_somebody_is_referred() {
        let contact = Contact { email: "mds@vienne.example".into(), phone: "05 49 00 00 01".into() };
        let fields = ActionFields { contact, mobilised_by: vec!["professionnels".into()], ..ActionFields::default() };
        assert_eq!(how_to_refer(&fields).unwrap(), "Téléphoner au 05 49 00 00 01 ou écrire à mds@vienne.example (par un professionnel).");
        assert_eq!(how_to_refer(&ActionFields::default()), None);
        let at_the_door = ActionFields { mobilisation_modes: vec!["se-presenter".into()], ..ActionFields::default() };
        assert_eq!(how_to_refer(&at_the_door).unwrap(), "Se présenter sur place.");
    }
}
