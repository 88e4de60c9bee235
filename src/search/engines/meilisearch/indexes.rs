//! Our indexes on the server: the one that is searched, and the one that a rebuild fills beside it before the two take each other's names.
//!
//! ```text
//! traitdunion               what is searched, with a document that says whose it is and what made it
//! traitdunion-next-<build>  being built; once swapped in, it has the name above, and the old one is removed under this one
//! ```
//!
//! An index that does not say that it is ours is never written and never removed.

use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};

use meilisearch_sdk::task_info::TaskInfo;
use serde::Serialize;

use super::record::{self, MARKER, Record};
use super::server::{Marker, Patience, Server, Standing};
use super::settings;
use crate::search::model::Change;
use crate::search::trouble::{Kind, Trouble};

/// A body is sent when it weighs this much; the server takes far more.
pub const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Bodies that the server has not yet worked on: more would only fill its disk.
const MOST_WAITING: usize = 4;
/// What one task may take, waiting for others included.
const TASK: Duration = Duration::from_secs(20);
/// What a task of a rebuild may take: it follows many others.
const REBUILD_TASK: Duration = Duration::from_secs(600);

/// An index that is being built, and what the server has not yet worked on.
pub struct Rebuild {
    next: String,
    marker: Marker,
    waiting: VecDeque<TaskInfo>,
}

pub struct Indexes<'a> {
    pub server: &'a Server,
    pub name: &'a str,
    pub owner: &'a str,
}

