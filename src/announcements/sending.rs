//! From a confirmed audience to mails: queued some at a time, each once, whatever runs twice.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::model::{Happened, Kind, Stage, Verb};
use super::service::{self, Announcement, Fixed};
use super::{audience, letter, store};
use crate::accounts::model::{Actor, By};
use crate::db::Conn;
use crate::documents;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::kernel::ids::{self, AnnouncementId};
use crate::kernel::{Chance, Moment};
use crate::mail::outgoing::{self, Because, Outgoing, TOLD};

/// What the table of who hears knows its mails by.
const SENT: Because = ("announcement", "sent");

/// How many mails one transaction queues.
const BATCH: i64 = 500;

/// What makes a mail unique: an address once, however often it is tried.
pub fn key(id: &AnnouncementId, folded: &str) -> String {
    format!("announcement:{id}:{folded}")
}

/// Those that have something to do now.
pub fn due(conn: &mut Conn, now: Moment) -> Result<Vec<AnnouncementId>> {
    store::due(conn, now)
}

/// Goes on with one: begins it when its hour has come, queues some of its mails, ends it when all have ended. Answers how many were queued:
/// 0 when there is nothing left to do for now.
pub fn advance(conn: &mut Conn, id: &AnnouncementId, now: Moment, chance: &Chance) -> Result<usize> {
    // Nobody: its hour does it.
    let robot = Actor { name: String::new(), ..Actor::command_line() };
    let by = By { actor: &robot, now, chance };
    let announcement = store::find(conn, id)?;
    let announcement = match announcement.life.stage {
        Stage::Scheduled if announcement.life.send_at.is_some_and(|at| at <= now) => moved(conn, by, announcement, Verb::Send)?,
        Stage::Sending => announcement,
        // Somebody was faster.
        _ => return Ok(0),
    };
    let queued = queue_some(conn, &announcement, now, chance)?;
    if queued == 0 && !store::has_waiting(conn, id)? {
        moved(conn, by, announcement, Verb::Finish)?;
    }
    Ok(queued)
}

fn moved(conn: &mut Conn, by: By<'_>, announcement: Announcement, verb: Verb) -> Result<Announcement> {
    let life = announcement.life.apply(verb, None, by.now).map_err(service::refused)?;
    service::written(conn, by, &Announcement { life, ..announcement }, Happened::Moved { verb })
}

/// Queues the mails of some who wait; answers how many they were.
pub(super) fn queue_some(conn: &mut Conn, announcement: &Announcement, now: Moment, chance: &Chance) -> Result<usize> {
    let some = store::to_queue(conn, &announcement.id, BATCH)?;
    if some.is_empty() {
        return Ok(0);
    }
    let params = params(conn, announcement, false)?;
    outgoing::tell(conn, now, chance, SENT, some.iter().map(|one| mail(announcement, one, &params)))?;
    store::mark_queued(conn, &announcement.id, &some)?;
    Ok(some.len())
}

/// One to oneself.
pub(super) fn try_out(conn: &mut Conn, by: By<'_>, announcement: &Announcement) -> Result<()> {
    let params = params(conn, announcement, true)?;
    let one = Fixed {
        email_folded: String::new(),
        email: by.actor.email.clone(),
        name: by.actor.name.clone(),
        mail_key: format!("announcement:{}{TEST}{}", announcement.id, ids::new(by.now, by.chance)),
    };
    outgoing::tell(conn, by.now, by.chance, SENT, [mail(announcement, &one, &params)]).map(drop)
}

fn mail(announcement: &Announcement, one: &Fixed, params: &Value) -> Outgoing {
    Outgoing {
        recipient: one.email.clone(),
        template: announcement.kind.as_str(),
        params: params.clone(),
        record: Some(Record::announcement(&announcement.id)),
        key: one.mail_key.clone(),
    }
}

/// What its mails about to leave are asked about: one look for many of them.
pub struct Standing {
    pub is_cancelled: bool,
    /// The mailboxes of its audience, as it is now.
    pub reached: HashSet<String>,
    /// What its mails say, as it is now.
    pub params: Value,
}

impl Standing {
    pub fn find(conn: &mut Conn, id: &AnnouncementId, now: Moment) -> Result<Self> {
        let announcement = store::find(conn, id)?;
        let found = audience::find(conn, announcement.kind, &announcement.fields.audience, now)?;
        Ok(Self {
            is_cancelled: announcement.life.stage == Stage::Cancelled,
            reached: found.recipients.into_iter().map(|one| one.folded).collect(),
            params: params(conn, &announcement, false)?,
        })
    }
}

/// Is this the mail of somebody who tries an announcement out?
pub fn is_test(key: &str) -> bool {
    key.contains(TEST)
}

/// In the key of a mail to oneself.
const TEST: &str = ":essai:";

/// What its mails say, the same to all.
fn params(conn: &mut Conn, announcement: &Announcement, is_test: bool) -> Result<Value> {
    let fields = &announcement.fields;
    let mut params = json!({ "title": fields.title, "greeting": fields.greeting, "text": fields.text, "is_test": is_test });
    match announcement.kind {
        Kind::Announcement => {
            let documents = documents::service::list(conn, &Record::announcement(&announcement.id))?;
            params["documents"] = documents.iter().map(|document| document.name.as_str()).collect();
            params["link"] = json!(paths::announcement_link(&announcement.secret));
        }
        Kind::Letter => {
            let shown = letter::shown(conn, fields)?;
            params["sections"] = letter::sections(&shown).into();
            params[TOLD] = json!(shown.iter().filter_map(|item| Some((item.kind, item.record.as_deref()?))).collect::<Vec<_>>());
            // Its page is there once it is sent.
            params["link"] = json!(if is_test { paths::announcement_link(&announcement.secret) } else { paths::letter(&announcement.id) });
        }
    }
    Ok(params)
}
