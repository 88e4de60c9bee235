//! Every request of ours and every answer, as a real server gave it, and every way in which a server or the way to it fails. Needs no server:
//! `tests/support/meilisearch/recorded/README.md` says how the answers were recorded.

#[path = "../../../../tests/support/meilisearch/wire.rs"]
mod faulty;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::faulty::{Asked, Fault, Told, Wire, forward};
use super::tests::{OWNER, heavy, real};
use super::*;
use crate::search::engines::conformance::{action, query};
use crate::search::model::{Document, RecordType, Sort};

const KEY: &str = "a-master-key-of-tests-only";

fn engine(url: &str, owner: &str) -> Meilisearch {
    let at = MeilisearchAt { url: url.to_owned(), key: Some(KEY.to_owned()), index: "traitdunion".to_owned() };
    Meilisearch::new(&at, owner, Chance::seeded(1)).unwrap()
}

fn kind<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Kind {
    match outcome {
        Err(Error::Trouble(trouble)) => trouble.kind,
        other => panic!("no trouble: {other:?}"),
    }
}

// --- what was recorded -------------------------------------------------------------------------------------------------------------

/// Is this run to record again what a real server says?
fn records() -> bool {
    std::env::var_os("TRAITDUNION_RECORD_MEILISEARCH").is_some()
}

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/support/meilisearch/recorded").join(name)
}

fn read<T: for<'a> Deserialize<'a>>(name: &str) -> T {
    serde_json::from_str(&std::fs::read_to_string(file(name)).unwrap()).unwrap()
}

