//! Search by a Meilisearch server, which any number of processes may share.
//!
//! It finds candidates and counts; French, the order of results and their snippets are ours, so that both engines give the same kind of
//! answer. Every request has the filter of what the reader may see.

mod ask;
mod filter;
mod http;
mod indexes;
mod pulse;
mod rank;
mod record;
mod search;
mod server;
mod settings;
mod suggest;
mod tallies;
mod wording;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wire;

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use self::indexes::{BATCH_BYTES, Indexes, Rebuild, weight};
use self::pulse::Pulse;
use self::record::Record;
use self::search::Search;
use self::server::Server;
use self::tallies::Tallies;
use crate::config::MeilisearchAt;
use crate::kernel::{Chance, Visibility};
use crate::search::model::{Answer, Change, Documents, Error, Query, RecordType, SearchEngine, Suggestion};
use crate::search::trouble::{Kind, Trouble};

/// How long somebody waits for results before they are told that search does not answer.
const SEARCH: Duration = Duration::from_millis(1500);
/// How long an administrator waits to know how the server and its index are.
const LOOK: Duration = Duration::from_secs(5);

pub struct Meilisearch {
    server: Arc<Server>,
    pulse: Arc<Pulse>,
    tallies: Tallies,
    name: String,
    owner: String,
    chance: Chance,
    /// The client is asynchronous and the engine is not: requests run here, whatever the caller is. None only while it is dropped.
    runtime: Option<Runtime>,
}

impl Meilisearch {
    /// The engine of one installation, named by `owner`. Nothing is asked of the server yet: it may be down at the start.
    pub fn new(at: &MeilisearchAt, owner: &str, chance: Chance) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().thread_name("meilisearch").build();
        let runtime = runtime.map_err(|error| Error::Unavailable(error.to_string()))?;
        let server = Arc::new(Server::new(at)?);
        Ok(Self {
            server,
            pulse: Arc::default(),
            tallies: Tallies::default(),
            name: at.index.clone(),
            owner: owner.to_owned(),
            chance,
            runtime: Some(runtime),
        })
    }

    fn indexes(&self) -> Indexes<'_> {
        Indexes { server: &self.server, name: &self.name, owner: &self.owner }
    }

    /// Sends records in bodies of a bounded weight.
    fn fill(&self, rebuild: &mut Rebuild, documents: Documents<'_>) -> Result<(), Error> {
        let mut batch: Vec<Record> = Vec::new();
        let mut bytes = 0;
        for document in documents {
            let record = Record::of(&document?);
            bytes += weight(&record);
            batch.push(record);
            if bytes >= BATCH_BYTES {
                self.run(self.indexes().add(rebuild, &batch))?;
                batch.clear();
                bytes = 0;
            }
        }
        if batch.is_empty() { Ok(()) } else { self.run(self.indexes().add(rebuild, &batch)) }
    }

    /// Waits for an answer, or for the time to pass; a server that is known to be down is not asked.
    fn within<T>(&self, limit: Duration, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Error> {
        self.run(async {
            let late = || Trouble::new(Kind::Slow, format!("no answer after {} ms", limit.as_millis()));
            tokio::time::timeout(limit, work).await.unwrap_or_else(|_| Err(late()))
        })
    }

    fn run<T>(&self, work: impl Future<Output = Result<T, Trouble>>) -> Result<T, Error> {
        if let Some(trouble) = self.pulse.trouble() {
            return Err(trouble.into());
        }
        let Some(runtime) = &self.runtime else { return Err(Error::Unavailable("the engine is stopping".to_owned())) };
        let outcome = runtime.handle().block_on(work);
        if let Err(trouble) = &outcome {
            self.pulse.lost(trouble, &self.server, runtime.handle());
        }
        Ok(outcome?)
    }
}

impl Drop for Meilisearch {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Whoever drops it may be asynchronous, and must not wait.
            runtime.shutdown_background();
        }
    }
}

impl SearchEngine for Meilisearch {
    fn name(&self) -> &'static str {
        "meilisearch"
    }

    fn search(&self, query: &Query) -> Result<Answer, Error> {
        self.within(SEARCH, Search::new(&self.server, &self.tallies, &self.name, query).answer())
    }

    fn among(&self, query: &Query, records: &[(RecordType, String)]) -> Result<Vec<(RecordType, String)>, Error> {
        self.within(SEARCH, Search::new(&self.server, &self.tallies, &self.name, query).among(records))
    }

    fn suggest(&self, text: &str, visible: &[Visibility], limit: usize) -> Result<Vec<Suggestion>, Error> {
        self.within(SEARCH, suggest::suggest(&self.server, &self.name, text, visible, limit))
    }

    fn apply(&self, changes: Vec<Change>) -> Result<(), Error> {
        if changes.is_empty() {
            return Ok(());
        }
        self.run(self.indexes().apply(&changes))
    }

    fn rebuild(&self, documents: Documents<'_>) -> Result<u64, Error> {
        let build: String = self.chance.bytes::<8>().iter().map(|byte| format!("{byte:02x}")).collect();
        let mut rebuild = self.run(self.indexes().begin(&build))?;
        // Whoever gives the records may search meanwhile: each step is a request of its own.
        let outcome = self.fill(&mut rebuild, documents).and_then(|()| self.run(self.indexes().swap_in(&mut rebuild)));
        if let Err(error) = outcome {
            drop(self.run(self.indexes().give_up(&rebuild)));
            return Err(error);
        }
        self.run(self.indexes().count())
    }

    /// Whoever watches over the service waits for it, as somebody does for results.
    fn count(&self) -> Result<u64, Error> {
        self.within(SEARCH, self.indexes().count())
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn version(&self) -> Option<String> {
        let known = self.within(LOOK, self.server.version()).ok()?;
        Some(known.map_or_else(|| "Meilisearch (la clé ne permet pas de lire sa version)".to_owned(), |version| format!("Meilisearch {version}")))
    }

    fn needs_rebuild(&self) -> Result<Option<String>, Error> {
        self.within(LOOK, self.indexes().needs_rebuild())
    }
}
