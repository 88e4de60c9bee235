//! Reading what the index knows of a word in one segment.

use tantivy::postings::{Postings, SegmentPostings};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, SegmentReader, TERMINATED, Term};

use super::columns::{Columns, has};
use super::schema::Fields;
use crate::search::analysis;
use crate::search::engines::asked::{Way, stem_term};
use crate::search::engines::scoring::{bits, dilution};
use crate::search::language::Said;

/// The records of one segment that the reader may see.
pub struct Seen<'a> {
    pub segment: &'a SegmentReader,
    pub columns: &'a Columns,
    pub bits: Vec<u64>,
}

impl Seen<'_> {
    pub fn has(&self, doc: DocId) -> bool {
        has(&self.bits, doc) && !self.segment.is_deleted(doc)
    }

    pub fn all(&self) -> impl Iterator<Item = DocId> + '_ {
        (0..self.segment.max_doc()).filter(|doc| self.has(*doc))
    }
}

/// How a record matches one way: how often, weighted by field, and where in its title.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Matched {
    pub doc: DocId,
    pub frequency: f32,
    /// One bit per place in the title, as far as the 64th word.
    pub title: u64,
}

/// Room to add up a segment's matches, used again for each way.
pub struct Sums {
    frequency: Vec<f32>,
    title: Vec<u64>,
    touched: Vec<DocId>,
}

impl Sums {
    pub fn new(segment: &SegmentReader) -> Self {
        let records = segment.max_doc() as usize;
        Self { frequency: vec![0.0; records], title: vec![0; records], touched: Vec::new() }
    }

    fn add(&mut self, doc: DocId, frequency: f32, title: u64) {
        let sum = &mut self.frequency[doc as usize];
        if *sum == 0.0 {
            self.touched.push(doc);
        }
        *sum += frequency;
        self.title[doc as usize] |= title;
    }

    /// Merges scored records into others, the better of two for one that is in both.
    pub fn merge_best(&mut self, into: &mut Vec<(DocId, f32, u64)>, scored: impl Iterator<Item = (DocId, f32, u64)>) {
        for (doc, score, title) in into.drain(..) {
            self.add(doc, score, title);
        }
        for (doc, score, title) in scored {
            let known = self.frequency[doc as usize];
            self.add(doc, (score - known).max(0.0), title);
        }
        into.extend(self.drain().into_iter().map(|matched| (matched.doc, matched.frequency, matched.title)));
    }

    fn drain(&mut self) -> Vec<Matched> {
        let Self { frequency, title, touched } = self;
        touched
            .drain(..)
            .map(|doc| Matched { doc, frequency: std::mem::take(&mut frequency[doc as usize]), title: std::mem::take(&mut title[doc as usize]) })
            .collect()
    }
}

/// The records that match a word in one way.
pub fn matched(way: &Way, seen: &Seen, fields: &Fields, sums: &mut Sums) -> tantivy::Result<Vec<Matched>> {
    for (place, (field, weight)) in fields.searched().into_iter().enumerate() {
        let index = seen.segment.inverted_index(field)?;
        let (norms, average) = &seen.columns.norms[place];
        let in_title = field == fields.title;
        let add = |sums: &mut Sums, doc: DocId, frequency: f32, title: u64| {
            let dilution = dilution(weight.length, norms.fieldnorm(doc) as f32, *average);
            sums.add(doc, frequency * weight.weight / dilution, title);
        };
        let mut positions = Vec::new();
        for (term, worth) in &way.terms {
            let option = if in_title { IndexRecordOption::WithFreqsAndPositions } else { IndexRecordOption::WithFreqs };
            let Some(mut postings) = index.read_postings(&Term::from_field_text(field, term), option)? else { continue };
            while postings.doc() != TERMINATED {
                let doc = postings.doc();
                if seen.has(doc) {
                    let mut places = 0;
                    if in_title {
                        postings.positions(&mut positions);
                        places = bits(&positions);
                    }
                    add(sums, doc, worth * postings.term_freq() as f32, places);
                }
                postings.advance();
            }
        }
        for phrase in &way.phrases {
            let read = |stem: &String| index.read_postings(&Term::from_field_text(field, &stem_term(stem)), IndexRecordOption::WithFreqsAndPositions);
            let postings: Vec<Option<SegmentPostings>> = phrase.iter().map(read).collect::<Result<_, _>>()?;
            if let Some(postings) = postings.into_iter().collect() {
                each_phrase(postings, seen, |doc, starts| {
                    let spread = (0..phrase.len()).fold(0, |places, shift| places | bits(starts) << shift);
                    add(sums, doc, starts.len() as f32, if in_title { spread } else { 0 });
                });
            }
        }
    }
    Ok(sums.drain())
}

