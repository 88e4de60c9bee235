//! The reckoning: what should have been sent, from the journal alone; what was, from the server's own record; and what the rows say.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use sha2::{Digest, Sha256};
use traitdunion::db::Conn;
use traitdunion::db::schema::{action_territories, journal, mail_attempts, mails};
use traitdunion::error::Result;
use traitdunion::kernel::Moment;

use crate::clients::Acknowledged;
use crate::followers::TEMPLATES;
use crate::people::{GONE, People, Post};
use crate::smtp::{Received, Refusal, Smtp};

/// What was counted, and every promise that was broken, in words.
#[derive(Default)]
pub struct Reckoned {
    /// Lines of the journal about actions.
    pub events: usize,
    /// Those of which somebody is to be told.
    pub telling: usize,
    pub expected: usize,
    pub mails: usize,
    pub sent: usize,
    /// Refused by the server, for good.
    pub refused: usize,
    /// Not sent, since the server had said that nobody is there.
    pub dead: usize,
    pub attempts: BTreeMap<String, usize>,
    pub most_attempts: usize,
    /// Messages that the server took, copies included.
    pub taken: usize,
    /// Mails that it took more than once, and the copies beside the first.
    pub doubled: usize,
    pub copies: usize,
    pub without_cause: usize,
    pub lost: usize,
    pub untold: usize,
    pub unwanted: usize,
    pub forgotten: usize,
    pub altered: usize,
    pub broken: Vec<String>,
}

/// One person who must be told of one event: which action, with which template, who, and when it happened.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Telling {
    action: String,
    template: String,
    recipient: String,
    at: i64,
}

struct Line {
    at: Moment,
    actor: Option<String>,
    action: String,
    event: String,
}

struct Mail {
    id: String,
    recipient: String,
    template: String,
    action: Option<String>,
    message_id: Option<String>,
    bytes: Option<Vec<u8>>,
    stage: String,
    created_at: Moment,
}

/// What one mail came to.
struct Tried {
    outcome: String,
    code: Option<i32>,
}

/// Mails to those who follow are reckoned apart (`followers`), but for their way to the server.
pub fn reckon(conn: &mut Conn, people: &People, acknowledged: &[Acknowledged], smtp: &Smtp) -> Result<Reckoned> {
    let (lines, mails, attempts) = (lines(conn)?, mails(conn)?, attempts(conn)?);
    let places: BTreeMap<String, String> =
        action_territories::table.select((action_territories::action_id, action_territories::territory_code)).load(conn)?.into_iter().collect();
    let mut reckoned = Reckoned { events: lines.len(), mails: mails.len(), ..Reckoned::default() };
    let expected = expected(&lines, &places, people, &mut reckoned);
    reckoned.compare(&expected, &mails);
    reckoned.remember(acknowledged, &lines);
    reckoned.follow(&mails, &attempts, smtp);
    Ok(reckoned)
}

/// Who must be told, worked out anew from the journal, without the code that queues mails:
///
/// - submitted: the managers of the action's territory;
/// - returned, published: its writers, who are those of its lines « created » and « changed » so far;
/// - changed while it is published: both;
///
/// each time but the one who did it, and nobody twice. Everybody in a run stays where they are, and each action is in one territory.
fn expected(lines: &[Line], places: &BTreeMap<String, String>, people: &People, reckoned: &mut Reckoned) -> Vec<Telling> {
    #[derive(Default)]
    struct Life<'a> {
        writers: BTreeSet<&'a str>,
        is_live: bool,
    }
    let mut lives: BTreeMap<&str, Life<'_>> = BTreeMap::new();
    let mut expected = Vec::new();
    for line in lines {
        let life = lives.entry(&line.action).or_default();
        let territory = places.get(&line.action).map_or("", String::as_str);
        let managers: BTreeSet<&str> = people.of(territory, Post::Manager).into_iter().map(|person| person.id.as_str()).collect();
        if matches!(line.event.as_str(), "created" | "changed") {
            life.writers.extend(line.actor.as_deref());
        }
        let (template, told) = match line.event.as_str() {
            "submitted" => ("action_submitted", managers),
            "returned" => ("action_returned", life.writers.clone()),
            "published" => ("action_published", life.writers.clone()),
            "changed" if life.is_live => ("action_changed", managers.union(&life.writers).copied().collect()),
            _ => ("", BTreeSet::new()),
        };
        match line.event.as_str() {
            "published" => life.is_live = true,
            "archived" => life.is_live = false,
            _ => {}
        }
        let told: Vec<&str> = told.into_iter().filter(|id| line.actor.as_deref() != Some(id)).collect();
        reckoned.telling += usize::from(!told.is_empty());
        expected.extend(told.into_iter().map(|id| Telling {
            action: line.action.clone(),
            template: template.to_owned(),
            recipient: people.find(id).map_or_else(|| id.to_owned(), |person| person.email.clone()),
            at: line.at.micros(),
        }));
    }
    expected.sort();
    expected
}

