//! Whom a version of a record concerns: each subscription is told of those after its cursor that it follows, once.
//!
//! What is matched is the record as it now is; a version that a later one follows is left to that one. Matching runs outside any
//! transaction; the cursor then moves, if it is where it was read, in the transaction that writes the notices: of two workers, or of a run
//! that was cut and comes again, one does.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::service::{self, Reader};
use super::{Owner, Subscription, Target, search, store};
use crate::accounts::model::{Actor, Viewer};
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::records;
use crate::kernel::{Day, Visibility};
use crate::notifications::news::{self, Version};
use crate::notifications::{concerns, inbox};
use crate::search::model::RecordType;
use crate::{instance, territories};

/// Subscriptions that are looked at together.
const TOGETHER: i64 = 200;

/// A version, with what its record is called and what else it belongs to.
struct News {
    version: Version,
    title: String,
    concerned: Vec<Record>,
}

/// Subscriptions that were told up to the same number, and what is new since.
struct Batch {
    subscriptions: Vec<Subscription>,
    readers: HashMap<Owner, Reader>,
    news: Vec<News>,
    upto: i64,
    /// Of those that follow a record: which news they follow and may read.
    matches: BTreeMap<usize, Vec<usize>>,
}

impl Batch {
    fn load(conn: &mut Conn, today: Day) -> Result<Option<Self>> {
        let last = news::last(conn)?;
        let subscriptions = store::behind(conn, last, TOGETHER)?;
        let Some(cursor) = subscriptions.first().map(|one| one.cursor) else { return Ok(None) };
        let versions = news::after(conn, cursor, news::BATCH)?;
        let upto = versions.last().map_or(last, |version| version.number);
        let everything = Viewer(Some(Actor::command_line()));
        // What is new to them and changes before they are told is still new.
        let new: HashSet<Record> = versions.iter().filter(|version| version.is_new).map(|version| version.record.clone()).collect();
        let mut found = Vec::new();
        for mut version in versions {
            if news::superseded(conn, &version)? {
                continue;
            }
            version.is_new = new.contains(&version.record);
            // What is gone, or is no record that one reads, is told to nobody.
            match records::summary(conn, &everything, today, version.record.kind, &version.record.id) {
                Ok(summary) => {
                    found.push(News { concerned: concerns::of(conn, &everything, today, &version.record)?, title: summary.title, version })
                }
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        let mut readers = HashMap::new();
        for owner in subscriptions.iter().map(|one| &one.owner).collect::<HashSet<_>>() {
            readers.extend(service::reader(conn, owner)?.map(|reader| (owner.clone(), reader)));
        }
        let mut batch = Self { subscriptions, readers, news: found, upto, matches: BTreeMap::new() };
        batch.match_records(conn, today)?;
        Ok(Some(batch))
    }

    fn match_records(&mut self, conn: &mut Conn, today: Day) -> Result<()> {
        for (place, one) in self.subscriptions.iter().enumerate() {
            let Target::Record(record) = &one.target else { continue };
            let Some(reader) = self.readers.get(&one.owner) else { continue };
            for (at, news) in self.news.iter().enumerate() {
                let Version { record: changed, .. } = &news.version;
                if (changed == record || news.concerned.contains(record)) && is_read(conn, reader, today, changed)? {
                    self.matches.entry(place).or_default().push(at);
                }
            }
        }
        Ok(())
    }

    /// Adds what searches find, each asked once for all who ask the same with the same rights; answers those that can no longer be asked.
    async fn match_searches(&mut self, app: &Arc<App>, today: Day) -> Result<Vec<(usize, String)>> {
        let named: Vec<(RecordType, String)> = self.news.iter().filter_map(|news| named(&news.version.record)).collect();
        let atlas = app.db.read(territories::service::atlas).await?;
        let identity = app.identity();
        let mut asked: HashMap<(String, Vec<Visibility>), std::result::Result<HashSet<(RecordType, String)>, String>> = HashMap::new();
        let mut problems = Vec::new();
        for (place, one) in self.subscriptions.iter().enumerate() {
            let Target::Search(text) = &one.target else { continue };
            let Some(reader) = self.readers.get(&one.owner) else { continue };
            let key = (text.clone(), reader.viewer.clearance());
            if !asked.contains_key(&key) {
                let found = match search::asked(text, &identity, &atlas, &reader.viewer, today) {
                    Err(problem) => Err(problem),
                    Ok(_) if named.is_empty() => Ok(HashSet::new()),
                    Ok(query) => {
                        let (engine, named) = (app.search.clone(), named.clone());
                        let found = tokio::task::spawn_blocking(move || engine.among(&query, &named)).await;
                        Ok(found.map_err(|error| Error::Internal(error.to_string()))??.into_iter().collect())
                    }
                };
                asked.insert(key.clone(), found);
            }
            match &asked[&key] {
                Err(problem) => problems.push((place, problem.clone())),
                Ok(found) => {
                    let is_found = |news: &News| named_in(found, &news.version.record);
                    let at = self.news.iter().enumerate().filter(|(_, news)| is_found(news)).map(|(at, _)| at);
                    self.matches.entry(place).or_default().extend(at);
                }
            }
        }
        Ok(problems)
    }
}

fn named(record: &Record) -> Option<(RecordType, String)> {
    Some((RecordType::parse(record.kind)?, record.id.clone()))
}

fn named_in(found: &HashSet<(RecordType, String)>, record: &Record) -> bool {
    named(record).is_some_and(|named| found.contains(&named))
}

fn is_read(conn: &mut Conn, reader: &Reader, today: Day, record: &Record) -> Result<bool> {
    match records::may_read(conn, &reader.viewer, today, record.kind, &record.id) {
        Ok(()) => Ok(true),
        Err(Error::NotFound | Error::Forbidden(_) | Error::SignIn) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Tells some subscriptions that are behind; answers how many cursors moved. None are behind when it is 0.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    let (now, today) = (app.clock.now(), app.today());
    let Some(mut batch) = app.db.read(move |conn| Batch::load(conn, today)).await? else { return Ok(0) };
    let problems = batch.match_searches(app, today).await?;
    let (zone, chance) = (app.config.zone.clone(), app.chance.clone());
    let work = move |conn: &mut Conn| {
        let mut moved = 0;
        for (place, one) in batch.subscriptions.iter().enumerate() {
            if let Some((_, problem)) = problems.iter().find(|(other, _)| *other == place) {
                store::set_problem(conn, &one.id, Some(problem))?;
                moved += 1;
                continue;
            }
            if !store::advance(conn, &one.id, one.cursor, batch.upto)? {
                continue;
            }
            moved += 1;
            let matched = batch.matches.get(&place);
            let left = batch.news.iter().enumerate().filter(|(at, _)| matched.is_none_or(|matched| !matched.contains(at)));
            let left: HashSet<&Record> = left.map(|(_, news)| &news.version.record).collect();
            inbox::forget(conn, &one.id, &left)?;
            for at in batch.matches.get(&place).into_iter().flatten() {
                let News { version, title, .. } = &batch.news[*at];
                // Nobody is told of what they did themselves.
                if version.actor_id.is_none() || version.actor_id.as_ref() != one.owner.account() {
                    // By when it happened: what comes late leaves at once.
                    let known = one.confirmed_at.map_or(version.at, |confirmed| confirmed.max(version.at));
                    inbox::follow(conn, one, version, title, one.rhythm.due(version.is_new, known, &zone), now, &chance)?;
                }
            }
        }
        Ok::<_, Error>(moved)
    };
    app.db.write(work).await
}

/// Looks again at the searches that named what was gone.
pub fn mend(conn: &mut Conn, today: Day) -> Result<usize> {
    let (identity, atlas) = (instance::service::get(conn)?.0, territories::service::atlas(conn)?);
    service::mend(conn, |text| search::asked(text, &identity, &atlas, &Viewer::visitor(), today).is_ok())
}
