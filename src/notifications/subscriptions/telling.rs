//! Writes what was matched: cursors move and notices are written in one transaction, some subscriptions at a time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::matching::Batch;
use super::{Subscription, store};
use crate::app::App;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::kernel::ids::{NoticeId, SubscriptionId};
use crate::kernel::{Chance, Moment, Zone};
use crate::notifications::inbox::{self, New, Waiting};
use crate::notifications::words;

/// What somebody did at once to more records than this is told by their number: what an import wrote, above all.
pub const MANY: usize = 20;
/// Subscriptions that are told in one transaction.
const TOGETHER: usize = 250;

/// Tells all of a batch; answers how many cursors moved.
pub async fn tell(app: &Arc<App>, batch: Arc<Batch>) -> Result<usize> {
    let mut moved = 0;
    for from in (0..batch.subscriptions.len()).step_by(TOGETHER) {
        let some = from..(from + TOGETHER).min(batch.subscriptions.len());
        let (batch, now, zone, chance) = (batch.clone(), app.clock.now(), app.config.zone.clone(), app.chance.clone());
        moved += app.db.write(move |conn| Telling { batch: &batch, now, zone: &zone, chance: &chance }.write(conn, some)).await?;
    }
    Ok(moved)
}

struct Telling<'a> {
    batch: &'a Batch,
    now: Moment,
    zone: &'a Zone,
    chance: &'a Chance,
}

/// What waits already, by subscription and record.
type Known = HashMap<(SubscriptionId, Record), Waiting>;

/// Versions of one kind that are counted: how many, the last of them, and when the last happened.
struct Counted {
    count: i64,
    last: i64,
    at: Moment,
}

