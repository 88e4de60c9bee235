//! Whom a version of a record concerns: each subscription is told of those after its cursor that it follows, once.
//!
//! What is matched is the record as it now is. Those who follow records are told at once, those who follow searches up to where search has
//! caught up. Matching runs outside any transaction; a cursor then moves, if it is where it was read, in the transaction that writes the
//! notices (`telling`): of two workers, or of a run that was cut and comes again, one does.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::telling::{self, MANY};
use super::{Follows, Owner, Subscription, Target, search, service, store};
use crate::accounts::model::{AccountStage, Actor, Viewer};
use crate::accounts::{self, sign_in};
use crate::app::App;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::events::Record;
use crate::http::records;
use crate::kernel::ids::AccountId;
use crate::kernel::{Day, Visibility};
use crate::notifications::concerns;
use crate::notifications::news::{self, CHUNK, Version, named};
use crate::notifications::pages::Words;
use crate::search::model::RecordType;
use crate::{instance, territories};

/// Subscriptions that are looked at together, and versions.
const TOGETHER: i64 = 5_000;
const MOST_NEWS: i64 = 2_000;

/// Subscriptions that were told up to the same number, and what is new since.
pub struct Batch {
    pub subscriptions: Vec<Subscription>,
    /// Up to which they were told, and will be.
    pub from: i64,
    pub upto: i64,
    /// The last version of each record that changed.
    pub news: Vec<Version>,
    pub places: HashMap<Record, usize>,
    /// What the records are called that are told one by one; those that are gone are not among them.
    pub titles: HashMap<usize, String>,
    /// What each subscription follows of these.
    pub found: Vec<Option<Arc<Found>>>,
    /// The searches that can no longer be asked, by place.
    pub problems: HashMap<usize, String>,
    viewers: HashMap<AccountId, Viewer>,
}

/// What one who follows is told of.
#[derive(Default)]
pub struct Found {
    pub news: HashSet<usize>,
    /// The same, those together that somebody did at once.
    pub acts: Vec<Vec<usize>>,
    /// What is followed, in words.
    pub label: String,
}

impl Batch {
    fn load(conn: &mut Conn, follows: Follows) -> Result<Option<Self>> {
        let last = news::last(conn)?;
        let subscriptions = store::behind(conn, follows, last, TOGETHER)?;
        let Some(from) = subscriptions.first().map(|one| one.cursor) else { return Ok(None) };
        let versions = news::after(conn, from, MOST_NEWS)?;
        let is_empty = versions.is_empty();
        let versions = match follows {
            Follows::Record => versions,
            Follows::Search => news::searchable(conn, versions)?,
        };
        let upto = match versions.last() {
            Some(version) => version.number,
            None if is_empty => last,
            None => return Ok(None),
        };
        let news = latest(versions);
        let places = news.iter().enumerate().map(|(place, version)| (version.record.clone(), place)).collect();
        let viewers = viewers(conn, &subscriptions)?;
        let found = vec![None; subscriptions.len()];
        Ok(Some(Self { subscriptions, from, upto, news, places, titles: HashMap::new(), found, problems: HashMap::new(), viewers }))
    }

    /// What whoever owns a subscription may read with; None when their account is closed.
    fn viewer(&self, one: &Subscription) -> Option<Viewer> {
        match &one.owner {
            Owner::Account(id) => self.viewers.get(id).cloned(),
            Owner::Address(_) => Some(Viewer::visitor()),
        }
    }

    fn found(&self, news: HashSet<usize>, label: String) -> Arc<Found> {
        let mut places: Vec<usize> = news.iter().copied().collect();
        places.sort_unstable();
        let mut acts: Vec<Vec<usize>> = Vec::new();
        let mut known = HashMap::new();
        for place in places {
            let version = &self.news[place];
            let act = *known.entry((version.at, &version.actor_id, version.record.kind)).or_insert(acts.len());
            if act == acts.len() {
                acts.push(Vec::new());
            }
            acts[act].push(place);
        }
        Arc::new(Found { news, acts, label })
    }

