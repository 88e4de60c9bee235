//! The house rules of `docs/architecture.md`, checked on the text of the source.

use crate::support::source::{self, Source, names, none, uses};

/// A crate, and the files that may name it.
const DOORS: [(&str, &[&str]); 12] = [
    ("diesel", &["src/db/", "/store.rs", "/store/"]),
    ("diesel_migrations", &["src/db/"]),
    ("actix_web", &["src/http/", "src/app.rs", "src/main.rs", "src/cli/", "/pages.rs", "/pages/", "/api.rs", "/api/"]),
    ("lettre", &["src/mail/"]),
    ("openssl", &["src/mail/"]),
    ("mail_parser", &["src/mail/"]),
    ("tantivy", &["src/search/engines/", "src/search/analysis"]),
    ("meilisearch_sdk", &["src/search/engines/meilisearch/"]),
    ("reqwest", &["src/search/engines/meilisearch/"]),
    ("handlebars", &["src/view/"]),
    ("prometheus", &["src/metrics.rs"]),
    ("pdf_extract", &["src/documents/pdf.rs"]),
];

/// Where a type of ours says how it stands in a column, or an error of diesel's becomes ours.
const DERIVES: [&str; 3] = ["src/kernel/ids.rs", "src/kernel/time.rs", "src/error.rs"];

/// The slices, left to right: what they write goes left only.
const SLICES: [&str; 10] =
    ["territories", "partners", "accounts", "plans", "actions", "conventions", "meetings", "decisions", "sharing", "announcements"];

/// They hear events and read what they need, with the slices' own queries; nobody calls into them.
const READERS: [&str; 3] = ["notifications", "search", "reporting"];

fn source() -> Vec<Source> {
    source::files("src", ".rs")
}

/// The first folder, or the file, of `src/`.
fn room(file: &Source) -> &str {
    file.path.strip_prefix("src/").and_then(|path| path.split(['/', '.']).next()).unwrap_or_default()
}

#[test]
fn a_crate_is_named_behind_its_door_only() {
    let mut offences = Vec::new();
    for (name, doors) in DOORS {
        for file in source().iter().filter(|file| !doors.iter().any(|door| file.path.starts_with(door) || file.path.contains(door))) {
            if name == "diesel" && DERIVES.contains(&file.path.as_str()) {
                continue;
            }
            let found = file.lines().filter(|(_, line)| uses(line, name));
            offences.extend(found.map(|(line, text)| format!("{}:{line}: {name}: {}", file.path, text.trim())));
        }
    }
    none(offences, "a crate is named outside the files that may");
}

#[test]
fn nobody_reads_another_slices_store() {
    let mut offences = Vec::new();
    for file in source() {
        for slice in SLICES.iter().chain(&["instance", "journal", "outbox", "mail", "versions", "documents"]) {
            if room(&file) == *slice || READERS.contains(&room(&file)) {
                continue;
            }
            for (line, text) in file.lines() {
                let grouped = text.contains(&format!("crate::{slice}::{{")) && names(text, "store");
                if text.contains(&format!("{slice}::store")) || grouped {
                    offences.push(format!("{}:{line}: {}", file.path, text.trim()));
                }
            }
        }
    }
    none(offences, "a store is its slice's own: ask its service");
}

#[test]
fn slices_write_to_the_left_only() {
    let mut offences = Vec::new();
    for file in source() {
        let Some(place) = SLICES.iter().position(|slice| *slice == room(&file)) else { continue };
        // Pages and the API may show any slice's read model.
        let shows = ["/pages.rs", "/pages/", "/api.rs", "/api/"].iter().any(|part| file.path.contains(part));
        if shows {
            continue;
        }
        for right in &SLICES[place + 1..] {
            let found = file.lines().filter(|(_, line)| line.contains(&format!("crate::{right}")) || line.contains(&format!("{right}::service")));
            offences.extend(found.map(|(line, text)| format!("{}:{line}: {right}: {}", file.path, text.trim())));
        }
        for reader in READERS {
            let found = file.lines().filter(|(_, line)| line.contains(&format!("crate::{reader}::")) && !line.contains("::model"));
            offences.extend(found.map(|(line, text)| format!("{}:{line}: {reader}: {}", file.path, text.trim())));
        }
    }
    none(offences, "a slice knows those to its left, and no reader but by its model");
}