impl Telling<'_> {
    fn write(&self, conn: &mut Conn, some: Range<usize>) -> Result<usize> {
        let batch = self.batch;
        let mut moved = 0;
        for (place, problem) in batch.problems.iter().filter(|(place, _)| some.contains(*place)) {
            store::set_problem(conn, &batch.subscriptions[*place].id, Some(problem))?;
            moved += 1;
        }
        let followed: Vec<usize> = some.filter(|place| !batch.problems.contains_key(place)).collect();
        let ids: Vec<&SubscriptionId> = followed.iter().map(|place| &batch.subscriptions[*place].id).collect();
        let advanced = store::advance(conn, &ids, batch.from, batch.upto)?;
        moved += advanced.len();
        let known = self.known(conn, &ids, &advanced)?;
        let mut new = Vec::new();
        let mut renewed: BTreeMap<usize, Vec<(NoticeId, usize)>> = BTreeMap::new();
        for place in followed.into_iter().filter(|place| advanced.contains(&batch.subscriptions[*place].id)) {
            let (one, Some(found)) = (&batch.subscriptions[place], &batch.found[place]) else { continue };
            let mut counted: BTreeMap<&'static str, Counted> = BTreeMap::new();
            for act in &found.acts {
                let first = &batch.news[act[0]];
                // Nobody is told of what they did themselves.
                if first.actor_id.is_some() && first.actor_id.as_ref() == one.owner.account() {
                    continue;
                }
                // The rest of what is counted already is counted with it.
                let is_counted = || known.get(&counting(one, first.record.kind)).is_some_and(|waiting| waiting.at == first.at);
                if act.len() > MANY || is_counted() {
                    let last = act.iter().map(|place| batch.news[*place].number).max().unwrap_or(first.number);
                    let all = counted.entry(first.record.kind).or_insert(Counted { count: 0, last, at: first.at });
                    *all = Counted { count: all.count + i64::try_from(act.len()).unwrap_or(0), last: all.last.max(last), at: all.at.max(first.at) };
                    continue;
                }
                for version in act.iter().filter(|version| batch.titles.contains_key(version)) {
                    match known.get(&(one.id.clone(), batch.news[*version].record.clone())) {
                        Some(waiting) => renewed.entry(*version).or_default().push((waiting.id.clone(), place)),
                        None => new.push(self.one(one, *version)),
                    }
                }
            }
            for (kind, counted) in counted {
                let waiting = known.get(&counting(one, kind));
                new.extend(self.many(conn, one, kind, &found.label, counted, waiting)?);
            }
        }
        for (version, waiting) in renewed {
            let ids: Vec<NoticeId> = waiting.iter().map(|(id, _)| id.clone()).collect();
            let news = &batch.news[version];
            let kept = inbox::renew(conn, &ids, news, &batch.titles[&version], &words::happened(news))?;
            // What was told meanwhile is told again, since it changed.
            let told = waiting.iter().filter(|(id, _)| !kept.contains(id));
            new.extend(told.map(|(_, place)| self.one(&batch.subscriptions[*place], version)));
        }
        inbox::insert(conn, &new)?;
        Ok(moved)
    }

    /// What those who are told wait for already of these records; what they no longer follow of them is dropped.
    fn known(&self, conn: &mut Conn, ids: &[&SubscriptionId], advanced: &HashSet<SubscriptionId>) -> Result<Known> {
        let places: HashMap<&SubscriptionId, usize> =
            self.batch.subscriptions.iter().enumerate().map(|(place, one)| (&one.id, place)).filter(|(id, _)| advanced.contains(*id)).collect();
        let mut records: Vec<&str> = self.batch.news.iter().map(|version| version.record.id.as_str()).collect();
        records.extend(ids.iter().map(|id| id.as_str()));
        let (mut known, mut dropped) = (Known::new(), Vec::new());
        for waiting in inbox::waiting(conn, &ids.iter().copied().filter(|id| advanced.contains(*id)).collect::<Vec<_>>(), &records)? {
            let is_left = match (waiting.counted, self.batch.places.get(&waiting.record), places.get(&waiting.subscription_id)) {
                (None, Some(news), Some(place)) => self.batch.found[*place].as_ref().is_none_or(|found| !found.news.contains(news)),
                _ => false,
            };
            if is_left {
                dropped.push(waiting.id);
            } else {
                known.insert((waiting.subscription_id.clone(), waiting.record.clone()), waiting);
            }
        }
        inbox::drop_waiting(conn, &dropped)?;
        Ok(known)
    }

    fn one(&self, by: &Subscription, place: usize) -> New {
        let version = &self.batch.news[place];
        let new = self.new_notice(by, version.record.clone(), version.number, version.at, version.is_new);
        New { title: self.batch.titles[&place].clone(), what: words::happened(version), is_new: version.is_new, ..new }
    }

    /// Adds to what is counted already, unless it was told meanwhile.
    fn many(
        &self,
        conn: &mut Conn,
        by: &Subscription,
        kind: &'static str,
        label: &str,
        counted: Counted,
        waiting: Option<&Waiting>,
    ) -> Result<Option<New>> {
        if let Some(waiting) = waiting {
            let count = waiting.counted.unwrap_or(0) + counted.count;
            if inbox::count_more(conn, &waiting.id, count, counted.last, &words::happened_together(kind, count))? {
                return Ok(None);
            }
        }
        let (_, record) = counting(by, kind);
        // Search may still be catching up with the rest.
        let new = self.new_notice(by, record, counted.last, counted.at, false);
        let what = words::happened_together(kind, counted.count);
        Ok(Some(New { title: label.to_owned(), what, counted: Some(counted.count), ..new }))
    }

    fn new_notice(&self, by: &Subscription, record: Record, number: i64, at: Moment, is_new: bool) -> New {
        // By when it happened: what comes late leaves at once.
        let known = by.confirmed_at.map_or(at, |confirmed| confirmed.max(at));
        New {
            id: NoticeId::new(self.now, self.chance),
            owner: by.owner.as_str().to_owned(),
            subscription_id: Some(by.id.clone()),
            news: Some(number),
            record,
            title: String::new(),
            what: String::new(),
            is_new,
            counted: None,
            at,
            due_at: Some(by.rhythm.due(is_new, known, self.zone)),
        }
    }
}

/// What a subscription counts of a kind goes by its own name.
fn counting(by: &Subscription, kind: &'static str) -> (SubscriptionId, Record) {
    (by.id.clone(), Record { kind, id: by.id.to_string() })
}
