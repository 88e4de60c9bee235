//! The piece of a text that shows why it was found, escaped, with what matched marked.

use std::collections::{HashMap, HashSet};

use super::analysis::{Span, fold_word, spans, stem};
use super::config::Config;

/// Length of a snippet, in bytes of text.
const LENGTH: usize = 200;
/// How much of a text is looked at: what matters comes early, and texts may be long.
pub const LOOKED_AT: usize = 20_000;

/// What to mark: each form leads to the word of the query that it answers.
#[derive(Clone, Debug, Default)]
pub struct Marks {
    stems: HashMap<String, usize>,
    words: HashMap<String, usize>,
    prefixes: Vec<(String, usize)>,
    phrases: Vec<(Vec<String>, usize)>,
    /// First two bytes of all of these: most words of a text are told apart by them, without being stemmed.
    initials: HashSet<[u8; 2]>,
}

struct Mark {
    start: usize,
    end: usize,
    word: usize,
}

impl Marks {
    pub fn stem(&mut self, stem: &str, word: usize) {
        self.initials.insert(initial(stem));
        self.stems.entry(stem.to_owned()).or_insert(word);
    }

    pub fn word(&mut self, exact: &str, word: usize) {
        self.initials.insert(initial(exact));
        self.words.entry(exact.to_owned()).or_insert(word);
    }

    pub fn prefix(&mut self, prefix: &str, word: usize) {
        self.initials.insert(initial(prefix));
        self.prefixes.push((prefix.to_owned(), word));
    }

    pub fn phrase(&mut self, stems: &[String], word: usize) {
        if let Some(first) = stems.first() {
            self.initials.insert(initial(first));
            self.phrases.push((stems.to_vec(), word));
        }
    }

    /// The best piece of the summary or else of the body; the beginning when nothing matches.
    pub fn snippet(&self, summary: &str, body: &str) -> String {
        let (summary, body) = (head(summary, LOOKED_AT), head(body, LOOKED_AT));
        let best = |text: &str| {
            let marks = self.find(text);
            let (value, place) = best_window(&marks);
            (value, place, marks)
        };
        let from_summary = best(summary);
        let from_body = best(body);
        // The summary was written to be read: the body must have more of the query's words to take its place.
        let (text, (value, place, marks)) = if from_body.0 > from_summary.0 { (body, from_body) } else { (summary, from_summary) };
        if value == 0 {
            let text = if summary.trim().is_empty() { body } else { summary };
            return render(text, 0, &[]);
        }
        let first = &marks[place];
        let last = marks[place..].iter().take_while(|mark| mark.end <= first.start + LENGTH).last().unwrap_or(first);
        let before = LENGTH.saturating_sub(last.end - first.start) / 3;
        render(text, first.start.saturating_sub(before), &marks)
    }

    fn find(&self, text: &str) -> Vec<Mark> {
        let mut marks: Vec<Mark> = Vec::new();
        if self.initials.is_empty() {
            return marks;
        }
        let words: Vec<Span> = spans(text).collect();
        for (place, span) in words.iter().enumerate() {
            let folded = fold_word(&text[span.start..span.end]);
            if !self.initials.contains(&initial(&folded)) || marks.last().is_some_and(|mark| mark.end > span.start) {
                continue;
            }
            if let Some((end, word)) = self.phrase_at(text, &words[place..]) {
                marks.push(Mark { start: span.start, end, word });
            } else if let Some(word) = self.match_word(&folded) {
                marks.push(Mark { start: span.start, end: span.end, word });
            }
        }
        marks
    }

    fn match_word(&self, folded: &str) -> Option<usize> {
        self.words
            .get(folded)
            .or_else(|| self.stems.get(&stem(folded)))
            .copied()
            .or_else(|| self.prefixes.iter().find(|(prefix, _)| folded.starts_with(prefix.as_str())).map(|(_, word)| *word))
    }

    /// Where the phrase that begins here ends, stop words skipped inside it.
    fn phrase_at(&self, text: &str, words: &[Span]) -> Option<(usize, usize)> {
        self.phrases.iter().find_map(|(phrase, word)| {
            let mut expected = phrase.iter();
            let mut end = 0;
            for span in words.iter().take(phrase.len() * 3) {
                let folded = fold_word(&text[span.start..span.end]);
                if Config::get().is_stop(&folded) {
                    continue;
                }
                match expected.next() {
                    Some(next) if *next == stem(&folded) => end = span.end,
                    Some(_) => return None,
                    None => break,
                }
            }
            expected.next().is_none().then_some((end, *word))
        })
    }
}

