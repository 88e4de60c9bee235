//! What mails are called on pages: their state, why they wait, when they left, because of what.

use serde_json::{Value, json};

use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::paths;
use crate::kernel::ids::{AccountId, ActionId, AnnouncementId, MeetingId, OrganisationId};
use crate::kernel::time::time_in_words;
use crate::kernel::{Day, Moment, Zone};
use crate::mail::catalogue;
use crate::mail::log::Line;
use crate::mail::log::diagnosis::{of_try, verbatim};
use crate::mail::model::{Fault, Stage, Verdict};
use crate::{accounts, actions, announcements, meetings, partners};

/// What pages need to know to speak of mails.
#[derive(Clone)]
pub struct Setting {
    pub zone: Zone,
    pub now: Moment,
    /// Does mail leave? Without a server it is written to files, and the demonstration reads it here.
    pub leaves: bool,
}

impl Setting {
    pub fn of(app: &App, now: Moment) -> Self {
        Self { zone: app.config.zone.clone(), now, leaves: app.config.smtp.is_some() }
    }

    pub fn state(&self, stage: Stage) -> Value {
        let tag = match stage {
            Stage::Queued | Stage::Leased | Stage::BodyStarted => "upcoming",
            Stage::Sent => "done",
            Stage::Deferred | Stage::Uncertain => "deferred",
            Stage::Failed => "error",
            Stage::Cancelled => "plain",
        };
        let label = if stage == Stage::Sent && !self.leaves { "Écrit, pas envoyé" } else { stage.label() };
        json!({ "tag": tag, "label": label })
    }

    /// `aujourd’hui à 14 h 32`, `hier à 9 h`, `le 3 mars à 14 h 05`, and the year when it is another.
    pub fn when(&self, at: Moment) -> String {
        let (local, today) = (self.zone.local(at), self.zone.day(self.now));
        let day = self.zone.day(at);
        let day = match today.days_since(day) {
            0 => "aujourd’hui".to_owned(),
            1 => "hier".to_owned(),
            _ if today.year() == day.year() => format!("le {}", in_year(day)),
            _ => format!("le {}", day.in_short()),
        };
        format!("{day} à {}", time_in_words(local.time()))
    }

    /// When a mail that waits is tried again, as far as it can be told.
    pub fn next_try(&self, line: &Line) -> Option<String> {
        let fault = line.hindrance().filter(|_| line.stage.is_waiting())?;
        if fault.verdict() == Verdict::ServerAtFault {
            return Some("Prochain essai dans les cinq minutes.".into());
        }
        let wait = line.due_at.seconds_since(self.now);
        Some(match wait {
            ..60 => "Prochain essai dans moins d’une minute.".into(),
            _ if self.zone.day(line.due_at) == self.zone.day(self.now) => {
                format!("Prochain essai vers {}.", time_in_words(self.zone.local(line.due_at).time()))
            }
            _ => format!("Prochain essai le {}.", self.zone.in_words(line.due_at)),
        })
    }
}

/// `3 mars`.
fn in_year(day: Day) -> String {
    let short = day.in_short();
    short.rsplit_once('\u{a0}').map_or_else(|| short.clone(), |(day, _)| day.to_owned())
}

/// The subject, or before it is rendered what such mails are called.
pub fn title(line: &Line) -> String {
    line.subject.clone().filter(|subject| !subject.is_empty()).unwrap_or_else(|| kind(line))
}

/// What such mails are called.
pub fn kind(line: &Line) -> String {
    catalogue::kind(&line.template).map_or_else(|| line.template.clone(), |kind| kind.label.to_owned())
}

/// What went wrong and what to do; beside it what was said, for whoever runs the server.
pub fn told(outcome: Stage, fault: &Fault) -> Value {
    let said = verbatim(fault).map(|said| {
        let label = if fault.code.is_some() { "Ce que le serveur a répondu" } else { "Détail technique" };
        json!({ "label": label, "step": fault.step.label(), "text": said })
    });
    json!({ "words": of_try(outcome, fault), "said": said })
}

/// The record because of which a mail leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As links name it: `action:01J…`.
    pub value: String,
    pub label: String,
    pub href: Option<String>,
}

impl Named {
    pub fn json(&self) -> Value {
        json!({ "label": self.label, "href": self.href })
    }
}

/// Reads `kind:id`; None for what cannot name a record.
pub fn parse_record(text: &str) -> Option<(String, String)> {
    let (kind, id) = text.split_once(':')?;
    let sound = matches!(kind, "action" | "account" | "partner" | "meeting" | "announcement") && crate::kernel::ids::plausible(id);
    sound.then(|| (kind.to_owned(), id.to_owned()))
}

