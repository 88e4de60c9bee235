//! `/admin/courrier/{id}`: one mail as its recipient reads it, why it left, and what every try came to.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpResponse, web};
use serde_json::{Value, json};

use super::list;
use super::words::{self, Named, Setting};
use crate::accounts;
use crate::accounts::model::{Account, Viewer};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::forms::Submitted;
use crate::http::notice::Notice;
use crate::http::shell::Frame;
use crate::http::visit::Visit;
use crate::http::{admin, mail_html, paths};
use crate::kernel::ids::MailId;
use crate::kernel::text::slug;
use crate::kernel::{EmailAddress, Moment};
use crate::mail::catalogue;
use crate::mail::log::{self, Attempt, Entry};
use crate::mail::model::Stage;
use crate::mail::pages::again;
use crate::mail::reading::{self, Letter, linked};

/// Everything that the page shows, read in one go.
struct Seen {
    entry: Entry,
    record: Option<Named>,
    /// Whose address it is, if it is somebody's.
    person: Option<Account>,
    objection: Option<&'static str>,
}

impl Seen {
    fn load(conn: &mut Conn, viewer: &Viewer, id: &MailId, now: Moment) -> Result<Self> {
        let entry = log::find(conn, id)?;
        let record = entry.line.record.as_ref().map(|record| words::named(conn, viewer, record)).transpose()?;
        let person = EmailAddress::parse(&entry.line.recipient).and_then(|address| accounts::service::by_email(conn, &address).ok());
        let objection = again::objection(conn, &entry, now)?;
        Ok(Self { entry, record, person, objection })
    }
}

pub async fn page(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    shown(&visit, &id, None).await
}

pub async fn send_again(Submitted { visit, .. }: Submitted, id: web::Path<String>) -> Result<HttpResponse> {
    visit.administrator()?;
    let (mail, now) = (MailId::parse(&id).ok_or(Error::NotFound)?, visit.now);
    let wanted = mail.clone();
    match visit.app.db.write(move |conn| again::one(conn, &wanted, now)).await {
        Ok(()) => {
            visit.app.bell.ring();
            Ok(visit.redirect(&paths::mail(&mail), Some(Notice::MailQueuedAgain)))
        }
        Err(Error::Refused(reason)) => shown(&visit, &id, Some(&reason)).await,
        Err(error) => Err(error),
    }
}

/// The HTML as the recipient's program shows it, on a page of its own.
pub async fn html(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let entry = found(&visit, &id).await?;
    let letter = letter(&entry, &visit).ok_or(Error::NotFound)?;
    Ok(mail_html::page(&letter.html.ok_or(Error::NotFound)?, &visit.app.chance))
}

/// The bytes that left, as a file that every mail program opens.
pub async fn message(visit: Visit, id: web::Path<String>) -> Result<HttpResponse> {
    let entry = found(&visit, &id).await?;
    if is_hidden(&entry, &visit) {
        return Err(Error::Forbidden(
            "Cet e-mail contient un lien personnel, qui ouvre un compte. Seul son destinataire doit l’avoir : il ne se télécharge pas.".into(),
        ));
    }
    let name = format!("attachment; filename=\"{}.eml\"", slug(&words::title(&entry.line)));
    Ok(HttpResponse::Ok()
        .content_type("message/rfc822")
        .insert_header((header::CONTENT_DISPOSITION, name))
        .insert_header((header::CACHE_CONTROL, "no-cache, private"))
        .body(entry.bytes.ok_or(Error::NotFound)?))
}

async fn found(visit: &Visit, id: &str) -> Result<Entry> {
    visit.administrator()?;
    let id = MailId::parse(id).ok_or(Error::NotFound)?;
    visit.app.db.read(move |conn| log::find(conn, &id)).await
}

/// Must its personal link be kept from whoever reads it here? Where no mail leaves, this page is the only way to follow it.
fn is_hidden(entry: &Entry, visit: &Visit) -> bool {
    visit.app.config.smtp.is_some() && catalogue::kind(&entry.line.template).is_some_and(|kind| kind.secret)
}

