//! The pages of a history, whichever the record: a slice reads it with them, and says it in its own words.

pub mod compare;
pub mod list;
pub mod show;

use serde_json::{Value, json};

use super::Version;
use super::diff::Field;
use crate::http::paths;
use crate::kernel::actor::Actor;

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

/// How a kind of record is told.
pub trait Told {
    fn about(&self) -> About;

    /// What somebody did: « a modifié le titre ».
    fn did(&self, version: &Version) -> String;

    /// What a version says, in the order of the form.
    fn fields(&self, content: &Value) -> Vec<Field>;

    /// Does restoring a version bring this field back?
    fn restores(&self, field: &str) -> bool;

    /// What to think of before the text of `then` replaces that of `now`.
    fn warnings(&self, now: &Value, then: &Value) -> Vec<&'static str>;
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