impl Indexes<'_> {
    fn next_prefix(&self) -> String {
        format!("{}-next-", self.name)
    }

    /// Is an index ours, or nobody's?
    async fn is_ours(&self, uid: &str) -> Result<bool, Trouble> {
        Ok(match self.server.standing(uid).await? {
            Standing::Absent | Standing::Empty => true,
            Standing::Unmarked => false,
            Standing::Marked(marker) => marker.owner == self.owner,
        })
    }

    /// The mark of the index that is searched, which must be ours.
    async fn live(&self) -> Result<Marker, Trouble> {
        match self.server.standing(self.name).await? {
            Standing::Marked(marker) if marker.owner == self.owner => Ok(marker),
            Standing::Absent | Standing::Empty => Err(Trouble::new(Kind::NoIndex, format!("{} is absent", self.name))),
            Standing::Marked(_) | Standing::Unmarked => Err(self.not_ours()),
        }
    }

    fn not_ours(&self) -> Trouble {
        Trouble::new(Kind::NotOurs, format!("index {}", self.name))
    }

    /// Why the index must be built anew, if it must.
    pub async fn needs_rebuild(&self) -> Result<Option<String>, Trouble> {
        self.server.version().await?;
        let marker = match self.live().await {
            Ok(marker) => marker,
            Err(trouble) if trouble.kind == Kind::NoIndex => return Ok(Some(trouble.said)),
            Err(trouble) => return Err(trouble),
        };
        if marker.made_with != settings::fingerprint() {
            return Ok(Some(format!("{} was made with {}, not {}", self.name, marker.made_with, settings::fingerprint())));
        }
        let different = settings::differences(&self.server.settings(self.name).await?);
        Ok((!different.is_empty()).then(|| format!("{} has other settings: {}", self.name, different.join(", "))))
    }

    pub async fn count(&self) -> Result<u64, Trouble> {
        self.live().await?;
        Ok(self.server.count(self.name).await?.saturating_sub(1))
    }

    /// Applies changes to what is searched and to what is being built, wherever that is done; they are durable and found at the end.
    pub async fn apply(&self, changes: &[Change]) -> Result<(), Trouble> {
        let until = Instant::now() + TASK;
        self.live().await?;
        let mut targets = vec![self.name.to_owned()];
        for uid in self.server.indexes().await?.into_iter().filter(|uid| uid.starts_with(&self.next_prefix())) {
            if matches!(self.server.standing(&uid).await?, Standing::Marked(marker) if marker.owner == self.owner) {
                targets.push(uid);
            }
        }
        let (records, removed) = last_of_each(changes);
        let mut tasks = Vec::new();
        for uid in &targets {
            for batch in batches(&records) {
                tasks.push(self.server.put(uid, batch).await?);
            }
            if !removed.is_empty() {
                tasks.push(self.server.delete(uid, &removed).await?);
            }
        }
        for task in &tasks {
            self.server.finish(task, until).await?;
        }
        Ok(())
    }

    /// Begins an index beside the one that is searched.
    pub async fn begin(&self, build: &str) -> Result<Rebuild, Trouble> {
        self.server.version().await?;
        if !self.is_ours(self.name).await? {
            return Err(self.not_ours());
        }
        self.remove_left_over().await?;
        let next = format!("{}{build}", self.next_prefix());
        self.done(self.server.create(&next).await?).await?;
        self.done(self.server.set_settings(&next, &settings::expected()).await?).await?;
        let marker = Marker { key: MARKER.into(), owner: self.owner.into(), made_with: settings::fingerprint(), build: build.into() };
        self.done(self.server.put(&next, std::slice::from_ref(&marker)).await?).await?;
        Ok(Rebuild { next, marker, waiting: VecDeque::new() })
    }

    /// Adds records to it.
    pub async fn add(&self, rebuild: &mut Rebuild, records: &[Record]) -> Result<(), Trouble> {
        rebuild.waiting.push_back(self.server.put(&rebuild.next, records).await?);
        self.keep_waiting(rebuild, MOST_WAITING).await
    }

    async fn keep_waiting(&self, rebuild: &mut Rebuild, most: usize) -> Result<(), Trouble> {
        while rebuild.waiting.len() > most {
            if let Some(task) = rebuild.waiting.pop_front() {
                self.done(task).await?;
            }
        }
        Ok(())
    }

    /// Once it is whole, makes it the one that is searched.
    pub async fn swap_in(&self, rebuild: &mut Rebuild) -> Result<(), Trouble> {
        self.keep_waiting(rebuild, 0).await?;
        let Rebuild { next, marker, .. } = rebuild;
        // Had somebody removed it meanwhile, the server would have made another, without settings, for what we sent.
        if self.server.standing(next).await? != Standing::Marked(marker.clone()) {
            return Err(Trouble::new(Kind::NoIndex, format!("{next} was removed while it was built")));
        }
        // Only what exists is swapped.
        if self.server.standing(self.name).await? == Standing::Absent {
            self.done(self.server.create(self.name).await?).await?;
        }
        self.server.swap(next, self.name).await?;
        // A key that is bound to our indexes may not follow that task: what it does is looked at.
        let mut patience = Patience::new(Instant::now() + REBUILD_TASK);
        while self.server.standing(self.name).await? != Standing::Marked(marker.clone()) {
            patience.wait(|| format!("{next} is not yet {}", self.name)).await?;
        }
        self.done(self.server.remove(next).await?).await
    }

    /// Removes what was built in vain; what stays all the same goes at the next rebuild.
    pub async fn give_up(&self, rebuild: &Rebuild) -> Result<(), Trouble> {
        self.server.remove(&rebuild.next).await.map(drop)
    }

    /// Removes what rebuilds that were killed left behind.
    async fn remove_left_over(&self) -> Result<(), Trouble> {
        for uid in self.server.indexes().await?.into_iter().filter(|uid| uid.starts_with(&self.next_prefix())) {
            if self.is_ours(&uid).await? {
                self.done(self.server.remove(&uid).await?).await?;
            }
        }
        Ok(())
    }

    async fn done(&self, task: TaskInfo) -> Result<(), Trouble> {
        self.server.finish(&task, Instant::now() + REBUILD_TASK).await
    }
}

/// What remains of changes in order: each record as it last is, and the keys of those that are gone.
fn last_of_each(changes: &[Change]) -> (Vec<Record>, Vec<String>) {
    let mut seen = HashSet::new();
    let (mut records, mut removed) = (Vec::new(), Vec::new());
    for change in changes.iter().rev() {
        match change {
            Change::Put(document) => {
                if seen.insert(record::key(document.kind, &document.id)) {
                    records.push(Record::of(document));
                }
            }
            Change::Remove { kind, id } => {
                let key = record::key(*kind, id);
                if seen.insert(key.clone()) {
                    removed.push(key);
                }
            }
        }
    }
    (records, removed)
}

/// Cuts records into bodies of a bounded weight; one that is heavier goes alone.
fn batches(records: &[Record]) -> Vec<&[Record]> {
    let mut batches = Vec::new();
    let (mut start, mut bytes) = (0, 0);
    for (place, record) in records.iter().enumerate() {
        let more = weight(record);
        if place > start && bytes + more > BATCH_BYTES {
            batches.push(&records[start..place]);
            (start, bytes) = (place, 0);
        }
        bytes += more;
    }
    if start < records.len() {
        batches.push(&records[start..]);
    }
    batches
}

pub fn weight(record: &impl Serialize) -> usize {
    serde_json::to_vec(record).map_or(0, |bytes| bytes.len())
}