#[test]
fn the_kernel_and_calendars_know_nobody() {
    let mut offences = Vec::new();
    for file in source().iter().filter(|file| ["kernel", "ical"].contains(&room(file))) {
        let found =
            file.lines().filter(|(_, line)| line.contains("crate::") && !line.contains("crate::kernel") && !line.contains("crate::db::types"));
        offences.extend(found.map(|(line, text)| format!("{}:{line}: {}", file.path, text.trim())));
    }
    none(offences, "the kernel is what others stand on");
}

#[test]
fn files_are_short_and_say_what_they_are() {
    let mut files = source();
    files.extend(source::files("tests/it", ".rs"));
    let mut lengths: Vec<usize> = files.iter().map(|file| file.text.lines().count()).collect();
    lengths.sort_unstable();
    let median = lengths[lengths.len() / 2];
    assert!(median < 150, "half of the files are longer than {median} lines");
    let mut offences = Vec::new();
    for file in &files {
        let length = file.text.lines().count();
        if length > 600 {
            offences.push(format!("{}: {length} lines, 600 at most", file.path));
        }
        if !file.text.lines().next().is_some_and(|line| line.starts_with("//! ") && line.len() > 20) {
            offences.push(format!("{}: its first line says in a sentence what the file is (//! …)", file.path));
        }
    }
    none(offences, "files");
}

#[test]
fn nothing_is_left_for_later_in_a_comment() {
    // Spelt so that this file does not name them itself.
    let words = ["TO", "FIX", "XX", "HA"].into_iter().zip(["DO", "ME", "X", "CK"]).map(|(a, b)| format!("{a}{b}"));
    let words: Vec<String> = words.collect();
    let mut files = source();
    for (folder, ending) in
        [("tests", ".rs"), ("tests/browser", ".mjs"), ("templates", ".hbs"), ("static", ".css"), ("static", ".js"), ("migrations", ".sql")]
    {
        files.extend(source::files(folder, ending));
    }
    files.extend(source::files("scripts", ""));
    let mut offences = Vec::new();
    for file in &files {
        let found = file.lines().filter(|(_, line)| words.iter().any(|word| names(line, word)));
        offences.extend(found.map(|(line, text)| format!("{}:{line}: {}", file.path, text.trim())));
    }
    none(offences, "do it now, or write it where the project is steered");
}

#[test]
fn templates_escape_what_they_show() {
    let mut offences = Vec::new();
    for file in source::files("templates", ".hbs") {
        // Mail programs know no style sheet.
        let is_mail = file.path.starts_with("templates/mail/") || file.path.starts_with("templates/partials/mail_");
        let raw = |line: &str| line.contains("{{{") || line.contains(" onclick");
        let styled = |line: &str| !is_mail && (line.contains(" style=\"") || line.contains("<style"));
        let found = file.lines().filter(|(_, line)| raw(line) || styled(line));
        offences.extend(found.map(|(line, text)| format!("{}:{line}: {}", file.path, text.trim())));
    }
    none(offences, "no raw value, no inline style, no inline script");
}

#[test]
fn both_engines_have_the_same_migrations() {
    let of = |engine: &str| {
        let prefix = format!("migrations/{engine}/");
        source::files(&format!("migrations/{engine}"), ".sql").into_iter().map(|file| file.path.replacen(&prefix, "", 1)).collect::<Vec<_>>()
    };
    let (sqlite, postgresql) = (of("sqlite"), of("postgresql"));
    assert_eq!(sqlite, postgresql);
    let folders = sqlite.iter().filter(|path| path.ends_with("/up.sql")).count();
    assert!(folders > 0 && sqlite.len() == 2 * folders, "each migration has its up.sql and its down.sql: {sqlite:?}");
    // Of two that bear one number, only one would run.
    let numbers: std::collections::BTreeSet<&str> = sqlite.iter().filter_map(|path| path.split('_').next()).collect();
    assert_eq!(numbers.len(), folders, "each migration has a number of its own: {sqlite:?}");
}
