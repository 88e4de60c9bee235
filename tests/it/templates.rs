//! Every template renders with its sample, and every mail reads well.

use serde_json::Value;
use traitdunion::kernel::Zone;
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
    let (view, mut offences) = (view(), Vec::new());
    let (pages, mails) = (pages(&view), mails(&view));
    for file in source::files("templates/samples", ".json") {
        let name = file.path.trim_start_matches("templates/samples/").trim_end_matches(".json");
        let (folder, leaf) = name.rsplit_once('/').unwrap_or(("", name));
        let page = format!("{folder}{}{}", if folder.is_empty() { "" } else { "/" }, leaf.split('.').next().unwrap_or(leaf));
        if !pages.contains(&page) && !page.strip_prefix("mail/").is_some_and(|mail| mails.iter().any(|name| name == mail)) {
            offences.push(format!("{} is the sample of no template", file.path));
        }
    }
    none(offences, "samples");
}

fn mails(view: &View) -> Vec<String> {
    // A folder is a mail; what stands beside the folders is shared by all.
    let mut mails: Vec<String> =
        view.names().filter_map(|name| name.strip_prefix("mail/")?.split_once('/').map(|(mail, _)| mail.to_owned())).collect();
    mails.sort();
    mails.dedup();
    mails
}

#[test]
fn every_mail_has_three_parts_and_reads_well() {
    let (view, mut offences) = (view(), Vec::new());
    for mail in mails(&view) {
        let Some((path, mut sample)) = samples(&format!("mail/{mail}")).into_iter().next() else {
            offences.push(format!("templates/mail/{mail} has no templates/samples/mail/{mail}.json"));
            continue;
        };
        sample["base_url"] = "https://traitdunion.vienne.example".into();
        sample["instance"] = serde_json::json!({ "name": "Trait d’union", "departement": "86" });
        let parts = (
            view.text(&format!("mail/{mail}/subject.txt"), &sample),
            view.text(&format!("mail/{mail}/body.txt"), &sample),
            view.html(&format!("mail/{mail}/body.html"), &sample),
        );
        match parts {
            (Ok(subject), Ok(text), Ok(html)) => {
                if subject.trim().is_empty() || subject.trim().contains('\n') || subject.chars().count() > 120 {
                    offences.push(format!("{path}: the subject is one line of 120 characters at most: {subject:?}"));
                }
                insta::assert_snapshot!(format!("mail_{mail}"), format!("Objet : {}\n\n{text}\n\n----- HTML\n\n{html}", subject.trim()));
            }
            (subject, text, html) => {
                offences.extend([subject.err(), text.err(), html.err()].into_iter().flatten().map(|error| format!("{path}: {error}")));
            }
        }
    }
    none(offences, "mails");
}

/// The mails that the source names have their templates.
#[test]
fn no_mail_is_sent_without_its_template() {
    let mails = mails(&view());
    let mut offences = Vec::new();
    for file in source::files("src/notifications", ".rs").into_iter().chain(source::files("src/accounts", "service.rs")) {
        for name in [
            "invitation",
            "reset",
            "action_submitted",
            "action_returned",
            "action_published",
            "action_changed",
            "validation_reminder",
            "confirmation_reminder",
        ] {
            if file.text.contains(&format!("\"{name}\"")) && !mails.iter().any(|mail| mail == name) {
                offences.push(format!("{}: templates/mail/{name}/ is missing", file.path));
            }
        }
    }
    none(offences, "mails without templates");
}
