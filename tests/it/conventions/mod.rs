//! Conventions through the API: their life, their acts, what they say on a day, and what is refused.

mod acts;
mod bad_input;
mod calendar;
mod files;
mod life;
mod merging;
mod numbers;
mod signed_file;

use serde_json::{Map, Value, json};

use crate::support::browser::Api;
use crate::support::{Answer, TestApp, Who, world};

/// One convention, as the manager of the first territory sees it and moves it.
struct Followed {
    api: Api,
    path: String,
}

impl Followed {
    async fn begin(app: &TestApp, more: Value) -> Self {
        let mut body = world::whole_convention(&app.world);
        body.extend(object(more));
        let api = app.api(Who::Manager);
        let made = api.post("/api/v1/conventions", &Value::Object(body)).await.expect(201).json();
        Self { api, path: format!("/api/v1/conventions/{}", made["id"].as_str().unwrap()) }
    }

    /// Entered as it was signed on a day.
    async fn signed(app: &TestApp, signed_on: &str, more: Value) -> Self {
        let mut body = json!({ "stage": "signed", "signed_on": signed_on });
        body.as_object_mut().unwrap().extend(object(more));
        Self::begin(app, body).await
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

    async fn act(&self, body: Value) -> Answer {
        self.api.post(&format!("{}/acts", self.path), &body).await
    }

    async fn put(&self, more: Value) -> Answer {
        let mut body = json!({ "version": self.now().await["version"] });
        body.as_object_mut().unwrap().extend(object(more));
        self.api.put(&self.path, &body).await
    }

    async fn on(&self, day: &str) -> Value {
        self.api.get(&format!("{}/terms?on={day}", self.path)).await.expect(200).json()
    }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

/// What a record says of several fields.
fn fields(record: &Value, names: &[&str]) -> Value {
    names.iter().map(|name| record[*name].clone()).collect()
}
