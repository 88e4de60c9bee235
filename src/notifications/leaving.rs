//! Whoever was to be told of something when it happened may no longer be when the mail leaves: asked again each time that it is leased.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use crate::accounts::model::{Account, AccountStage, Viewer};
use crate::accounts::{self, sign_in};
use crate::announcements::sending::{self, Standing};
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::http::records;
use crate::kernel::email::mailbox;
use crate::kernel::ids::{AccountId, AnnouncementId, MailId, MeetingId, OrganisationId};
use crate::kernel::{Chance, Day, EmailAddress, Moment, Zone};
use crate::mail::catalogue::{self, Urgency};
use crate::mail::model::Withheld;
use crate::mail::outgoing::TOLD;
use crate::mail::{Leased, bounces, has_left};
use crate::meetings::telling;
use crate::notifications::other_territories::{LETTER, Told};
use crate::notifications::subscriptions::service::DIGEST;
use crate::notifications::{digest, other_territories};
use crate::partners;
use crate::territories::model::Atlas;

/// What is found of mails about to leave.
#[derive(Debug, Default)]
pub struct Asked {
    /// Those that must not leave, and why. What else they tell is told by others, queued at once.
    pub withheld: HashMap<MailId, Withheld>,
    /// Those that must say something else, with their new parameters.
    pub rewritten: HashMap<MailId, String>,
}

/// May these mails still leave? What may have arrived already is sent again to know: it is not asked about.
pub fn ask(conn: &mut Conn, mails: &[Leased], now: Moment, today: Day, chance: &Chance, zone: &Zone) -> Result<Asked> {
    let asked: Vec<&Leased> = mails.iter().filter(|mail| !mail.was_uncertain).collect();
    if asked.is_empty() {
        return Ok(Asked::default());
    }
    let mut door = Door::open(conn, &asked, now, today)?;
    let mut withheld = HashMap::new();
    for mail in asked {
        if let Some(why) = door.refuses(conn, mail)? {
            withheld.insert(mail.id.clone(), why);
        }
    }
    other_territories::write_again(conn, door.again, now, chance, zone)?;
    Ok(Asked { withheld, rewritten: door.rewritten })
}

/// What is known of the recipients of some mails, and of what they may read.
struct Door {
    now: Moment,
    today: Day,
    /// Of each folded address that has an account: it, and what it reads with.
    people: HashMap<String, (Account, Viewer)>,
    /// The addresses, as `mailbox` has them, at which nobody is any more.
    dead: HashSet<String>,
    /// What was found of a recipient and a record: many mails of one event leave together.
    read: HashMap<(String, String, String), bool>,
    /// Letters to write again without what their readers may no longer read.
    again: Vec<(Account, Told, MailId)>,
    rewritten: HashMap<MailId, String>,
    /// Of the announcements that these mails are.
    announcements: HashMap<String, Standing>,
}

impl Door {
    fn open(conn: &mut Conn, mails: &[&Leased], now: Moment, today: Day) -> Result<Self> {
        let mut addresses: Vec<String> = mails.iter().map(|mail| mailbox(&mail.recipient)).collect();
        addresses.sort();
        addresses.dedup();
        let accounts = accounts::service::of_addresses(conn, &addresses)?;
        let has_places = accounts.iter().any(|account| !account.territories.is_empty());
        let atlas = if has_places { crate::territories::service::atlas(conn)? } else { Atlas::default() };
        let people = accounts.into_iter().map(|account| {
            let viewer = match account.stage {
                AccountStage::Active => Viewer(Some(sign_in::actor_in(account.clone(), &atlas))),
                // Whoever has not come in yet reads what anybody reads.
                AccountStage::Invited | AccountStage::Closed => Viewer::default(),
            };
            (mailbox(&account.email), (account, viewer))
        });
        let people = people.collect();
        Ok(Self {
            now,
            today,
            people,
            dead: bounces::dead_among(conn, &addresses)?,
            read: HashMap::new(),
            again: Vec::new(),
            rewritten: HashMap::new(),
            announcements: HashMap::new(),
        })
    }

