//! A search that is followed: its parameters in one canonical form, read again each time it is asked.

use crate::accounts::model::Viewer;
use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::query::{encode, pairs};
use crate::instance::model::Instance;
use crate::kernel::{Day, FieldErrors};
use crate::search::model::Query;
use crate::search::places;
use crate::search::query::{self, FILTERS};
use crate::search::results::Names;
use crate::territories::model::Atlas;

/// Values of filters that one search may hold.
const MOST_VALUES: usize = 50;

/// The parameters of a search as they are kept: those that keep some records only, each once, in one order. What is unknown is named.
pub fn canonical(form: &Form, instance: &Instance, atlas: &Atlas, today: Day) -> Result<String> {
    let mut form = form.clone();
    form.0.retain(|(name, _)| name == "q" || FILTERS.contains(&name.as_str()));
    places::understand(&mut form, &instance.departement, atlas);
    query::parse(&form, instance, atlas, &Viewer::visitor(), today)?;
    let mut kept: Vec<(String, String)> = Vec::new();
    let words = query::words(&form);
    if !words.is_empty() {
        kept.push(("q".to_owned(), words));
    }
    for filter in FILTERS {
        let mut values = form.all(filter);
        values.sort();
        values.dedup();
        kept.extend(values.into_iter().map(|value| (filter.to_owned(), value)));
    }
    if kept.len() > MOST_VALUES {
        return Err(Error::BadQuery(FieldErrors::one("search", format!("Une recherche suivie a {MOST_VALUES} filtres au plus."))));
    }
    Ok(encode(&kept))
}

/// What a kept search asks on behalf of a reader; the reason in words when it names what is gone.
pub fn asked(search: &str, instance: &Instance, atlas: &Atlas, viewer: &Viewer, today: Day) -> std::result::Result<Query, String> {
    let parsed = pairs(search).and_then(|form| query::parse(&form, instance, atlas, viewer, today));
    parsed.map_err(|error| match error {
        Error::BadQuery(errors) => errors.iter().map(|(_, text)| text.to_owned()).collect::<Vec<_>>().join(" "),
        _ => "Cette recherche ne peut plus être lue.".to_owned(),
    })
}

/// The page of a kept search, what is new first, of one kind unless it says which.
pub fn newest(search: &str, kind: &str) -> String {
    let of_kind = if search.split('&').any(|one| one.starts_with("type=")) { String::new() } else { format!("&type={kind}") };
    format!("/recherche?{search}{of_kind}&sort=date").replace("?&", "?")
}

/// A kept search in words.
pub fn in_words(search: &str, names: &Names<'_>) -> String {
    let form = pairs(search).unwrap_or_default();
    let mut words: Vec<String> = Vec::new();
    if !form.get("q").is_empty() {
        words.push(format!("«\u{a0}{}\u{a0}»", form.get("q")));
    }
    for filter in FILTERS {
        words.extend(form.all(filter).iter().map(|value| names.label(filter, value)));
    }
    if words.is_empty() { "Tout le registre".to_owned() } else { words.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical_of(address: &str) -> Result<String> {
        canonical(&pairs(address).unwrap(), &Instance::default(), &Atlas::default(), Day::new(2026, 3, 3).unwrap())
    }

    #[test]
    fn one_search_has_one_form() {
        let asked =
            canonical_of("page=2&theme=numerique--acceder-a-une-connexion-internet&type=action&q=+budget+&sort=date&type=action&x=y").unwrap();
        assert_eq!(asked, "q=budget&type=action&theme=numerique--acceder-a-une-connexion-internet");
        assert_eq!(canonical_of(&asked).unwrap(), asked);
        assert_eq!(canonical_of("").unwrap(), "");
    }

    #[test]
    fn what_is_unknown_is_refused_and_too_much_too() {
        assert!(matches!(canonical_of("theme=nowhere"), Err(Error::BadQuery(errors)) if errors.of("theme").is_some()));
        let many = (0..60).map(|day| format!("territory={:05}", 86001 + day)).collect::<Vec<_>>().join("&");
        assert!(canonical_of(&many).is_err());
    }

    #[test]
    fn what_is_new_comes_first_on_its_page() {
        assert_eq!(newest("", "action"), "/recherche?type=action&sort=date");
        assert_eq!(newest("q=budget&type=meeting", "meeting"), "/recherche?q=budget&type=meeting&sort=date");
    }

    #[test]
    fn what_is_gone_is_said() {
        let (instance, atlas, today) = (Instance::default(), Atlas::default(), Day::new(2026, 3, 3).unwrap());
        let problem = asked("theme=gone", &instance, &atlas, &Viewer::visitor(), today).unwrap_err();
        assert!(problem.contains("gone"), "{problem}");
        assert!(asked("q=budget", &instance, &atlas, &Viewer::visitor(), today).is_ok());
    }
}
