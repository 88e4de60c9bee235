//! Query strings, read and written.

use serde::de::DeserializeOwned;

use super::forms::Form;
use crate::error::{Error, Result};
use crate::kernel::{FieldErrors, Page};

/// The pairs of a query string, bounded.
pub fn pairs(query: &str) -> Result<Form> {
    let pairs: Vec<(String, String)> = parse(query)?;
    if pairs.len() > 1000 {
        return Err(Error::BadQuery(FieldErrors::one("query", "Il y a trop de filtres.")));
    }
    Ok(Form(pairs))
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T> {
    serde_html_form::from_str(query).map_err(|_| Error::BadQuery(FieldErrors::one("query", "L’adresse est illisible.")))
}

pub fn encode<K: AsRef<str>, V: AsRef<str>>(pairs: &[(K, V)]) -> String {
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(key, value)| (key.as_ref(), value.as_ref())).collect();
    serde_html_form::to_string(pairs).unwrap_or_default()
}

/// The values of a filter that may be repeated, each once; what `parse` does not know is named.
pub fn values<T: PartialEq>(form: &Form, name: &str, errors: &mut FieldErrors, parse: impl Fn(&str) -> Option<T>) -> Vec<T> {
    let mut values = Vec::new();
    for text in form.all(name) {
        match parse(&text) {
            Some(value) if values.contains(&value) => {}
            Some(value) => values.push(value),
            None => errors.add(name, format!("« {} » n’est pas une valeur connue de « {name} ».", text.chars().take(60).collect::<String>())),
        }
    }
    values
}

/// `page` and `per_page`; what is not a number or out of bounds is named.
pub fn page(form: &Form, errors: &mut FieldErrors) -> Page {
    let mut number = |name: &str, default: u32, most: u32| match form.get(name) {
        "" => default,
        text => match text.parse::<u32>() {
            Ok(number) if (1..=most).contains(&number) => number,
            _ => {
                errors.add(name, format!("« {name} » doit être un nombre de 1 à {most}, pas « {} ».", text.chars().take(40).collect::<String>()));
                default
            }
        },
    };
    Page { number: number("page", 1, 1_000_000), size: number("per_page", Page::USUAL, Page::LARGEST) }
}

/// The links of a paginated list, as the partial expects them. `form` holds the present query.
pub fn pagination(path: &str, form: &Form, page: u32, pages: u32) -> serde_json::Value {
    let href = |number: u32| {
        let mut pairs: Vec<(String, String)> = form.0.iter().filter(|(key, value)| key != "page" && !value.is_empty()).cloned().collect();
        if number > 1 {
            pairs.push(("page".into(), number.to_string()));
        }
        if pairs.is_empty() { path.to_owned() } else { format!("{path}?{}", encode(&pairs)) }
    };
    let mut shown: Vec<u32> = [1, pages].into_iter().chain(page.saturating_sub(2)..=page + 2).filter(|number| (1..=pages).contains(number)).collect();
    shown.sort_unstable();
    shown.dedup();
    let mut items = Vec::new();
    let mut last = 0;
    for number in shown {
        if number > last + 1 {
            items.push(serde_json::json!({ "gap": true, "label": "", "href": "", "current": false }));
        }
        items.push(serde_json::json!({ "gap": false, "label": number.to_string(), "href": href(number), "current": number == page }));
        last = number;
    }
    serde_json::json!({
        "pages": pages,
        "previous": (page > 1 && page <= pages + 1).then(|| href(page - 1)),
        "next": (page < pages).then(|| href(page + 1)),
        "items": items,
    })
}
