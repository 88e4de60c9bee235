//! What completes the words being typed, and what may have been meant when nothing is found.

use std::collections::HashSet;

use tantivy::postings::Postings;
use tantivy::schema::{IndexRecordOption, Value};
use tantivy::{DocAddress, DocSet, TERMINATED, TantivyDocument, Term};

use super::expand;
use super::generation::Snapshot;
use super::postings::Seen;
use crate::kernel::text::fold;
use crate::search::analysis::{self, Word};
use crate::search::engines::asked::stem_term;
use crate::search::language::Said;
use crate::search::model::Suggestion;

/// Words of a title box; more are not needed to find one.
const MOST_WORDS: usize = 12;

/// A title that has every word.
struct Candidate {
    /// Place of the word being typed in the title, then the title's length: "budget" before "atelier budget".
    order: (u32, u64, String),
    address: DocAddress,
}

pub fn suggest(text: &str, seen: &[Seen], snapshot: &Snapshot, limit: usize) -> tantivy::Result<Vec<Suggestion>> {
    let mut words = analysis::words(text);
    words.truncate(MOST_WORDS);
    let Some((last, others)) = words.split_last() else { return Ok(Vec::new()) };
    let others: Vec<&Word> = others.iter().filter(|word| !word.is_stop).collect();
    let mut candidates = candidates(std::slice::from_ref(&last.exact), &others, seen, snapshot)?;
    if candidates.is_empty() && last.exact.chars().count() >= 4 {
        let nearly: Vec<String> = expand::corrections(&last.exact, 1, true, snapshot)?.into_iter().map(|near| near.word).collect();
        candidates = self::candidates(&nearly, &others, seen, snapshot)?;
    }
    candidates.sort_by(|a, b| a.order.cmp(&b.order));
    let mut titles = HashSet::new();
    let mut suggestions = Vec::new();
    for candidate in candidates {
        if suggestions.len() == limit {
            break;
        }
        let columns = seen[candidate.address.segment_ord as usize].columns;
        let (Some(kind), document) = (columns.record_type(candidate.address.doc_id), snapshot.searcher.doc::<TantivyDocument>(candidate.address)?)
        else {
            continue;
        };
        let shown = |field| document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let title = shown(snapshot.fields.shown.title);
        if titles.insert(fold(&title)) {
            suggestions.push(Suggestion { text: title, kind, url: shown(snapshot.fields.shown.url) });
        }
    }
    Ok(suggestions)
}

fn candidates(beginnings: &[String], others: &[&Word], seen: &[Seen], snapshot: &Snapshot) -> tantivy::Result<Vec<Candidate>> {
    let title = snapshot.fields.title;
    let mut candidates = Vec::new();
    for (segment, seen) in (0u32..).zip(seen) {
        let index = seen.segment.inverted_index(title)?;
        let mut had = vec![0u32; seen.segment.max_doc() as usize];
        for (place, word) in others.iter().enumerate() {
            for term in [&word.exact, &stem_term(&word.stem)] {
                let Some(mut postings) = index.read_postings(&Term::from_field_text(title, term), IndexRecordOption::Basic)? else { continue };
                while postings.doc() != TERMINATED {
                    had[postings.doc() as usize] |= 1 << place;
                    postings.advance();
                }
            }
        }
        let all = (1u32 << others.len()) - 1;
        let mut first_place = vec![u32::MAX; had.len()];
        let mut positions = Vec::new();
        for beginning in beginnings {
            let mut stream = index.terms().range().ge(beginning).into_stream()?;
            while stream.advance() && stream.key().starts_with(beginning.as_bytes()) {
                let mut postings = index.read_postings_from_terminfo(stream.value(), IndexRecordOption::WithFreqsAndPositions)?;
                while postings.doc() != TERMINATED {
                    let doc = postings.doc();
                    if had[doc as usize] == all && seen.has(doc) {
                        postings.positions(&mut positions);
                        let place = &mut first_place[doc as usize];
                        *place = positions.first().copied().unwrap_or(0).min(*place);
                    }
                    postings.advance();
                }
            }
        }
        for (doc, place) in (0u32..).zip(first_place).filter(|(_, place)| *place != u32::MAX) {
            let length = seen.columns.title_words.first(doc).unwrap_or_default();
            candidates.push(Candidate { order: (place, length, seen.columns.title_key(doc)), address: DocAddress::new(segment, doc) });
        }
    }
    Ok(candidates)
}

/// The text with its unknown words replaced by near ones that the reader's records have; `None` when there is nothing to replace.
pub fn did_you_mean(text: &str, seen: &[Seen], snapshot: &Snapshot) -> tantivy::Result<Option<String>> {
    let mut meant = String::new();
    let mut at = 0;
    let mut changed = false;
    // What is excluded is blank there, at the same places.
    for word in analysis::words(&Said::read(text).words).iter().take(MOST_WORDS).filter(|word| !word.is_stop && word.exact.chars().count() >= 4) {
        if written(&word.exact, seen, snapshot)?.is_some() {
            continue;
        }
        // One more letter wrong than search itself forgives.
        for near in expand::corrections(&word.exact, 2, false, snapshot)? {
            if let Some(written) = written(&near.word, seen, snapshot)? {
                meant.push_str(&text[at..word.start]);
                meant.push_str(&written);
                (at, changed) = (word.end, true);
                break;
            }
        }
    }
    meant.push_str(&text[at..]);
    Ok(changed.then_some(meant))
}

/// How a visible record writes a folded word, accents included.
fn written(exact: &str, seen: &[Seen], snapshot: &Snapshot) -> tantivy::Result<Option<String>> {
    let fields = &snapshot.fields;
    for (segment, seen) in (0u32..).zip(seen) {
        let index = seen.segment.inverted_index(fields.lexicon)?;
        let Some(mut postings) = index.read_postings(&Term::from_field_text(fields.lexicon, exact), IndexRecordOption::Basic)? else { continue };
        while postings.doc() != TERMINATED && !seen.has(postings.doc()) {
            postings.advance();
        }
        if postings.doc() == TERMINATED {
            continue;
        }
        let document: TantivyDocument = snapshot.searcher.doc(DocAddress::new(segment, postings.doc()))?;
        for field in [fields.shown.title, fields.shown.summary, fields.shown.body] {
            let text = document.get_first(field).and_then(|value| value.as_str()).unwrap_or_default();
            if let Some(word) = analysis::words(text).iter().find(|word| word.exact == exact) {
                return Ok(Some(text[word.start..word.end].to_lowercase()));
            }
        }
        return Ok(Some(exact.to_owned()));
    }
    Ok(None)
}
