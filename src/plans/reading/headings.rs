//! What a line announces: a sheet, an orientation, a section of a sheet, or nothing.

use super::lines::Line;
pub use super::vocabulary::Section;
use super::vocabulary::{is_actor, is_known, section_of};
use crate::kernel::text::fold;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind<'a> {
    /// Without a number when it has one that cannot be read (`1.2`, `B`).
    Sheet {
        number: Option<i32>,
        title: &'a str,
    },
    Orientation {
        number: i32,
        title: &'a str,
    },
    /// « Orientation du schéma : … », in the head of a sheet.
    SheetOrientation(&'a str),
    Section(Heading<'a>),
    /// Looks like the heading of a section that we do not know.
    Unknown,
    /// An annex begins.
    Annex,
    Text,
}

/// Longer lines are prose.
const HEADING: usize = 400;
const SEPARATORS: [char; 11] = [' ', '\u{a0}', '|', ':', '-', '–', '—', '.', ')', '*', '_'];
const EMPHASIS: [char; 3] = ['*', '_', ' '];

pub fn kind<'a>(line: &Line<'a>) -> Kind<'a> {
    if line.bullet.is_some_and(|bullet| bullet != '1') {
        return Kind::Text;
    }
    if line.bullet.is_some() {
        // « 2. Objectifs » heads a section; « 2. Objectifs : en discuter » is a step.
        return section(line).filter(|heading| heading.rest.is_empty()).map_or(Kind::Text, Kind::Section);
    }
    if let Some(heading) = section(line) {
        return Kind::Section(heading);
    }
    let text = line.text.trim_start_matches(EMPHASIS);
    let (label, rest) = label(text);
    let short = text.chars().nth(HEADING).is_none();
    let special =
        if short { sheet(text).or_else(|| orientation(text)).or_else(|| sheet_orientation(label, rest)).or_else(|| annex(text)) } else { None };
    let unknown = line.level.is_some() || (rest.is_some() && is_upper(label));
    special.unwrap_or(if unknown { Kind::Unknown } else { Kind::Text })
}

/// « Fiche action n° 8 | … », « FICHE N°8 : … », « Fiche-action 8 – … ».
fn sheet(text: &str) -> Option<Kind<'_>> {
    let after = after_word(text, &["fiche"])?.trim_start_matches(['-', '‑', ' ', '\u{a0}']);
    let (after, action) = after_word(after, &["action", "actions"]).map_or((after, false), |rest| (rest, true));
    let (after, marked) = number_mark(after);
    let Some((number, rest)) = number(after) else {
        let (label, title) = label(text);
        let unread = text.contains(['°', 'º']) || (action && title.is_some() && label.split_whitespace().nth(4).is_none());
        return unread.then_some(Kind::Sheet { number: None, title: without_page(after) });
    };
    let parted = rest.is_empty() || rest.trim_start().starts_with(SEPARATORS);
    let titled = (action || marked) && rest.trim_start().starts_with(char::is_uppercase);
    (parted || titled).then(|| Kind::Sheet { number: Some(number).filter(|_| !numbered_twice(rest)), title: without_page(rest) })
}

/// « Orientation 2 : … », « Axe n°2 – … ».
pub fn orientation(text: &str) -> Option<Kind<'_>> {
    let after = after_word(text.trim_start_matches(EMPHASIS), &["orientation", "axe"])?.trim_start();
    let after = after_word(after, &["strategique", "prioritaire"]).unwrap_or(after);
    let (number, rest) = number(number_mark(after).0)?;
    let parted = rest.is_empty() || rest.trim_start().starts_with(SEPARATORS);
    (parted && !numbered_twice(rest)).then(|| Kind::Orientation { number, title: without_page(rest) })
}

fn sheet_orientation<'a>(label: &str, rest: Option<&'a str>) -> Option<Kind<'a>> {
    let rest = rest.filter(|rest| rest.chars().any(char::is_alphanumeric))?;
    let words = words(label);
    let first = words.first().is_some_and(|word| word == "orientation" || word == "axe");
    (first && words[1..].iter().all(|word| is_known(word))).then_some(Kind::SheetOrientation(without_page(rest)))
}

fn annex(text: &str) -> Option<Kind<'_>> {
    let after = after_word(text, &["annexe", "annexes"])?.trim_start();
    let mark = after.trim_start_matches(|c: char| c.is_ascii_digit() || "IVX".contains(c));
    (mark.is_empty() || mark.trim_start().starts_with(SEPARATORS)).then_some(Kind::Annex)
}

