//! What overrides may do, and what none may.

use std::path::Path;

use serde_json::{Value, json};

use super::Refused;
use crate::kernel::Zone;
use crate::view::samples::{self, Around};
use crate::view::{View, source};

/// A folder of overrides; each file by its path under it.
struct Folder(tempfile::TempDir);

impl Folder {
    fn of(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            folder.write(path, text.as_bytes());
        }
        folder
    }

    fn write(&self, path: &str, bytes: &[u8]) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn view(&self) -> View {
        View::with_overrides(Zone::named("Europe/Paris").unwrap(), self.path()).unwrap()
    }

    /// The one override that is refused: its path under the folder, its line, the reason.
    #[track_caller]
    fn refused(&self) -> (String, Option<usize>, String) {
        let view = self.view();
        let [Refused { path, line, reason }] = view.refused() else { panic!("{:?}", view.refused()) };
        assert!(view.overridden().is_empty(), "{:?}", view.overridden());
        (path.strip_prefix(self.path()).unwrap().display().to_string(), *line, reason.clone())
    }
}

fn data(mail: &str) -> Value {
    let mut data = samples::of_mail(mail).remove(0);
    Around { base_url: "https://traitdunion.vienne.example", instance: "Trait d’union", departement: "Vienne", unsubscribe: None }.put(&mut data);
    data
}

const SUBJECT: &str = "mail/reset/subject.txt.hbs";
const TEXT: &str = "mail/reset/body.txt.hbs";
const HTML: &str = "mail/reset/body.html.hbs";

/// Writes one override and expects it to be refused, saying this.
#[track_caller]
fn refuses(path: &str, text: &str, line: Option<usize>, says: &str) {
    let (found, at, reason) = Folder::of(&[(path, text)]).refused();
    assert!(found == path && at == line && reason.contains(says), "{found} {at:?} {reason}");
}

#[test]
fn an_override_replaces_one_part_and_leaves_the_rest() {
    let folder = Folder::of(&[(SUBJECT, "\u{feff}Mot de passe {{instance.departement}}\n")]);
    let view = folder.view();
    assert!(view.refused().is_empty(), "{:?}", view.refused());
    assert_eq!(view.overridden().iter().collect::<Vec<_>>(), ["mail/reset/subject.txt"]);
    let data = data("reset");
    assert_eq!(view.mail_text("mail/reset/subject.txt", &data).unwrap(), "Mot de passe Vienne\n");
    assert!(view.text("mail/reset/subject.txt", &data).unwrap().contains("nouveau mot de passe"), "the built-in one is untouched");
    assert_eq!(view.mail_text("mail/reset/body.txt", &data).unwrap(), view.text("mail/reset/body.txt", &data).unwrap());
    assert_eq!(view.mail_html("mail/reset/body.html", &data).unwrap(), view.html("mail/reset/body.html", &data).unwrap());
}

#[test]
fn a_part_that_mails_share_is_replaced_in_all_of_them() {
    let frame = source("partials/mail_frame").unwrap().replace("<strong>{{instance.name}}</strong>", "<strong>Le Département</strong>");
    let view = Folder::of(&[("partials/mail_frame.hbs", &frame)]).view();
    assert!(view.refused().is_empty(), "{:?}", view.refused());
    for mail in ["reset", "action_changed"] {
        let html = view.mail_html(&format!("mail/{mail}/body.html"), &data(mail)).unwrap();
        assert!(html.contains("<strong>Le Département</strong>"), "{html}");
    }
}

#[test]
fn without_a_folder_nothing_is_overridden() {
    let folder = Folder::of(&[]);
    for path in [folder.path().join("absent"), folder.path().to_owned()] {
        let view = View::with_overrides(Zone::named("Europe/Paris").unwrap(), &path).unwrap();
        assert!(view.refused().is_empty() && view.overridden().is_empty());
        assert!(view.mail_text("mail/reset/subject.txt", &data("reset")).is_ok());
    }
}

#[test]
fn a_copy_of_every_built_in_template_is_accepted() {
    let view = View::new(Zone::named("Europe/Paris").unwrap()).unwrap();
    let names: Vec<&str> = view.names().filter(|name| super::is_of_mail(name)).collect();
    assert!(names.len() > 25, "{names:?}");
    let folder = Folder::of(&[]);
    for name in &names {
        folder.write(&format!("{name}.hbs"), source(name).unwrap().as_bytes());
    }
    let view = folder.view();
    assert!(view.refused().is_empty(), "{:?}", view.refused());
    assert_eq!(view.overridden().len(), names.len());
    for mail in ["reset", "action_changed"] {
        let name = format!("mail/{mail}/body.html");
        assert_eq!(view.mail_html(&name, &data(mail)).unwrap(), view.html(&name, &data(mail)).unwrap());
    }
}

