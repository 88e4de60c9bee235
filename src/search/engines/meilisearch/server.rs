//! A Meilisearch server: what we ask of it, each request and each task followed to its end.

use std::time::{Duration, Instant};

use meilisearch_sdk::client::{Client, SwapIndexes};
use meilisearch_sdk::errors::{Error, ErrorCode, MeilisearchError};
use meilisearch_sdk::indexes::Index;
use meilisearch_sdk::request::{HttpClient, Method};
use meilisearch_sdk::task_info::TaskInfo;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::http::{Http, kind_of, trouble};
use super::record;
use crate::config::MeilisearchAt;
use crate::search::trouble::{Kind, Trouble};

/// The versions that are known to answer as we expect: 1, from 1.12 on.
const MAJOR: u32 = 1;
const LEAST_MINOR: u32 = 12;
/// More indexes than a server has.
const MOST_INDEXES: usize = 10_000;

pub struct Server {
    client: Client<Http>,
    http: Http,
    url: String,
}

/// A task as far as we care, whatever its kind.
#[derive(Deserialize)]
struct Task {
    status: String,
    error: Option<MeilisearchError>,
}

/// Who made an index, and with what: the one document of it that is no record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// Always [`record::MARKER`].
    pub key: String,
    /// The installation whose records these are.
    pub owner: String,
    /// What shapes the records: see `settings::fingerprint`.
    pub made_with: String,
    /// Tells one rebuild from another.
    pub build: String,
}

/// What stands under a name.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    Absent,
    /// Nobody's: without any document.
    Empty,
    /// It has documents, and none says that they are ours.
    Unmarked,
    Marked(Marker),
}

impl Server {
    pub fn new(at: &MeilisearchAt) -> Result<Self, Trouble> {
        let http = Http::new(at.key.clone())?;
        Ok(Self { client: Client::new_with_client(at.url.clone(), at.key.clone(), http.clone()), http, url: at.url.clone() })
    }

    pub fn index(&self, uid: &str) -> Index<Http> {
        self.client.index(uid)
    }

