//! A place typed among the words of a search: « budget à Loudun » looks for « budget » near Loudun.
//!
//! Only the instance's own territories, the EPCI of its département and their communes are known here, by their whole name. A name is
//! taken for a place after a word that announces one (« à », « près de »), at the end of what was typed, or alone; and where it is also an
//! ordinary word (`search_config/ordinary_places.txt`), only after such a word. What stands in quotes is never a place.

use std::collections::HashMap;

use super::config::Config;
use super::language::Said;
use super::query;
use crate::http::forms::Form;
use crate::kernel::text::{clean, fold};
use crate::territories::geography::{PlaceKind, geography};
use crate::territories::model::Atlas;

/// What was typed, and the place that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    pub code: String,
    /// The other words.
    pub words: String,
    /// The place as it was typed, without what announces it.
    pub typed: String,
}

impl Near {
    /// The search in which the place is a word like the others.
    pub fn as_words(&self) -> String {
        clean(&format!("{} \"{}\"", self.words, self.typed))
    }
}

/// Announce a place wherever they stand: « à Loudun ».
const ANNOUNCE: [&str; 11] = ["a", "au", "aux", "pres", "vers", "autour", "commune", "secteur", "ville", "alentours", "environs"];
/// Between a word and a place, they say nothing of their own: « ateliers de Loudun ».
const LINK: [&str; 9] = ["de", "d", "du", "des", "en", "sur", "dans", "cote", "chez"];
const ARTICLES: [&str; 4] = ["la", "le", "les", "l"];
/// How names of EPCI and of an instance's own territories begin, with shorter ways to say so.
const BEGINNINGS: [(&str, &[&str]); 9] = [
    ("cc", &[""]),
    ("ca", &[""]),
    ("cu", &[""]),
    ("communaute communes", &["", "cc"]),
    ("communaute agglomeration", &["", "ca"]),
    ("communaute urbaine", &["", "cu"]),
    ("maison departementale solidarite", &["mds", "maison solidarites", "maison solidarite", "maison departementale solidarites"]),
    ("maison solidarites", &["mds"]),
    ("mds", &["maison departementale solidarite", "maison departementale solidarites", "maison solidarites"]),
];

/// A word of a text, with where it stands in it.
struct Token {
    text: String,
    start: usize,
    end: usize,
}

/// Finds the place that a query names, if it names one.
pub fn near(text: &str, departement: &str, atlas: &Atlas) -> Option<Near> {
    let loose = Said::read(text).loose;
    let tokens = tokens(&loose);
    // Nothing else but places, or all of the words that are left.
    let content: Vec<usize> = (0..tokens.len()).filter(|place| !is_small(&tokens[*place].text)).collect();
    if content.is_empty() {
        return None;
    }
    let names = names(departement, atlas);
    let mut best: Option<(usize, bool, Near)> = None;
    for from in 0..content.len() {
        for to in from + 1..=content.len().min(from + 8) {
            let key = content[from..to].iter().map(|place| tokens[*place].text.as_str()).collect::<Vec<_>>().join(" ");
            let Some(code) = names.get(&key) else { continue };
            let first = content[from];
            let announced = announced(&tokens, first);
            let is_last = to == content.len() && !has_more(text, &loose, tokens[content[to - 1]].end);
            let is_ordinary = to - from == 1 && Config::get().is_ordinary(&key);
            if !(announced || (is_last && !is_ordinary)) || best.as_ref().is_some_and(|(length, ..)| *length >= to - from) {
                continue;
            }
            let end = tokens[content[to - 1]].end;
            let typed_from = (0..first).rev().take_while(|place| ARTICLES.contains(&tokens[*place].text.as_str())).last().unwrap_or(first);
            let cut_from = (0..first).rev().take_while(|place| is_small(&tokens[*place].text)).last().unwrap_or(first);
            let typed = text[tokens[typed_from].start..end].to_owned();
            let words = clean(&format!("{} {}", &text[..tokens[cut_from].start], &text[end..]));
            best = Some((to - from, announced, Near { code: code.clone(), words: words.trim_matches([' ', ',']).to_owned(), typed }));
        }
    }
    best.map(|(_, _, near)| near)
}

/// Takes the place that the words of a form name out of them, and makes it the form's filter. A filter that has the place already stays:
/// the box may still say what was understood before.
pub fn understand(form: &mut Form, departement: &str, atlas: &Atlas) -> Option<Near> {
    let near = near(&query::words(form), departement, atlas)?;
    let is_chosen = form.all("territory").contains(&near.code);
    form.0.retain(|(key, _)| key != "q" && (is_chosen || key != "territory"));
    form.0.insert(0, ("q".to_owned(), near.words.clone()));
    if !is_chosen {
        form.0.push(("territory".to_owned(), near.code.clone()));
    }
    Some(near)
}

/// Does something that is no loose word, as a phrase, come after?
fn has_more(text: &str, loose: &str, end: usize) -> bool {
    loose[end..].trim().is_empty() && !text[end..].trim_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation()).is_empty()
}

fn is_small(word: &str) -> bool {
    ANNOUNCE.contains(&word) || LINK.contains(&word) || ARTICLES.contains(&word)
}