/// One value a line: what changes is seen line by line.
fn write<T: Serialize>(name: &str, values: &[T]) {
    let lines: Vec<String> = values.iter().map(|value| serde_json::to_string(value).unwrap()).collect();
    std::fs::write(file(name), format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Exchange {
    method: String,
    path: String,
    body: Value,
    status: u16,
    answer: Value,
}

fn parsed(body: &str) -> Value {
    if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() }
}

/// Leaves out what `search_config/` says: it changes, and what is asked and answered does not.
fn without_config(mut body: Value) -> Value {
    if body.get("details").is_some() {
        body["details"] = without_config(body["details"].take());
    }
    for name in ["synonyms", "stopWords"] {
        if body.get(name) == Some(&settings::expected()[name]) {
            body[name] = json!("as configured");
        }
    }
    serde_json::from_str(&body.to_string().replace(&settings::fingerprint(), "as configured")).unwrap()
}

fn with_config(mut body: Value) -> Value {
    for name in ["synonyms", "stopWords"] {
        if body.get(name).is_some() {
            body[name] = settings::expected()[name].clone();
        }
    }
    serde_json::from_str(&body.to_string().replace("as configured", &settings::fingerprint())).unwrap()
}

/// Has the real server answer, and keeps what was said.
fn recording(said: Arc<Mutex<Vec<Exchange>>>) -> Wire {
    let server = real::shared().expect("a Meilisearch to record");
    Wire::start(move |asked| {
        let told = forward(&server.url, asked);
        let Asked { method, path, .. } = asked.clone();
        let (body, answer) = (without_config(parsed(&asked.body)), without_config(parsed(&told.body)));
        let (exchange, mut said) = (Exchange { method, path, body, status: told.status, answer }, said.lock().unwrap());
        // Looking at a task again says nothing new.
        if !exchange.path.starts_with("/tasks/") || said.last() != Some(&exchange) {
            said.push(exchange);
        }
        told
    })
}

/// Answers as was recorded, whoever asks the same in the same order (two may come side by side); keeps how many exchanges there were, and
/// what was not the same.
fn replaying(mut exchanges: Vec<Exchange>, heard: Arc<Mutex<(usize, Vec<String>)>>) -> Wire {
    Wire::start(move |asked| {
        let mut heard = heard.lock().unwrap();
        let (number, differences) = &mut *heard;
        let body = without_config(parsed(&asked.body));
        let is_this = |exchange: &Exchange| {
            (asked.method.as_str(), asked.path.as_str(), &body) == (exchange.method.as_str(), exchange.path.as_str(), &exchange.body)
        };
        if exchanges.get(*number + 1).is_some_and(is_this) && !is_this(&exchanges[*number]) {
            exchanges.swap(*number, *number + 1);
        }
        let Some(exchange) = exchanges.get(*number) else {
            differences.push(format!("{} {} is one request too many", asked.method, asked.path));
            return Told { status: 500, body: String::new() };
        };
        *number += 1;
        if !is_this(exchange) {
            differences.push(format!("{} {} {body}\ninstead of\n{exchange:?}", asked.method, asked.path));
        }
        if asked.key.as_deref() != Some(KEY) {
            differences.push(format!("{} {} comes without the key", asked.method, asked.path));
        }
        let body = if exchange.answer.is_null() { String::new() } else { with_config(exchange.answer.clone()).to_string() };
        Told { status: exchange.status, body }
    })
}

// --- the conversation --------------------------------------------------------------------------------------------------------------

#[test]
fn every_request_and_answer_is_as_recorded() {
    if records() {
        let said: Arc<Mutex<Vec<Exchange>>> = Arc::default();
        converse(&recording(said.clone()).url);
        write("conversation.json", &said.lock().unwrap());
        return;
    }
    let exchanges: Vec<Exchange> = read("conversation.json");
    let (count, heard) = (exchanges.len(), Arc::new(Mutex::new((0, Vec::new()))));
    converse(&replaying(exchanges, heard.clone()).url);
    let heard = heard.lock().unwrap();
    assert!(heard.1.is_empty(), "{}", heard.1.join("\n"));
    assert_eq!(heard.0, count, "requests that were not made");
}

/// Everything that the engine does, once.
fn converse(url: &str) {
    let engine = engine(url, OWNER);
    assert_eq!(engine.version().unwrap(), "Meilisearch 1.50.0");
    assert!(engine.needs_rebuild().unwrap().unwrap().contains("absent"));
    assert_eq!(kind(engine.search(&query("budget"))), Kind::NoIndex);
    assert_eq!(kind(engine.apply(vec![put(action("1", "Atelier budget"))])), Kind::NoIndex);

    let internal = Document { visibility: Visibility::Internal, ..action("hidden", "Atelier budget des agents") };
    let themed = Document { themes: vec!["budget".into()], body: "Tenir son budget, pas à pas.".into(), ..action("1", "Atelier budget familial") };
    let documents = [themed, internal, action("2", "Ateliers cuisine"), action("3", "Accès aux droits")];
    assert_eq!(engine.rebuild(&mut documents.into_iter().map(Ok)).unwrap(), 4);
    assert_eq!(engine.needs_rebuild().unwrap(), None);

    engine.apply(vec![put(action("4", "Atelier numérique")), remove("3")]).unwrap();
    assert_eq!(engine.count().unwrap(), 4);
    let found = |asked: &Query| -> (Vec<String>, u64) {
        let answer = engine.search(asked).unwrap();
        (answer.hits.into_iter().map(|hit| hit.id).collect(), answer.total)
    };
    assert_eq!(found(&query("ateliers budget familial")).0[0], "1");
    assert_eq!(found(&query("bugdet")), (vec!["1".to_owned()], 1));
    assert_eq!(found(&query("\"ateliers\" -budget")), (vec!["2".to_owned()], 1));
    assert_eq!(found(&query("introuvable")), (Vec::new(), 0));
    let answer = engine.search(&Query { themes: vec!["budget".into()], ..query("atelier") }).unwrap();
    assert_eq!((answer.total, answer.facets.themes["budget"], answer.facets.situations["running"]), (1, 1, 1));
    assert_eq!(answer.hits[0].snippet, "Tenir son budget, pas à pas.");
    assert_eq!(found(&query("")).1, 3);
    assert_eq!(found(&Query { sort: Sort::Date, ..query("atelier") }).1, 3);
    assert_eq!(found(&Query { page: crate::kernel::Page { number: 2, size: 2 }, ..query("atelier") }).0.len(), 1);
    assert_eq!(engine.suggest("atel", &[Visibility::Public], 5).unwrap().len(), 3);

    // Another rebuild takes the place of the first.
    assert_eq!(engine.rebuild(&mut [Ok(action("5", "Une seule"))].into_iter()).unwrap(), 1);
    // What a task says when it fails.
    let failed = engine.run(async {
        let task = engine.server.remove("traitdunion-next-gone").await?;
        engine.server.finish(&task, Instant::now() + Duration::from_secs(20)).await
    });
    assert_eq!(kind(failed), Kind::NoIndex);
    assert_eq!(kind(self::engine(url, "01ANOTHER").rebuild(&mut std::iter::empty())), Kind::NotOurs);
}

fn put(document: Document) -> Change {
    Change::Put(Box::new(document))
}

fn remove(id: &str) -> Change {
    Change::Remove { kind: RecordType::Action, id: id.to_owned() }
}

#[test]
fn no_search_is_without_what_the_reader_may_see() {
    let exchanges: Vec<Exchange> = read("conversation.json");
    let searches: Vec<&Value> = exchanges.iter().filter_map(|exchange| exchange.body["queries"].as_array()).flatten().collect();
    assert!(searches.len() > 50);
    for search in searches {
        let filter = search["filter"].as_str().unwrap();
        assert!(filter == r#"visibility IN ["public"]"# || filter.starts_with(r#"visibility IN ["public"] AND "#), "{search}");
    }
}

// --- what a server refuses ---------------------------------------------------------------------------------------------------------

#[derive(Debug, Serialize, Deserialize)]
struct Refusal {
    what: String,
    status: u16,
    answer: Value,
}

#[test]
fn what_a_server_refuses_is_told_for_what_it_is() {
    if records() {
        write("refusals.json", &refusals());
        return;
    }
    let refusals: Vec<Refusal> = read("refusals.json");
    assert!(refusals.len() > 5);
    for refusal in refusals {
        let told = Told { status: refusal.status, body: refusal.answer.to_string() };
        let wire = Wire::start(move |_| told.clone());
        let expected = match refusal.what.as_str() {
            "without a key" | "a wrong key" | "a key for another index" => Kind::KeyRefused,
            "an absent index" => Kind::NoIndex,
            "a filter that cannot be read" => Kind::TaskFailed,
            "a full disk" if refusal.answer["message"].as_str().unwrap().contains("No space left") => Kind::DiskFull,
            // It does not know itself: it could not read again what it had no room to write.
            "a full disk" => Kind::Confused,
            other => panic!("what is {other}?"),
        };
        let engine = engine(&wire.url, OWNER);
        let found = [kind(engine.apply(vec![remove("1")])), kind(engine.search(&query("budget"))), kind(engine.count())];
        assert_eq!(found, [expected; 3], "{refusal:?}");
        // What was to be written is kept for as long as it takes, unless it is to blame.
        assert_eq!(expected.passes(), expected != Kind::TaskFailed);
    }
}

/// Asks a real server for what it must refuse.
fn refusals() -> Vec<Refusal> {
    let server = real::shared().expect("a Meilisearch to record");
    let ask = |url: &str, key: Option<&str>, method: &str, path: &str, body: Value| {
        let asked = Asked { method: method.into(), path: path.into(), key: key.map(str::to_owned), body: body.to_string() };
        forward(url, &asked)
    };
    let mut found = Vec::new();
    let mut keep = |what: &str, told: Told| {
        found.push(Refusal { what: what.to_owned(), status: told.status, answer: parsed(&told.body) });
    };
    let search = |filter: &str| json!({ "queries": [{ "indexUid": "refusals", "filter": filter }] });
    keep("without a key", ask(&server.url, None, "POST", "/multi-search", search("")));
    keep("a wrong key", ask(&server.url, Some("wrong"), "POST", "/multi-search", search("")));
    let bound = json!({ "actions": ["search"], "indexes": ["another"], "expiresAt": null });
    let bound = parsed(&ask(&server.url, Some(KEY), "POST", "/keys", bound).body)["key"].as_str().unwrap().to_owned();
    keep("a key for another index", ask(&server.url, Some(&bound), "POST", "/multi-search", search("")));
    keep("an absent index", ask(&server.url, Some(KEY), "POST", "/multi-search", search("")));
    ask(&server.url, Some(KEY), "POST", "/indexes/refusals/documents?primaryKey=key", json!([{ "key": "1" }]));
    std::thread::sleep(Duration::from_secs(1));
    keep("a filter that cannot be read", ask(&server.url, Some(KEY), "POST", "/multi-search", search("visibility IS (")));

    // Each way in which it says that its disk is full, as its disk fills.
    let small = real::on_a_small_disk().expect("a Meilisearch of its own");
    let mut said = Vec::new();
    for number in 0..60 {
        // Large bodies fill it, then come small ones too.
        let count = if said.is_empty() || number % 2 == 0 { 1500 } else { 1 };
        let told = ask(&small.url, Some(KEY), "POST", "/indexes/full/documents?primaryKey=key", json!(heavy(number, count)));
        if !said.is_empty() {
            std::thread::sleep(Duration::from_millis(200));
        }
        // Two ways are told apart by how they begin; then comes the name of a file.
        let way: String = told.body.chars().take(100).collect();
        if told.status != 202 && !said.contains(&way) {
            said.push(way);
            keep("a full disk", told);
        }
    }
    assert!(!said.is_empty(), "its disk is not full");
    found
}

// --- what may happen on the way ----------------------------------------------------------------------------------------------------

/// A server that is well, and has nothing.
fn well() -> Wire {
    let absent = r#"{"message":"Index `traitdunion` not found.","code":"index_not_found","type":"invalid_request","link":""}"#;
    Wire::start(move |asked| match asked.path.as_str() {
        "/health" => Told { status: 200, body: r#"{"status":"available"}"#.to_owned() },
        _ => Told { status: 404, body: absent.to_owned() },
    })
}

#[test]
fn whoever_searches_is_told_within_two_seconds() {
    for (fault, expected) in [
        (Fault::Refuses, Kind::Unreachable),
        (Fault::Hangs, Kind::Slow),
        (Fault::Fails, Kind::Confused),
        (Fault::Garbage, Kind::Confused),
        (Fault::Cuts, Kind::Unreachable),
    ] {
        let wire = well();
        let engine = engine(&wire.url, OWNER);
        assert_eq!(kind(engine.search(&query("budget"))), Kind::NoIndex, "it answers");
        wire.fails(Some(fault));
        let from = Instant::now();
        assert_eq!(kind(engine.search(&query("budget"))), expected, "{fault:?}");
        // The engine waits 1.5 s; the rest is for a machine that is busy elsewhere.
        assert!(from.elapsed() < Duration::from_secs(3), "{fault:?}: {:?}", from.elapsed());
        // A server that is down is asked by one task, and nobody else waits for it.
        if matches!(expected, Kind::Unreachable | Kind::Slow) {
            std::thread::sleep(Duration::from_millis(1200));
        }
        let from = Instant::now();
        for _ in 0..50 {
            assert_eq!(kind(engine.search(&query("budget"))), expected, "{fault:?}");
            assert_eq!(kind(engine.suggest("bud", &[Visibility::Public], 5)), expected, "{fault:?}");
            assert_eq!(kind(engine.count()), expected, "{fault:?}");
            assert_eq!(kind(engine.apply(vec![remove("1")])), expected, "{fault:?}");
            assert_eq!(kind(engine.rebuild(&mut std::iter::empty())), expected, "{fault:?}");
        }
        assert!(from.elapsed() < Duration::from_secs(20), "{fault:?}: each of 250 waited, {:?}", from.elapsed());
        wire.fails(None);
        // It is asked again by itself.
        while kind(engine.search(&query("budget"))) != Kind::NoIndex {
            assert!(from.elapsed() < Duration::from_secs(40), "{fault:?}: never asked again");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_task_is_followed_to_its_end_and_no_longer_than_it_may_take() {
    let statuses = ["enqueued", "processing", "succeeded"];
    let mut asked = 0;
    let wire = Wire::start(move |_| {
        asked += 1;
        let status = statuses.get(asked - 1).copied().unwrap_or("processing");
        Told { status: 200, body: json!({ "uid": 7, "status": status, "error": null }).to_string() }
    });
    let engine = engine(&wire.url, OWNER);
    let task = serde_json::from_value(json!({ "taskUid": 7, "indexUid": null, "status": "enqueued", "type": "documentDeletion",
        "enqueuedAt": "2026-03-03T10:00:00Z" }));
    let task = task.unwrap();
    let follow = |most: u64| engine.run(engine.server.finish(&task, Instant::now() + Duration::from_millis(most)));
    assert!(follow(5000).is_ok());
    let from = Instant::now();
    assert_eq!(kind(follow(300)), Kind::Late);
    assert!(from.elapsed() < Duration::from_secs(3));
}

#[test]
fn another_version_is_told_and_nothing_is_written() {
    let wire = Wire::start(|asked| match (asked.method.as_str(), asked.path.as_str()) {
        ("GET", "/version") => Told { status: 200, body: json!({ "commitSha": "", "commitDate": "", "pkgVersion": "2.0.0" }).to_string() },
        other => panic!("{other:?} was asked of a version that is not known"),
    });
    let engine = engine(&wire.url, OWNER);
    assert_eq!(kind(engine.needs_rebuild()), Kind::WrongVersion);
    assert_eq!(kind(engine.rebuild(&mut std::iter::empty())), Kind::WrongVersion);
}
