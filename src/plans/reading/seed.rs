//! The published document that this reader was made for. It is not ours to copy: it is read where it stands.

use std::collections::{HashMap, HashSet};

use super::tests::{said, words};
use super::*;

/// The text, or nothing when the tests are told to do without it.
fn seed() -> Option<String> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/seeds/002_7c2bf94f19ba9ae4.txt");
    let path = std::env::var("TRAITDUNION_TEST_SEED").unwrap_or_else(|_| beside.to_owned());
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(_) if std::env::var_os("TRAITDUNION_TEST_NO_SEED").is_some() => None,
        Err(error) => panic!("{path}: {error}. Set TRAITDUNION_TEST_SEED to its path, or TRAITDUNION_TEST_NO_SEED to do without it."),
    }
}

/// Counted by hand: number, orientation, needs, objectives, steps and their points, pilots, partners, means, indicators, related plans, periods.
const COUNTS: [(i32, i32, [usize; 9], &str); 23] = [
    (1, 1, [3, 4, 5, 0, 1, 0, 2, 2, 0], "2011-01-01..2012-12-31"),
    (2, 1, [3, 3, 3, 0, 1, 2, 1, 1, 0], "2012-01-01..2012-12-31"),
    (3, 1, [3, 2, 3, 0, 1, 0, 1, 2, 0], "2011-01-01..2012-12-31 2013-01-01..2013-12-31"),
    (4, 1, [2, 3, 2, 0, 1, 0, 2, 2, 0], "2011-01-01..2011-12-31 2012-01-01..2012-12-31"),
    (5, 2, [2, 2, 4, 0, 1, 1, 2, 3, 0], "2011-01-01..2011-03-31 2012-01-01..2012-12-31"),
    (6, 2, [3, 2, 4, 0, 1, 1, 2, 3, 0], "2011-01-01..2011-03-31 2012-01-01..2012-12-31"),
    (7, 2, [3, 4, 2, 0, 1, 2, 2, 1, 0], "2011-01-01..2011-12-31 2012-01-01..2012-12-31"),
    (8, 2, [2, 3, 1, 3, 1, 2, 2, 2, 2], "2011-01-01..2011-12-31 2012-01-01..2012-12-31"),
    (9, 2, [4, 2, 3, 0, 1, 2, 2, 2, 1], "2011-01-01..2011-12-31 2012-01-01..2012-12-31 2013-01-01..2013-12-31"),
    (10, 3, [1, 3, 3, 0, 1, 4, 1, 2, 2], "2011-01-01..2012-12-31"),
    (11, 3, [3, 3, 1, 5, 1, 1, 1, 1, 2], "2011-01-01..2012-12-31"),
    (12, 3, [2, 3, 2, 4, 2, 3, 3, 2, 1], "2011-01-01..2011-12-31 2012-01-01..2012-12-31"),
    (13, 3, [2, 2, 3, 0, 2, 3, 3, 1, 1], "2011-01-01..2011-12-31 2013-01-01..2013-12-31"),
    (14, 3, [2, 3, 1, 4, 1, 4, 1, 1, 0], "2011-01-01..2011-12-31 2012-01-01..2012-12-31"),
    (15, 3, [3, 3, 3, 0, 2, 1, 1, 1, 1], "2011-01-01..2011-12-31 2012-01-01..2012-12-31"),
    (16, 4, [2, 2, 3, 0, 1, 1, 1, 1, 0], "2012-01-01..2012-12-31"),
    (17, 4, [2, 1, 2, 5, 1, 2, 2, 2, 0], "2011-01-01..2011-06-30 2012-01-01..2012-12-31"),
    (18, 4, [1, 2, 2, 0, 1, 1, 1, 1, 0], "2011-01-01..2011-12-31 2012-01-01..2013-12-31"),
    (19, 5, [1, 2, 3, 0, 1, 1, 1, 1, 0], "2011-01-01..2011-12-31"),
    (20, 5, [2, 3, 5, 0, 1, 1, 2, 1, 0], "2011-01-01..2011-12-31 2012-01-01..2012-12-31"),
    (21, 5, [1, 2, 5, 0, 1, 3, 1, 2, 0], "2011-01-01..2013-12-31"),
    (22, 5, [2, 2, 2, 0, 1, 2, 2, 2, 0], "2011-01-01..2011-12-31 2012-01-01..2012-12-31"),
    (23, 6, [1, 2, 3, 2, 1, 1, 2, 3, 3], "2011-01-01..2013-12-31 2013-01-01..2013-12-31"),
];

