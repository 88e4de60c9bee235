//! Every mail of the catalogue: its files, how it reads, what its HTML may hold; and the mails that an instance writes itself.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use traitdunion::kernel::Zone;
use traitdunion::mail::catalogue::{self, Duty, KINDS, Kind};
use traitdunion::view::View;
use traitdunion::view::samples::{self, Around};

use crate::support::program::{Server, program, run};
use crate::support::source::{self, none};
use crate::support::{Engine, TestApp, Who, both};

both!(administrators_read_every_mail_as_it_leaves, an_override_is_shown_and_a_refused_one_too, a_server_starts_whatever_its_overrides_are);

const BASE_URL: &str = "https://traitdunion.vienne.example";
const UNSUBSCRIBE: &str = "https://traitdunion.vienne.example/desinscription/exemple";
const PARTS: [&str; 3] = ["subject.txt", "body.txt", "body.html"];

fn view() -> View {
    View::new(Zone::named("Europe/Paris").expect("a zone")).expect("templates that parse")
}

/// A mail as it leaves: its subject, text and HTML.
struct Mail {
    subject: String,
    text: String,
    html: String,
}

fn rendered(view: &View, kind: &Kind, sample: &Value, unsubscribe: Option<&str>) -> Mail {
    let mut data = sample.clone();
    Around { base_url: BASE_URL, instance: "Trait d’union", departement: "Vienne", unsubscribe }.put(&mut data);
    let name = |part: &str| format!("mail/{}/{part}", kind.name);
    let text = |part: &str| view.text(&name(part), &data).unwrap_or_else(|error| panic!("{error}"));
    let html = view.html(&name("body.html"), &data).unwrap_or_else(|error| panic!("{error}"));
    Mail { subject: text("subject.txt").trim().to_owned(), text: text("body.txt"), html }
}

/// As its recipient gets it: with a way out when there is one.
fn usual(view: &View, kind: &Kind) -> Mail {
    rendered(view, kind, &samples::of_mail(kind.name)[0], (kind.duty == Duty::Chosen).then_some(UNSUBSCRIBE))
}

/// The folders of `templates/mail/`.
fn folders() -> BTreeSet<String> {
    let files = source::files("templates/mail", "").into_iter();
    files.filter_map(|file| Some(file.path.strip_prefix("templates/mail/")?.split_once('/')?.0.to_owned())).collect()
}

#[test]
fn every_mail_of_the_catalogue_has_its_files_its_sample_and_its_snapshot() {
    let mut offences = Vec::new();
    for kind in KINDS {
        let name = kind.name;
        let mut files: Vec<String> = PARTS.iter().map(|part| format!("templates/mail/{name}/{part}.hbs")).collect();
        files.push(format!("templates/samples/mail/{name}.json"));
        files.push(format!("tests/it/snapshots/it__mail_templates__{name}.snap"));
        offences.extend(files.into_iter().filter(|path| !source::root().join(path).exists()).map(|path| format!("{path} is missing")));
        if KINDS.iter().filter(|other| other.name == name).count() > 1 {
            offences.push(format!("{name} is twice in the catalogue"));
        }
        let sent = source::files("src", ".rs").iter().any(|file| !file.path.ends_with("catalogue.rs") && file.text.contains(&format!("\"{name}\"")));
        if !sent {
            offences.push(format!("{name}: nothing sends it"));
        }
    }
    none(offences, "mails of the catalogue");
}

#[test]
fn every_mail_template_is_of_the_catalogue() {
    let mut offences: Vec<String> =
        folders().into_iter().filter(|name| catalogue::kind(name).is_none()).map(|name| format!("templates/mail/{name}/")).collect();
    for file in source::files("templates/mail", "") {
        if !PARTS.iter().any(|part| file.path.ends_with(&format!("/{part}.hbs"))) {
            offences.push(file.path);
        }
    }
    for file in source::files("tests/it/snapshots", ".snap") {
        let name = file.path.trim_start_matches("tests/it/snapshots/it__mail_templates__").trim_end_matches(".snap");
        if !name.contains('/') && catalogue::kind(name).is_none() {
            offences.push(file.path);
        }
    }
    none(offences, "what no mail of the catalogue reads");
}