impl Reckoned {
    fn breaks(&mut self, what: String) {
        // The first of a kind are enough to look into.
        if self.broken.len() < 40 {
            self.broken.push(what);
        }
    }

    /// Each person to tell has their mail, written at the very moment of the event; and there is no other mail.
    fn compare(&mut self, expected: &[Telling], mails: &[Mail]) {
        self.expected = expected.len();
        let mut balance: BTreeMap<Telling, i64> = BTreeMap::new();
        for telling in expected {
            *balance.entry(telling.clone()).or_default() += 1;
        }
        for mail in mails.iter().filter(|mail| !TEMPLATES.contains(&mail.template.as_str())) {
            let telling = Telling {
                action: mail.action.clone().unwrap_or_default(),
                template: mail.template.clone(),
                recipient: mail.recipient.clone(),
                at: mail.created_at.micros(),
            };
            *balance.entry(telling).or_default() -= 1;
        }
        for (telling, left) in balance {
            let count = usize::try_from(left.unsigned_abs()).unwrap_or(usize::MAX);
            match left {
                1.. => {
                    self.untold += count;
                    self.breaks(format!("nobody wrote the mail {telling:?}"));
                }
                0 => {}
                _ => {
                    self.unwanted += count;
                    self.breaks(format!("no event explains the mail {telling:?}"));
                }
            }
        }
    }

    /// What was acknowledged is in the journal.
    fn remember(&mut self, acknowledged: &[Acknowledged], lines: &[Line]) {
        let mut balance: BTreeMap<Acknowledged, i64> = BTreeMap::new();
        for event in acknowledged {
            *balance.entry(event.clone()).or_default() += 1;
        }
        for (event, count) in balance {
            let kept = lines.iter().filter(|line| line.action == event.action && line.event == event.event).count();
            let missing = usize::try_from(count).unwrap_or(0).saturating_sub(kept);
            if missing > 0 {
                self.forgotten += missing;
                self.breaks(format!("acknowledged {count} times, {kept} in the journal: {event:?}"));
            }
        }
    }

    /// Each mail from its row to the server's record.
    fn follow(&mut self, mails: &[Mail], attempts: &BTreeMap<String, Vec<Tried>>, smtp: &Smtp) {
        let (seen, refusals) = (smtp.by_message_id(), smtp.refusals());
        self.taken = seen.values().map(Vec::len).sum();
        let mut explained = BTreeSet::new();
        let nothing = Vec::new();
        for mail in mails {
            let tried = attempts.get(&mail.id).unwrap_or(&nothing);
            for one in tried {
                *self.attempts.entry(one.outcome.clone()).or_default() += 1;
            }
            self.most_attempts = self.most_attempts.max(tried.len());
            let copies = mail.message_id.as_ref().and_then(|id| seen.get(id)).unwrap_or(const { &Vec::new() });
            explained.extend(mail.message_id.as_deref());
            self.settle(mail, tried, copies, &refusals);
            self.count_copies(mail, tried, copies);
        }
        for (id, copies) in seen.iter().filter(|(id, _)| !explained.contains(id.as_str())) {
            self.unwanted += copies.len();
            self.breaks(format!("the server took {id} for {:?}, which no row knows", copies[0].to));
        }
    }

    /// Its end must be one that the server agrees with.
    fn settle(&mut self, mail: &Mail, tried: &[Tried], copies: &[Received], refusals: &[Refusal]) {
        match mail.stage.as_str() {
            "sent" if copies.iter().any(|copy| copy.is_answered) => self.sent += 1,
            "sent" => {
                self.lost += 1;
                self.breaks(format!("{} to {} is said to be sent; the server took {} and said 250 of none", mail.id, mail.recipient, copies.len()));
            }
            "failed" if is_refused(mail, tried, refusals) => self.refused += 1,
            "cancelled" if is_dead(mail, refusals) => self.dead += 1,
            stage => {
                self.lost += 1;
                let last = tried.last().map_or("never tried".to_owned(), |one| format!("{} {:?}", one.outcome, one.code));
                self.breaks(format!("{} to {} ends as {stage} after {} tries ({last})", mail.id, mail.recipient, tried.len()));
            }
        }
    }

