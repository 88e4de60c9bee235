//! A Meilisearch with its defaults, on the same records: what the service is compared with.

use std::time::{Duration, Instant};

use reqwest::blocking::{Client, RequestBuilder};
use serde_json::{Value, json};

use super::corpus::Sheet;
use super::ours::{AUDIENCES, PLACES, THEMES, title};
use super::support::client;
use super::{Engine, HITS};

/// An index of its own, removed when dropped.
pub struct Meilisearch {
    client: Client,
    url: String,
    key: String,
    index: String,
    pub documents_a_second: f64,
}

impl Meilisearch {
    /// Makes the index; nothing is set but which fields are counted, without which there are no facets.
    pub fn load(url: &str, key: &str, sheets: &[Sheet], untitled: &[bool]) -> Self {
        let index = format!("relevance-{}", std::process::id());
        let mut made = Self { client: client(), url: url.trim_end_matches('/').to_owned(), key: key.to_owned(), index, documents_a_second: 0.0 };
        made.wait(&made.send(made.client.post(made.address("/indexes")), &json!({ "uid": made.index, "primaryKey": "id" })));
        let settings = made.address(&format!("/indexes/{}/settings", made.index));
        made.wait(&made.send(made.client.patch(settings), &json!({ "filterableAttributes": ["themes", "audiences", "territories"] })));
        let documents: Vec<Value> = sheets
            .iter()
            .enumerate()
            .map(|(number, sheet)| {
                json!({
                    "id": sheet.id.replace('/', "-"), "title": title(sheet, untitled[number]), "body": sheet.body,
                    "themes": [THEMES[number % THEMES.len()]], "audiences": [AUDIENCES[number % AUDIENCES.len()]],
                    "territories": [PLACES[number % PLACES.len()]],
                })
            })
            .collect();
        let from = Instant::now();
        let address = made.address(&format!("/indexes/{}/documents", made.index));
        made.wait(&made.send(made.client.post(address), &Value::Array(documents)));
        made.documents_a_second = sheets.len() as f64 / from.elapsed().as_secs_f64();
        made
    }

    pub fn version(&self) -> String {
        let answer: Value = self.asked(self.client.get(self.address("/version")));
        answer["pkgVersion"].as_str().unwrap_or("?").to_owned()
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    fn send(&self, request: RequestBuilder, body: &Value) -> Value {
        self.asked(request.json(body))
    }

    fn asked(&self, request: RequestBuilder) -> Value {
        let sent = request.bearer_auth(&self.key).send().unwrap_or_else(|error| panic!("Meilisearch: {error}"));
        let (status, body) = (sent.status(), sent.text().expect("a whole answer"));
        assert!(status.is_success(), "Meilisearch answers {status}: {body}");
        serde_json::from_str(&body).expect("JSON")
    }

    /// Until a task is done.
    fn wait(&self, task: &Value) {
        let address = self.address(&format!("/tasks/{}", task["taskUid"]));
        let from = Instant::now();
        loop {
            let task = self.asked(self.client.get(&address));
            match task["status"].as_str() {
                Some("succeeded") => return,
                Some("enqueued" | "processing") => {}
                _ => panic!("Meilisearch: {task}"),
            }
            assert!(from.elapsed() < Duration::from_secs(600), "Meilisearch has not finished after ten minutes");
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Engine for Meilisearch {
    fn name(&self) -> &'static str {
        "Meilisearch, defaults"
    }

    fn find(&self, text: &str) -> Vec<String> {
        let asked = json!({
            "q": text, "limit": HITS.parse::<u32>().expect("a number"), "facets": ["themes", "audiences", "territories"],
            "attributesToRetrieve": ["id", "title"], "attributesToHighlight": ["title", "body"], "attributesToCrop": ["body"],
        });
        let answer = self.send(self.client.post(self.address(&format!("/indexes/{}/search", self.index))), &asked);
        answer["hits"].as_array().into_iter().flatten().filter_map(|hit| hit["id"].as_str()).map(|id| id.replacen('-', "/", 1)).collect()
    }
}

impl Drop for Meilisearch {
    fn drop(&mut self) {
        drop(self.client.delete(self.address(&format!("/indexes/{}", self.index))).bearer_auth(&self.key).send());
    }
}
