//! Answering a query: words are counted, candidates and counts of filters are asked for in one request, candidates are ranked again.
//!
//! The order of results by relevance is whole and stable: what can still be joined before what is finished, of each the first
//! [`CANDIDATES`] in our own order, then the rest in that of Meilisearch.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;

use super::ask::{self, Ask, Counting};
use super::filter::{Facet, Filter};
use super::rank::{self, Counts};
use super::record::{KEY, LEXICON, RANKED, STEMS, Stored, TEXTS, WORDS, forgiven, key};
use super::server::Server;
use super::tallies::Tallies;
use super::wording::{Wording, as_written, wordings};
use crate::search::analysis::stem;
use crate::search::engines::asked::{self, Asked};
use crate::search::language::Said;
use crate::search::model::{Answer, Facets, Query, RecordType, Sort};
use crate::search::trouble::Trouble;

/// Records of each part that are ranked again; those after them stay in the server's order.
const CANDIDATES: u64 = 50;
const BY_DATE: [&str; 2] = ["day:desc", "title_key:asc"];
const LATEST: [&str; 2] = ["updated_at:desc", "title_key:asc"];

pub struct Search<'a> {
    server: &'a Server,
    tallies: &'a Tallies,
    index: &'a str,
    query: &'a Query,
    filter: Filter,
    said: Said,
    as_written: String,
}

impl<'a> Search<'a> {
    pub fn new(server: &'a Server, tallies: &'a Tallies, index: &'a str, query: &'a Query) -> Self {
        let said = Said::read(&query.text);
        Self { server, tallies, index, query, filter: Filter::new(query), as_written: as_written(&said), said }
    }

    pub async fn answer(&self) -> Result<Answer, Trouble> {
        let asked = asked::asked(&self.said.words);
        if self.query.visible.is_empty() {
            return Ok(nothing());
        }
        if self.query.text.trim().is_empty() || self.said.only_excludes() {
            let order = match self.query.sort {
                Sort::Date => &BY_DATE,
                Sort::Relevance => &LATEST,
            };
            return Ok(self.listed(None, order, &asked, &Counts::default()).await?.unwrap_or_else(nothing));
        }
        // Signs alone say nothing that a record has.
        if asked.is_empty() {
            return Ok(nothing());
        }
        let counts = self.counts(&asked).await?;
        for wording in wordings(&asked, &counts, self.query.sort == Sort::Date) {
            let found = match self.query.sort {
                Sort::Date => self.listed(Some(&wording), &BY_DATE, &asked, &counts).await?,
                Sort::Relevance => self.ranked(&wording, &asked, &counts).await?,
            };
            if let Some(answer) = found {
                return Ok(answer);
            }
        }
        Ok(nothing())
    }

    /// Of these records, those that an answer finds.
    pub async fn among(&self, records: &[(RecordType, String)]) -> Result<Vec<(RecordType, String)>, Trouble> {
        let asked = asked::asked(&self.said.words);
        if self.query.visible.is_empty() || records.is_empty() {
            return Ok(Vec::new());
        }
        if self.query.text.trim().is_empty() || self.said.only_excludes() {
            return self.kept(None, records).await;
        }
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let counts = self.counts(&asked).await?;
        for wording in wordings(&asked, &counts, self.query.sort == Sort::Date) {
            let all = self.worded(Some(&wording), self.filter.all());
            let mut asks = vec![all.clone().facets(Facet::ALL)];
            let counting = Counting::add_to(&mut asks, all, &self.filter, self.query.today);
            let found = ask::all(self.server, &asks).await?;
            // What other records say decides of the wording, as on the page.
            if self.is_found(found[0].total(), &counting.read(&found, 0)) {
                return self.kept(Some(&wording), records).await;
            }
        }
        Ok(Vec::new())
    }

    async fn kept(&self, wording: Option<&Wording>, records: &[(RecordType, String)]) -> Result<Vec<(RecordType, String)>, Trouble> {
        let keys: Vec<String> = records.iter().map(|(kind, id)| key(*kind, id)).collect();
        let ask = self.worded(wording, self.filter.of(keys.iter().map(String::as_str))).slice(0, keys.len() as u64, vec![KEY]);
        let found = ask::all(self.server, &[ask]).await?.remove(0).hits;
        let is_kept = |(_, name): &(&(RecordType, String), &String)| found.iter().any(|hit| hit.key == **name);
        Ok(records.iter().zip(&keys).filter(is_kept).map(|(record, _)| record.clone()).collect())
    }