fn letter(entry: &Entry, visit: &Visit) -> Option<Letter> {
    let letter = reading::read(entry.bytes.as_ref()?)?;
    Some(if is_hidden(entry, visit) { letter.without_secrets() } else { letter })
}

async fn shown(visit: &Visit, id: &str, warning: Option<&str>) -> Result<HttpResponse> {
    visit.administrator()?;
    let id = MailId::parse(id).ok_or(Error::NotFound)?;
    let (read, viewer, now) = (id.clone(), visit.viewer.clone(), visit.now);
    let seen = visit.app.db.read(move |conn| Seen::load(conn, &viewer, &read, now)).await?;
    let (line, setting) = (&seen.entry.line, Setting::of(&visit.app, now));
    let (letter, hidden) = (letter(&seen.entry, visit), is_hidden(&seen.entry, visit));
    let here = paths::mail(&id);
    let title = letter.as_ref().map(|letter| letter.subject.clone()).filter(|subject| !subject.is_empty()).unwrap_or_else(|| words::title(line));
    let mut commands = Vec::new();
    if letter.as_ref().is_some_and(|letter| letter.html.is_some()) {
        commands.push(admin::command("Voir la version mise en forme", &format!("{here}/html"), "get", "secondary"));
    }
    if seen.entry.bytes.is_some() && !hidden {
        commands.push(admin::command("Télécharger (.eml)", &format!("{here}/message.eml"), "get", "quiet"));
    }
    let kind = catalogue::kind(&line.template);
    let data = json!({
        "heading": title,
        "breadcrumb": admin::breadcrumb(&[(list::HEADING, list::PATH)], &words::kind(line)),
        "tabs": admin::tabs(visit).await?,
        "commands": commands,
        "warning": warning,
        "state": setting.state(line.stage),
        "when": line.sent_at.filter(|_| line.stage == Stage::Sent).map_or_else(|| format!("Écrit {}", setting.when(line.created_at)), |at| setting.when(at)),
        "hindrance": line.hindrance().map(|fault| words::told(line.stage, fault)),
        "next": setting.next_try(line),
        "rows": rows(&seen, letter.as_ref(), &setting),
        "why": { "kind": words::kind(line), "when": kind.map(|kind| kind.when), "record": seen.record.as_ref().map(Named::json) },
        "text": letter.as_ref().map(|letter| linked(&letter.text, &visit.app.config.base_url)),
        "missing": missing(&seen.entry),
        "hidden": hidden && letter.is_some(),
        "again": seen.objection.is_none().then(|| json!({ "action": format!("{here}/renvoyer"), "effect": again::effect(line.stage) })),
        "objection": seen.objection.filter(|_| !line.stage.is_waiting()),
        "history": history(&seen.entry, &setting),
        "created_at": line.created_at,
        "created": setting.when(line.created_at),
        "message_id": seen.entry.message_id,
    });
    let status = if warning.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
    visit.framed("admin/mail", &title, Frame::default(), status, data)
}

fn rows(seen: &Seen, letter: Option<&Letter>, setting: &Setting) -> Value {
    let row = |label: &str, value: String, href: Option<String>, link: Option<String>| json!({ "label": label, "value": value, "href": href, "link": link });
    let person = seen.person.as_ref();
    let to = letter.map_or_else(|| seen.entry.line.recipient.clone(), |letter| letter.to.clone());
    let mut rows = vec![row("À", to, person.map(|account| paths::account(&account.id)), person.map(|account| account.name.clone()))];
    if let Some(letter) = letter {
        rows.insert(0, row("De", letter.from.clone(), None, None));
    }
    let date = letter.and_then(|letter| letter.date).unwrap_or(seen.entry.line.created_at);
    rows.push(row("Date", setting.zone.in_words(date), None, None));
    if let Some(files) = letter.map(|letter| letter.files.join(", ")).filter(|files| !files.is_empty()) {
        rows.push(row("Fichier", files, None, None));
    }
    rows.into()
}