#[test]
fn the_published_plan_is_read_whole() {
    let Some(text) = seed() else { return };
    let reading = read(&text).unwrap();
    assert_eq!(reading.unplaced, []);
    let plan = &reading.plan;
    assert_eq!(plan.title, "Schéma départemental de l'action sociale 2011 - 2013");
    assert_eq!((plan.starts_on.iso(), plan.ends_on.iso()), ("2011-01-01".into(), "2013-12-31".into()));
    assert_eq!(plan.orientations.iter().map(|orientation| orientation.number).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
    // The table of contents and some sheets misspell these two.
    assert!(plan.orientations[1].title.ends_with("les projets collectifs"));
    assert!(plan.orientations[4].title.ends_with("leurs missions"));
    let sheets = plan.orientations.iter().flat_map(|orientation| orientation.sheets.iter().map(move |sheet| (orientation.number, sheet)));
    let read: Vec<_> = sheets.map(|(orientation, sheet)| counted(orientation, sheet)).collect();
    let expected: Vec<_> =
        COUNTS.iter().map(|(number, orientation, counts, periods)| (*number, *orientation, *counts, (*periods).to_owned())).collect();
    assert_eq!(read, expected);
}

fn counted(orientation: i32, sheet: &SheetDraft) -> (i32, i32, [usize; 9], String) {
    let content = &sheet.content;
    let points = content.method.iter().map(|step| step.items.len()).sum();
    let period = |line: &crate::plans::model::CalendarLine| format!("{}..{}", line.from.unwrap(), line.to.unwrap());
    let counts = [
        content.needs.len(),
        content.objectives.len(),
        content.method.len(),
        points,
        content.pilots.len(),
        content.partners.len(),
        content.means.len(),
        content.indicators.len(),
        content.related_plans.len(),
    ];
    (sheet.number, orientation, counts, content.calendar.iter().map(period).collect::<Vec<_>>().join(" "))
}

/// The sheets of the second annex, cut without the reader: their lines but headings, labels and rows of tables.
fn annex(text: &str) -> Vec<Vec<String>> {
    let mut sheets: Vec<Vec<String>> = Vec::new();
    let mut calendar = false;
    let (_, annex) = text.split_once("\nAnnexe 2").unwrap();
    for line in annex.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if line.starts_with("| Fiche") {
            sheets.push(Vec::new());
        }
        let Some(sheet) = sheets.last_mut().filter(|_| !line.starts_with('|')) else { continue };
        let (label, rest) = line.split_once(':').unwrap_or(("", line));
        let heading = label.chars().any(char::is_alphabetic) && !label.contains(char::is_lowercase);
        if heading {
            calendar = label.starts_with("CALENDRIER");
        }
        // A calendar's periods are days in the reading.
        let dropped = heading || ["Pilote", "Pilotes", "Partenaire", "Partenaires"].contains(&label.trim()) || (calendar && !label.is_empty());
        sheet.extend(words(if dropped { rest } else { line }));
    }
    sheets
}

#[test]
fn no_word_of_the_annex_is_lost_and_none_is_invented() {
    let Some(text) = seed() else { return };
    let reading = read(&text).unwrap();
    let annex = annex(&text);
    assert_eq!(annex.len(), 23);
    for (sheet, source) in reading.plan.sheets().zip(annex) {
        let mut read: HashMap<String, usize> = HashMap::new();
        said(sheet).into_iter().filter(|text| *text != sheet.title).flat_map(words).for_each(|word| *read.entry(word).or_default() += 1);
        let known: HashSet<&String> = source.iter().collect();
        let invented: Vec<&String> = read.keys().filter(|word| !known.contains(word)).collect();
        assert!(invented.is_empty(), "sheet {}: {invented:?}", sheet.number);
        // « A et B » becomes two names.
        for word in source.iter().filter(|word| *word != "et") {
            let left = read.get_mut(word).filter(|left| **left > 0).unwrap_or_else(|| panic!("sheet {}: {word} is lost", sheet.number));
            *left -= 1;
        }
        // Only what « en externe » says is told again, with each of its names.
        let again: usize = read.iter().filter(|(word, _)| *word != "et").map(|(_, left)| left).sum();
        assert_eq!(again, if sheet.number == 10 { 4 } else { 0 }, "sheet {}: {read:?}", sheet.number);
    }
}

#[test]
fn the_sheets_that_people_look_at_first() {
    let Some(text) = seed() else { return };
    let reading = read(&text).unwrap();
    let sheet = |number| &reading.plan.sheets().find(|sheet| sheet.number == number).unwrap().content;
    assert_eq!(sheet(17).method[1].text, "En externe :");
    assert_eq!((sheet(17).method[0].items.len(), sheet(17).method[1].items.len()), (0, 5));
    assert_eq!(sheet(8).method[0].items.len(), 3);
    assert_eq!(sheet(2).partners, ["Direction enfance et famille (ASE/PMI)", "Direction de l'insertion (VEI)"]);
    assert_eq!(sheet(12).pilots, ["Direction de l'Action Sociale", "Direction de l'Insertion"]);
    assert_eq!(sheet(10).partners[1], "en externe : PJJ");
    assert!(sheet(18).objectives[0].starts_with("Au niveau départemental : Identifier"));
    assert!(sheet(23).method[0].items[0].starts_with("au niveau départemental : "));
    assert_eq!(sheet(5).calendar[0].text, "mise en œuvre de la désectorisation sur les MDS concernées");
}