#[test]
fn every_mail_reads_well() {
    let (view, mut offences) = (view(), Vec::new());
    // To be looked at in a browser.
    let folder = source::root().join("target/mails");
    std::fs::create_dir_all(&folder).expect("a folder");
    for kind in KINDS {
        let Mail { subject, text, html } = usual(&view, kind);
        offences.extend(clumsy(kind, &subject, &text, &html).into_iter().map(|what| format!("{}: {what}", kind.name)));
        std::fs::write(folder.join(format!("{}.html", kind.name)), &html).expect("a file");
        insta::assert_snapshot!(kind.name, format!("Objet : {subject}\n\n{text}\n\n----- HTML\n\n{html}"));
    }
    none(offences, "mails");
}

/// What no mail of ours does.
fn clumsy(kind: &Kind, subject: &str, text: &str, html: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut not = |is_so: bool, what: &str| {
        if !is_so {
            wrong.push(what.to_owned());
        }
    };
    not(!subject.is_empty() && !subject.contains('\n') && subject.chars().count() <= 120, "the subject is one line of 120 characters at most");
    let link = format!("{BASE_URL}{}", samples::of_mail(kind.name)[0]["link"].as_str().unwrap_or_default());
    not(text.starts_with("Bonjour"), "the text greets");
    not(text.lines().filter(|line| *line == link).count() == 1, "the text has its link once, alone on its line");
    not(!text.contains("\n\n\n") && !text.contains("&#"), "the text has neither holes nor escapes");
    not(text.lines().all(|line| line.chars().count() <= 100), "a line of the text is longer than 100 characters");
    let foot = text.split_once("\n-- \n").map_or("", |(_, foot)| foot);
    not(foot.contains("Vous recevez ce message parce qu"), "the text ends by why one receives it");
    not(html.contains("Vous recevez ce message parce qu"), "the HTML ends by why one receives it");
    let headings = html.split("<h2 ").skip(1).filter_map(|part| part.split_once('>')?.1.split_once("</h2>")).map(|(heading, _)| heading);
    headings.for_each(|heading| not(text.lines().any(|line| line == heading), "a heading of the HTML is not the text's"));
    not(html.matches("class=\"mail-button\"").count() == 1, "there is one thing to do");
    for (part, content) in [("text", foot), ("HTML", html)] {
        let leaves = content.contains("Ne plus recevoir ces messages") && content.contains(UNSUBSCRIBE);
        not(leaves == (kind.duty == Duty::Chosen), &format!("the {part} offers to stop it when one may, and only then"));
    }
    wrong
}

#[test]
fn every_variant_of_a_mail_renders() {
    let view = view();
    for kind in KINDS {
        for sample in samples::of_mail(kind.name) {
            for unsubscribe in [None, Some(UNSUBSCRIBE)] {
                let mail = rendered(&view, kind, &sample, unsubscribe);
                assert!(!mail.text.contains("\n\n\n"), "{}: {}", kind.name, mail.text);
                assert_eq!(mail.html.contains(UNSUBSCRIBE), unsubscribe.is_some());
                assert_eq!(mail.text.contains(UNSUBSCRIBE), unsubscribe.is_some());
            }
        }
    }
}

#[test]
fn the_html_of_mails_holds_anywhere() {
    let (view, mut offences) = (view(), Vec::new());
    for kind in KINDS {
        let html = usual(&view, kind).html;
        offences.extend(fragile(&html).into_iter().map(|what| format!("{}: {what}", kind.name)));
    }
    none(offences, "mails in HTML");
}

