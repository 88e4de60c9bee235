//! Bodies and meetings through the API: their life, who is invited, who has a seat, and what is refused.

mod bad_input;
mod life;
mod people;
mod search;
mod seats;
mod sequence;

use serde_json::{Map, Value, json};

use crate::support::browser::Api;
use crate::support::{Answer, TestApp, Who, world};

/// One meeting, as the worker of the first territory sees it and moves it.
struct Followed {
    api: Api,
    path: String,
}

impl Followed {
    async fn begin(app: &TestApp, more: Value) -> Self {
        let mut body = world::whole_meeting();
        body.extend(object(more));
        let api = app.api(Who::Worker);
        let made = api.post("/api/v1/meetings", &Value::Object(body)).await.expect(201).json();
        Self { api, path: format!("/api/v1/meetings/{}", made["id"].as_str().unwrap()) }
    }

    /// Called, with somebody invited who has no account.
    async fn called(app: &TestApp, more: Value) -> Self {
        let one = Self::begin(app, more).await;
        one.invite(json!({ "name": "Dominique Roy", "email": "dominique.roy@pont.example" })).await;
        one.verb("call", json!({})).await.expect(200);
        one
    }

    fn id(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    async fn now(&self) -> Value {
        self.api.get(&self.path).await.expect(200).json()
    }

    async fn verb(&self, verb: &str, more: Value) -> Answer {
        let mut body = json!({ "version": self.now().await["version"] });
        body.as_object_mut().unwrap().extend(object(more));
        self.api.post(&format!("{}/{verb}", self.path), &body).await
    }

    async fn put(&self, more: Value) -> Answer {
        let mut body = json!({ "version": self.now().await["version"] });
        body.as_object_mut().unwrap().extend(object(more));
        self.api.put(&self.path, &body).await
    }

    /// The identifier of who is invited.
    async fn invite(&self, who: Value) -> String {
        let made = self.api.post(&format!("{}/invitations", self.path), &who).await.expect(201).json();
        made["id"].as_str().unwrap().to_owned()
    }

    async fn answer(&self, person: &str, answer: Value) -> Answer {
        self.api.post(&format!("{}/invitations/{person}/answer", self.path), &answer).await
    }

    async fn people(&self) -> Vec<Value> {
        self.api.get(&format!("{}/invitations?per_page=100", self.path)).await.expect(200).json()["items"].as_array().unwrap().clone()
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// What a record says of several fields.
fn fields(record: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| record[*name].clone()).collect()
}
