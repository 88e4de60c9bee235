//! What people ask of search, from the address of a page or of the API, parsed at the door.

use std::collections::BTreeMap;

use super::model::{Query, RecordType, Sort};
use crate::accounts::model::Viewer;
use crate::actions::model::Situation;
use crate::error::{Error, Result};
use crate::http::forms::Form;
use crate::http::query;
use crate::instance::model::Instance;
use crate::kernel::{Day, FieldErrors, referential, text};
use crate::territories::model::Atlas;

/// Queries are cut at so many characters.
pub const LONGEST: usize = 500;

/// The parameters that keep some records only, in the order of the page.
pub const FILTERS: [&str; 7] = ["type", "situation", "territory", "theme", "audience", "after", "before"];

/// What was typed, cut and cleaned.
pub fn words(form: &Form) -> String {
    text::clean(&form.get("q").chars().take(LONGEST).collect::<String>())
}

/// Parses the parameters that page and API share. What is wrong is named; it makes a 400.
pub fn parse(form: &Form, instance: &Instance, atlas: &Atlas, viewer: &Viewer, today: Day) -> Result<Query> {
    let mut errors = FieldErrors::default();
    let page = query::page(form, &mut errors);
    let known = |known: bool, code: &str| known.then(|| code.to_owned());
    let places = query::values(form, "territory", &mut errors, |code| known(atlas.knows(code), code));
    let sort = query::values(form, "sort", &mut errors, Sort::parse);
    let query = Query {
        text: words(form),
        types: query::values(form, "type", &mut errors, RecordType::parse),
        themes: query::values(form, "theme", &mut errors, |code| known(instance.knows_theme(code), code)),
        audiences: query::values(form, "audience", &mut errors, |code| known(referential::audience(code).is_some(), code)),
        territories: places.into_iter().map(|code| (code.clone(), atlas.matching(&code))).collect::<BTreeMap<_, _>>(),
        situations: query::values(form, "situation", &mut errors, Situation::parse),
        after: day(form, "after", &mut errors),
        before: day(form, "before", &mut errors),
        sort: sort.first().copied().unwrap_or(Sort::Relevance),
        page,
        visible: viewer.clearance(),
        today,
    };
    errors.into_result().map(|()| query).map_err(Error::BadQuery)
}

fn day(form: &Form, name: &str, errors: &mut FieldErrors) -> Option<Day> {
    let text = form.get(name);
    let day = Day::parse(text);
    if day.is_none() && !text.trim().is_empty() {
        let text: String = text.chars().take(60).collect();
        errors.add(name, format!("« {text} » n’est pas une date pour « {name} » : écrivez 2026-03-03 ou 03/03/2026."));
    }
    day
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Page, Visibility};

    fn parsed(address: &str) -> Result<Query> {
        let form = query::pairs(address).unwrap();
        parse(&form, &Instance::default(), &Atlas::default(), &Viewer::visitor(), Day::new(2026, 3, 3).unwrap())
    }

    #[test]
    fn everything_that_an_address_may_say() {
        let query = parsed(
            "q=+budget%00+&type=action&type=action&type=plan_sheet&theme=numerique--acceder-a-une-connexion-internet&audience=familles\
             &territory=86194&situation=running&after=2026-03-01&before=31/03/2026&sort=date&page=2&per_page=50",
        );
        let query = query.unwrap();
        assert_eq!((query.text.as_str(), query.types, query.sort), ("budget", vec![RecordType::Action, RecordType::PlanSheet], Sort::Date));
        assert!(query.territories["86194"].contains(&"86".to_owned()));
        assert_eq!((query.after, query.before), (Day::new(2026, 3, 1), Day::new(2026, 3, 31)));
        assert_eq!((query.page, query.visible), (Page { number: 2, size: 50 }, vec![Visibility::Public]));
    }

    #[test]
    fn nothing_lists_everything() {
        let query = parsed("q=&type=&utm_source=x").unwrap();
        assert!(query.text.is_empty() && query.types.is_empty() && query.territories.is_empty());
        assert_eq!((query.sort, query.page), (Sort::Relevance, Page::first()));
    }

    #[test]
    fn what_is_unknown_is_named() {
        let Err(Error::BadQuery(errors)) =
            parsed("type=x&theme=y&audience=z&territory=99999&situation=s&after=31/02/2026&sort=up&page=0&per_page=101")
        else {
            panic!("parsed")
        };
        let mut names: Vec<&str> = errors.iter().map(|(field, _)| field).collect();
        names.sort_unstable();
        assert_eq!(names, ["after", "audience", "page", "per_page", "situation", "sort", "territory", "theme", "type"]);
        assert_eq!(errors.of("territory"), Some("« 99999 » n’est pas une valeur connue de « territory »."));
    }

    #[test]
    fn long_queries_are_cut() {
        assert_eq!(parsed(&format!("q={}", "é".repeat(600))).unwrap().text.chars().count(), LONGEST);
    }
}