#[test]
fn what_cannot_be_read_is_told_with_its_line() {
    refuses(SUBJECT, "Bonjour\n{{#if name}}\n{{name}}\n", Some(4), "syntaxe");
    refuses(TEXT, "a\nb\n{{#if name}}c{{/each}}\n{{base_url}}{{link}}", Some(3), "« {{#if}} » est ouvert");
    refuses(TEXT, "{{base_url}}{{link}}\n\n{{nom}}\n", Some(3), "« nom » n’existe pas (e-mail « Nouveau mot de passe »)");
    refuses(TEXT, "{{base_url}}{{link}}\n{{majuscules name}}\n", Some(2), "« majuscules » n’existe pas");
    refuses(SUBJECT, "  \n", None, "aucun texte");
    refuses(TEXT, "Bonjour {{name}}\n", None, "{{base_url}}{{link}}");
    let endless = format!("{{{{base_url}}}}{{{{link}}}}{}", "x".repeat(300 * 1024));
    refuses(TEXT, &endless, None, "256 Kio");
    let folder = Folder::of(&[]);
    folder.write(TEXT, b"Bonjour\n\nd\xe9j\xe0\n");
    let (_, line, reason) = folder.refused();
    assert!(line == Some(3) && reason.contains("UTF-8"), "{line:?} {reason}");
}

#[test]
fn files_and_folders_of_other_names_are_told_of() {
    let cases = ["mail/reset/sujet.txt.hbs", "mail/reset/subject.txt", "mail/remise/body.txt.hbs", "partials/notice.hbs", "home.hbs", "pages/a.hbs"];
    for path in cases {
        let (found, _, reason) = Folder::of(&[(path, "x")]).refused();
        assert!(path.starts_with(&found) && reason.contains("aucun modèle"), "{found}: {reason}");
    }
    assert!(Folder::of(&[(".git/config", "x"), ("mail/.gitkeep", ""), ("mail/reset/body.txt.hbs~", "x")]).view().refused().is_empty());
}

#[test]
fn what_is_no_plain_file_is_not_opened() {
    let folder = Folder::of(&[("mail/reset/.gitkeep", "")]);
    let pipe = folder.path().join(TEXT);
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(folder.refused().2.contains("fichier ordinaire"));
    std::fs::remove_file(&pipe).unwrap();
    std::os::unix::fs::symlink(folder.path().join("nulle-part"), &pipe).unwrap();
    assert!(folder.refused().2.contains("lecture impossible"));
    std::fs::remove_file(&pipe).unwrap();
    // A link back to the top is followed as far as folders have names that hold templates.
    std::os::unix::fs::symlink(folder.path(), folder.path().join("mail/mail")).unwrap();
    assert_eq!(folder.refused().0, "mail/mail");
}

#[test]
fn values_are_never_let_through_unescaped() {
    for raw in ["{{{name}}}", "{{&name}}", "{{~{name}~}}", "{{#if name}}\n{{{name}}}{{/if}}"] {
        let line = if raw.contains('\n') { 3 } else { 2 };
        refuses(HTML, &format!("{{{{base_url}}}}{{{{link}}}}\n{raw}"), Some(line), "laisseraient passer");
    }
    // Text is not escaped anyway.
    assert!(Folder::of(&[(TEXT, "{{{name}}} {{base_url}}{{link}}")]).view().refused().is_empty());
}