/// What mail programs drop, block or lay out otherwise.
fn fragile(html: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for never in ["<img", "<script", "<link", "<form", "<iframe", "<object", "url(", "@import", "background=\"", "src=", "javascript:", "{{"] {
        if html.contains(never) {
            wrong.push(format!("{never} is in it"));
        }
    }
    let Some((head, body)) = html.split_once("</head>") else { return vec!["it has no head".into()] };
    if !html.starts_with("<!doctype html>") || !html.contains("<html lang=\"fr\"") || !head.contains("name=\"color-scheme\"") {
        wrong.push("it says neither its kind, nor its language, nor its colours".into());
    }
    if body.contains("<style") {
        wrong.push("a style sheet is not in the head".into());
    }
    for tag in body.split('<').filter_map(|tag| tag.split('>').next()) {
        let name = tag.split([' ', '/']).next().unwrap_or_default();
        // Headings and cells without a style of their own take the one of the mail program.
        if ["table", "td", "h1", "a"].contains(&name)
            && !tag.contains(" style=\"")
            && !tag.starts_with("table role=\"presentation\" width=\"600\"")
            && tag != "td"
        {
            wrong.push(format!("<{tag}> has no style"));
        }
        if name == "table" && !tag.contains("role=\"presentation\"") {
            wrong.push(format!("<{tag}> is read out as a table"));
        }
        if tag.contains(" on") && tag.contains("=\"") && tag.split(' ').any(|part| part.starts_with("on") && part.contains('=')) {
            wrong.push(format!("<{tag}> runs something"));
        }
    }
    for (before, after) in [("width=\"", "\""), ("width:", "px"), ("width: ", "px")] {
        for value in html.split(before).skip(1).filter_map(|rest| rest.split_once(after)).map(|(value, _)| value) {
            if value.parse::<u32>().is_ok_and(|width| width > 600) {
                wrong.push(format!("{value} pixels wide"));
            }
        }
    }
    for link in html.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
        if !link.starts_with(BASE_URL) {
            wrong.push(format!("a link leads to {link}"));
        }
    }
    wrong
}

/// Puts markup in every value, as deep as they are.
fn spoil(value: &mut Value) {
    match value {
        Value::String(text) if !text.starts_with('/') => *text = "<b onclick=\"x\">'{{name}}</td><script>".into(),
        Value::Array(items) => items.iter_mut().for_each(spoil),
        Value::Object(fields) => fields.values_mut().for_each(spoil),
        _ => {}
    }
}

#[test]
fn no_value_becomes_markup() {
    let view = view();
    for kind in KINDS {
        let mut sample = samples::of_mail(kind.name).remove(0);
        spoil(&mut sample);
        let html = rendered(&view, kind, &sample, None).html;
        assert!(!html.contains("<b ") && !html.contains("<script") && !html.contains("onclick=\"x"), "{}: {html}", kind.name);
    }
}

async fn administrators_read_every_mail_as_it_leaves(app: TestApp) {
    let browser = app.sign_in(Who::Administrator);
    let list = browser.get("/admin/modeles").await.expect(200).has("On peut s’en désinscrire").has("Toujours envoyé");
    assert!(!list.text.contains("Fichiers refusés"), "{}", list.text);
    for kind in KINDS {
        assert!(list.text.contains(&format!("/admin/modeles/{}\"", kind.name)) && list.text.contains(kind.label));
        let page = browser.get(&format!("/admin/modeles/{}", kind.name)).await.expect(200).has(kind.when).has("Bonjour");
        page.has(&format!("mail/{}/body.html.hbs", kind.name)).has(&format!("/admin/modeles/{}/html", kind.name));
        let html = browser.get(&format!("/admin/modeles/{}/html", kind.name)).await.expect(200);
        let policy = html.header("content-security-policy");
        let nonce = policy.split_once("'nonce-").and_then(|(_, rest)| rest.split_once('\'')).expect("a nonce").0;
        assert_eq!(policy, format!("default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"));
        assert!(html.header("x-content-type-options") == "nosniff" && html.header("cache-control").contains("private"));
        let sheets = html.text.matches("<style").count() - html.text.matches("<!--[if mso]><style").count();
        assert_eq!(html.text.matches(&format!("<style nonce=\"{nonce}\">")).count(), sheets);
        assert!(html.text.split("-->").all(|part| !part.split("<!--").next().unwrap_or_default().contains(" style=\"")), "{}", html.text);
        assert_ne!(browser.get(&format!("/admin/modeles/{}/html", kind.name)).await.header("content-security-policy"), policy);
    }
    for part in source::files("templates/partials", ".hbs").into_iter().filter(|file| file.path.contains("/mail_")) {
        assert!(list.text.contains(part.path.trim_start_matches("templates/")), "{} is not shown", part.path);
    }
    browser.get("/admin/modeles/inconnu").await.expect(404);
    browser.get("/admin/modeles/..%2freset/html").await.expect(404);
}

