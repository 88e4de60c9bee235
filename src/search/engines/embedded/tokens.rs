//! Cutting texts into terms as tantivy reads them: a word costs a look into a table of those already met.

use std::collections::HashMap;

use tantivy::Index;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use crate::search::analysis::{self, Forms};
use crate::search::config::Config;
use crate::search::engines::asked::stem_term;

/// Every word, stop words included: a query of stop words alone looks in titles only.
pub const TITLE: &str = "title";
/// The words that say something: elsewhere stop words would only weigh.
pub const TEXT: &str = "text";
/// The first of them.
pub const LEAD: &str = "lead";
/// Those of a text once each.
pub const LEXICON: &str = "lexicon";

/// Words that are remembered; a text has some hundreds, a corpus some tens of thousands.
const MOST_KNOWN: usize = 50_000;

pub fn register(index: &Index) {
    let text = Words { keeps_stops: false, once: false, most: usize::MAX, known: Known::default(), terms: Terms::default() };
    let tokenizers = index.tokenizers();
    tokenizers.register(TITLE, Words { keeps_stops: true, ..text.clone() });
    tokenizers.register(LEAD, Words { most: Config::get().settings.lead, ..text.clone() });
    tokenizers.register(LEXICON, Words { once: true, ..text.clone() });
    tokenizers.register(TEXT, text);
}

/// Each word, its stem, and the compound that it begins, at one position.
pub struct Words {
    keeps_stops: bool,
    /// A text's terms once each: where they stand does not matter.
    once: bool,
    most: usize,
    known: Known,
    terms: Terms,
}

impl Clone for Words {
    /// What a thread remembers is its own.
    fn clone(&self) -> Self {
        Self { known: Known::default(), terms: Terms::default(), ..*self }
    }
}

/// The forms of the words already met, and the last text that had each.
#[derive(Default)]
struct Known {
    places: HashMap<Box<str>, Option<usize>>,
    words: Vec<(Forms, String)>,
    last_text: Vec<u64>,
    texts: u64,
}

impl Known {
    fn place(&mut self, written: &str) -> Option<usize> {
        if let Some(place) = self.places.get(written) {
            return *place;
        }
        let place = Forms::of(written).map(|forms| {
            let term = stem_term(&forms.stem);
            self.words.push((forms, term));
            self.last_text.push(0);
            self.words.len() - 1
        });
        self.places.insert(written.into(), place);
        place
    }

    fn begin_text(&mut self) {
        if self.places.len() > MOST_KNOWN {
            *self = Self { texts: self.texts, ..Self::default() };
        }
        self.texts += 1;
    }
}

/// The terms of one text, one after the other in one string.
#[derive(Default)]
struct Terms {
    letters: String,
    /// Where each ends, and its position.
    ends: Vec<(usize, u32)>,
}

impl Terms {
    fn push(&mut self, term: &str, position: u32) {
        self.letters.push_str(term);
        self.ends.push((self.letters.len(), position));
    }
}

impl Words {
    fn cut(&mut self, text: &str) {
        self.terms.letters.clear();
        self.terms.ends.clear();
        self.known.begin_text();
        let (mut position, mut kept) = (0, 0);
        let mut previous: Option<usize> = None;
        for span in analysis::spans(text) {
            let Some(place) = self.known.place(&text[span.start..span.end]) else { continue };
            let (forms, stem) = &self.known.words[place];
            if let Some(previous) = previous.map(|place| &self.known.words[place].0)
                && forms.joins(previous, span)
            {
                let compound = format!("{}{}", previous.exact, forms.exact);
                self.terms.push(&stem_term(&analysis::stem(&compound)), position - 1);
                self.terms.push(&compound, position - 1);
            }
            previous = Some(place);
            let is_new = !self.once || std::mem::replace(&mut self.known.last_text[place], self.known.texts) != self.known.texts;
            if is_new && (self.keeps_stops || !forms.is_stop) {
                self.terms.push(&forms.exact, position);
                if !forms.is_stop {
                    self.terms.push(stem, position);
                }
            }
            position += u32::from(!forms.is_stop);
            kept += usize::from(!forms.is_stop);
            if kept == self.most {
                return;
            }
        }
    }
}

impl Tokenizer for Words {
    type TokenStream<'a> = Stream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Stream<'a> {
        self.cut(text);
        Stream { terms: &self.terms, next: 0, token: Token::default() }
    }
}

pub struct Stream<'a> {
    terms: &'a Terms,
    next: usize,
    token: Token,
}

impl TokenStream for Stream<'_> {
    fn advance(&mut self) -> bool {
        let Some(&(end, position)) = self.terms.ends.get(self.next) else { return false };
        let start = self.next.checked_sub(1).map_or(0, |before| self.terms.ends[before].0);
        self.token.text.clear();
        self.token.text.push_str(&self.terms.letters[start..end]);
        self.token.position = position as usize;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}