#[test]
fn a_template_never_includes_itself() {
    let link = "{{base_url}}{{link}}";
    refuses("partials/mail_button.hbs", &format!("{link}{{{{> partials/mail_button}}}}"), None, "s’inclut lui-même : partials/mail_button →");
    refuses(HTML, "{{> mail/reset/body.html}}", Some(1), "n’existe pas");
    refuses(HTML, "{{> (concat \"mail/reset\" \"/body.html\")}}", Some(1), "ne se calcule pas");
    refuses(HTML, "{{> (lookup this \"name\")}}", Some(1), "ne se calcule pas");
    refuses(HTML, "x\n{{#*inline \"a\"}}{{> a}}{{/inline}}{{> a}}", Some(2), "ne sont pas admis");
    refuses(HTML, "{{#> partials/absent}}{{link}}{{/partials/absent}}", Some(1), "« partials/absent » n’existe pas");
    let folder = Folder::of(&[
        ("partials/mail_button.hbs", "{{> partials/mail_record}}"),
        ("partials/mail_record.hbs", "{{#if name}}{{#> partials/mail_quote}}{{/partials/mail_quote}}{{/if}}"),
        ("partials/mail_quote.hbs", "{{#each changed}}{{> partials/mail_button}}{{/each}}"),
    ]);
    let view = folder.view();
    assert_eq!(view.refused().len(), 3, "{:?}", view.refused());
    assert!(view.refused().iter().all(|refused| refused.reason.contains("→")), "{:?}", view.refused());
    assert!(view.overridden().is_empty());
    // Those that only lead to a loop are kept, once the loop is gone.
    let folder = Folder::of(&[
        (HTML, "{{> partials/mail_button label=\"Choisir\"}} {{unsubscribe}}"),
        ("partials/mail_button.hbs", "{{> partials/mail_button label=\"x\"}}"),
    ]);
    let view = folder.view();
    assert_eq!(view.refused().len(), 1, "{:?}", view.refused());
    assert!(view.overridden().contains("mail/reset/body.html"));
}

#[test]
fn no_loop_appears_when_an_override_is_refused() {
    // The built-in frame includes the blanks: a blank that includes the frame is sound only as long as another frame stands there.
    for frame in ["{{nom}}", "<p>{{heading}}</p>"] {
        let view =
            Folder::of(&[("partials/mail_frame.hbs", frame), ("partials/mail_blank.hbs", "{{#if name}}{{> partials/mail_frame}}{{/if}}")]).view();
        assert!(view.overridden().is_empty(), "{:?}", view.overridden());
        let reasons: Vec<&str> = view.refused().iter().map(|refused| refused.reason.as_str()).collect();
        assert!(reasons.len() == 2 && reasons[0].contains("partials/mail_blank → partials/mail_frame"), "{reasons:?}");
        assert!(view.mail_html("mail/reset/body.html", &data("reset")).is_ok());
    }
}

#[test]
fn what_stood_only_with_another_override_is_looked_at_again() {
    // This button needs no label; it is refused in a later mail, and what counted on it has to give a label again.
    let link = "{{base_url}}{{link}}";
    let view = Folder::of(&[
        ("mail/action_returned/body.html.hbs", "{{> partials/mail_button}}"),
        ("partials/mail_button.hbs", &format!("{link}{{{{#if since}}}}{{{{nom}}}}{{{{/if}}}}")),
    ])
    .view();
    assert_eq!(view.refused().len(), 2, "{:?}", view.refused());
    assert!(view.overridden().is_empty());
}

#[test]
fn a_template_never_fills_the_stack_nor_the_memory() {
    let link = "{{base_url}}{{link}}";
    // The greatest depths that the brackets allow are read; nothing of them is kept.
    for (open, close) in [("{{#if name}}", "{{/if}}"), ("{{#each changed}}", "{{/each}}"), ("{{#> partials/mail_frame}}", "{{/partials/mail_frame}}")]
    {
        for depth in [40, 900, 10_000] {
            let text = format!("{link}{}{}", open.repeat(depth), close.repeat(depth));
            let (_, _, reason) = Folder::of(&[(HTML, &text)]).refused();
            assert!(["trop de blocs", "trop d’accolades", "256 Kio"].iter().any(|words| reason.contains(words)), "{reason}");
            // Nor when nothing is closed.
            let (_, _, reason) = Folder::of(&[(HTML, &format!("{link}{}", open.repeat(depth)))]).refused();
            assert!(["syntaxe", "trop d’accolades", "256 Kio"].iter().any(|words| reason.contains(words)), "{reason}");
        }
    }
    for (open, close) in [("(concat name ", ")"), ("[", "]"), ("{\"a\":", "}"), ("(concat name [", "])")] {
        for depth in [40, 900, 1900, 100_000] {
            for text in [format!("{link}{{{{concat {}1{}}}}}", open.repeat(depth), close.repeat(depth)), format!("{{{{concat {}", open.repeat(depth))]
            {
                let folder = Folder::of(&[(TEXT, &text)]);
                // A list of lists of forty levels is harmless, and only a strange thing to write.
                assert!(!folder.view().refused().is_empty() || depth == 40, "{open}");
            }
        }
    }
    let nested = |levels: usize| format!("{link}{}x{}", "{{#each ../changed}}".repeat(levels), "{{/each}}".repeat(levels));
    refuses("mail/action_changed/body.txt.hbs", &nested(5), None, "se multiplierait");
    let long = format!("{link}{}", format!("{{{{#each changed}}}}{}{{{{/each}}}}", "x".repeat(90 * 1024)).repeat(2));
    assert!(Folder::of(&[("mail/action_submitted/body.txt.hbs", &long)]).view().refused()[0].reason.contains("changed"));
    let folder =
        Folder::of(&[("partials/mail_record.hbs", &"y".repeat(200 * 1024)), (HTML, &format!("{link}{}", "{{> partials/mail_record}}".repeat(6)))]);
    let view = folder.view();
    let [refused] = view.refused() else { panic!("{:?}", view.refused()) };
    assert!(refused.path.ends_with(HTML) && refused.reason.contains("1 Mio"), "{refused}");
}

