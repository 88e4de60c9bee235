//! The pages of a history, whichever the record: a slice says what it is and how it is told ([`Told`]), [`routes`] answers.

mod compare;
mod list;
pub mod routes;
mod show;

pub use compare::{TIME, changed};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Version;
use super::diff::Field;
use crate::accounts::model::Viewer;
use crate::db::Conn;
use crate::error::Result;
use crate::events::Record;
use crate::http::paths;
use crate::http::visit::Doer;
use crate::kernel::actor::Actor;
use crate::kernel::{Day, Zone};

/// The record that an address names, and one of its versions.
#[derive(Clone, Deserialize)]
pub struct Address {
    pub id: String,
    /// The sheet of the plan `id`; 0 for any other record.
    #[serde(default)]
    pub number: i32,
    /// 0 where the page is about no version.
    #[serde(default)]
    pub version: i32,
}

/// Who reads a history, and when.
#[derive(Clone)]
pub struct Reader {
    pub viewer: Viewer,
    pub today: Day,
    pub zone: Zone,
}

/// The record whose history is shown.
pub struct About {
    /// The trail to the record, itself last: labels and links.
    pub trail: Vec<(String, String)>,
    pub title: String,
    /// The path of its history.
    pub history: String,
    /// The version that a form sends back: the record's, now.
    pub version: i32,
    /// Why nothing of it is restored, if so.
    pub closed: Option<&'static str>,
    /// What restoring leaves as it is.
    pub untouched: &'static str,
}

/// A record with a history, read for somebody who may write it, and told in its slice's words.
pub trait Told: Sized + Send + 'static {
    /// Who may not write the record learns nothing of it, not even that it is.
    fn load(conn: &mut Conn, reader: &Reader, address: &Address) -> Result<(Self, Record)>;

    /// Reads the names of what these contents of versions mention.
    fn learn(&mut self, _conn: &mut Conn, _reader: &Reader, _contents: &[&Value]) -> Result<()> {
        Ok(())
    }

    fn about(&self) -> About;

    /// What somebody did: « a modifié le titre ».
    fn did(&self, version: &Version) -> String;

    /// What a version says, in the order of the form.
    fn fields(&self, content: &Value) -> Vec<Field>;

    /// Does restoring a version bring this field back?
    fn restores(&self, _field: &str) -> bool {
        true
    }

    /// What to think of before the text of `then` replaces that of `now`.
    fn warnings(&self, _now: &Value, _then: &Value) -> Vec<&'static str> {
        Vec::new()
    }
}

/// A record whose old versions may come back.
pub trait Restored: Told {
    /// Answers the path of its page.
    fn restore(conn: &mut Conn, asked: &Restoring) -> Result<String>;
}

/// A version that somebody wants back.
#[derive(Clone)]
pub struct Restoring {
    pub address: Address,
    /// The record's version that they read.
    pub version: i32,
    pub reason: String,
    pub doer: Doer,
    pub today: Day,
}

impl About {
    /// The trail to a page of the history; without a label, to the list itself.
    fn breadcrumb(&self, here: Option<&str>) -> Value {
        let history = ("Historique", here.map(|_| self.history.as_str()));
        let trail = self.trail.iter().map(|(label, href)| (label.as_str(), Some(href.as_str())));
        let whole = trail.chain([history]).chain(here.map(|label| (label, None)));
        whole.map(|(label, href)| json!({ "label": label, "href": href })).collect()
    }
}

/// A version in words: who, what, when, why.
fn version_json(told: &impl Told, about: &About, version: &Version) -> Value {
    let author = match version.actor.as_str() {
        "" => None,
        name if name == Actor::command_line().name => Some("La ligne de commande".to_owned()),
        name => Some(name.to_owned()),
    };
    json!({
        "number": version.number,
        "author": author,
        "did": told.did(version),
        "at": version.at,
        "reason": Some(&version.reason).filter(|reason| !reason.is_empty()),
        "url": paths::version(&about.history, version.number),
    })
}