fn initial(word: &str) -> [u8; 2] {
    let bytes = word.as_bytes();
    [bytes.first().copied().unwrap_or_default(), bytes.get(1).copied().unwrap_or_default()]
}

fn head(text: &str, length: usize) -> &str {
    &text[..text.floor_char_boundary(length)]
}

/// The first mark of the window with most different words, then most marks; and that window's value, 0 without marks.
fn best_window(marks: &[Mark]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut different = HashSet::new();
    for (place, first) in marks.iter().enumerate() {
        different.clear();
        let inside = marks[place..].iter().take_while(|mark| mark.end <= first.start + LENGTH);
        let count = inside.map(|mark| different.insert(mark.word)).count();
        let value = different.len() * 100 + count.min(9);
        if value > best.0 {
            best = (value, place);
        }
    }
    best
}

/// About [`LENGTH`] bytes from `from`, cut between words, escaped and marked.
fn render(text: &str, from: usize, marks: &[Mark]) -> String {
    let mut start = if from < 30 { 0 } else { text.floor_char_boundary(from) };
    let mut end = text.floor_char_boundary(start + LENGTH);
    if start > 0 {
        start = text[start..].find(char::is_whitespace).map_or(start, |space| start + space);
    }
    if let Some(mark) = marks.iter().find(|mark| mark.start < end && mark.end > end) {
        end = mark.end;
    } else if text.len() - end > 20 {
        end = text[start..end].rfind(char::is_whitespace).filter(|space| *space > LENGTH / 2).map_or(end, |space| start + space);
    } else {
        end = text.len();
    }
    let mut html = String::with_capacity(LENGTH + 80);
    html.push_str(if start > 0 { "… " } else { "" });
    let mut at = start;
    for mark in marks.iter().filter(|mark| mark.start >= start && mark.end <= end) {
        escape(&text[at..mark.start], &mut html);
        html.push_str("<mark>");
        escape(&text[mark.start..mark.end], &mut html);
        html.push_str("</mark>");
        at = mark.end;
    }
    escape(&text[at..end], &mut html);
    let mut html = html.trim().to_owned();
    if end < text.len() {
        html.push_str(" …");
    }
    html
}

/// Line ends and runs of blanks become one space; apostrophes need no escape between tags.
fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            c if c.is_control() || c == ' ' => {
                if !html.ends_with(' ') {
                    html.push(' ');
                }
            }
            c => html.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::search::analysis;

    fn marks(query: &str) -> Marks {
        let mut marks = Marks::default();
        for (place, stem) in analysis::stems(query).iter().enumerate() {
            marks.stem(stem, place);
        }
        marks
    }

    #[test]
    fn original_accents_and_apostrophes_stay() {
        assert_eq!(marks("prevention aine").snippet("La Prévention de l’aîné.", ""), "La <mark>Prévention</mark> de l’<mark>aîné</mark>.");
    }

    #[test]
    fn text_is_escaped_and_only_marks_are_markup() {
        let html = marks("script").snippet("<script>alert(\"x\")</script> & co", "");
        assert_eq!(html, "&lt;<mark>script</mark>&gt;alert(&quot;x&quot;)&lt;/<mark>script</mark>&gt; &amp; co");
    }

    #[test]
    fn the_piece_with_most_of_the_query_is_shown_between_words() {
        let body = format!("{} le budget seul. {} un atelier budget pour tous. {}", "mot ".repeat(90), "mot ".repeat(90), "fin ".repeat(90));
        let html = marks("ateliers budgets").snippet("Sans rapport.", &body);
        assert!(html.starts_with("… mot") && html.ends_with(" …"), "{html}");
        assert!(html.contains("<mark>atelier</mark> <mark>budget</mark>"), "{html}");
    }

    #[test]
    fn phrases_are_marked_whole_and_nothing_found_shows_the_beginning() {
        let mut marks = Marks::default();
        marks.phrase(&analysis::stems("revenu de solidarité active"), 0);
        assert_eq!(marks.snippet("Le revenu de solidarité active.", ""), "Le <mark>revenu de solidarité active</mark>.");
        assert_eq!(marks.snippet("Le revenu.", "corps"), "Le revenu.");
        assert_eq!(marks.snippet("", "corps"), "corps");
    }

    proptest::proptest! {
        #[test]
        fn any_text_gives_safe_html(summary in ".*", body in ".*", query in "\\w{1,6}") {
            let html = marks(&query).snippet(&summary, &body).replace("<mark>", "").replace("</mark>", "");
            proptest::prop_assert!(!html.contains(['<', '>']));
        }
    }
}
