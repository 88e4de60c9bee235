//! Prints how search slows down as the registry grows, and how fast the index is built, in this process: what HTTP adds does not grow.
//!
//! ```text
//! cargo run --release --example relevance -- growth                 10,000, 100,000 and 1,000,000 records
//! cargo run --release --example relevance -- growth 10000 50000
//! ```
//!
//! The records are made of the public corpus: its sheets first, then mixtures of two titles and of parts of three texts, so
//! that words are as common, and as rare, as in French. The queries are those that measure relevance, with facets and marked snippets. All words
//! stay as common when the registry grows: what a common word finds grows with it, and is counted exactly.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use traitdunion::kernel::{Chance, Clock, Page, Visibility, Zone};
use traitdunion::search::engines::embedded::Embedded;
use traitdunion::search::model::{Document, Query, RecordType, SearchEngine, Sort};

use super::corpus::Sheet;
use super::queries::{Known, SETS};
use super::support::{at, ms, resident};

const COUNTS: [usize; 3] = [10_000, 100_000, 1_000_000];
/// Of each set: enough for a p95.
const QUERIES: usize = 100;
const CODES: [&str; 8] = ["86194", "86066", "86137", "86160", "86070", "86174", "86078", "86041"];
const THEMES: [&str; 5] = ["logement-hebergement", "numerique", "sante", "famille", "mobilite"];

pub fn print(counts: &[usize], sheets: &[Sheet], mut queries: Vec<Known>) {
    let counts = if counts.is_empty() { &COUNTS } else { counts };
    let mut kept = [0; SETS.len()];
    queries.retain(|query| {
        kept[query.set] += 1;
        kept[query.set] <= QUERIES
    });
    println!("{:>12}{:>16}{:>12}{:>12}{:>12}{:>12}{:>12}", "records", "built, a second", "on disk", "memory", "p50", "p95", "× p95");
    let mut first = None;
    for &count in counts {
        let folder = tempfile::tempdir_in(concat!(env!("CARGO_MANIFEST_DIR"), "/target")).expect("a folder");
        let engine = Embedded::open(folder.path()).expect("an index");
        let from = Instant::now();
        let mut records = records(sheets, count).map(Ok);
        engine.rebuild(&mut records).expect("the index is built");
        let built = count as f64 / from.elapsed().as_secs_f64();
        let times = times(&engine, &queries);
        let p95 = ms(at(&times, 95));
        let growth = p95 / *first.get_or_insert(p95);
        let (disk, memory) = (size(folder.path()) / 1e6, resident(std::process::id()));
        println!("{count:>12}{built:>16.0}{disk:>9.0} MB{memory:>8.0} MiB{:>9.2} ms{p95:>9.2} ms{growth:>12.1}", ms(at(&times, 50)));
    }
}

/// The sheets, then mixtures of them.
fn records(sheets: &[Sheet], count: usize) -> impl Iterator<Item = Document> + '_ {
    let chance = Chance::seeded(1);
    let some = move |bound: usize| usize::try_from(chance.below(bound as u64)).expect("small");
    let now = Clock::system().now();
    let today = Zone::named("Europe/Paris").expect("a zone").day(now);
    (0..count).map(move |number| {
        let (title, text) = match sheets.get(number) {
            Some(sheet) => (sheet.title.clone(), sheet.body.clone()),
            None => {
                let title = format!("{} {}", half(&sheets[some(sheets.len())].title, false), half(&sheets[some(sheets.len())].title, true));
                let parts: Vec<&str> = (0..3).map(|_| part(&sheets[some(sheets.len())].body, some(3))).collect();
                (title, parts.join(" "))
            }
        };
        let (summary, body) = text.split_at(text.char_indices().nth(300).map_or(text.len(), |(at, _)| at));
        let first = today.plus(some(900) as i64 - 700);
        Document {
            kind: if number % 5 == 0 { RecordType::PlanSheet } else { RecordType::Action },
            id: number.to_string(),
            external_id: None,
            title,
            summary: summary.to_owned(),
            body: body.to_owned(),
            names: String::new(),
            url: format!("/actions/{number}"),
            visibility: if number % 10 == 9 { Visibility::Internal } else { Visibility::Public },
            themes: vec![THEMES[some(THEMES.len())].to_owned()],
            audiences: vec!["tous-publics".to_owned()],
            territories: vec![CODES[some(CODES.len())].to_owned()],
            starts_on: Some(first),
            ends_on: Some(first.plus(some(200) as i64)),
            is_reported: number % 3 == 0,
            date: Some(first),
            updated_at: now,
        }
    })
}

fn half(title: &str, last: bool) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    let (begin, end) = words.split_at(words.len() / 2);
    if last { end } else { begin }.join(" ")
}

/// The first, second or last third of a text.
fn part(text: &str, third: usize) -> &str {
    let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let bound = |third: usize| places.get(places.len() * third / 3).copied().unwrap_or(text.len());
    &text[bound(third)..bound(third + 1)]
}

fn times(engine: &Embedded, queries: &[Known]) -> Vec<Duration> {
    let today = Zone::named("Europe/Paris").expect("a zone").day(Clock::system().now());
    let one = |known: &Known| {
        let query = Query {
            text: known.text.clone(),
            types: Vec::new(),
            themes: Vec::new(),
            audiences: Vec::new(),
            territories: BTreeMap::new(),
            situations: Vec::new(),
            after: None,
            before: None,
            sort: Sort::Relevance,
            page: Page { number: 1, size: 20 },
            visible: vec![Visibility::Public],
            today,
        };
        let from = Instant::now();
        engine.search(&query).expect("an answer");
        from.elapsed()
    };
    // What is measured is not the first of each.
    queries.iter().take(50).map(one).for_each(|_| ());
    let mut times: Vec<Duration> = queries.iter().map(one).collect();
    times.sort();
    times
}

fn size(folder: &Path) -> f64 {
    let entries = std::fs::read_dir(folder).expect("a readable folder").flatten();
    entries.map(|entry| if entry.path().is_dir() { size(&entry.path()) } else { entry.metadata().map_or(0.0, |it| it.len() as f64) }).sum()
}
