//! From the lines of a sheet's sections to their items.

use std::collections::BTreeMap;

use super::headings::Section;
use super::lines::Line;
use super::{calendar, names};
use crate::plans::model::{Means, MethodStep, SheetContent, SheetIndicator};

/// A longer introduction stands alone; a shorter one is told again with each of its items.
const PREFIX: usize = 80;
const MANY: usize = 50;

pub fn content(sections: &BTreeMap<Section, Vec<Line<'_>>>) -> SheetContent {
    let of = |section| entries(section, sections.get(&section).map_or(&[], Vec::as_slice));
    let flat = |section| flatten(of(section)).into_iter();
    SheetContent {
        needs: flat(Section::Needs).collect(),
        objectives: flat(Section::Objectives).collect(),
        method: of(Section::Method).into_iter().map(Entry::into_step).collect(),
        pilots: flat(Section::Pilots).flat_map(|text| names::actors(&text)).collect(),
        partners: flat(Section::Partners).flat_map(|text| names::actors(&text)).collect(),
        calendar: flat(Section::Calendar).map(|text| calendar::line(&text)).collect(),
        means: flat(Section::Means).map(|text| Means { text }).collect(),
        indicators: flat(Section::Indicators).map(|label| SheetIndicator { label }).collect(),
        related_plans: flat(Section::RelatedPlans).flat_map(|text| names::plans(&text)).collect(),
    }
}

/// A paragraph or a bullet, with the bullets under it.
struct Entry {
    text: String,
    items: Vec<String>,
    bullet: Option<char>,
    indent: usize,
    item_bullet: Option<char>,
    /// A sub-heading, or a sentence that ends with a colon: what comes next belongs to it.
    introduces: bool,
}

impl Entry {
    fn holds(&self, line: &Line<'_>) -> bool {
        match self.bullet {
            None => self.introduces,
            Some(_) if line.indent > self.indent => true,
            // Extraction may lose the indent; then the sign alone tells.
            Some(_) => line.indent == self.indent && line.bullet != self.bullet && (self.introduces || self.item_bullet == line.bullet),
        }
    }

    fn into_step(self) -> MethodStep {
        MethodStep { text: listed(&self.text), items: self.items.iter().map(|item| listed(item)).collect() }
    }
}

fn entries(section: Section, lines: &[Line<'_>]) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for line in lines {
        let text = line.words();
        if let Some(last) = entries.last_mut() {
            if line.bullet.is_some() && last.holds(line) {
                last.item_bullet = line.bullet;
                last.items.push(text);
                continue;
            }
            if line.bullet.is_none() && !line.apart && line.level.is_none() && !begins(section, &text) {
                let said = last.items.last_mut().unwrap_or(&mut last.text);
                said.push(' ');
                said.push_str(&text);
                if last.items.is_empty() {
                    last.introduces = last.text.ends_with(':');
                }
                continue;
            }
        }
        let introduces = line.level.is_some() || text.ends_with(':');
        entries.push(Entry { text, items: Vec::new(), bullet: line.bullet, indent: line.indent, item_bullet: None, introduces });
    }
    entries
}

/// Whether a line that follows another without a blank still begins an entry.
fn begins(section: Section, text: &str) -> bool {
    match section {
        Section::Calendar => calendar::begins_with_period(text),
        // « Humains : … », « Financiers : … »
        Section::Means => {
            text.split_once(':').is_some_and(|(label, _)| label.split_whitespace().nth(3).is_none() && label.starts_with(char::is_uppercase))
        }
        _ => false,
    }
}

/// « Au niveau local : » and its item are one entry: neither says enough alone.
fn flatten(entries: Vec<Entry>) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in entries {
        let prefix = entry.introduces && (1..=MANY).contains(&entry.items.len()) && entry.text.chars().nth(PREFIX).is_none();
        let head = entry.text.trim_end_matches([':', ' ']);
        if prefix {
            texts.extend(entry.items.iter().map(|item| format!("{head} : {}", listed(item))));
        } else {
            texts.push(listed(&entry.text));
            texts.extend(entry.items.iter().map(|item| listed(item)));
        }
    }
    texts
}

/// An item without the comma or semicolon that parted it from the next.
fn listed(text: &str) -> String {
    text.trim_end_matches([',', ';', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::lines::cut;
    use super::*;

    fn steps(text: &str) -> Vec<(String, Vec<String>)> {
        let sections = BTreeMap::from([(Section::Method, cut(text))]);
        content(&sections).method.into_iter().map(|step| (step.text, step.items)).collect()
    }

    fn needs(text: &str) -> Vec<String> {
        content(&BTreeMap::from([(Section::Needs, cut(text))])).needs
    }

    #[test]
    fn steps_hold_what_is_under_them() {
        let step = |text: &str, items: &[&str]| (text.to_owned(), items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>());
        assert_eq!(steps("Réunir afin de :\n\n- a,\n- b ;\n\nPuis c."), [step("Réunir afin de :", &["a", "b"]), step("Puis c.", &[])]);
        assert_eq!(steps("Réunir.\n\n- a\n- b"), [step("Réunir.", &[]), step("a", &[]), step("b", &[])]);
        assert_eq!(steps("- a\n - b\n - c\n- d"), [step("a", &["b", "c"]), step("d", &[])]);
        assert_eq!(steps("- a :\n. b\n. c\n- d"), [step("a :", &["b", "c"]), step("d", &[])]);
        assert_eq!(steps("- a qui\n  continue\n - b\n  aussi"), [step("a qui continue", &["b aussi"])]);
    }

    #[test]
    fn paragraphs_bullets_and_sub_headings_are_entries() {
        assert_eq!(needs("Un texte\nsur deux lignes.\n\nUn autre.\n- a\n- b"), ["Un texte sur deux lignes.", "Un autre.", "a", "b"]);
        assert_eq!(needs("Au loin :\n\n- a\n- b\n\n##### Ici\n- c"), ["Au loin : a", "Au loin : b", "Ici : c"]);
    }

    #[test]
    fn lines_of_a_calendar_and_of_means_need_no_bullet() {
        let sections = BTreeMap::from([(Section::Calendar, cut("2011 : a\n2012 : b\net c")), (Section::Means, cut("Humains : a\nFinanciers : b"))]);
        let content = content(&sections);
        assert_eq!(content.calendar.iter().map(|line| line.text.as_str()).collect::<Vec<_>>(), ["a", "b et c"]);
        assert_eq!(content.means.len(), 2);
    }
}
