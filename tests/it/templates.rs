//! Every page renders with its samples, and every sample is of a page or a mail.

use serde_json::Value;
use traitdunion::kernel::Zone;
use traitdunion::mail::catalogue;
use traitdunion::view::View;

use crate::support::source::{self, none};

fn view() -> View {
    View::new(Zone::named("Europe/Paris").expect("a zone")).expect("templates that parse")
}

/// The samples of a page: `<page>.json`, then its variants `<page>.<variant>.json`.
fn samples(page: &str) -> Vec<(String, Value)> {
    let prefix = format!("templates/samples/{page}.");
    let ours = source::files("templates/samples", ".json").into_iter().filter(|file| file.path.starts_with(&prefix));
    ours.map(|file| (serde_json::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path)), file.path))
        .map(|(json, path)| (path, json))
        .collect()
}

fn pages(view: &View) -> Vec<String> {
    let parts = ["layouts/", "partials/", "mail/"];
    let mut pages: Vec<String> = view.names().filter(|name| !parts.iter().any(|part| name.starts_with(part))).map(str::to_owned).collect();
    pages.sort();
    pages
}

#[test]
fn every_page_renders_with_its_samples() {
    let (view, mut offences) = (view(), Vec::new());
    let folder = source::root().join("target/pages");
    drop(std::fs::remove_dir_all(&folder));
    for page in pages(&view) {
        let samples = samples(&page);
        if !samples.iter().any(|(path, _)| *path == format!("templates/samples/{page}.json")) {
            offences.push(format!("templates/{page}.hbs has no templates/samples/{page}.json"));
        }
        for (path, sample) in samples {
            match view.html(&page, &sample) {
                Err(error) => offences.push(format!("{path}: {error}")),
                Ok(html) => {
                    offences.extend(wrong(&html).into_iter().map(|what| format!("{path}: {what}")));
                    // The browser suite gives these to the HTML validator: they hold states that its crawl may not meet.
                    let file = folder.join(path.replace("templates/samples/", "").replace('/', "-").replace(".json", ".html"));
                    std::fs::create_dir_all(&folder).expect("a folder");
                    std::fs::write(file, html).expect("a file");
                }
            }
        }
    }
    none(offences, "pages");
}

/// A sign that begins a line has lost its word: what stands before it is a no-break space. What is between braces counts as a word.
#[test]
fn no_sign_leaves_its_word() {
    let signs = [" :", " ;", " ?", " !", " »", "« "];
    let ours = source::files("templates", ".hbs").into_iter().filter(|file| !file.path.contains("/mail"));
    let mut offences = Vec::new();
    for file in ours {
        for (number, line) in (1..).zip(file.text.lines()) {
            let told: String =
                line.replace("}}", "{{").split("{{").enumerate().map(|(place, part)| if place % 2 == 0 { part } else { "x" }).collect();
            offences.extend(
                signs.iter().filter(|sign| told.contains(*sign)).map(|sign| format!("{}:{number} has « {sign} » with a plain space", file.path)),
            );
        }
    }
    none(offences, "signs");
}

/// What no page of ours has.
fn wrong(html: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let headings = html.matches("<h1").count();
    if headings != 1 {
        wrong.push(format!("{headings} first-level headings"));
    }
    if !html.starts_with("<!doctype html>") || !html.contains("<html lang=\"fr\"") {
        wrong.push("neither doctype nor language".into());
    }
    for script in html.split("<script").skip(1).filter(|script| !script.split('>').next().is_some_and(|tag| tag.contains(" src="))) {
        wrong.push(format!("an inline script: {}", script.chars().take(60).collect::<String>()));
    }
    if html.contains("{{") {
        wrong.push("a helper left as it was written".into());
    }
    wrong
}

#[test]
fn every_sample_is_of_a_page() {
    let (pages, mut offences) = (pages(&view()), Vec::new());
    for file in source::files("templates/samples", ".json") {
        let name = file.path.trim_start_matches("templates/samples/").trim_end_matches(".json");
        let (folder, leaf) = name.rsplit_once('/').unwrap_or(("", name));
        let page = format!("{folder}{}{}", if folder.is_empty() { "" } else { "/" }, leaf.split('.').next().unwrap_or(leaf));
        if !pages.contains(&page) && page.strip_prefix("mail/").and_then(catalogue::kind).is_none() {
            offences.push(format!("{} is the sample of no template", file.path));
        }
    }
    none(offences, "samples");
}
