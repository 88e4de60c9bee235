//! `kill -9` in the middle of work: what was acknowledged is there at the next start, and the index agrees again.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use traitdunion::accounts::model::{Actor, By};
use traitdunion::accounts::service as accounts;
use traitdunion::db::Db;
use traitdunion::kernel::{Chance, Clock};

use crate::support::browser::Api;
use crate::support::engine::Database;
use crate::support::program::Server;
use crate::support::world::{self, World};
use crate::support::{Engine, Who, both};

both!(an_acknowledged_write_survives_and_is_found);

fn token(database: &Database, world: &World) -> String {
    let db = Db::open(&database.url).unwrap();
    let (robot, chance) = (Actor::command_line(), Chance::from_machine());
    let by = By { actor: &robot, now: Clock::system().now(), chance: &chance };
    db.write_now(|conn| accounts::make_token(conn, by, &world.accounts[&Who::Manager], "kill")).unwrap()
}

/// Sends one request; none when the server died before it answered.
async fn post(client: &reqwest::Client, url: &str, token: &str, body: &Value) -> Option<(u16, Value)> {
    let answer = client.post(url).bearer_auth(token).json(body).send().await.ok()?;
    Some((answer.status().as_u16(), answer.json().await.ok()?))
}

/// Creates and publishes until the server is killed; answers what it acknowledged: (created, published).
async fn until_killed(server: Server, after: Duration, token: &str) -> (Vec<String>, Vec<String>) {
    let actions = format!("{}/api/v1/actions", server.url);
    // However slow the machine is, it is killed at work.
    let (working, works) = std::sync::mpsc::channel();
    let killer = std::thread::spawn(move || {
        works.recv_timeout(Duration::from_secs(30)).ok();
        std::thread::sleep(after);
        server.kill();
    });
    let client = reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap();
    let (mut created, mut published) = (Vec::new(), Vec::new());
    while let Some((status, record)) = post(&client, &actions, token, &Value::Object(world::whole_action())).await {
        assert_eq!(status, 201, "{record}");
        let id = record["id"].as_str().unwrap().to_owned();
        created.push(id.clone());
        let body = json!({ "version": record["version"] });
        let Some((status, record)) = post(&client, &format!("{actions}/{id}/publish"), token, &body).await else { break };
        assert_eq!(status, 200, "{record}");
        published.push(id);
        working.send(()).ok();
    }
    killer.join().unwrap();
    (created, published)
}

async fn an_acknowledged_write_survives_and_is_found(engine: Engine) {
    let (database, world) = engine.fresh();
    let token = token(&database, &world);
    let (mut created, mut published) = (Vec::new(), Vec::new());
    for round in 0..4 {
        let killed = until_killed(Server::of(&database), Duration::from_millis(100 + 170 * round), &token).await;
        created.extend(killed.0);
        published.extend(killed.1);
    }
    assert!(!published.is_empty(), "the server was killed before it did anything");
    let server = Server::of(&database);
    let api = Api::new(&server.url, Some(token));
    for id in &created {
        let record = api.get(&format!("/api/v1/actions/{id}")).await.expect(200).json();
        assert!(!published.contains(id) || record["stage"] == "published", "{record}");
    }
    // A publication that was not acknowledged may have been done all the same: the index agrees with the database, not with us.
    let stored = api.get("/api/v1/actions?stage=published&per_page=1").await.expect(200).json()["total"].as_u64().unwrap();
    assert!(stored >= published.len() as u64);
    let from = Instant::now();
    loop {
        let found = api.get("/api/v1/search?q=budget&type=action").await.expect(200).json()["total"].as_u64().unwrap();
        if found == stored {
            break;
        }
        assert!(from.elapsed() < Duration::from_secs(30), "{found} found of {stored}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
