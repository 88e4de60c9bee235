//! French words: how a text becomes what is indexed and what is asked, the same for every engine.

use std::borrow::Cow;
use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};
use unicode_normalization::char::is_combining_mark;

use super::config::Config;
use crate::kernel::text::fold;

/// A word longer than this is cut: nobody types it, and it would only weigh.
const LONGEST: usize = 48;

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::French));

/// A word of a text, with where it stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Folded: without case or accents.
    pub exact: String,
    /// What its plural, feminine and conjugated forms share.
    pub stem: String,
    /// Bytes of the original text.
    pub start: usize,
    pub end: usize,
    /// Counted without stop words, so that "revenu de solidarité" is a phrase of two.
    pub position: u32,
    pub is_stop: bool,
    /// This word and the next when a hyphen holds them: `co-construction` is also `coconstruction`.
    pub compound: Option<String>,
}

/// What a written word is compared by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forms {
    /// Folded: without case or accents.
    pub exact: String,
    pub stem: String,
    pub is_stop: bool,
    is_letters: bool,
}

impl Forms {
    /// None for a word without a letter or a figure.
    pub fn of(written: &str) -> Option<Self> {
        let exact = fold_word(written).into_owned();
        (!exact.is_empty()).then(|| Self { stem: stem(&exact), is_stop: Config::get().is_stop(&exact), is_letters: is_letters(&exact), exact })
    }

    /// Do this word, which stands at `span`, and the one before it also make one word?
    pub fn joins(&self, previous: &Self, span: Span) -> bool {
        span.after_hyphen && !self.is_stop && !previous.is_stop && self.is_letters && previous.is_letters
    }
}

/// The words of a text in order, stop words included and marked.
pub fn words(text: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut previous: Option<Forms> = None;
    let mut position = 0;
    for span in spans(text) {
        let Some(forms) = Forms::of(&text[span.start..span.end]) else { continue };
        if let Some((word, previous)) = words.last_mut().zip(previous.as_ref())
            && forms.joins(previous, span)
        {
            word.compound = Some(format!("{}{}", previous.exact, forms.exact));
        }
        previous = Some(forms.clone());
        let Forms { exact, stem, is_stop, .. } = forms;
        words.push(Word { exact, stem, start: span.start, end: span.end, position, is_stop, compound: None });
        position += u32::from(!is_stop);
    }
    words
}

/// The stems of a text without its stop words; all of them when it has nothing else.
pub fn stems(text: &str) -> Vec<String> {
    let words = words(text);
    let only_stops = words.iter().all(|word| word.is_stop);
    words.into_iter().filter(|word| only_stops || !word.is_stop).map(|word| word.stem).collect()
}

/// What the forms of a folded word share. Snowball's French keeps the plural of `revenus` and `amis`, and without accents it no longer
/// knows `-é` and `-ée`: those endings are taken here.
pub fn stem(folded: &str) -> String {
    if folded.len() <= 3 || !is_letters(folded) {
        return folded.to_owned();
    }
    let singular = folded.strip_suffix('s').filter(|word| !word.ends_with('s')).unwrap_or(folded);
    let mut stem = STEMMER.stem(singular).into_owned();
    while stem.len() > 3 && stem.ends_with('e') {
        stem.pop();
    }
    stem
}

fn is_letters(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}

/// A word as it is compared: folded, without the apostrophes and dots that it holds (`prud'homme`, `R.S.A.`).
pub fn fold_word(word: &str) -> Cow<'_, str> {
    if word.len() <= LONGEST && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
        return Cow::Borrowed(word);
    }
    let word: String = word.chars().take(LONGEST).collect();
    Cow::Owned(fold(&word).chars().filter(|c| c.is_alphanumeric()).collect())
}

/// Where a word stands in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    after_hyphen: bool,
}

/// Cuts a text into words, cheaply: nothing is allocated.
pub fn spans(text: &str) -> impl Iterator<Item = Span> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_word)?;
        let after_hyphen = start > 0 && start - at <= '‑'.len_utf8() && is_hyphen(text[..start].chars().next_back()?);
        let end = end_of_word(text, start);
        at = end;
        Some(Span { start, end, after_hyphen })
    })
    .filter(|span| !is_elision(text, *span))
}

fn is_word(c: char) -> bool {
    // Combining marks and the soft hyphen stand inside words.
    c.is_alphanumeric() || (!c.is_ascii() && (is_combining_mark(c) || c == '\u{ad}'))
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | 'ʼ' | '`' | '＇')
}

fn is_hyphen(c: char) -> bool {
    matches!(c, '-' | '‐' | '‑')
}

fn run(text: &str, start: usize) -> usize {
    text[start..].find(|c| !is_word(c)).map_or(text.len(), |length| start + length)
}

