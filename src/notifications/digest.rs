//! One mail for all that somebody follows and has not read: made when it is due, never empty, what it tells marked in the transaction
//! that queues it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::inbox::{self, Notice};
use super::news;
use super::subscriptions::Owner;
use super::subscriptions::service::{self, DIGEST, Reader};
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::paths;
use crate::http::records::Summary;
use crate::kernel::email::mailbox;
use crate::kernel::ids::{NoticeId, SubscriptionId};
use crate::kernel::{Chance, Day, Moment, ids};
use crate::mail::choices;
use crate::mail::model::Withheld;
use crate::mail::outgoing::{self, Outgoing};

/// Owners that are looked for at once.
const TOGETHER: i64 = 1000;
/// Digests that one transaction queues: each is a wait for the disk.
const IN_ONE: usize = 50;
/// Lines of a digest: more is on its reader's page.
const MOST_LINES: usize = 30;

/// What visitors read of records: most digests of a morning tell of the same ones.
type Read = HashMap<Record, Option<Summary>>;

/// Makes the digests that are due; answers how many mails are queued.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    let (now, today) = (app.clock.now(), app.today());
    let mut queued = 0;
    let owners = app.db.read(move |conn| inbox::due_owners(conn, now, TOGETHER)).await?;
    for some in owners.chunks(IN_ONE) {
        match make_all(app, some, now, today).await {
            Ok(made) => queued += made,
            // One that cannot be made keeps no other.
            Err(_) => {
                for one in some {
                    match make_all(app, std::slice::from_ref(one), now, today).await {
                        Ok(made) => queued += made,
                        Err(error) => tracing::error!(%error, "a digest cannot be made"),
                    }
                }
            }
        }
    }
    Ok(queued)
}

async fn make_all(app: &Arc<App>, owners: &[String], now: Moment, today: Day) -> Result<usize> {
    let (owners, chance) = (owners.to_vec(), app.chance.clone());
    let work = move |conn: &mut Conn| {
        let mut read = Read::new();
        owners.iter().try_fold(0, |made, owner| Ok::<_, Error>(made + make(conn, owner, now, today, &chance, &mut read)?))
    };
    app.db.write(work).await
}

/// The digest of one person.
fn make(conn: &mut Conn, owner: &str, now: Moment, today: Day, chance: &Chance, read: &mut Read) -> Result<usize> {
    let due = inbox::due_of(conn, owner, now)?;
    let due = settled(conn, due)?;
    if due.is_empty() {
        return Ok(0);
    }
    let key = format!("digest:{}", ids::new(now, chance));
    let all: Vec<NoticeId> = due.iter().map(|notice| notice.id.clone()).collect();
    let reader = service::reader(conn, &Owner::parse(owner))?;
    let wanted = match reader {
        Some(reader) if !choices::is_stopped(conn, &reader.email, DIGEST)? => Some(reader),
        _ => None,
    };
    let Some(reader) = wanted else {
        inbox::claim(conn, &all, None)?;
        return Ok(0);
    };
    let (told, lines) = readable(conn, &reader, today, &due, read)?;
    if lines.is_empty() {
        inbox::claim(conn, &all, None)?;
        return Ok(0);
    }
    let untold: Vec<NoticeId> = due.iter().filter(|notice| !told.contains(&notice.record)).map(|notice| notice.id.clone()).collect();
    inbox::claim(conn, &untold, None)?;
    let taken = inbox::mailed_with(conn, owner, &told)?;
    // Another worker made it meanwhile.
    if inbox::claim(conn, &taken, Some(&key))? != taken.len() {
        inbox::put_back(conn, &key)?;
        return Ok(0);
    }
    outgoing::enqueue(conn, now, chance, [mail(&reader, key, &lines)])
}

