//! Those who follow, without an account: what each must have been told of, from the journal alone, and in how many messages they were.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::{max, min};
use diesel::prelude::*;
use mail_parser::MessageParser;
use traitdunion::db::Conn;
use traitdunion::db::schema::{action_territories, actions, journal, mails, news, notices, subscriptions};
use traitdunion::error::{Error, Result};
use traitdunion::kernel::{Chance, Clock, Day, EmailAddress};
use traitdunion::notifications::subscriptions::service::{self, Asked};
use traitdunion::notifications::subscriptions::{Owner, Rhythm, Target};

use crate::people::People;
use crate::place::Place;
use crate::smtp::Smtp;

/// Mails that followers get beside those of events.
pub const TEMPLATES: [&str; 2] = ["digest", "subscription_confirm"];

/// An address and the territory that it follows; none: everywhere.
fn followers() -> impl Iterator<Item = (String, Option<&'static str>)> {
    let everywhere = (0..2).map(|number| (format!("tout{number}@lent.example"), None));
    let places = People::territories()
        .enumerate()
        .flat_map(|(number, code)| ["caf.example", "msa.example"].map(|domain| (format!("abonne{number}@{domain}"), Some(code))));
    everywhere.chain(places)
}

/// Has each of them follow, and confirm.
pub fn settle(place: &Place) {
    let (chance, now) = (Chance::from_machine(), Clock::system().now());
    let asked = Asked { now, today: Day::FIRST, chance: &chance };
    let written = place.db.write_now(|conn| {
        for (address, territory) in followers() {
            let search = territory.map_or_else(|| "type=action".to_owned(), |code| format!("q=budget&type=action&territory={code}"));
            let email = EmailAddress::parse(&address).ok_or_else(|| Error::Internal(address.clone()))?;
            service::ask(conn, &email, Target::Search(search), Rhythm::Immediate, "Actions", asked)?;
            let owner = Owner::Address(email.mailbox());
            let reader = service::reader(conn, &owner)?.ok_or(Error::NotFound)?;
            let bearer = service::bearer(conn, reader.manage.rsplit('/').next().unwrap_or_default())?;
            let ids: Vec<_> = service::of(conn, &owner)?.into_iter().map(|one| one.id).collect();
            service::confirm(conn, &bearer, &ids, now, &chance)?;
        }
        Ok::<_, Error>(())
    });
    written.expect("those who follow are sound");
}

/// Is something still to be told that is due?
pub fn is_behind(place: &Place) -> bool {
    let now = Clock::system().now();
    place.read(|conn| {
        let unnumbered: i64 = news::table.filter(news::number.is_null()).count().get_result(conn)?;
        let last: Option<i64> = news::table.select(max(news::number)).first(conn)?;
        let least: Option<i64> = subscriptions::table.select(min(subscriptions::cursor)).first(conn)?;
        let due = notices::table.filter(notices::mail_key.is_null()).filter(notices::due_at.le(now));
        let due: i64 = due.count().get_result(conn)?;
        Ok(unnumbered > 0 || due > 0 || least < last)
    })
}

/// What was counted, and every promise that was broken, in words.
#[derive(Default)]
pub struct Told {
    pub followers: usize,
    /// A person and an action that was published, and is still.
    pub owed: usize,
    /// Digests that the server took, copies left out.
    pub digests: usize,
    /// Told by a mail that the server refused for good: `reckoning` holds it to what the server said.
    pub refused: usize,
    pub untold: usize,
    /// Told under two Message-IDs.
    pub twice: usize,
    pub unwanted: usize,
    pub broken: Vec<String>,
}

/// Each action that was published and is still must have been told once to whoever follows its place. What changed afterwards waits ten
/// minutes, which no run lasts.
pub fn reckon(conn: &mut Conn, smtp: &Smtp) -> Result<Told> {
    let published: BTreeSet<String> =
        journal::table.filter(journal::event.eq("published")).select(journal::record_id).load(conn)?.into_iter().collect();
    let places: BTreeMap<String, String> =
        action_territories::table.select((action_territories::action_id, action_territories::territory_code)).load(conn)?.into_iter().collect();
    let known: Vec<(String, String, String)> = actions::table.select((actions::id, actions::title, actions::stage)).load(conn)?;
    let failed: Vec<String> = mails::table.filter(mails::stage.eq("failed")).select(mails::key).load(conn)?;
    let refused = notices::table.filter(notices::mail_key.eq_any(failed)).select((notices::owner, notices::record_id));
    let refused: BTreeSet<(String, String)> = refused.load(conn)?.into_iter().collect();
    let mut told: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut reckoned = Told { followers: followers().count(), ..Told::default() };
    for (message_id, copies) in smtp.by_message_id() {
        let message = MessageParser::default().parse(&copies[0].bytes[..]);
        let text = message.as_ref().and_then(|message| message.body_text(0)).unwrap_or_default().into_owned();
        let is_digest = message.as_ref().and_then(|message| message.header_raw("List-Unsubscribe")).is_some();
        if !is_digest || !copies[0].to.iter().all(|to| followers().any(|(address, _)| address == *to)) {
            continue;
        }
        reckoned.digests += 1;
        for title in text.lines().filter_map(|line| line.trim().strip_prefix("«\u{a0}")?.strip_suffix("\u{a0}»").map(str::to_owned)) {
            told.entry((copies[0].to[0].clone(), title)).or_default().insert(message_id.clone());
        }
    }
    for (address, territory) in followers() {
        for (id, title, stage) in known.iter().filter(|(id, ..)| published.contains(id)) {
            let is_followed = territory.is_none_or(|code| places.get(id).is_some_and(|place| place == code));
            let times = told.get(&(address.clone(), title.clone())).map_or(0, BTreeSet::len);
            // What is archived before it could be told is told to nobody.
            let is_owed = is_followed && stage == "published";
            reckoned.owed += usize::from(is_owed);
            if times == 0 && is_owed && refused.contains(&(address.clone(), id.clone())) {
                reckoned.refused += 1;
            } else if times == 0 && is_owed {
                reckoned.untold += 1;
                reckoned.broken.push(format!("{address} was never told of « {title} »"));
            }
            if times > 1 {
                reckoned.twice += 1;
                reckoned.broken.push(format!("{address} was told of « {title} » in {times} messages"));
            }
            if times > 0 && !is_followed {
                reckoned.unwanted += 1;
                reckoned.broken.push(format!("{address} was told of « {title} », which they do not follow"));
            }
        }
    }
    reckoned.broken.truncate(40);
    Ok(reckoned)
}