/// Why there is nothing to read.
fn missing(entry: &Entry) -> Option<&'static str> {
    match (&entry.bytes, &entry.message_id, entry.line.stage) {
        (Some(_), ..) => None,
        (None, Some(_), _) => Some("Le texte n’est plus gardé : il est effacé après trois mois. Le reste l’est pendant un an."),
        (None, None, Stage::Failed | Stage::Cancelled) => Some("Cet e-mail n’a pas été composé."),
        (None, None, _) => Some("Cet e-mail sera composé au moment de partir."),
    }
}

/// What the tries came to, the latest first; failures alike that follow each other are one line. Why the last one failed is said above, as long
/// as it stands against the mail.
fn history(entry: &Entry, setting: &Setting) -> Vec<Value> {
    let last = entry.attempts.last().filter(|_| entry.line.hindrance().is_some()).map(|attempt| attempt.at);
    let alike = |a: &Attempt, b: &Attempt| {
        let words = |attempt: &Attempt| attempt.fault.as_ref().map(|fault| log::diagnosis::of_try(attempt.outcome, fault));
        a.fault.is_some() && a.outcome == b.outcome && words(a) == words(b)
    };
    let told = |tries: &[Attempt]| {
        let (first, last_try) = (&tries[0], &tries[tries.len() - 1]);
        let text = match last_try.outcome {
            Stage::Sent if setting.leaves => "Remis au serveur de messagerie",
            Stage::Sent => "Écrit dans un fichier",
            Stage::Deferred => "Pas parti",
            outcome => outcome.label(),
        };
        json!({
            "at": last_try.at,
            "when": setting.when(last_try.at),
            "text": text,
            "count": tries.len(),
            "since": (tries.len() > 1).then(|| setting.when(first.at)),
            "told": last_try.fault.as_ref().filter(|_| last != Some(last_try.at)).map(|fault| words::told(last_try.outcome, fault)),
        })
    };
    entry.attempts.chunk_by(alike).rev().map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Chance, Zone};
    use crate::mail::log::Line;
    use crate::mail::model::{Fault, Step};

    fn told(stage: Stage, tries: &[(Stage, Option<Fault>)]) -> Vec<Value> {
        let at = Moment::from_micros(0);
        let setting = Setting { zone: Zone::named("Europe/Paris").unwrap(), now: at, leaves: true };
        let line = Line {
            id: MailId::new(at, &Chance::seeded(1)),
            recipient: "a@vienne.example".into(),
            template: "reset".into(),
            subject: None,
            stage,
            fault: tries.last().and_then(|(_, fault)| fault.clone()),
            record: None,
            created_at: at,
            due_at: at,
            sent_at: None,
        };
        let attempt = |(second, (outcome, fault)): (i64, &(Stage, Option<Fault>))| Attempt {
            at: at.plus_seconds(second),
            outcome: *outcome,
            fault: fault.clone(),
        };
        history(&Entry { line, bytes: None, message_id: None, attempts: (1..).zip(tries).map(attempt).collect() }, &setting)
    }

    #[test]
    fn tries_alike_are_told_once() {
        let closed = || (Stage::Deferred, Some(Fault::new(Step::Connect, None, "Connection refused")));
        let busy = || (Stage::Deferred, Some(Fault::new(Step::Recipient, Some(450), "busy")));
        let left = || (Stage::Sent, None);
        let told = told(Stage::Sent, &[closed(), closed(), closed(), busy(), left(), left()]);
        let told = &told[1..];
        assert_eq!(told.iter().map(|one| one["count"].as_i64().unwrap()).collect::<Vec<_>>(), [1, 1, 3]);
        assert_eq!((&told[0]["text"], &told[0]["told"]), (&json!("Remis au serveur de messagerie"), &Value::Null));
        assert_eq!((&told[2]["at"], told[2]["since"].is_null()), (&json!("1970-01-01T00:00:03Z"), false));
        assert!(told[2]["told"]["words"].is_string());
    }

    #[test]
    fn what_stands_against_a_mail_is_told_above_its_history() {
        let refused = || (Stage::Failed, Some(Fault::new(Step::Recipient, Some(550), "unknown")));
        assert!(told(Stage::Failed, &[refused()])[0]["told"].is_null());
        assert!(told(Stage::Queued, &[refused()])[0]["told"].is_object(), "queued again: it is said in the history only");
    }
}