    fn everything(&self, filter: String) -> Ask {
        Ask::everything(self.index, filter)
    }

    /// In how many of the records that the reader may see each word is.
    async fn counts(&self, asked: &[Asked]) -> Result<Counts, Trouble> {
        if asked.iter().all(|word| word.is_stop) {
            return Ok(Counts::default());
        }
        let all = self.everything(self.filter.visible());
        // In quotes a word is taken as it is: neither a typo nor a beginning.
        let mut asks: Vec<Ask> = asked.iter().map(|word| all.clone().text(format!("\"{}\"", stem(&word.exact)), &STEMS)).collect();
        asks.push(all.clone());
        let prefix = asked.last().and_then(|word| word.prefix.clone());
        asks.extend(prefix.map(|prefix| all.clone().text(prefix, &[STEMS[0], STEMS[1], STEMS[2], STEMS[3], WORDS])));
        let found = self.tallies.totals(self.server, &asks).await?;
        let mut counts = Counts {
            records: found[asked.len()],
            beginnings: found.get(asked.len() + 1).copied(),
            words: found[..asked.len()].to_vec(),
            near: HashMap::new(),
        };
        let rare: Vec<usize> = (0..asked.len()).filter(|place| asked[*place].may_be_typo() && counts.is_rare(*place)).collect();
        if !rare.is_empty() {
            // The blank at the end says that the word is whole.
            let asks: Vec<Ask> = rare.iter().map(|place| all.clone().text(format!("{} ", forgiven(&asked[*place].exact)), &[LEXICON])).collect();
            counts.near = rare.into_iter().zip(self.tallies.totals(self.server, &asks).await?).collect();
        }
        Ok(counts)
    }