/// The heading of a section: with what follows on its line, and whether its words say more than the section's name (« Moyens humains »).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heading<'a> {
    pub section: Section,
    pub rest: &'a str,
    pub says_more: bool,
}

pub fn section<'a>(line: &Line<'a>) -> Option<Heading<'a>> {
    let (label, rest) = label(line.text);
    let words = words(label);
    // « ## 1. Constats »
    let counted = words.iter().take_while(|word| line.level.is_some() && word.bytes().all(|byte| byte.is_ascii_digit())).count();
    let (first, others) = words[counted..].split_first()?;
    let (section, clear) = section_of(first)?;
    let plain = others.iter().all(|word| is_known(word));
    let both = matches!(section, Section::Pilots | Section::Partners) && others.iter().any(|word| is_actor(word));
    let section = if both { Section::Actors } else { section };
    let whole = rest.is_none_or(|rest| rest.trim_matches(EMPHASIS).is_empty());
    let after = rest.map_or("", |rest| rest.trim_start_matches(EMPHASIS).trim_start());
    let bold = line.text.starts_with("**");
    let marked = line.level.is_some() || is_upper(label) || (bold && (plain || rest.is_some()));
    // « Suivi », « Démarche » may begin any sentence: they head a section only when nothing else can be meant.
    let alone = plain && if clear { true } else { whole && (others.is_empty() || rest.is_some()) };
    if (marked && others.len() < 14) || alone {
        return Some(Heading { section, rest: after, says_more: !plain });
    }
    // « Partenaires internes : … »: the second word goes with the names.
    let actors = matches!(section, Section::Pilots | Section::Partners) && others.len() == 1 && !whole;
    let names = after_word(line.text.trim_start_matches(EMPHASIS), &[first]).unwrap_or(after).trim_start();
    actors.then_some(Heading { section, rest: names, says_more: false })
}

/// What comes before the first colon or pipe, and what comes after.
fn label(text: &str) -> (&str, Option<&str>) {
    text.split_once([':', '|']).map_or((text, None), |(label, rest)| (label, Some(rest.trim())))
}

/// The folded words of a label; none when it is too long to be one.
fn words(label: &str) -> Vec<String> {
    if label.chars().nth(120).is_some() {
        return Vec::new();
    }
    fold(label).split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn is_upper(label: &str) -> bool {
    label.chars().nth(120).is_none() && !label.contains(char::is_lowercase) && label.chars().filter(|c| c.is_alphabetic()).nth(3).is_some()
}

/// What follows a word at the start of a text, whatever its case and accents.
fn after_word<'a>(text: &'a str, among: &[&str]) -> Option<&'a str> {
    let first = text.chars().next()?.to_ascii_lowercase();
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let likely = end <= 40 && among.iter().any(|word| word.starts_with(first));
    (likely && among.contains(&fold(&text[..end]).as_str())).then(|| &text[end..])
}

/// `n°`, `N° `, `°`, `no.`: every way that extraction leaves it.
fn number_mark(text: &str) -> (&str, bool) {
    let text = text.trim_start();
    let after = after_word(text, &["n", "no", "numero"]).unwrap_or(text);
    let after = after.trim_start_matches(['°', 'º', '˚', '.', ' ', '\u{a0}']);
    (after, after.len() < text.len())
}

/// Up to three figures: more is a year.
fn number(text: &str) -> Option<(i32, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=3).contains(&digits) {
        return None;
    }
    let number = text[..digits].parse().ok().filter(|number| *number > 0)?;
    Some((number, &text[digits..])).filter(|(_, rest)| !rest.starts_with(char::is_alphanumeric))
}

/// `1.2`: a number in two parts is not one that we can keep.
fn numbered_twice(rest: &str) -> bool {
    rest.strip_prefix(['.', '-']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A title without the page that a table of contents gives it.
fn without_page(title: &str) -> &str {
    let title = title.trim_start_matches(SEPARATORS).trim_end_matches(['|', '*', '_', ' ', '\u{a0}']);
    let before = title.trim_end_matches(|c: char| c.is_ascii_digit());
    let leader = before.trim_end();
    if before.len() < title.len() && (leader.ends_with('|') || leader.ends_with("....") || leader.ends_with(". .")) {
        return leader.trim_end_matches(['|', '.', ' ', '…']);
    }
    title
}