/// Does one of the small words before this one announce a place?
fn announced(tokens: &[Token], first: usize) -> bool {
    tokens[..first].iter().rev().take_while(|token| is_small(&token.text)).any(|token| ANNOUNCE.contains(&token.text.as_str()))
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(length) = text[at..].find(char::is_alphanumeric) {
        let start = at + length;
        let end = text[start..].find(|c: char| !c.is_alphanumeric()).map_or(text.len(), |length| start + length);
        let folded = fold(&text[start..end]);
        let whole = match folded.as_str() {
            "st" => "saint".to_owned(),
            "ste" => "sainte".to_owned(),
            _ => folded,
        };
        tokens.push(Token { text: whole, start, end });
        at = end;
    }
    tokens
}

/// A name without its small words: « La Roche-Posay » is « roche posay ».
fn key(name: &str) -> String {
    let words: Vec<String> = tokens(name).into_iter().map(|token| token.text).filter(|word| !is_small(word)).collect();
    words.join(" ")
}

/// Names, and their codes. A commune comes before an EPCI of its name, and that before an MDS; two communes of one name are none.
fn names(departement: &str, atlas: &Atlas) -> HashMap<String, String> {
    let mut names: HashMap<String, String> = HashMap::new();
    let own = atlas.own().map(|territory| (territory.name.as_str(), territory.code.as_str()));
    let epcis = geography().epcis_in(departement);
    let epcis = epcis.iter().map(|epci| (epci.name, epci.code));
    for (name, code) in own.chain(epcis) {
        let key = key(name);
        for (beginning, others) in BEGINNINGS {
            if let Some(rest) = key.strip_prefix(beginning).and_then(|rest| rest.strip_prefix(' ')) {
                for other in others {
                    names.insert(format!("{other} {rest}").trim().to_owned(), code.to_owned());
                }
            }
        }
        names.insert(key, code.to_owned());
    }
    let mut communes: HashMap<String, Vec<&str>> = HashMap::new();
    for code in geography().communes_of(departement) {
        if let Some(place) = geography().place(code).filter(|place| place.kind == PlaceKind::Commune) {
            communes.entry(key(place.name)).or_default().push(place.code);
        }
    }
    names.extend(communes.into_iter().filter_map(|(name, codes)| if let [code] = codes[..] { Some((name, code.to_owned())) } else { None }));
    names
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::territories::model::{Territory, TerritoryKind};

    fn atlas() -> Atlas {
        let mds = |code: &str, name: &str| Territory {
            code: code.into(),
            kind: TerritoryKind::Mds,
            name: name.into(),
            within: None,
            address: String::new(),
            phone: String::new(),
            email: String::new(),
            communes: BTreeSet::from(["86137".to_owned()]),
            parts: BTreeSet::new(),
            version: 1,
        };
        Atlas::new(vec![mds("MDS-LOUDUN", "MDS de Loudun"), mds("MDS-POITIERS", "MDS de Poitiers Les Couronneries")])
    }

    fn said(text: &str) -> Option<(String, String)> {
        near(text, "86", &atlas()).map(|near| (near.code, near.words))
    }

    #[test]
    fn places_are_understood_where_they_are_meant() {
        for (typed, code, words) in [
            ("budget à Loudun", "86137", "budget"),
            ("à Loudun, budget", "86137", "budget"),
            ("BUDGET LOUDUN", "86137", "BUDGET"),
            ("loudun", "86137", ""),
            ("  Loudun ", "86137", ""),
            ("ateliers parents près de Châtellerault", "86066", "ateliers parents"),
            ("aide aux aînés autour de chatellerault", "86066", "aide aux aînés"),
            ("café la Roche-Posay", "86207", "café"),
            ("café de la roche posay", "86207", "café"),
            ("vélo l’Isle Jourdain", "86112", "vélo"),
            ("repas à St Benoît", "86214", "repas"),
            ("Grand Poitiers", "200069854", ""),
            ("logement grand poitiers", "200069854", "logement"),
            ("permanence MDS de Loudun", "MDS-LOUDUN", "permanence"),
            ("mds loudun", "MDS-LOUDUN", ""),
            ("maison départementale des solidarités de Loudun", "MDS-LOUDUN", ""),
            ("permanence mds poitiers couronneries", "MDS-POITIERS", "permanence"),
            ("bonnes pratiques à Bonnes", "86031", "bonnes pratiques"),
            ("budget -jeunes à Loudun", "86137", "budget -jeunes"),
            ("\"aide sociale\" Loudun", "86137", "\"aide sociale\""),
        ] {
            assert_eq!(said(typed), Some((code.to_owned(), words.to_owned())), "{typed}");
        }
    }

    #[test]
    fn other_words_stay_words() {
        for typed in [
            "",
            "budget",
            "bonnes pratiques",
            "idées bonnes",
            "Bonnes",
            "verrue",
            "soigner une verrue",
            "les angles morts",
            "Loudun budget",
            "\"Loudun\"",
            "budget \"Loudun\"",
            "budget -Loudun",
            "Loudun \"budget familial\"",
            "budget loud",
            "à la maison",
            "Paris",
            "Bordeaux",
            "Vienne",
            "à",
            "près de",
            "🙂 ((",
        ] {
            assert_eq!(said(typed), None, "{typed}");
        }
    }

    #[test]
    fn the_place_may_be_looked_for_as_a_word() {
        let near = near("budget à La Roche-Posay", "86", &atlas()).unwrap();
        assert_eq!((near.typed.as_str(), near.as_words().as_str()), ("La Roche-Posay", "budget \"La Roche-Posay\""));
        assert_eq!(super::near(&near.as_words(), "86", &atlas()), None);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in ".*") {
            near(&text, "86", &atlas());
        }
    }
}
