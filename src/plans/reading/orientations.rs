//! The orientations of a plan, under the spellings that the document gives them.

use std::collections::{BTreeMap, HashMap};

use super::headings::{self, Kind};
use super::lines::tidy;
use crate::kernel::text::fold;
use crate::plans::model::{OrientationDraft, SheetDraft};

#[derive(Debug, Default)]
pub struct Orientations {
    /// For each number, its titles with how often each is written, in the order of the document.
    titles: BTreeMap<i32, Vec<(String, usize)>>,
    numbers: HashMap<String, i32>,
    /// The orientation that sheets are listed under.
    announced: HashMap<i32, i32>,
    sheets: BTreeMap<i32, Vec<SheetDraft>>,
}

/// Whatever the accents, the case and the final letters of its words: « projet collectif » and « projets collectifs » have one key.
pub fn key(title: &str) -> String {
    let folded = fold(title);
    let words = folded.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.trim_end_matches(['s', 'x', 'e'])).collect::<Vec<_>>().join(" ")
}

impl Orientations {
    pub fn declare(&mut self, number: i32, title: &str) {
        let titles = self.titles.entry(number).or_default();
        if !title.is_empty() {
            // No one spells a title in more ways; a document that is not a plan might.
            let full = titles.len() >= 20;
            match titles.iter_mut().find(|(known, _)| known == title) {
                Some((_, times)) => *times += 1,
                None if full => {}
                None => titles.push((title.to_owned(), 1)),
            }
            self.numbers.entry(key(title)).or_insert(number);
        }
    }

    pub fn announce(&mut self, sheet: Option<i32>, orientation: Option<i32>) {
        if let Some((sheet, orientation)) = sheet.zip(orientation) {
            self.announced.entry(sheet).or_insert(orientation);
        }
    }

    /// Puts a sheet under the orientation that it names, else the one that it is listed under.
    pub fn place(&mut self, sheet: SheetDraft, named: Option<&str>) {
        let number = match named.map(|named| (named, headings::orientation(named))) {
            Some((_, Some(Kind::Orientation { number, title }))) => {
                self.declare(number, &tidy(title));
                number
            }
            Some((named, _)) => {
                let title = tidy(named);
                let known = self.numbers.get(&key(&title)).or_else(|| self.announced.get(&sheet.number)).copied();
                let number = known.unwrap_or_else(|| self.next());
                self.declare(number, &title);
                number
            }
            None => self.announced.get(&sheet.number).copied().unwrap_or_else(|| {
                let number = self.numbers.get("").copied().unwrap_or_else(|| self.next());
                self.titles.entry(number).or_default();
                self.numbers.insert(String::new(), number);
                number
            }),
        };
        self.sheets.entry(number).or_default().push(sheet);
    }

    fn next(&self) -> i32 {
        self.titles.last_key_value().map_or(1, |(number, _)| number + 1)
    }

    /// In the order of their numbers, each under the title that is written most often.
    pub fn into_drafts(mut self) -> Vec<OrientationDraft> {
        let without = self.numbers.get("").copied();
        let mut drafts = Vec::new();
        for (number, titles) in self.titles {
            let most = titles.iter().rev().max_by_key(|(_, times)| *times).map(|(title, _)| title.clone());
            let title = most.unwrap_or_else(|| if without == Some(number) { "Sans orientation".to_owned() } else { format!("Orientation {number}") });
            let mut sheets = self.sheets.remove(&number).unwrap_or_default();
            sheets.sort_by_key(|sheet| sheet.number);
            drafts.push(OrientationDraft { number, title, sheets });
        }
        drafts
    }
}