/// A folder with one override that holds and one that does not.
fn write_overrides(folder: &Path) {
    let mail = folder.join("mail/reset");
    std::fs::create_dir_all(&mail).expect("a folder");
    std::fs::write(mail.join("subject.txt.hbs"), "Un mot de passe pour {{name}}\n").expect("a file");
    std::fs::write(mail.join("body.txt.hbs"), "Bonjour {{name}},\n{{base_url}}{{link}}\n{{nom}}\n").expect("a file");
}

async fn an_override_is_shown_and_a_refused_one_too(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    write_overrides(folder.path());
    let app = TestApp::on(engine).set("TEMPLATES_DIR", folder.path().display().to_string()).start().await;
    let browser = app.sign_in(Who::Administrator);
    browser.get("/admin").await.expect(200).has("1 fichier de modèle d’e-mail est refusé");
    let list = browser.get("/admin/modeles").await.expect(200).has("Fichiers refusés").has("mail/reset/body.txt.hbs");
    list.has("Ligne 3\u{a0}: « nom » n’existe pas").has("Le vôtre");
    let page = browser.get("/admin/modeles/reset").await.expect(200).has("Un mot de passe pour Claire Besson").has("Ligne 3");
    page.has("nous ne le demandons jamais");
    let other = browser.get("/admin/modeles/invitation").await.expect(200);
    assert!(!other.text.contains("Fichiers refusés"), "{}", other.text);
}

async fn a_server_starts_whatever_its_overrides_are(engine: Engine) {
    let (database, _) = engine.fresh();
    let folder = database.path().join("data/templates");
    write_overrides(&folder);
    std::fs::create_dir_all(folder.join("partials")).unwrap();
    // Two parts that include each other, which nothing must ever try to render.
    std::fs::write(folder.join("partials/mail_button.hbs"), "{{> partials/mail_record}}").unwrap();
    std::fs::write(folder.join("partials/mail_record.hbs"), "{{> partials/mail_button}}").unwrap();
    let server = Server::start(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).env("TRAITDUNION_LOG", "warn"));
    assert_eq!(server.get("/readyz").0, 200);
    let said = server.says("mail_record.hbs\"");
    let warnings: Vec<&str> = said.lines().filter(|line| line.contains("an override of a mail template is refused")).collect();
    assert_eq!(warnings.len(), 3, "{said}");
    assert!(warnings[0].contains("WARN") && warnings[0].contains("body.txt.hbs") && warnings[0].contains("\"line\":3"), "{said}");
    assert!(warnings[0].contains("« nom » n’existe pas"), "{said}");
    drop(server);
    let (code, said) = run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).arg("doctor"));
    let lines: Vec<&str> = said.lines().filter(|line| line.contains("modèles de courriel")).collect();
    assert!(code == Some(1) && lines.len() == 3, "{said}");
    assert!(lines[0].starts_with("À FAIRE") && lines[0].contains("body.txt.hbs, ligne 3 : « nom » n’existe pas"), "{said}");
    std::fs::remove_file(folder.join("mail/reset/body.txt.hbs")).unwrap();
    std::fs::remove_dir_all(folder.join("partials")).unwrap();
    let (_, said) = run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).arg("doctor"));
    assert!(said.contains("ok       modèles de courriel : 1 fichier"), "{said}");
    let elsewhere = database.path().join("ailleurs");
    let (_, said) =
        run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).env("TRAITDUNION_TEMPLATES_DIR", &elsewhere).arg("doctor"));
    assert!(said.contains("TRAITDUNION_TEMPLATES_DIR"), "{said}");
}