/// What a record is called and where it is shown; one that is gone is said to be.
pub fn named(conn: &mut Conn, viewer: &accounts::model::Viewer, (kind, id): &(String, String)) -> Result<Named> {
    let shown = match (kind.as_str(), ActionId::parse(id), AccountId::parse(id)) {
        ("partner", ..) => match OrganisationId::parse(id) {
            Some(id) => if_there(partners::service::read(conn, viewer, &id))?
                .map(|partner| (format!("Partenaire « {} »", partner.fields.name), paths::partner(&partner.id, &partner.fields.name))),
            None => None,
        },
        ("meeting", ..) => match MeetingId::parse(id) {
            Some(id) => if_there(meetings::service::find(conn, viewer, &id))?
                .map(|meeting| (format!("Rencontre « {} »", meeting.fields.title), paths::meeting(&meeting.id, &meeting.fields.title))),
            None => None,
        },
        ("announcement", ..) => match AnnouncementId::parse(id) {
            Some(id) => if_there(announcements::service::find(conn, viewer, &id))?
                .map(|one| (format!("{} « {} »", one.kind.label(), one.fields.title), paths::announcement(&one.id))),
            None => None,
        },
        ("action", Some(id), _) => if_there(actions::service::find(conn, viewer, &id))?
            .map(|action| (format!("Action « {} »", action.fields.title), paths::action(&action.id, &action.fields.title))),
        ("account", _, Some(id)) => {
            if_there(accounts::service::find(conn, &id))?.map(|account| (format!("Compte de {}", account.name), paths::account(&account.id)))
        }
        _ => None,
    };
    let (label, href) = shown.map_or_else(|| ("Fiche qui n’existe plus".to_owned(), None), |(label, href)| (label, Some(href)));
    Ok(Named { value: format!("{kind}:{id}"), label, href })
}

fn if_there<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Chance;
    use crate::kernel::ids::MailId;
    use crate::mail::model::Step;

    fn setting() -> Setting {
        Setting { zone: Zone::named("Europe/Paris").unwrap(), now: Moment::parse_rfc3339("2026-03-03T13:00:00Z").unwrap(), leaves: true }
    }

    fn line(stage: Stage, fault: Option<Fault>, due: &str) -> Line {
        let at = setting().now;
        Line {
            id: MailId::new(at, &Chance::seeded(1)),
            recipient: "a@vienne.example".into(),
            template: "reset".into(),
            subject: None,
            stage,
            fault,
            record: None,
            created_at: at,
            due_at: Moment::parse_rfc3339(due).unwrap(),
            sent_at: None,
        }
    }

    #[test]
    fn instants_are_told_as_people_say_them() {
        let when = |at: &str| setting().when(Moment::parse_rfc3339(at).unwrap());
        assert_eq!(when("2026-03-03T08:05:00Z"), "aujourd’hui à 9\u{a0}h\u{a0}05");
        assert_eq!(when("2026-03-01T23:30:00Z"), "hier à 0\u{a0}h\u{a0}30");
        assert_eq!(when("2026-02-28T12:00:00Z"), "le 28\u{a0}février à 13\u{a0}h");
        assert_eq!(when("2025-12-01T12:00:00Z"), "le 1er\u{a0}décembre\u{a0}2025 à 13\u{a0}h");
    }

    #[test]
    fn the_next_try_is_told_when_there_is_one() {
        let later = |stage, step, code, due| setting().next_try(&line(stage, Some(Fault::new(step, code, "busy")), due));
        let due = "2026-03-03T13:32:00Z";
        assert_eq!(later(Stage::Deferred, Step::Recipient, Some(450), due).unwrap(), "Prochain essai vers 14\u{a0}h\u{a0}32.");
        assert!(later(Stage::Deferred, Step::Recipient, Some(450), "2026-03-04T01:00:00Z").unwrap().contains("mercredi 4"));
        assert!(later(Stage::Deferred, Step::Recipient, Some(450), "2026-03-03T12:00:00Z").unwrap().contains("moins d’une minute"));
        assert!(later(Stage::Queued, Step::Connect, None, due).unwrap().contains("cinq minutes"));
        assert_eq!(later(Stage::Queued, Step::Recipient, Some(550), due), None, "it was queued again");
        assert_eq!(later(Stage::Failed, Step::Recipient, Some(550), due), None);
        assert_eq!(setting().next_try(&line(Stage::Queued, None, due)), None);
    }

    #[test]
    fn records_are_named_by_kind_and_id() {
        let id = "01KB2J5Q3V8YH4N7T6R9C0M1XW";
        assert_eq!(parse_record(&format!("action:{id}")), Some(("action".into(), id.into())));
        for text in ["", "action", "action:", "action:1", &format!("plan:{id}"), id] {
            assert_eq!(parse_record(text), None, "{text}");
        }
    }
}
