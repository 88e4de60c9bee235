//! The way out of an empty list: what to leave out of a search, and what each would give.

use std::sync::Arc;

use serde_json::{Value, json};

use super::language::Said;
use super::model::{Answer, Query};
use super::query::FILTERS;
use super::results::{self, Names};
use super::service;
use crate::app::App;
use crate::error::Result;
use crate::http::forms::Form;
use crate::kernel::Page;
use crate::kernel::text::{clean, thousands};

/// Where an empty list leads.
pub struct WaysOut {
    links: Vec<Value>,
    /// Nothing in the territory has these words, whatever the other filters: the offer lacks it.
    pub is_gap: bool,
}

/// Asks again with each filter left out, then with all, then without quotes.
pub async fn ways_out(app: &Arc<App>, path: &str, form: &Form, query: &Query, names: &Names<'_>, fixed: Option<&str>) -> Result<WaysOut> {
    let mut found = WaysOut { links: Vec::new(), is_gap: false };
    let present: Vec<&str> =
        FILTERS.into_iter().filter(|filter| Some(*filter) != fixed && form.all(filter).iter().any(|value| !value.trim().is_empty())).collect();
    for filter in &present {
        let labels: Vec<String> = results::chosen(form, filter).iter().map(|code| format!("«\u{a0}{}\u{a0}»", names.label(filter, code))).collect();
        let total = total(app, &without(query, &[*filter])).await?;
        if total > 0 {
            found.links.push(link(&format!("Sans {}", said_in_row(&labels)), total, results::without(path, form, &[*filter])));
        }
    }
    if found.links.is_empty() && present.len() > 1 {
        let total = total(app, &without(query, &present)).await?;
        if total > 0 {
            found.links.push(link("Sans aucun filtre", total, results::without(path, form, &present)));
        }
    }
    let said = Said::read(&query.text);
    if !said.phrases.is_empty() || !said.without.is_empty() {
        let words = clean(&said.words);
        let total = if words.is_empty() { 0 } else { total(app, &Query { text: words.clone(), ..query.clone() }).await? };
        if total > 0 {
            let label = if said.phrases.is_empty() { "Sans mot exclu" } else { "Sans les guillemets" };
            found.links.push(link(label, total, results::with_words(path, form, &words)));
        }
    }
    let others: Vec<&str> = present.into_iter().filter(|filter| *filter != "territory").collect();
    found.is_gap = others.is_empty() && fixed.is_none() || total(app, &Query { types: Vec::new(), ..without(query, &others) }).await? == 0;
    Ok(found)
}

async fn total(app: &Arc<App>, query: &Query) -> Result<u64> {
    Ok(service::search(app, Query { page: Page { number: 1, size: 1 }, ..query.clone() }).await?.total)
}

fn without(query: &Query, filters: &[&str]) -> Query {
    let mut query = query.clone();
    for filter in filters {
        match *filter {
            "type" => query.types.clear(),
            "situation" => query.situations.clear(),
            "territory" => query.territories.clear(),
            "theme" => query.themes.clear(),
            "audience" => query.audiences.clear(),
            "after" => query.after = None,
            _ => query.before = None,
        }
    }
    query
}

/// `« Loudun » ni « Poitiers »`; of many, the first ones.
fn said_in_row(labels: &[String]) -> String {
    const SAID: usize = 3;
    let more = if labels.len() > SAID { " ni les autres" } else { "" };
    format!("{}{more}", labels[..labels.len().min(SAID)].join(" ni "))
}

fn link(label: &str, total: u64, href: String) -> Value {
    let count = if total == 1 { "1\u{a0}résultat".to_owned() } else { format!("{}\u{a0}résultats", thousands(&total.to_string())) };
    json!({ "label": format!("{label}\u{a0}: {count}"), "href": href })
}

/// What the page says where results would be. `ways` when nothing at all was found.
pub fn page(path: &str, query: &Query, answer: &Answer, ways: Option<WaysOut>, is_filtered: bool) -> Value {
    let mut links = ways.map(|ways| ways.links).unwrap_or_default();
    let has_ways = !links.is_empty();
    if answer.total > 0 {
        links.push(json!({ "label": "Revenir à la première page", "href": results::with_words(path, &Form::default(), &query.text) }));
    }
    links.push(json!({ "label": "Voir toutes les actions ouvertes", "href": "/actions?situation=upcoming&situation=running" }));
    let text = match (has_ways, query.text.is_empty(), is_filtered) {
        (true, ..) => "Voici ce que l’on trouve en cherchant plus large.",
        (false, false, _) => "Essayez un mot plus large, ou un autre mot pour la même chose.",
        (false, true, true) => "Enlevez un filtre.",
        (false, true, false) => "Rien n’est encore publié ici.",
    };
    json!({ "title": "Rien ne correspond, pour l’instant", "text": text, "links": links })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_is_named() {
        let labels: Vec<String> = ["a", "b", "c", "d"].map(str::to_owned).to_vec();
        assert_eq!(said_in_row(&labels[..1]), "a");
        assert_eq!(said_in_row(&labels[..2]), "a ni b");
        assert_eq!(said_in_row(&labels), "a ni b ni c ni les autres");
        assert_eq!(link("Sans x", 2000, "/".into())["label"], "Sans x\u{a0}: 2\u{202f}000\u{a0}résultats");
    }
}
