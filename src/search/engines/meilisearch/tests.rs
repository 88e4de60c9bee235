//! The engine against a real server: what every engine must do, and what several processes and installations do to one server.

#[path = "../../../../tests/support/meilisearch/real.rs"]
pub mod real;

use serde_json::{Value, json};

use super::server::Standing;
use super::*;
use crate::search::engines::conformance::{self, Differences, action, query};
use crate::search::model::Document;

pub const OWNER: &str = "01JZZZZZZZZZZZZZZZZZZZZZZZ";

fn at(server: &real::Server, index: &str) -> MeilisearchAt {
    MeilisearchAt { url: server.url.clone(), key: Some(server.key.clone()), index: index.to_owned() }
}

fn of(server: &real::Server, index: &str, owner: &str) -> Meilisearch {
    Meilisearch::new(&at(server, index), owner, Chance::from_machine()).unwrap()
}

/// An engine of one's own, on an index of its own that is there but empty.
fn fresh(server: &real::Server, test: &str) -> Meilisearch {
    let engine = of(server, &real::name(test), OWNER);
    assert_eq!(engine.rebuild(&mut std::iter::empty()).unwrap(), 0);
    engine
}

impl Meilisearch {
    fn block<T>(&self, work: impl Future<Output = Result<T, Trouble>>) -> T {
        self.run(work).unwrap()
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.block(self.server.indexes()).into_iter().filter(|uid| uid.starts_with(&self.name)).collect();
        names.sort();
        names
    }

    /// Makes an index by hand, with one document.
    fn foreign(&self, uid: &str, document: Value) {
        self.block(async {
            let task = self.server.put(uid, &[document]).await?;
            self.server.finish(&task, std::time::Instant::now() + Duration::from_secs(20)).await
        });
    }
}

#[test]
fn it_does_what_every_engine_must() {
    let Some(server) = real::shared() else { return };
    conformance::run_all(&|| Box::new(fresh(server, "conformance")), &Differences { explains_far_typos: false, finds_either_word: false });
}

#[test]
fn an_index_that_is_absent_or_made_otherwise_asks_for_a_rebuild() {
    let Some(server) = real::shared() else { return };
    let engine = of(server, &real::name("otherwise"), OWNER);
    assert!(engine.needs_rebuild().unwrap().is_some_and(|why| why.contains("absent")));
    for answer in [engine.search(&query("budget")).map(drop), engine.count().map(drop), engine.apply(vec![put("1", "Un")])] {
        assert!(matches!(answer, Err(Error::Trouble(Trouble { kind: Kind::NoIndex, .. }))), "{answer:?}");
    }
    engine.rebuild(&mut [Ok(action("1", "Un"))].into_iter()).unwrap();
    assert_eq!(engine.needs_rebuild().unwrap(), None);
    // Somebody changes the settings by hand.
    engine.block(async {
        let task = engine.server.set_settings(&engine.name, &json!({ "stopWords": ["budget"], "synonyms": {} })).await?;
        engine.server.finish(&task, std::time::Instant::now() + Duration::from_secs(20)).await
    });
    assert!(engine.needs_rebuild().unwrap().is_some_and(|why| why.contains("stopWords") && why.contains("synonyms")));
    engine.rebuild(&mut [Ok(action("1", "Un"))].into_iter()).unwrap();
    assert_eq!(engine.needs_rebuild().unwrap(), None);
    // Another version made it.
    let marker = json!({ "key": record::MARKER, "owner": OWNER, "made_with": "0-old", "build": "x" });
    engine.foreign(&engine.name.clone(), marker);
    assert!(engine.needs_rebuild().unwrap().is_some_and(|why| why.contains("0-old")));
}

#[test]
fn an_index_of_another_owner_is_never_touched() {
    let Some(server) = real::shared() else { return };
    let index = real::name("owners");
    let theirs = of(server, &index, "01THEIRS");
    theirs.rebuild(&mut [Ok(action("theirs", "Leur fiche"))].into_iter()).unwrap();
    let ours = of(server, &index, OWNER);
    let refusals = [
        ours.rebuild(&mut [Ok(action("ours", "Notre fiche"))].into_iter()).map(drop),
        ours.apply(vec![put("ours", "Notre fiche")]),
        ours.count().map(drop),
        ours.needs_rebuild().map(drop),
    ];
    for refusal in refusals {
        assert!(matches!(refusal, Err(Error::Trouble(Trouble { kind: Kind::NotOurs, .. }))), "{refusal:?}");
    }
    assert_eq!(theirs.count().unwrap(), 1);
    // One that nobody marked, with documents in it, is somebody's too.
    let unmarked = of(server, &real::name("unmarked"), OWNER);
    unmarked.foreign(&unmarked.name.clone(), json!({ "key": "x" }));
    assert!(unmarked.rebuild(&mut std::iter::empty()).is_err());
    assert_eq!(unmarked.block(unmarked.server.standing(&unmarked.name)), Standing::Unmarked);
}

#[test]
fn a_rebuild_leaves_one_index_and_removes_only_what_is_ours() {
    let Some(server) = real::shared() else { return };
    let engine = fresh(server, "one");
    let mine = json!({ "key": record::MARKER, "owner": OWNER, "made_with": "x", "build": "killed" });
    engine.foreign(&format!("{}-next-killed", engine.name), mine);
    engine.foreign(&format!("{}-next-theirs", engine.name), json!({ "key": "x" }));
    engine.rebuild(&mut (0..3).map(|number| Ok(action(&number.to_string(), "Titre")))).unwrap();
    assert_eq!(engine.names(), [engine.name.clone(), format!("{}-next-theirs", engine.name)]);
    assert_eq!(engine.count().unwrap(), 3);
}