    /// A copy beside the first is the same to the byte, and follows a try of which nobody knows how it ended.
    fn count_copies(&mut self, mail: &Mail, tried: &[Tried], copies: &[Received]) {
        let kept = mail.bytes.as_deref().unwrap_or_default();
        let sum = |bytes: &[u8]| Sha256::digest(bytes);
        // A client may end a body with a CRLF of its own: the end of a message is the end of a line.
        let is_kept = |bytes: &[u8]| sum(bytes) == sum(kept) || bytes.strip_suffix(b"\r\n").is_some_and(|bytes| sum(bytes) == sum(kept));
        if copies.iter().any(|copy| !is_kept(&copy.bytes) || sum(&copy.bytes) != sum(&copies[0].bytes) || copy.to != [mail.recipient.as_str()]) {
            self.altered += 1;
            self.breaks(format!("{} to {}: the server took something else than what is kept", mail.id, mail.recipient));
        }
        let extra = copies.len().saturating_sub(1);
        self.doubled += usize::from(extra > 0);
        self.copies += extra;
        let uncertain = tried.iter().filter(|one| one.outcome == "uncertain").count();
        if extra > uncertain {
            self.without_cause += extra - uncertain;
            self.breaks(format!("{} to {}: {} copies after {uncertain} uncertain tries", mail.id, mail.recipient, copies.len()));
        }
    }
}

/// Failed for good is right only when the server said 5xx, and said it of this person since the mail was written.
fn is_refused(mail: &Mail, tried: &[Tried], refusals: &[Refusal]) -> bool {
    let said = tried.last().is_some_and(|one| one.code.is_some_and(|code| (500..600).contains(&code)));
    said && refusals.iter().any(|refusal| (500..600).contains(&refusal.code) && refusal.recipient == mail.recipient && refusal.at >= mail.created_at)
}

/// Not sent at all is right only to whom nobody is: the server said so of them at least once.
fn is_dead(mail: &Mail, refusals: &[Refusal]) -> bool {
    mail.recipient == GONE && refusals.iter().any(|refusal| refusal.code == 550 && refusal.recipient == GONE)
}

fn lines(conn: &mut Conn) -> Result<Vec<Line>> {
    let rows: Vec<(Moment, Option<String>, String, String)> = journal::table
        .filter(journal::record_type.eq("action"))
        .order((journal::at, journal::id))
        .select((journal::at, journal::actor_id, journal::record_id, journal::event))
        .load(conn)?;
    Ok(rows.into_iter().map(|(at, actor, action, event)| Line { at, actor, action, event }).collect())
}

fn mails(conn: &mut Conn) -> Result<Vec<Mail>> {
    type Row = (String, String, String, Option<String>, Option<String>, Option<Vec<u8>>, String, Moment);
    let rows: Vec<Row> = mails::table
        .select((mails::id, mails::recipient, mails::template, mails::record_id, mails::message_id, mails::bytes, mails::stage, mails::created_at))
        .load(conn)?;
    let mail = |(id, recipient, template, action, message_id, bytes, stage, created_at): Row| Mail {
        id,
        recipient,
        template,
        action,
        message_id,
        bytes,
        stage,
        created_at,
    };
    Ok(rows.into_iter().map(mail).collect())
}

/// By mail, in order.
fn attempts(conn: &mut Conn) -> Result<BTreeMap<String, Vec<Tried>>> {
    let rows: Vec<(String, String, Option<i32>)> = mail_attempts::table
        .order((mail_attempts::mail_id, mail_attempts::number))
        .select((mail_attempts::mail_id, mail_attempts::outcome, mail_attempts::code))
        .load(conn)?;
    let mut attempts: BTreeMap<String, Vec<Tried>> = BTreeMap::new();
    for (mail, outcome, code) in rows {
        attempts.entry(mail).or_default().push(Tried { outcome, code });
    }
    Ok(attempts)
}