    fn refuses(&mut self, conn: &mut Conn, mail: &Leased) -> Result<Option<Withheld>> {
        let folded = mailbox(&mail.recipient);
        let record = mail.record.as_ref().map(|(kind, id)| (kind.as_str(), id.as_str()));
        let is_closed = self.people.get(&folded).is_some_and(|(account, _)| account.stage == AccountStage::Closed);
        let is_awaited = catalogue::kind(&mail.template).is_some_and(|kind| kind.urgency == Urgency::Awaited);
        if self.dead.contains(&folded) && !is_awaited {
            return Ok(Some(Withheld::Dead));
        }
        match (mail.template.as_str(), record) {
            (_, Some(("account", id))) => of_account(conn, id, &folded),
            // What ends is told to whoever was told that it began, even if they have left.
            ("meeting_called_off", Some(("meeting", id))) => Ok(match is_invited(conn, id, &mail.recipient)? {
                false if !has_left(conn, "meeting", id, &mail.recipient)? => Some(Withheld::Uninvited),
                _ => None,
            }),
            _ if is_closed => Ok(Some(Withheld::Closed)),
            (_, Some(("announcement", id))) => self.of_announcement(conn, &folded, mail, id),
            (DIGEST, None) => digest::withheld(conn, &mail.key, &mail.recipient, self.today),
            // What agents tell one another is for agents.
            ("colleague_question" | "support_asked" | LETTER, None) if !self.is_agent(&folded) => Ok(Some(Withheld::Unreadable)),
            (LETTER, None) => self.of_letter(conn, &folded, mail),
            // These lead through the recipient's own link.
            (template, Some(("meeting", id))) if template.starts_with("meeting_") || template == "minutes_published" => {
                Ok((!is_invited(conn, id, &mail.recipient)?).then_some(Withheld::Uninvited))
            }
            ("minutes_to_approve" | "minutes_objected", Some(("meeting", id))) => {
                let may = is_invited(conn, id, &mail.recipient)? || self.reads(conn, &folded, "minutes", id)?;
                Ok((!may).then_some(Withheld::Unreadable))
            }
            ("partner_confirmation", Some(("partner", id))) => {
                let may = OrganisationId::parse(id).map_or(Ok(false), |id| partners::links::may_confirm(conn, &id, &mail.recipient, self.now))?;
                Ok((!may).then_some(Withheld::Spent))
            }
            (_, Some((kind, id))) if records::KINDS.contains(&kind) => Ok((!self.reads(conn, &folded, kind, id)?).then_some(Withheld::Unreadable)),
            (_, None) => {
                for (kind, id) in listed(mail) {
                    if !self.reads(conn, &folded, &kind, &id)? {
                        return Ok(Some(Withheld::Unreadable));
                    }
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    /// One that was called off, or whose recipient is no longer of its audience, does not leave. A letter leaves without what is no longer
    /// everybody's to read.
    fn of_announcement(&mut self, conn: &mut Conn, folded: &str, mail: &Leased, id: &str) -> Result<Option<Withheld>> {
        if !self.announcements.contains_key(id) {
            // One mail about what is not there must not hold all the others.
            let found = AnnouncementId::parse(id).ok_or(Error::NotFound).and_then(|id| Standing::find(conn, &id, self.now));
            match found {
                Ok(standing) => drop(self.announcements.insert(id.to_owned(), standing)),
                Err(Error::NotFound) => return Ok(Some(Withheld::Unreadable)),
                Err(error) => return Err(error),
            }
        }
        let standing = &self.announcements[id];
        if standing.is_cancelled {
            return Ok(Some(Withheld::CalledOff));
        }
        if sending::is_test(&mail.key) {
            return Ok(None);
        }
        if !standing.reached.contains(folded) {
            return Ok(Some(Withheld::Unaddressed));
        }
        let shown: Vec<(String, String)> = serde_json::from_value(standing.params[TOLD].clone()).unwrap_or_default();
        if listed(mail).iter().any(|one| !shown.contains(one)) {
            self.rewritten.insert(mail.id.clone(), standing.params.to_string());
        }
        Ok(None)
    }

    fn is_agent(&self, folded: &str) -> bool {
        self.people.get(folded).is_some_and(|(_, viewer)| viewer.is_agent())
    }

    /// One that tells of something that its reader may no longer read is written again without it.
    fn of_letter(&mut self, conn: &mut Conn, folded: &str, mail: &Leased) -> Result<Option<Withheld>> {
        let (Some(mut told), Some((account, _))) = (Told::of(mail), self.people.get(folded).cloned()) else { return Ok(None) };
        let mut is_whole = true;
        for (kind, id) in &told.records {
            if !self.reads(conn, folded, kind, id)? {
                is_whole = false;
                told.without.insert((kind.clone(), id.clone()));
            }
        }
        if is_whole {
            return Ok(None);
        }
        self.again.push((account, told, mail.id.clone()));
        Ok(Some(Withheld::Unreadable))
    }

    /// May the recipient read it today? Somebody without an account reads what anybody reads.
    fn reads(&mut self, conn: &mut Conn, folded: &str, kind: &str, id: &str) -> Result<bool> {
        let key = (folded.to_owned(), kind.to_owned(), id.to_owned());
        if let Some(known) = self.read.get(&key) {
            return Ok(*known);
        }
        let viewer = self.people.get(folded).map(|(_, viewer)| viewer.clone()).unwrap_or_default();
        let reads = match records::may_read(conn, &viewer, self.today, kind, id) {
            Ok(()) => true,
            Err(Error::NotFound) => false,
            Err(error) => return Err(error),
        };
        self.read.insert(key, reads);
        Ok(reads)
    }
}

/// The records that a mail of several tells of, by kind and identifier.
fn listed(mail: &Leased) -> Vec<(String, String)> {
    let mut params: Value = serde_json::from_str(&mail.params).unwrap_or_default();
    serde_json::from_value(params[TOLD].take()).unwrap_or_default()
}

/// A link to an account goes to its own address, while it is not closed.
fn of_account(conn: &mut Conn, id: &str, folded: &str) -> Result<Option<Withheld>> {
    let found = AccountId::parse(id).map(|id| accounts::service::find(conn, &id));
    let account = match found {
        Some(Ok(account)) => account,
        None | Some(Err(Error::NotFound)) => return Ok(Some(Withheld::Closed)),
        Some(Err(error)) => return Err(error),
    };
    Ok(match account.stage {
        AccountStage::Closed => Some(Withheld::Closed),
        _ if mailbox(&account.email) != folded => Some(Withheld::Moved),
        _ => None,
    })
}

fn is_invited(conn: &mut Conn, id: &str, recipient: &str) -> Result<bool> {
    match (MeetingId::parse(id), EmailAddress::parse(recipient)) {
        (Some(id), Some(address)) => telling::is_invited(conn, &id, &address),
        _ => Ok(false),
    }
}