#[test]
fn a_rebuild_that_fails_leaves_what_was() {
    let Some(server) = real::shared() else { return };
    let engine = fresh(server, "fails");
    engine.apply(vec![put("1", "Un")]).unwrap();
    let unreadable = [Ok(action("2", "Deux")), Err(Error::Unavailable("the database is gone".into()))];
    assert!(engine.rebuild(&mut unreadable.into_iter()).is_err());
    assert_eq!(engine.search(&query("")).unwrap().total, 1);
    let mut names = engine.names();
    // Its removal is a task of the server's, which nobody waits for.
    for _ in 0..100 {
        if names.len() == 1 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
        names = engine.names();
    }
    assert_eq!(names, std::slice::from_ref(&engine.name));
}

#[test]
fn processes_share_one_index() {
    let Some(server) = real::shared() else { return };
    let one = fresh(server, "shared");
    let other = of(server, &one.name, OWNER);
    one.apply(vec![put("1", "Atelier budget")]).unwrap();
    assert_eq!(other.search(&query("budget")).unwrap().total, 1);
    // What one process publishes while another rebuilds is in what is built.
    let mut documents = (0..3).map(|number| {
        if number == 1 {
            other.apply(vec![put("live", "Atelier en direct")]).unwrap();
        }
        Ok(action(&format!("new{number}"), "Nouvel atelier"))
    });
    assert_eq!(one.rebuild(&mut documents).unwrap(), 4);
    assert_eq!(other.search(&query("direct")).unwrap().total, 1);
    other.apply(vec![Change::Remove { kind: crate::search::model::RecordType::Action, id: "new0".into() }]).unwrap();
    assert_eq!(one.count().unwrap(), 3);
}

#[test]
fn a_key_that_is_bound_to_our_indexes_is_enough() {
    let Some(server) = real::shared() else { return };
    let index = real::name("bound");
    let actions = ["search", "documents.*", "indexes.*", "settings.*", "tasks.get", "stats.get"];
    let body = json!({ "name": "tests", "actions": actions, "indexes": [format!("{index}*")], "expiresAt": null });
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    let made = client.post(format!("{}/keys", server.url)).bearer_auth(&server.key).header("content-type", "application/json").body(body.to_string());
    let made: Value = serde_json::from_str(&made.send().unwrap().text().unwrap()).unwrap();
    let key = Some(made["key"].as_str().unwrap().to_owned());
    let engine = Meilisearch::new(&MeilisearchAt { url: server.url.clone(), key, index }, OWNER, Chance::from_machine()).unwrap();
    assert_eq!(engine.rebuild(&mut [Ok(action("1", "Atelier budget"))].into_iter()).unwrap(), 1);
    engine.apply(vec![put("2", "Atelier cuisine")]).unwrap();
    assert_eq!(engine.search(&query("atelier")).unwrap().total, 2);
    assert_eq!(engine.needs_rebuild().unwrap(), None);
    assert!(engine.version().is_some_and(|said| said.contains("la clé ne permet pas")));
    let refused = Meilisearch::new(&MeilisearchAt { key: Some("wrong".into()), ..at(server, "x") }, OWNER, Chance::from_machine()).unwrap();
    assert!(matches!(refused.count(), Err(Error::Trouble(Trouble { kind: Kind::KeyRefused, .. }))));
}

#[test]
fn pages_beyond_the_candidates_follow_those_before() {
    let Some(server) = real::shared() else { return };
    let engine = fresh(server, "far");
    let day = conformance::today();
    // 130 that are open and 130 that are finished: both parts are longer than what is ranked again.
    let documents = (0..260).map(|number| {
        let document = action(&format!("{number:03}"), "Atelier budget familial");
        Change::Put(Box::new(if number < 130 {
            document
        } else {
            Document { starts_on: Some(day.plus(-20)), ends_on: Some(day.plus(-10)), ..document }
        }))
    });
    engine.apply(documents.collect()).unwrap();
    let mut seen = Vec::new();
    for number in 1..=10 {
        let asked = Query { page: crate::kernel::Page { number, size: 30 }, ..query("ateliers budget familial") };
        let answer = engine.search(&asked).unwrap();
        assert_eq!(answer.total, 260);
        seen.extend(answer.hits.into_iter().map(|hit| hit.id));
    }
    assert!(seen[..130].iter().all(|id| id.as_str() < "130"), "open ones come first");
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 260);
}

#[test]
fn a_full_disk_is_told_and_what_was_to_be_written_is_kept() {
    if real::shared().is_none() {
        return;
    }
    let Some(server) = real::on_a_small_disk() else { return };
    let engine = fresh(&server, "full");
    engine.apply(vec![put("1", "Atelier budget")]).unwrap();
    // Nobody waits for its tasks: it has no room to end them.
    let refused = (0..60).find_map(|number| engine.run(engine.server.put(&engine.name, &heavy(number, 1500))).err()).unwrap();
    assert!(matches!(&refused, Error::Trouble(Trouble { kind: Kind::DiskFull | Kind::Confused, .. })) && refused.passes(), "{refused:?}");
    assert_eq!(engine.search(&query("budget")).unwrap().total, 1, "what was found is still found");
}

/// Documents of a kilobyte, each with words of its own.
pub fn heavy(number: u64, count: u64) -> Vec<Value> {
    let word = |word: u64| format!("{:x}", (word + number * 1_000_000).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 24);
    let text = |document: u64| (0..120).map(|place| word(document * 120 + place)).collect::<Vec<_>>().join(" ");
    (0..count).map(|document| json!({ "key": format!("action-{number}-{document}"), "text": text(document) })).collect()
}

fn put(id: &str, title: &str) -> Change {
    Change::Put(Box::new(action(id, title)))
}