/// Leaves of the records those that have what the query wants as it is written, and nothing that it excludes.
pub fn keep_said(seen: &mut [Seen], said: &Said, fields: &Fields) -> tantivy::Result<()> {
    for seen in seen {
        for phrase in &said.phrases {
            let having = having(&phrase.iter().map(String::as_str).collect::<Vec<_>>(), seen, fields)?;
            seen.bits.iter_mut().zip(having).for_each(|(bits, having)| *bits &= having);
        }
        for phrase in &said.without {
            // One word is excluded in all its forms.
            let stem = stem_term(&analysis::stem(&phrase[0]));
            let terms: Vec<&str> = if let [_] = phrase.as_slice() { vec![&stem] } else { phrase.iter().map(String::as_str).collect() };
            let having = having(&terms, seen, fields)?;
            seen.bits.iter_mut().zip(having).for_each(|(bits, having)| *bits &= !having);
        }
    }
    Ok(())
}

/// One bit for each record that has the terms one after the other in one of its fields.
fn having(terms: &[&str], seen: &Seen, fields: &Fields) -> tantivy::Result<Vec<u64>> {
    let mut bits = vec![0u64; seen.bits.len()];
    for field in [fields.title, fields.summary, fields.names, fields.body] {
        let index = seen.segment.inverted_index(field)?;
        let read = |term: &&str| index.read_postings(&Term::from_field_text(field, term), IndexRecordOption::WithFreqsAndPositions);
        let postings: Vec<Option<SegmentPostings>> = terms.iter().map(read).collect::<Result<_, _>>()?;
        if let Some(postings) = postings.into_iter().collect() {
            each_phrase(postings, seen, |doc, _| bits[doc as usize / 64] |= 1 << (doc % 64));
        }
    }
    Ok(bits)
}

/// Calls `found` with each visible record where the terms follow one another, and where they begin.
fn each_phrase(mut postings: Vec<SegmentPostings>, seen: &Seen, mut found: impl FnMut(DocId, &[u32])) {
    // The rarest leads; its place in the phrase is kept.
    let Some(rarest) = (0..postings.len()).min_by_key(|place| postings[*place].size_hint()) else { return };
    let mut positions = Vec::new();
    let mut doc = postings[rarest].doc();
    while doc != TERMINATED {
        let all_there = seen.has(doc)
            && postings.iter_mut().all(|list| {
                let at = if list.doc() < doc { list.seek(doc) } else { list.doc() };
                at == doc
            });
        if all_there {
            let mut starts: Option<Vec<u32>> = None;
            for (shift, list) in (0u32..).zip(&mut postings) {
                list.positions(&mut positions);
                starts = Some(match starts {
                    None => positions.clone(),
                    Some(starts) => starts.into_iter().filter(|start| positions.binary_search(&(start + shift)).is_ok()).collect(),
                });
            }
            if let Some(starts) = starts.filter(|starts| !starts.is_empty()) {
                found(doc, &starts);
            }
        }
        doc = postings[rarest].advance();
    }
}
