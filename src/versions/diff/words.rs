//! Two texts compared word by word, as French cuts its words.

use std::collections::HashMap;
use std::time::Instant;

use similar::{Algorithm, DiffTag, capture_diff_slices_deadline};
use unicode_normalization::char::is_combining_mark;

use super::{Fate, Piece};

/// What becomes of each word of two texts. Past the deadline, the rest is replaced whole.
pub fn words(old: &str, new: &str, deadline: Instant) -> Vec<Piece> {
    let (old, new) = (tokens(old), tokens(new));
    // Numbers compare faster than words.
    let mut known = HashMap::new();
    let (old_numbers, new_numbers) = (numbered(&old, &mut known), numbered(&new, &mut known));
    let mut runs = Runs::default();
    for op in capture_diff_slices_deadline(Algorithm::Myers, &old_numbers, &new_numbers, Some(deadline)) {
        let (removed, added) = (old[op.old_range()].concat(), new[op.new_range()].concat());
        match op.tag() {
            DiffTag::Equal => runs.keep(added),
            _ => runs.change(&removed, &added),
        }
    }
    runs.pieces()
}

fn numbered<'t>(tokens: &[&'t str], known: &mut HashMap<&'t str, usize>) -> Vec<usize> {
    let mut number = |token| {
        let next = known.len();
        *known.entry(token).or_insert(next)
    };
    tokens.iter().map(|token| number(*token)).collect()
}

/// Words, spaces and signs, in order and without loss. « l’accueil » is two words, « demi-journée » and « 12,5 » are one.
fn tokens(text: &str) -> Vec<&str> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let mut tokens = Vec::new();
    let mut from = 0;
    for place in 1..chars.len() {
        if is_cut(&chars, place) {
            tokens.push(&text[from..chars[place].0]);
            from = chars[place].0;
        }
    }
    if from < text.len() {
        tokens.push(&text[from..]);
    }
    tokens
}

/// Does a word, a space or a sign begin here?
fn is_cut(chars: &[(usize, char)], place: usize) -> bool {
    let at = |place: usize| chars.get(place).map(|(_, c)| *c);
    let between = |place: usize, belongs: fn(char) -> bool| place > 0 && at(place - 1).is_some_and(belongs) && at(place + 1).is_some_and(belongs);
    let joins = |place: usize| match at(place) {
        Some('-' | '\u{2010}' | '\u{2011}' | '·' | '_') => between(place, is_of_word),
        Some('.' | ',') => between(place, |c| c.is_ascii_digit()),
        _ => false,
    };
    let (Some(before), Some(here)) = (at(place - 1), at(place)) else { return false };
    let is_space = |c: char| c.is_whitespace() && c != '\n';
    let goes_on = (extends(here) && before != '\n')
        || before == JOINER
        || (is_space(before) && is_space(here))
        || (is_of_word(before) && (is_of_word(here) || matches!(here, '\'' | '’')))
        || joins(place)
        || joins(place - 1);
    !goes_on
}

fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Makes one picture of several.
const JOINER: char = '\u{200d}';

