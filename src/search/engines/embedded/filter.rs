//! Filters and the exact counts of facets.

use std::collections::{BTreeMap, HashSet};

use tantivy::DocId;

use super::columns::{Codes, Columns, Situations};
use super::schema::{NO_DAY, days, ordinal};
use crate::actions::model::Situation;
use crate::search::model::{Facets, Query, RecordType};

/// What everyone may come to is found whichever public is asked for.
const EVERYONE: &str = "tous-publics";

/// Which of the filters that facets show a record does not pass.
const TYPE: u8 = 1;
const THEME: u8 = 2;
const AUDIENCE: u8 = 4;
const TERRITORY: u8 = 8;
const SITUATION: u8 = 16;

/// The filters of a query, made ready for one segment.
pub struct Filter<'a> {
    columns: &'a Columns,
    situations: Situations,
    /// In days, as columns have them.
    after: Option<i64>,
    before: Option<i64>,
    /// One bit per kind; `None` lets all pass, as below.
    kinds: Option<u64>,
    wanted_situations: Option<u64>,
    themes: Option<Vec<bool>>,
    audiences: Option<Vec<bool>>,
    territories: Option<Vec<bool>>,
}

impl<'a> Filter<'a> {
    pub fn new(columns: &'a Columns, query: &'a Query) -> Self {
        let kinds = query.types.iter().fold(0, |bits, kind| bits | 1 << ordinal(RecordType::ALL, *kind));
        let audiences = query.audiences.iter().map(String::as_str).chain([EVERYONE]);
        let situations = query.situations.iter().fold(0, |bits, situation| bits | 1 << ordinal(Situation::ALL, *situation));
        Self {
            columns,
            situations: columns.situations(query.today),
            after: query.after.map(|day| days(Some(day))),
            before: query.before.map(|day| days(Some(day))),
            wanted_situations: (!query.situations.is_empty()).then_some(situations),
            kinds: (!query.types.is_empty()).then_some(kinds),
            themes: wanted(&columns.themes, query.themes.is_empty(), query.themes.iter().map(String::as_str)),
            audiences: wanted(&columns.audiences, query.audiences.is_empty(), audiences),
            territories: wanted(&columns.territories, query.territories.is_empty(), query.territories.values().flatten().map(String::as_str)),
        }
    }

    /// The facet filters that a record misses; `None` when it misses one that is no facet.
    fn missed(&self, doc: DocId) -> Option<u8> {
        if !self.passes_dates(doc) {
            return None;
        }
        let kind = self.columns.kinds[doc as usize];
        let mut missed = if self.kinds.is_some_and(|kinds| kinds >> kind & 1 == 0) { TYPE } else { 0 };
        for (bit, codes, wanted) in [
            (THEME, &self.columns.themes, &self.themes),
            (AUDIENCE, &self.columns.audiences, &self.audiences),
            (TERRITORY, &self.columns.territories, &self.territories),
        ] {
            if wanted.as_ref().is_some_and(|wanted| !codes.of(doc).any(|code| wanted[code])) {
                missed |= bit;
            }
        }
        if !self.passes_situation(doc) {
            missed |= SITUATION;
        }
        Some(missed)
    }

    /// A record that has no situation passes none.
    fn passes_situation(&self, doc: DocId) -> bool {
        let situation = usize::from(self.situations[doc as usize]);
        self.wanted_situations.is_none_or(|wanted| situation < Situation::ALL.len() && wanted >> situation & 1 == 1)
    }

    /// A record without dates passes; one with a single day begins and ends on it.
    fn passes_dates(&self, doc: DocId) -> bool {
        if self.after.is_none() && self.before.is_none() {
            return true;
        }
        let or = |one: i64, other: i64| if one == NO_DAY { other } else { one };
        let (first, last) = (self.columns.first_days[doc as usize], self.columns.last_days[doc as usize]);
        let (first, last) = (or(first, last), or(last, first));
        let ends_too_soon = self.after.is_some_and(|after| last != NO_DAY && last < after);
        let starts_too_late = self.before.is_some_and(|before| first != NO_DAY && first > before);
        !ends_too_soon && !starts_too_late
    }
}

/// For each code of a segment, whether it is asked for; `None` when nothing is asked.
fn wanted<'a>(codes: &Codes, all: bool, asked: impl Iterator<Item = &'a str>) -> Option<Vec<bool>> {
    if all {
        return None;
    }
    let asked: HashSet<&str> = asked.collect();
    Some(codes.names.iter().map(|name| asked.contains(name.as_str())).collect())
}

/// Counts of one segment, by place in its lists of codes.
pub struct Counter<'a> {
    filter: Filter<'a>,
    kinds: Vec<u64>,
    themes: Vec<u64>,
    audiences: Vec<u64>,
    territories: Vec<u64>,
    situations: Vec<u64>,
}

impl<'a> Counter<'a> {
    pub fn new(filter: Filter<'a>) -> Self {
        let zeros = |codes: &Codes| vec![0; codes.names.len()];
        let columns = filter.columns;
        Self {
            kinds: vec![0; RecordType::ALL.len()],
            themes: zeros(&columns.themes),
            audiences: zeros(&columns.audiences),
            territories: zeros(&columns.territories),
            situations: vec![0; Situation::ALL.len()],
            filter,
        }
    }

    /// Counts a record that the words allow, and says whether every filter does.
    pub fn take(&mut self, doc: DocId) -> bool {
        let Some(missed) = self.filter.missed(doc) else { return false };
        let columns = self.filter.columns;
        // A facet counts what passes all filters but its own.
        if missed & !TYPE == 0
            && let Some(count) = self.kinds.get_mut(usize::from(columns.kinds[doc as usize]))
        {
            *count += 1;
        }
        for (bit, codes, counts) in [
            (THEME, &columns.themes, &mut self.themes),
            (AUDIENCE, &columns.audiences, &mut self.audiences),
            (TERRITORY, &columns.territories, &mut self.territories),
        ] {
            if missed & !bit == 0 {
                codes.of(doc).for_each(|code| counts[code] += 1);
            }
        }
        if missed & !SITUATION == 0
            && let Some(count) = self.situations.get_mut(usize::from(self.filter.situations[doc as usize]))
        {
            *count += 1;
        }
        missed == 0
    }

    /// Adds this segment's counts to the whole.
    pub fn add_to(self, facets: &mut Facets) {
        let columns = self.filter.columns;
        let kinds: Vec<String> = RecordType::ALL.iter().map(ToString::to_string).collect();
        let situations: Vec<String> = Situation::ALL.iter().map(ToString::to_string).collect();
        add(&mut facets.types, &kinds, &self.kinds);
        add(&mut facets.situations, &situations, &self.situations);
        add(&mut facets.themes, &columns.themes.names, &self.themes);
        add(&mut facets.audiences, &columns.audiences.names, &self.audiences);
        add(&mut facets.territories, &columns.territories.names, &self.territories);
    }
}

fn add(into: &mut BTreeMap<String, u64>, names: &[String], counts: &[u64]) {
    for (name, count) in names.iter().zip(counts).filter(|(_, count)| **count > 0) {
        *into.entry(name.clone()).or_default() += count;
    }
}