    /// What followed records tell: their own versions, and those of what belongs to them.
    fn match_records(&mut self, conn: &mut Conn, today: Day) -> Result<()> {
        let everything = Viewer(Some(Actor::command_line()));
        let mut told: HashMap<Record, Vec<usize>> = HashMap::new();
        for (place, version) in self.news.iter().enumerate() {
            told.entry(version.record.clone()).or_default().push(place);
            match concerns::of(conn, &everything, today, &version.record) {
                Ok(concerned) => concerned.into_iter().for_each(|record| told.entry(record).or_default().push(place)),
                // What is gone is told to nobody.
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        // Visitors all read the same.
        let mut read: HashMap<usize, bool> = HashMap::new();
        for at in 0..self.subscriptions.len() {
            let one = &self.subscriptions[at];
            let (Target::Record(record), Some(viewer)) = (&one.target, self.viewer(one)) else { continue };
            let mut news = HashSet::new();
            for place in told.get(record).into_iter().flatten() {
                let known = read.get(place).copied().filter(|_| viewer.actor().is_none());
                let is_read = match known {
                    Some(known) => known,
                    None => is_read(conn, &viewer, today, &self.news[*place].record)?,
                };
                if viewer.actor().is_none() {
                    read.insert(*place, is_read);
                }
                if is_read {
                    news.insert(*place);
                }
            }
            // Its page says what it is called, to whoever may read it.
            self.found[at] = (!news.is_empty()).then(|| self.found(news, String::new()));
        }
        Ok(())
    }

    /// What searches find, each asked once for all who ask the same with the same rights.
    async fn match_searches(&mut self, app: &Arc<App>, today: Day) -> Result<()> {
        let named: Arc<Vec<(RecordType, String)>> = Arc::new(self.news.iter().filter_map(|version| named(&version.record)).collect());
        let atlas = app.db.read(territories::service::atlas).await?;
        let identity = app.identity();
        let words = Words { app, instance: &identity, atlas: &atlas, today };
        let mut asked: HashMap<(String, Vec<Visibility>), std::result::Result<Arc<Found>, String>> = HashMap::new();
        for at in 0..self.subscriptions.len() {
            let one = &self.subscriptions[at];
            let (Target::Search(text), Some(viewer)) = (&one.target, self.viewer(one)) else { continue };
            let key = (text.clone(), viewer.clearance());
            if !asked.contains_key(&key) {
                let found = match search::asked(text, &identity, &atlas, &viewer, today) {
                    Err(problem) => Err(problem),
                    Ok(query) => {
                        let (engine, named) = (app.search.clone(), named.clone());
                        let ask = move || {
                            let found: std::result::Result<Vec<_>, _> = named.chunks(CHUNK).map(|some| engine.among(&query, some)).collect();
                            found.map(|found| found.concat())
                        };
                        let found = tokio::task::spawn_blocking(ask).await.map_err(|error| Error::Internal(error.to_string()))??;
                        let records = found.into_iter().map(|(kind, id)| Record { kind: kind.as_str(), id });
                        let news = records.filter_map(|record| self.places.get(&record).copied()).collect();
                        // It is said within quotation marks.
                        let label = words.search(text).label.replace("«\u{a0}", "“").replace("\u{a0}»", "”");
                        Ok(self.found(news, label))
                    }
                };
                asked.insert(key.clone(), found);
            }
            match &asked[&key] {
                Ok(found) => self.found[at] = Some(found.clone()),
                Err(problem) => drop(self.problems.insert(at, problem.clone())),
            }
        }
        Ok(())
    }

    /// Names what is told one by one, as it is called now.
    fn name(&mut self, conn: &mut Conn, today: Day) -> Result<()> {
        let everything = Viewer(Some(Actor::command_line()));
        let few = self.found.iter().flatten().flat_map(|found| &found.acts).filter(|act| act.len() <= MANY);
        for place in few.flatten().copied().collect::<BTreeSet<usize>>() {
            let record = &self.news[place].record;
            match records::summary(conn, &everything, today, record.kind, &record.id) {
                Ok(summary) => drop(self.titles.insert(place, summary.title)),
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The last version of each record. What is new and changes before it is told is still new.
fn latest(versions: Vec<Version>) -> Vec<Version> {
    let new: HashSet<Record> = versions.iter().filter(|version| version.is_new).map(|version| version.record.clone()).collect();
    let mut seen = HashSet::new();
    let mut latest: Vec<Version> = versions.into_iter().rev().filter(|version| seen.insert(version.record.clone())).collect();
    latest.reverse();
    for version in &mut latest {
        version.is_new = new.contains(&version.record);
    }
    latest
}

fn viewers(conn: &mut Conn, subscriptions: &[Subscription]) -> Result<HashMap<AccountId, Viewer>> {
    let ids: BTreeSet<&AccountId> = subscriptions.iter().filter_map(|one| one.owner.account()).collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let atlas = territories::service::atlas(conn)?;
    let accounts = accounts::service::of_ids(conn, &ids.into_iter().cloned().collect::<Vec<_>>())?;
    let active = accounts.into_iter().filter(|account| account.stage == AccountStage::Active);
    Ok(active.map(|account| (account.id.clone(), Viewer(Some(sign_in::actor_in(account, &atlas))))).collect())
}

fn is_read(conn: &mut Conn, viewer: &Viewer, today: Day, record: &Record) -> Result<bool> {
    match records::may_read(conn, viewer, today, record.kind, &record.id) {
        Ok(()) => Ok(true),
        Err(Error::NotFound | Error::Forbidden(_) | Error::SignIn) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Tells some of those who are behind; answers how many cursors moved. Nobody can be told more when it is 0. Those who follow records are
/// told first: whatever befalls search, they were.
pub async fn step(app: &Arc<App>) -> Result<usize> {
    let mut moved = 0;
    for follows in [Follows::Record, Follows::Search] {
        let today = app.today();
        let load = move |conn: &mut Conn| {
            let mut batch = Batch::load(conn, follows)?;
            if let Some(batch) = batch.as_mut().filter(|_| follows == Follows::Record) {
                batch.match_records(conn, today)?;
            }
            Ok::<_, Error>(batch)
        };
        let Some(mut batch) = app.db.read(load).await? else { continue };
        if follows == Follows::Search {
            batch.match_searches(app, today).await?;
        }
        let name = move |conn: &mut Conn| {
            batch.name(conn, today)?;
            Ok::<_, Error>(batch)
        };
        moved += telling::tell(app, Arc::new(app.db.read(name).await?)).await?;
    }
    Ok(moved)
}

/// Looks again at the searches that named what was gone.
pub fn mend(conn: &mut Conn, today: Day) -> Result<usize> {
    let (identity, atlas) = (instance::service::get(conn)?.0, territories::service::atlas(conn)?);
    service::mend(conn, |text| search::asked(text, &identity, &atlas, &Viewer::visitor(), today).is_ok())
}