    async fn get<T: DeserializeOwned + Send + 'static>(&self, path: &str) -> Result<T, Error> {
        self.http.request::<(), (), T>(&format!("{}{path}", self.url), Method::Get { query: () }, 200).await
    }

    /// Many searches at once.
    pub async fn multi_search<B: Serialize + Send + Sync, T: DeserializeOwned + Send + 'static>(&self, body: B) -> Result<T, Trouble> {
        let url = format!("{}/multi-search", self.url);
        self.http.request::<(), B, T>(&url, Method::Post { query: (), body }, 200).await.map_err(trouble)
    }

    pub async fn is_well(&self) -> bool {
        self.get::<Value>("/health").await.is_ok()
    }

    /// Its version, or none when the key may not ask: one that is bound to our indexes may not.
    pub async fn version(&self) -> Result<Option<String>, Trouble> {
        match self.client.get_version().await {
            Ok(version) => match is_known(&version.pkg_version) {
                true => Ok(Some(version.pkg_version)),
                false => Err(Trouble::new(Kind::WrongVersion, version.pkg_version)),
            },
            Err(error) => match trouble(error) {
                Trouble { kind: Kind::KeyRefused, .. } => Ok(None),
                trouble => Err(trouble),
            },
        }
    }

    /// The names of all indexes that the key shows.
    pub async fn indexes(&self) -> Result<Vec<String>, Trouble> {
        #[derive(Deserialize)]
        struct Listed {
            results: Vec<Named>,
        }
        #[derive(Deserialize)]
        struct Named {
            uid: String,
        }
        let listed: Listed = self.get(&format!("/indexes?limit={MOST_INDEXES}")).await.map_err(trouble)?;
        Ok(listed.results.into_iter().map(|index| index.uid).collect())
    }

    pub async fn standing(&self, uid: &str) -> Result<Standing, Trouble> {
        match self.index(uid).get_document::<Marker>(record::MARKER).await {
            Ok(marker) => Ok(Standing::Marked(marker)),
            Err(Error::Meilisearch(error)) if error.error_code == ErrorCode::IndexNotFound => Ok(Standing::Absent),
            Err(Error::Meilisearch(error)) if error.error_code == ErrorCode::DocumentNotFound => {
                Ok(if self.count(uid).await? == 0 { Standing::Empty } else { Standing::Unmarked })
            }
            Err(error) => Err(trouble(error)),
        }
    }

    pub async fn count(&self, uid: &str) -> Result<u64, Trouble> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Stats {
            number_of_documents: u64,
        }
        let stats: Stats = self.get(&format!("/indexes/{uid}/stats")).await.map_err(trouble)?;
        Ok(stats.number_of_documents)
    }

    pub async fn settings(&self, uid: &str) -> Result<Value, Trouble> {
        self.get(&format!("/indexes/{uid}/settings")).await.map_err(trouble)
    }

    pub async fn set_settings(&self, uid: &str, settings: &Value) -> Result<TaskInfo, Trouble> {
        let url = format!("{}/indexes/{uid}/settings", self.url);
        self.http.request::<(), &Value, TaskInfo>(&url, Method::Patch { query: (), body: settings }, 202).await.map_err(trouble)
    }

    pub async fn create(&self, uid: &str) -> Result<TaskInfo, Trouble> {
        self.client.create_index(uid, Some(record::KEY)).await.map_err(trouble)
    }

    pub async fn remove(&self, uid: &str) -> Result<TaskInfo, Trouble> {
        self.client.delete_index(uid).await.map_err(trouble)
    }

    pub async fn put<T: Serialize + Send + Sync>(&self, uid: &str, documents: &[T]) -> Result<TaskInfo, Trouble> {
        self.index(uid).add_or_replace(documents, Some(record::KEY)).await.map_err(trouble)
    }

    pub async fn delete(&self, uid: &str, keys: &[String]) -> Result<TaskInfo, Trouble> {
        self.index(uid).delete_documents(keys).await.map_err(trouble)
    }

    /// Asks that two indexes take each other's names.
    pub async fn swap(&self, one: &str, other: &str) -> Result<TaskInfo, Trouble> {
        self.client.swap_indexes([&SwapIndexes { indexes: (one.to_owned(), other.to_owned()), rename: None }]).await.map_err(trouble)
    }

    /// Follows a task to its end: only then is what it says true, and found.
    pub async fn finish(&self, task: &TaskInfo, until: Instant) -> Result<(), Trouble> {
        let path = format!("/tasks/{}", task.task_uid);
        let mut patience = Patience::new(until);
        loop {
            let Task { status, error } = self.get(&path).await.map_err(trouble)?;
            match (status.as_str(), error) {
                ("succeeded", _) => return Ok(()),
                ("failed", Some(error)) => {
                    // The server is asked again and again: what it says of its own troubles is one that passes.
                    return Err(Trouble::new(kind_of(&error), error.error_message));
                }
                ("enqueued" | "processing", _) => patience.wait(|| format!("task {} is {status}", task.task_uid)).await?,
                (other, _) => return Err(Trouble::new(Kind::TaskFailed, format!("task {} is {other}", task.task_uid))),
            }
        }
    }
}

/// Looks often at first, then less and less, until there is no more time.
pub struct Patience {
    pause: Duration,
    until: Instant,
}

impl Patience {
    const MOST: Duration = Duration::from_millis(200);

    pub fn new(until: Instant) -> Self {
        Self { pause: Duration::from_millis(4), until }
    }

    pub async fn wait(&mut self, what: impl Fn() -> String) -> Result<(), Trouble> {
        if Instant::now() + self.pause > self.until {
            return Err(Trouble::new(Kind::Late, what()));
        }
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(Self::MOST);
        Ok(())
    }
}

fn is_known(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse::<u32>().ok());
    let (major, minor) = (parts.next().flatten(), parts.next().flatten());
    major == Some(MAJOR) && minor.is_some_and(|minor| minor >= LEAST_MINOR)
}

#[cfg(test)]
mod tests {
    use super::is_known;

    #[test]
    fn versions_are_known_from_one_twelve_on() {
        assert!(["1.12.0", "1.50.0", "1.13.0-rc.1"].into_iter().all(is_known));
        assert!(!["1.11.3", "0.30.0", "2.0.0", "nightly", ""].into_iter().any(is_known));
    }
}