/// The end of the word that begins at `start`; an acronym with dots and a word with an apostrophe in it are one word.
fn end_of_word(text: &str, start: usize) -> usize {
    let mut end = run(text, start);
    if text[start..end].chars().count() == 1
        && let Some(dotted) = dotted_acronym(text, start)
    {
        return dotted;
    }
    while let Some(apostrophe) = text[end..].chars().next().filter(|c| is_apostrophe(*c)) {
        let after = end + apostrophe.len_utf8();
        if elides(&text[start..end]) || !text[after..].starts_with(is_word) {
            break;
        }
        end = run(text, after);
    }
    end
}

/// `R.S.A.` and `r.s.a`: single letters, each followed by a dot but perhaps the last.
fn dotted_acronym(text: &str, start: usize) -> Option<usize> {
    let (mut end, mut letters) = (start, 0);
    loop {
        let next = run(text, end);
        let letter = &text[end..next];
        if letter.chars().count() != 1 || !letter.chars().all(char::is_alphabetic) {
            break;
        }
        (end, letters) = (next, letters + 1);
        match text[end..].strip_prefix('.') {
            Some(rest) if rest.starts_with(is_word) => end += 1,
            _ => break,
        }
    }
    // "A.B.Cdef" is not an acronym: the dots are then only dots.
    (letters >= 2 && !text[end..].starts_with(is_word) && !text[..end].ends_with('.')).then_some(end)
}

const ELISIONS: [&str; 14] = ["l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "quelqu"];

fn elides(word: &str) -> bool {
    word.len() <= 6 && ELISIONS.iter().any(|elision| word.eq_ignore_ascii_case(elision))
}

/// The `l’` of `l’accueil`: the apostrophe makes it, so `permis D` keeps its letter.
fn is_elision(text: &str, span: Span) -> bool {
    text[span.end..].starts_with(is_apostrophe) && elides(&text[span.start..span.end])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(text: &str) -> Vec<String> {
        words(text).into_iter().filter(|word| !word.is_stop).map(|word| word.exact).collect()
    }

    #[test]
    fn elisions_fall_and_other_apostrophes_join() {
        assert_eq!(kept("L’accueil d'urgence jusqu’à l'aîné, qu’elle"), ["accueil", "urgence", "aine"]);
        assert_eq!(kept("les prud’hommes aujourd'hui"), ["prudhommes", "aujourdhui"]);
        assert_eq!(kept("vitamine K, l'‘entraide’"), ["vitamine", "k", "entraide"]);
    }

    #[test]
    fn acronyms_lose_their_dots() {
        assert_eq!(kept("R.S.A. et r.s.a, P.M.I."), ["rsa", "rsa", "pmi"]);
        assert_eq!(kept("plan B. Ensuite v.1.2"), ["plan", "b", "ensuite", "v", "1", "2"]);
    }

    #[test]
    fn hyphens_split_and_also_join() {
        let words = words("co-construction, 18-25 ans, rendez-vous");
        assert_eq!(words[0].compound.as_deref(), Some("coconstruction"));
        assert!(words[1..].iter().all(|word| word.compound.is_none()));
        assert_eq!(kept("Jaunay‑Clan"), ["jaunay", "clan"]);
    }

    #[test]
    fn forms_of_a_word_share_a_stem() {
        for forms in [
            &["budget", "budgets"][..],
            &["départemental", "départementaux", "départementale"],
            &["accompagnée", "accompagner", "accompagnes", "accompagné"],
            &["financée", "financer", "finance"],
            &["solidarité", "solidarités"],
            &["atelier", "ateliers"],
            &["revenu", "revenus"],
            &["ami", "amis", "amie", "amies"],
            &["impayé", "impayés"],
            &["familial", "familiale", "familiaux"],
        ] {
            let stems: Vec<String> = forms.iter().map(|form| stem(&fold(form))).collect();
            assert!(stems.windows(2).all(|pair| pair[0] == pair[1]), "{forms:?} {stems:?}");
        }
        assert_eq!(stem("rsa"), "rsa");
        assert_eq!(stem("2026"), "2026");
    }

    #[test]
    fn positions_ignore_stop_words_and_spans_are_original_bytes() {
        let text = "Revenu de solidarité\u{a0}ACTIVE";
        let words = words(text);
        assert_eq!(words.iter().map(|word| word.position).collect::<Vec<_>>(), [0, 1, 1, 2]);
        assert_eq!(&text[words[3].start..words[3].end], "ACTIVE");
        let decomposed = "e\u{301}te\u{301}";
        assert_eq!(kept(decomposed), ["ete"]);
    }

    #[test]
    fn strange_texts_have_few_words_or_none() {
        assert!(kept("🙂 — … ( !").is_empty());
        assert_eq!(kept("سوق العمل").len(), 2);
        assert_eq!(words(&"a".repeat(5000))[0].exact.len(), LONGEST);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_cut_on_its_characters(text in ".*") {
            for word in words(&text) {
                proptest::prop_assert!(text.get(word.start..word.end).is_some());
            }
        }
    }
}