/// Is it drawn with the sign before it?
fn extends(c: char) -> bool {
    is_combining_mark(c) || matches!(c, JOINER | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// What is kept and what is changed, in turn.
#[derive(Default)]
struct Runs(Vec<Run>);

enum Run {
    Kept(String),
    Changed { removed: String, added: String },
}

impl Runs {
    fn keep(&mut self, text: String) {
        match self.0.last_mut() {
            Some(Run::Kept(before)) => before.push_str(&text),
            _ => self.0.push(Run::Kept(text)),
        }
    }

    fn change(&mut self, removed: &str, added: &str) {
        match self.0.last_mut() {
            Some(Run::Changed { removed: before, added: after }) => {
                before.push_str(removed);
                after.push_str(added);
            }
            _ => self.0.push(Run::Changed { removed: removed.to_owned(), added: added.to_owned() }),
        }
        self.tidy();
    }

    /// A word or two that happen to stand in both texts, in the middle of what was written anew, only make both hard to read: they go with
    /// what stands around them, as long as that is longer than they are.
    fn tidy(&mut self) {
        while let [.., Run::Changed { removed: r1, added: a1 }, Run::Kept(kept), Run::Changed { removed: r2, added: a2 }] = self.0.as_mut_slice() {
            let is_slight = !kept.contains('\n') && kept.len() <= r1.len().max(a1.len()) && kept.len() <= r2.len().max(a2.len());
            if !is_slight {
                return;
            }
            for (first, second) in [(r1, r2), (a1, a2)] {
                first.push_str(kept);
                first.push_str(second);
            }
            self.0.truncate(self.0.len() - 2);
        }
    }

    fn pieces(self) -> Vec<Piece> {
        let of = |run| match run {
            Run::Kept(text) => vec![Piece::new(Fate::Kept, text)],
            Run::Changed { removed, added } => super::replaced(&removed, &added),
        };
        self.0.into_iter().flat_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn compared(old: &str, new: &str) -> String {
        let pieces = words(old, new, Instant::now() + Duration::from_secs(5));
        let told = |piece: Piece| match piece.fate {
            Fate::Kept => piece.text,
            Fate::Removed => format!("[-{}-]", piece.text),
            Fate::Added => format!("[+{}+]", piece.text),
        };
        pieces.into_iter().map(told).collect()
    }

    #[test]
    fn french_words_stay_whole() {
        let cut = |text| tokens(text).join("|");
        assert_eq!(cut("L’accueil d'une demi-journée, 12,5 km."), "L’|accueil| |d'|une| |demi-journée|,| |12,5| |km|.");
        assert_eq!(cut("14\u{a0}h – habitant·e·s\n\n« Oui »"), "14|\u{a0}|h| |–| |habitant·e·s|\n|\n|«| |Oui| |»");
        assert_eq!(cut("e\u{301}tat 👩\u{200d}👩 👍\u{1f3fb} a- -b"), "e\u{301}tat| |👩\u{200d}👩| |👍\u{1f3fb}| |a|-| |-|b");
        assert_eq!(cut(""), "");
    }

    #[test]
    fn what_changed_is_shown_and_no_more() {
        assert_eq!(compared("le mardi de 14 h à 16 h", "le jeudi de 14 h à 17 h"), "le [-mardi-][+jeudi+] de 14 h à [-16-][+17+] h");
        assert_eq!(compared("Six ateliers.", "Six ateliers, gratuits."), "Six ateliers[+, gratuits+].");
        assert_eq!(compared("", "Un mot"), "[+Un mot+]");
        assert_eq!(compared("Pareil", "Pareil"), "Pareil");
    }

    #[test]
    fn a_text_written_anew_is_not_cut_to_pieces() {
        let (old, new) = ("Des familles disent manquer d’idées de repas.", "Les parents cherchent comment cuisiner de saison.");
        assert_eq!(compared(old, new), format!("[-{}-][+{}+].", &old[..old.len() - 1], &new[..new.len() - 1]));
        assert_eq!(compared("un\ndeux", "trois\nquatre"), "[-un-][+trois+]\n[-deux-][+quatre+]", "paragraph by paragraph");
    }

    #[test]
    fn long_texts_take_bounded_time() {
        // Fifty thousand characters that have little in common, and as many that differ everywhere a little.
        let text = |seed: usize, most: usize| (0..50_000 / 6).map(|n| format!("{:05} ", (n * seed * 7919 + n * n) % most)).collect::<String>();
        for (old, new) in [(text(1, 99_999), text(3, 99_999)), (text(1, 7), text(3, 7)), ("a b ".repeat(12_500), "b a ".repeat(12_500))] {
            let from = Instant::now();
            let pieces = words(&old, &new, from + Duration::from_millis(200));
            assert!(from.elapsed() < Duration::from_secs(2), "{:?}", from.elapsed());
            assert_whole(&old, &new, &pieces);
        }
    }

    fn assert_whole(old: &str, new: &str, pieces: &[Piece]) {
        let without = |fate: Fate| pieces.iter().filter(|piece| piece.fate != fate).map(|piece| piece.text.as_str()).collect::<String>();
        assert_eq!(without(Fate::Added), old);
        assert_eq!(without(Fate::Removed), new);
        assert!(pieces.iter().all(|piece| !piece.text.is_empty()));
    }

    proptest::proptest! {
        #[test]
        fn nothing_is_lost(old in "[a-cé’,\\- \n]{0,80}", new in "[a-cé’,\\- \n]{0,80}") {
            assert_whole(&old, &new, &words(&old, &new, Instant::now() + Duration::from_secs(5)));
        }

        #[test]
        fn nothing_is_lost_of_any_text(old in "\\PC{0,60}", new in "\\PC{0,60}") {
            assert_whole(&old, &new, &words(&old, &new, Instant::now()));
            let same: Vec<Piece> = words(&old, &old, Instant::now());
            proptest::prop_assert!(same.iter().all(|piece| piece.fate == Fate::Kept));
        }
    }
}
