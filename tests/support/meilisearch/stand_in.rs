//! What of a Meilisearch an outage can be tried on, where no real one is at hand: it keeps documents in memory, carries out every task at once,
//! and finds records by whole words. How a real one answers is known from what was recorded of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::wire::{Asked, Told};

#[derive(Default)]
struct Index {
    documents: BTreeMap<String, Value>,
    settings: Value,
}

#[derive(Default)]
pub struct StandIn {
    indexes: BTreeMap<String, Index>,
}

impl StandIn {
    pub fn answer(&mut self, asked: &Asked) -> Told {
        let body: Value = serde_json::from_str(&asked.body).unwrap_or_default();
        let path = asked.path.split('?').next().unwrap_or_default();
        let parts: Vec<&str> = path.split('/').skip(1).collect();
        match (asked.method.as_str(), parts.as_slice()) {
            ("GET", ["health"]) => told(json!({ "status": "available" })),
            ("GET", ["version"]) => told(json!({ "commitSha": "", "commitDate": "", "pkgVersion": "1.50.0" })),
            ("GET", ["tasks", uid]) => told(json!({ "uid": uid.parse::<u32>().ok(), "status": "succeeded", "error": null })),
            ("GET", ["indexes"]) => told(json!({ "results": self.indexes.keys().map(|uid| json!({ "uid": uid })).collect::<Vec<_>>() })),
            ("POST", ["indexes"]) => self.done(|all| {
                all.entry(text(&body["uid"])).or_default();
            }),
            ("DELETE", ["indexes", uid]) => self.done(|all| drop(all.remove(*uid))),
            ("POST", ["swap-indexes"]) => self.done(|all| {
                let [one, other] = [0, 1].map(|place| text(&body[0]["indexes"][place]));
                let [first, second] = [&one, &other].map(|uid| all.remove(uid).unwrap_or_default());
                all.extend([(one, second), (other, first)]);
            }),
            ("PATCH", ["indexes", uid, "settings"]) => self.done(|all| all.entry((*uid).to_owned()).or_default().settings = body.clone()),
            ("POST", ["indexes", uid, "documents"]) => self.done(|all| {
                let given = body.as_array().into_iter().flatten().map(|document| (text(&document["key"]), document.clone()));
                all.entry((*uid).to_owned()).or_default().documents.extend(given);
            }),
            ("POST", ["indexes", uid, "documents", "delete-batch"]) => self.done(|all| {
                let documents = &mut all.entry((*uid).to_owned()).or_default().documents;
                documents.retain(|key, _| !body.as_array().is_some_and(|keys| keys.contains(&json!(key))));
            }),
            ("GET", ["indexes", uid, rest @ ..]) => match (self.indexes.get(*uid), rest) {
                (None, _) => refused("index_not_found"),
                (Some(index), ["settings"]) => told(index.settings.clone()),
                (Some(index), ["stats"]) => told(json!({ "numberOfDocuments": index.documents.len() })),
                (Some(index), ["documents", key]) => index.documents.get(*key).cloned().map_or_else(|| refused("document_not_found"), told),
                _ => panic!("{asked:?} is not known"),
            },
            ("POST", ["multi-search"]) => {
                let queries = body["queries"].as_array().cloned().unwrap_or_default();
                let found: Option<Vec<Value>> =
                    queries.iter().map(|query| Some(search(self.indexes.get(query["indexUid"].as_str()?)?, query))).collect();
                found.map_or_else(|| refused("index_not_found"), |results| told(json!({ "results": results })))
            }
            _ => panic!("{asked:?} is not known"),
        }
    }

    fn done(&mut self, work: impl FnOnce(&mut BTreeMap<String, Index>)) -> Told {
        work(&mut self.indexes);
        let task =
            json!({ "taskUid": 1, "indexUid": null, "status": "enqueued", "type": "documentAdditionOrUpdate", "enqueuedAt": "2026-03-03T10:00:00Z" });
        Told { status: 202, body: task.to_string() }
    }
}

fn search(index: &Index, query: &Value) -> Value {
    let (filter, q) = (text(&query["filter"]), text(&query["q"]));
    let passes = |document: &Value| {
        filter.split(" AND ").all(|clause| match clause.split_once(" IN ") {
            Some((name @ ("visibility" | "key"), values)) => values.contains(&document[name].to_string()),
            _ => true,
        })
    };
    let says = |document: &Value| {
        let attributes = query["attributesToSearchOn"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let words: Vec<&str> = attributes.filter_map(|attribute| document[attribute].as_str()).flat_map(|text| text.split(' ')).collect();
        q.replace('"', "").split_whitespace().all(|word| words.contains(&word))
    };
    let hits: Vec<&Value> =
        index.documents.values().filter(|document| document["visibility"].is_string() && passes(document) && says(document)).collect();
    json!({ "totalHits": hits.len(), "hits": hits })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn told(body: Value) -> Told {
    Told { status: 200, body: body.to_string() }
}

fn refused(code: &str) -> Told {
    Told { status: 404, body: json!({ "message": code, "code": code, "type": "invalid_request", "link": "" }).to_string() }
}