    /// A page in an order that Meilisearch makes; none when nothing is found.
    async fn listed(&self, wording: Option<&Wording>, order: &[&'static str], asked: &[Asked], counts: &Counts) -> Result<Option<Answer>, Trouble> {
        let all = self.worded(wording, self.filter.all());
        let page = self.query.page;
        let shown = RANKED.into_iter().chain(TEXTS.into_iter().skip(1)).collect();
        let mut asks = vec![all.clone().facets(Facet::ALL).page(page.number, page.size, shown).sort(order)];
        let counting = Counting::add_to(&mut asks, all, &self.filter, self.query.today);
        let mut found = ask::all(self.server, &asks).await?;
        let facets = counting.read(&found, 0);
        let total = found[0].total();
        let hits = std::mem::take(&mut found[0].hits);
        Ok(self.is_found(total, &facets).then(|| self.shown(hits, asked, counts, total, facets)))
    }

    /// A page in our own order; none when nothing is found.
    async fn ranked(&self, wording: &Wording, asked: &[Asked], counts: &Counts) -> Result<Option<Answer>, Trouble> {
        let all = self.worded(Some(wording), self.filter.all());
        let open = self.worded(Some(wording), if self.filter.may_be_closed { self.filter.open() } else { self.filter.all() });
        let Range { start: offset, end } = self.wanted();
        let first = |ask: Ask, is_wanted: bool| ask.page(1, if is_wanted { CANDIDATES as u32 } else { 0 }, RANKED.to_vec());
        let mut asks = vec![all.clone().facets(Facet::ALL)];
        let counting = Counting::add_to(&mut asks, all, &self.filter, self.query.today);
        // Side by side: counting takes the server as long as finding does.
        let first = [first(open.clone(), offset < CANDIDATES)];
        let (found, mut first) = tokio::try_join!(ask::all(self.server, &asks), ask::all(self.server, &first))?;
        let facets = counting.read(&found, 0);
        let (total, open_total) = (found[0].total(), first[0].total());
        if !self.is_found(total, &facets) {
            return Ok(None);
        }
        let wanted = offset.min(total)..end.min(total);
        let of_open = wanted.start.min(open_total)..wanted.end.min(open_total);
        let of_closed = wanted.start.saturating_sub(open_total)..wanted.end.saturating_sub(open_total);
        let candidates = std::mem::take(&mut first[0].hits);
        let mut hits = self.part(open, Some(candidates), of_open, asked, counts).await?;
        if !of_closed.is_empty() {
            hits.extend(self.part(self.worded(Some(wording), self.filter.closed()), None, of_closed, asked, counts).await?);
        }
        self.add_texts(&mut hits).await?;
        Ok(Some(self.shown(hits, asked, counts, total, facets)))
    }

    /// The places of the page in the order of results.
    fn wanted(&self) -> Range<u64> {
        let offset = u64::try_from(self.query.page.offset()).unwrap_or(0);
        offset..offset.saturating_add(u64::from(self.query.page.size))
    }

    /// The records of one part in a range of its order: the first candidates in ours, the rest in the server's.
    async fn part(
        &self,
        ask: Ask,
        candidates: Option<Vec<Stored>>,
        wanted: Range<u64>,
        asked: &[Asked],
        counts: &Counts,
    ) -> Result<Vec<Stored>, Trouble> {
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let mut asks = Vec::new();
        let is_missing = candidates.as_ref().is_none_or(Vec::is_empty);
        if wanted.start < CANDIDATES && is_missing {
            asks.push(ask.clone().slice(0, CANDIDATES, RANKED.to_vec()));
        }
        if wanted.end > CANDIDATES {
            asks.push(ask.slice(wanted.start.max(CANDIDATES), wanted.end, RANKED.to_vec()));
        }
        let mut found = ask::all(self.server, &asks).await?.into_iter().map(|found| found.hits);
        let mut records = Vec::new();
        if wanted.start < CANDIDATES {
            let candidates = if is_missing { found.next() } else { candidates }.unwrap_or_default();
            let take = (wanted.end.min(CANDIDATES) - wanted.start) as usize;
            records.extend(in_our_order(candidates, asked, counts).into_iter().skip(wanted.start as usize).take(take));
        }
        records.extend(found.next().unwrap_or_default());
        Ok(records)
    }

    /// Fetches what the snippets of a page are cut from: candidates come without.
    async fn add_texts(&self, hits: &mut [Stored]) -> Result<(), Trouble> {
        if hits.is_empty() {
            return Ok(());
        }
        let ask = self.everything(self.filter.keys(hits.iter().map(|hit| hit.key.as_str())));
        let mut texts = ask::all(self.server, &[ask.slice(0, hits.len() as u64, TEXTS.to_vec())]).await?.remove(0).hits;
        for hit in hits {
            if let Some(text) = texts.iter_mut().find(|text| text.key == hit.key) {
                (hit.summary, hit.body) = (std::mem::take(&mut text.summary), std::mem::take(&mut text.body));
            }
        }
        Ok(())
    }

    fn worded(&self, wording: Option<&Wording>, filter: String) -> Ask {
        let ask = self.everything(filter);
        let ask = match wording {
            Some(wording) => ask.words(wording),
            None => ask,
        };
        ask.with(&self.as_written)
    }

    /// Filters that leave nothing are an answer too, when the words alone would find something.
    fn is_found(&self, total: u64, facets: &Facets) -> bool {
        total > 0 || *facets != Facets::default()
    }

    fn shown(&self, hits: Vec<Stored>, asked: &[Asked], counts: &Counts, total: u64, facets: Facets) -> Answer {
        let marks = asked::marks(&rank::with_corrections(asked, counts, &hits));
        let shown = |mut hit: Stored| {
            let snippet = marks.snippet(&std::mem::take(&mut hit.summary), &std::mem::take(&mut hit.body));
            hit.hit(snippet)
        };
        Answer { hits: hits.into_iter().filter_map(shown).collect(), total, facets, did_you_mean: None }
    }
}

/// Best first, then latest, then by title.
fn in_our_order(candidates: Vec<Stored>, asked: &[Asked], counts: &Counts) -> Vec<Stored> {
    let scores = rank::scores(asked, counts, &candidates);
    // Scores are never negative, so their bits sort as they do.
    let mut scored: Vec<(Reverse<u32>, Stored)> = scores.into_iter().map(|score| Reverse(score.to_bits())).zip(candidates).collect();
    scored.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| b.1.updated_at.cmp(&a.1.updated_at)).then_with(|| a.1.title_key.cmp(&b.1.title_key)));
    scored.into_iter().map(|(_, stored)| stored).collect()
}

pub fn nothing() -> Answer {
    Answer { hits: Vec::new(), total: 0, facets: Facets::default(), did_you_mean: None }
}