/// A test has a stack of two mebibytes, as the threads that render mails.
#[test]
fn the_deepest_mails_that_are_accepted_render() {
    let link = "{{base_url}}{{link}} {{unsubscribe}}";
    let nested = |inner: &str| format!("{link}{}{inner}{}", "{{#if base_url}}".repeat(22), "{{/if}}".repeat(22));
    let calls = format!("{}\"x\"{}", "(concat ".repeat(20), ")".repeat(20));
    let parts = ["mail_frame", "mail_button", "mail_record", "mail_quote", "mail_blank"];
    let mut files: Vec<(String, String)> = parts
        .windows(2)
        .map(|pair| (format!("partials/{}.hbs", pair[0]), nested(&format!("{{{{> partials/{} label=\"x\" text=\"x\"}}}}", pair[1]))))
        .collect();
    files.push(("partials/mail_blank.hbs".into(), nested(&format!("{{{{concat {calls}}}}}"))));
    files.push((HTML.into(), nested("{{> partials/mail_frame why=\"x\" heading=\"x\" preheader=\"x\" label=\"x\" title=\"x\"}}")));
    // One level more than the parser is asked to accept is refused; these are not.
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let view = Folder::of(&files).view();
    assert!(view.refused().len() <= 1, "{:?}", view.refused());
    assert!(view.overridden().len() >= 5, "{:?}", view.refused());
    assert!(view.mail_html("mail/reset/body.html", &data("reset")).unwrap().contains("https://"));
}

#[test]
fn an_override_that_fails_on_real_data_gives_way() {
    let view = Folder::of(&[(SUBJECT, "{{#if (gt hours 100)}}{{heures}}{{else}}Mot de passe{{/if}}")]).view();
    assert!(view.refused().is_empty(), "{:?}", view.refused());
    let mut data = data("reset");
    assert_eq!(view.mail_text("mail/reset/subject.txt", &data).unwrap(), "Mot de passe");
    data["hours"] = json!(200);
    assert!(view.mail_text("mail/reset/subject.txt", &data).unwrap().contains("nouveau mot de passe"));
}

#[test]
fn the_override_at_fault_is_the_one_refused() {
    // The frame no longer shows the content: the mails have lost their links, and the mail's own override is not at fault.
    let own = source("mail/reset/body.html").unwrap();
    let folder = Folder::of(&[(HTML, &own), ("partials/mail_frame.hbs", "<p>{{heading}}</p>{{#if unsubscribe}}{{unsubscribe}}{{/if}}")]);
    let view = folder.view();
    let [refused] = view.refused() else { panic!("{:?}", view.refused()) };
    assert!(refused.path.ends_with("partials/mail_frame.hbs") && refused.reason.contains("{{base_url}}{{link}}"), "{refused}");
    assert_eq!(view.overridden().iter().collect::<Vec<_>>(), ["mail/reset/body.html"]);
    // The mail forgets what a shared part needs.
    refuses(HTML, "{{base_url}}{{link}} {{unsubscribe}}\n{{> partials/mail_button}}", None, "« label » n’existe pas");
    // Nobody may stop receiving what is dropped from the foot.
    let (path, _, reason) = Folder::of(&[("partials/mail_foot.txt.hbs", "-- \n{{why}}\n")]).refused();
    assert!(path.ends_with("mail_foot.txt.hbs") && reason.contains("Ne plus recevoir"), "{reason}");
}
