//! One search as the server reads it, several of them in one request, and what comes back.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::filter::{Facet, Filter};
use super::record::{EXACT, Stored};
use super::server::Server;
use super::wording::{Strategy, Wording};
use crate::actions::model::Situation;
use crate::kernel::Day;
use crate::search::model::Facets;
use crate::search::trouble::{Kind, Trouble};

/// A search. Its filter is given when it is made: there is no search without one.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ask {
    index_uid: String,
    q: String,
    filter: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    matching_strategy: Option<Strategy>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attributes_to_search_on: Vec<&'static str>,
    attributes_to_retrieve: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hits_per_page: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    facets: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sort: Vec<&'static str>,
}

impl Ask {
    /// Asks how many records pass a filter, whatever their words.
    pub fn everything(index: &str, filter: String) -> Self {
        Self {
            index_uid: index.to_owned(),
            q: String::new(),
            filter,
            matching_strategy: None,
            attributes_to_search_on: Vec::new(),
            attributes_to_retrieve: Vec::new(),
            // This way of paging gives exact totals.
            page: Some(1),
            hits_per_page: Some(0),
            offset: None,
            limit: None,
            facets: Vec::new(),
            sort: Vec::new(),
        }
    }

    /// What tells it from any other that asks for a total.
    pub fn key(&self) -> String {
        format!("{}\n{}\n{}\n{}", self.index_uid, self.filter, self.q, self.attributes_to_search_on.join(" "))
    }

    pub fn words(mut self, wording: &Wording) -> Self {
        self.q.clone_from(&wording.q);
        self.matching_strategy = Some(wording.strategy);
        self.attributes_to_search_on.clone_from(&wording.attributes);
        self
    }

    /// With what must be there, or must not, as it was written.
    pub fn with(mut self, as_written: &str) -> Self {
        if !as_written.is_empty() {
            self.q.insert_str(0, as_written);
            self.attributes_to_search_on.push(EXACT);
        }
        self
    }

    pub fn text(mut self, q: String, attributes: &[&'static str]) -> Self {
        self.q = q;
        self.matching_strategy = Some(Strategy::All);
        self.attributes_to_search_on = attributes.to_vec();
        self
    }

    /// A page of so many records, and the exact total.
    pub fn page(mut self, number: u32, size: u32, attributes: Vec<&'static str>) -> Self {
        (self.page, self.hits_per_page) = (Some(number), Some(size));
        self.attributes_to_retrieve = attributes;
        self
    }

    /// Records from one place of the order to another.
    pub fn slice(mut self, from: u64, to: u64, attributes: Vec<&'static str>) -> Self {
        (self.page, self.hits_per_page) = (None, None);
        (self.offset, self.limit) = (Some(from), Some(to.saturating_sub(from)));
        self.attributes_to_retrieve = attributes;
        self
    }

    pub fn facets(mut self, facets: impl IntoIterator<Item = Facet>) -> Self {
        self.facets = facets.into_iter().filter_map(Facet::attribute).collect();
        self
    }

    pub fn sort(mut self, sort: &[&'static str]) -> Self {
        self.sort = sort.to_vec();
        self
    }
}

#[derive(Serialize)]
struct Request<'a> {
    queries: &'a [Ask],
}

#[derive(Deserialize)]
struct Response {
    results: Vec<Found>,
}

/// What one search found.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Found {
    pub hits: Vec<Stored>,
    pub total_hits: Option<u64>,
    facet_distribution: HashMap<String, BTreeMap<String, u64>>,
}

impl Found {
    pub fn total(&self) -> u64 {
        self.total_hits.unwrap_or(0)
    }
}

/// Asks them all in one request; the answers are in the same order.
pub async fn all(server: &Server, asks: &[Ask]) -> Result<Vec<Found>, Trouble> {
    if asks.is_empty() {
        return Ok(Vec::new());
    }
    let response: Response = server.multi_search(Request { queries: asks }).await?;
    match response.results.len() == asks.len() {
        true => Ok(response.results),
        false => Err(Trouble::new(Kind::Confused, format!("{} answers to {} searches", response.results.len(), asks.len()))),
    }
}

/// What counts the values of filters: for each that is in place, a search without it, and one for each situation.
pub struct Counting {
    first: usize,
    apart: Vec<Facet>,
    situations: Vec<Situation>,
}

impl Counting {
    /// Adds its searches after the one of all filters, which counts what no filter is on.
    pub fn add_to(asks: &mut Vec<Ask>, all: Ask, filter: &Filter, today: Day) -> Self {
        let apart: Vec<Facet> = Facet::ALL.into_iter().filter(|facet| filter.asks(*facet)).collect();
        // Those who run are the rest of all actions.
        let situations: Vec<Situation> = match filter.may_be_closed {
            true => Situation::ALL.iter().copied().filter(|situation| *situation != Situation::Running).collect(),
            false => Vec::new(),
        };
        let first = asks.len();
        let alone = |filter: String| Ask { filter, ..all.clone() };
        for facet in &apart {
            // Without the filter on situations, the count of actions is what is looked at.
            let counted = if *facet == Facet::Situation { Facet::Type } else { *facet };
            asks.push(alone(filter.all_but(*facet)).facets([counted]));
        }
        asks.extend(situations.iter().map(|situation| alone(filter.in_situation(*situation, today))));
        Self { first, apart, situations }
    }

    /// Reads the counts; `whole` is the place of the answer to the search with all filters.
    pub fn read(&self, found: &[Found], whole: usize) -> Facets {
        let of = |facet: Facet| -> BTreeMap<String, u64> {
            let place = self.apart.iter().position(|apart| *apart == facet).map_or(whole, |place| self.first + place);
            facet.attribute().and_then(|attribute| found[place].facet_distribution.get(attribute).cloned()).unwrap_or_default()
        };
        let mut facets = Facets {
            types: of(Facet::Type),
            themes: of(Facet::Theme),
            audiences: of(Facet::Audience),
            territories: of(Facet::Territory),
            ..Facets::default()
        };
        let actions = match self.apart.iter().position(|apart| *apart == Facet::Situation) {
            Some(place) => found[self.first + place].facet_distribution.get("type"),
            None => found[whole].facet_distribution.get("type"),
        };
        let mut running = actions.and_then(|types| types.get("action")).copied().unwrap_or(0);
        for (place, situation) in self.situations.iter().enumerate() {
            let count = found[self.first + self.apart.len() + place].total();
            running = running.saturating_sub(count);
            facets.situations.insert(situation.to_string(), count);
        }
        facets.situations.insert(Situation::Running.to_string(), running);
        for counts in [&mut facets.types, &mut facets.themes, &mut facets.audiences, &mut facets.territories, &mut facets.situations] {
            counts.retain(|_, count| *count > 0);
        }
        facets
    }
}
