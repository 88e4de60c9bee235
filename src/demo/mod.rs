//! The demonstration: an invented département at work, relative to a day, written through the same services as people's own records.
//!
//! The records are in `content/`, as JSON; days there are counted from the day of the demonstration.

mod actions;
mod announcements;
mod bounces;
mod consultations;
mod content;
mod conventions;
mod following;
mod identity;
mod meetings;
mod minutes;
mod paper;
mod people;
mod plan;
mod series;
mod sharing;
mod store;
mod timeline;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::accounts::model::{Actor, By};
use crate::actions::service::World;
use crate::app::App;
use crate::db::{Conn, Db};
use crate::error::{Error, Result};
use crate::kernel::ids::OrganisationId;
use crate::kernel::{Chance, Day, Moment, Zone};
use crate::mail::courier;

pub use people::{PASSWORD, SIGN_INS};

/// The moment of the demonstration, as everything that is loaded sees it.
pub struct Present<'a> {
    pub now: Moment,
    pub today: Day,
    pub zone: &'a Zone,
    pub chance: &'a Chance,
    /// Where files are kept.
    pub documents: &'a Path,
}

impl Present<'_> {
    /// So many days ago, at an hour when offices are open.
    fn days_ago(&self, days: i64) -> Moment {
        self.zone.at(self.today.plus(-days), chrono::NaiveTime::from_hms_opt(9, 30, 0).unwrap_or_default())
    }

    fn by<'b>(&'b self, actor: &'b Actor, now: Moment) -> By<'b> {
        By { actor, now, chance: self.chance }
    }
}

/// What was loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    pub accounts: usize,
    pub sheets: usize,
    pub actions: usize,
    pub conventions: usize,
    pub meetings: usize,
    pub announcements: usize,
}

/// Days before the demonstration at which the service was set up.
const SET_UP: i64 = 900;

/// The mails of so many days are kept, so that there are some to read.
const MAIL_DAYS: i64 = 14;

/// What those who follow are told when it begins is what happened in so many days.
const NEWS_DAYS: i64 = 10;

/// Fills an empty database, in one transaction. The index is left to be built, and the last mails to [`deliver`]; nobody is mailed what
/// is supposed to have happened long ago.
pub fn fill(db: &Db, present: &Present<'_>) -> Result<Loaded> {
    let hash = crate::accounts::passwords::hash(PASSWORD, present.chance)?;
    db.write_now(|conn| {
        let organisations = settle(conn, present)?;
        let actors = people::accounts(conn, present, &organisations, &hash)?;
        let plan = plan::save(conn, present, &actors)?;
        let world = World::load(conn)?;
        let around = actions::Around { actors: &actors, organisations: &organisations, plan: &plan, world: &world };
        let actions = actions::save(conn, present, &around)?;
        let conventions = conventions::save(conn, present, &around, &actions)?;
        let meetings = meetings::save(conn, present, &around)?;
        consultations::fill(conn, present)?;
        sharing::save(conn, present, &actors, &actions)?;
        following::save(conn, present, &actors, &organisations)?;
        let announcements = announcements::save(conn, present, &actors, &plan)?;
        store::forget_jobs(conn)?;
        store::forget_news(conn, Some(present.now.plus_days(-NEWS_DAYS)))?;
        store::forget_mails(conn, Some(present.now.plus_days(-MAIL_DAYS)))?;
        Ok(Loaded { accounts: actors.len(), sheets: world.sheets.len(), actions: actions.len(), conventions, meetings, announcements })
    })
}

/// What a département has before anybody acts: its identity, its territories, and organisations, by key.
pub fn settle(conn: &mut Conn, present: &Present<'_>) -> Result<BTreeMap<String, OrganisationId>> {
    identity::save(conn, present)?;
    people::territories(conn, present)?;
    people::organisations(conn, present)
}

/// What every action of the content says, but for what names other records and for its days: sentences to make more of.
pub fn sentences() -> Result<Vec<Map<String, Value>>> {
    Ok(content::actions()?.into_iter().map(|action| action.fields).collect())
}

/// Lets the mails of the last days leave as all mails do, then dates them back to what they tell.
pub async fn deliver(app: &Arc<App>) -> Result<()> {
    while courier::step(app).await? > 0 {}
    let (now, chance) = (app.clock.now(), app.chance.clone());
    app.db
        .write(move |conn| {
            store::date_mails_back(conn)?;
            bounces::one(conn, now, &chance)
        })
        .await
}

/// Forgets the mails and index jobs that wait: they tell of the past. The index is then to be built whole.
pub fn forget_effects(conn: &mut Conn) -> Result<()> {
    store::forget_jobs(conn)?;
    store::forget_news(conn, None)?;
    store::forget_mails(conn, None)
}

/// What the content, which is ours, should never say.
fn broken(what: &str, error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("the demonstration's content is not sound: {what}: {error}"))
}

#[cfg(test)]
mod tests;