/// Why a digest that is about to leave must not: all of it was read meanwhile, or some may no longer be. What it told otherwise is then told
/// by the next one, which is made at once.
pub fn withheld(conn: &mut Conn, key: &str, recipient: &str, today: Day) -> Result<Option<Withheld>> {
    let told = inbox::of_mail(conn, key)?;
    if !told.is_empty() && told.iter().all(|notice| notice.read_at.is_some()) {
        return Ok(Some(Withheld::Read));
    }
    // What it told was given back to the next one, or is followed no more: somebody sends it again by hand.
    let Some(owner) = inbox::owner_of_mail(conn, key)? else { return Ok(Some(Withheld::Retold)) };
    let is_whole = match service::reader(conn, &owner)? {
        // The next one goes where they are read now.
        Some(reader) if mailbox(&reader.email) != mailbox(recipient) => {
            inbox::put_back(conn, key)?;
            return Ok(Some(Withheld::Moved));
        }
        Some(reader) => {
            readable(conn, &reader, today, &told, &mut Read::new())?.0.len() == told.iter().map(|notice| &notice.record).collect::<HashSet<_>>().len()
        }
        None => false,
    };
    if is_whole {
        return Ok(None);
    }
    inbox::put_back(conn, key)?;
    Ok(Some(Withheld::Unreadable))
}

/// What is due, but for records that have changed since: what they now say is told once, by the version that says it.
fn settled(conn: &mut Conn, due: Vec<Notice>) -> Result<Vec<Notice>> {
    let ids: Vec<SubscriptionId> = due.iter().filter_map(|notice| notice.subscription_id.clone()).collect();
    let cursors = service::cursors(conn, &ids)?;
    let records: Vec<&str> = due.iter().map(|notice| notice.record.id.as_str()).collect();
    let later = news::later(conn, &records, cursors.values().min().copied().unwrap_or(i64::MAX))?;
    let is_settled = |notice: &Notice| {
        let cursor = notice.subscription_id.as_ref().and_then(|id| cursors.get(id));
        cursor.is_none_or(|cursor| later.get(&notice.record).is_none_or(|last| last <= cursor))
    };
    Ok(due.into_iter().filter(is_settled).collect())
}

/// What the reader may still read of what is due: each record once, with its line.
fn readable(conn: &mut Conn, reader: &Reader, today: Day, due: &[Notice], read: &mut Read) -> Result<(Vec<Record>, Vec<Value>)> {
    let (mut told, mut lines): (Vec<Record>, Vec<Value>) = (Vec::new(), Vec::new());
    // The last that happened to a record is what is said of it.
    for notice in due.iter().rev() {
        if told.contains(&notice.record) {
            continue;
        }
        let is_everybodys = reader.viewer.actor().is_none() && notice.counted.is_none();
        let found = match read.get(&notice.record).filter(|_| is_everybodys) {
            Some(known) => known.clone(),
            None => inbox::line(conn, &reader.viewer, today, notice)?,
        };
        if is_everybodys {
            read.insert(notice.record.clone(), found.clone());
        }
        if let Some(summary) = found {
            lines.push(json!({ "title": summary.title, "what": notice.what, "href": summary.href }));
            told.push(notice.record.clone());
        }
    }
    lines.reverse();
    Ok((told, lines))
}

fn mail(reader: &Reader, key: String, lines: &[Value]) -> Outgoing {
    let (shown, more) = lines.split_at(lines.len().min(MOST_LINES));
    let link = match lines {
        [one] => one["href"].clone(),
        _ if reader.viewer.actor().is_some() => json!(paths::NOTICES),
        _ => json!(reader.manage),
    };
    let params = json!({
        "name": reader.name, "title": lines[0]["title"], "what": lines[0]["what"], "count": lines.len(), "items": shown, "more": more.len(),
        "link": link, "button": if lines.len() == 1 { "Lire" } else if reader.viewer.actor().is_some() { "Voir mes notifications" } else { "Voir mes abonnements" },
        "manage": (link.as_str() != Some(&reader.manage)).then_some(&reader.manage), "heading": if lines.len() == 1 { lines[0]["what"].clone() } else { json!("Ce que vous suivez") },
    });
    Outgoing { recipient: reader.email.clone(), template: DIGEST, params, record: None, key }
}
