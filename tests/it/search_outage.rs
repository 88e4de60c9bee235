//! A Meilisearch that is down, slow or ill: pages go on, search says so in words, and what was written meanwhile is found once it is well.
//! Tried through the program, on a real server where there is one.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use traitdunion::kernel::ids::ActionId;

use crate::kill::token;
use crate::meilisearch;
use crate::stand_in::StandIn;
use crate::support::browser::{Answer, Api, Browser};
use crate::support::engine::Database;
use crate::support::program::{Server, program, run};
use crate::support::{Engine, both, world};
use crate::wire::{Fault, Told, Wire, forward};

both!(what_is_written_while_it_is_down_is_found_once_it_is_well, migrate_makes_the_index_and_says_what_it_could_not);

/// A Meilisearch that fails when it is told to: the real one behind a wire of ours, or what stands in for it.
struct Fragile {
    wire: Wire,
    key: String,
    index: String,
}

impl Fragile {
    fn new(test: &str) -> Self {
        let index = meilisearch::name(test);
        match meilisearch::shared() {
            Some(server) => Self { wire: Wire::start(|asked| forward(&server.url, asked)), key: server.key.clone(), index },
            None => {
                let mut stand_in = StandIn::default();
                Self { wire: Wire::start(move |asked| stand_in.answer(asked)), key: "a-key".to_owned(), index }
            }
        }
    }

    /// The program, searching here.
    fn program(&self, database: &Database) -> Command {
        let mut command = program(database.path());
        command.env("TRAITDUNION_DATABASE_URL", database.variable());
        command.env("TRAITDUNION_SEARCH_URL", &self.wire.url).env("TRAITDUNION_SEARCH_KEY", &self.key);
        command.env("TRAITDUNION_SEARCH_INDEX", &self.index);
        command
    }
}

/// Answers of a server that is there for all but search. Who waits on a fault does so each time; a machine that is busy elsewhere does not.
async fn quick(browser: &Browser, path: &str, most: Duration) -> Answer {
    for _ in 0..2 {
        let from = Instant::now();
        let answer = browser.get(path).await;
        if from.elapsed() < most {
            return answer;
        }
    }
    let from = Instant::now();
    let answer = browser.get(path).await;
    assert!(from.elapsed() < most, "{path} took {:?}", from.elapsed());
    answer
}

async fn publish(api: &Api) -> ActionId {
    let record = api.post("/api/v1/actions", &Value::Object(world::whole_action())).await.expect(201).json();
    let id = record["id"].as_str().unwrap().to_owned();
    api.post(&format!("/api/v1/actions/{id}/publish"), &json!({ "version": record["version"] })).await.expect(200);
    ActionId::parse(&id).unwrap()
}

/// Runs `doctor` while this thread goes on: a connection that the service closes meanwhile is noticed.
async fn doctor(fragile: &Fragile, database: &Database) -> (Option<i32>, String) {
    let mut command = fragile.program(database);
    command.arg("doctor");
    tokio::task::spawn_blocking(move || run(&mut command)).await.unwrap()
}

/// Waits until something is so.
async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let from = Instant::now();
    while !is_so().await {
        assert!(from.elapsed() < Duration::from_secs(40), "{what}: never");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn what_is_written_while_it_is_down_is_found_once_it_is_well(engine: Engine) {
    let (database, world) = engine.fresh();
    let token = token(&database, &world);
    let fragile = Fragile::new("outage");
    // It is down already when the service starts, and has no index of ours.
    fragile.wire.fails(Some(Fault::Refuses));
    let server = Server::start(&mut fragile.program(&database));
    let (api, visitor) = (Api::new(&server.url, Some(token)), Browser::new(&server.url, None));
    let finds = async |id: &ActionId| {
        let answer = api.get("/api/v1/search?q=budget&per_page=100").await;
        answer.status == 200 && answer.json()["hits"].as_array().unwrap().iter().any(|hit| hit["id"] == id.as_str())
    };
    for fault in [Fault::Refuses, Fault::Hangs, Fault::Fails, Fault::Garbage, Fault::Cuts] {
        fragile.wire.fails(Some(fault));
        let two_seconds = Duration::from_secs(2);
        quick(&visitor, "/recherche?q=budget", two_seconds).await.expect(503).has("La recherche est indisponible");
        let answer = quick(&visitor, "/api/v1/search?q=budget", two_seconds).await.expect(503);
        assert_eq!(answer.json()["title"], "La recherche est indisponible", "{fault:?}");
        let id = publish(&api).await;
        for path in ["/", "/schema", "/connexion", &format!("/actions/{id}/x"), "/admin/courrier"] {
            let answer = quick(&visitor, path, Duration::from_millis(900)).await;
            assert!(answer.status < 400, "{fault:?} {path}: {}", answer.status);
        }
        let ready = quick(&visitor, "/readyz", two_seconds).await.expect(200).json();
        assert!(ready["status"] == "degraded" && ready["parts"]["index"].as_str().unwrap().contains("meilisearch"), "{fault:?}: {ready}");
        let (code, said) = doctor(&fragile, &database).await;
        assert!(code == Some(1) && said.contains("À FAIRE  index de recherche") && said.contains("Meilisearch"), "{fault:?}: {said}");
        fragile.wire.fails(None);
        until(&format!("{fault:?}: found"), async || finds(&id).await).await;
        until(&format!("{fault:?}: ready"), async || visitor.get("/readyz").await.json()["parts"]["index"] == "ok").await;
    }
    let (_, said) = doctor(&fragile, &database).await;
    assert!(said.contains("ok       index de recherche"), "{said}");
}

async fn migrate_makes_the_index_and_says_what_it_could_not(engine: Engine) {
    let (database, _) = engine.fresh();
    let fragile = Fragile::new("migrate");
    let migrate = || run(fragile.program(&database).arg("migrate"));
    fragile.wire.fails(Some(Fault::Refuses));
    let (code, said) = migrate();
    assert!(code == Some(0) && said.contains("La base de données est à jour") && said.contains("injoignable"), "{said}");
    fragile.wire.fails(None);
    let (code, said) = migrate();
    assert!(code == Some(0) && said.contains("est à refaire") && said.contains("L’index est refait"), "{said}");
    let (code, said) = migrate();
    assert!(code == Some(0) && said.contains("L’index de Meilisearch est à jour"), "{said}");
    // A server of another version, and one that refuses the key.
    for (status, body, words) in [
        (200, json!({ "commitSha": "", "commitDate": "", "pkgVersion": "0.30.1" }), "installez une version 1"),
        (403, json!({ "message": "wrong", "code": "invalid_api_key", "type": "auth", "link": "" }), "TRAITDUNION_SEARCH_KEY"),
    ] {
        let wire = Wire::start(move |_| Told { status, body: body.to_string() });
        for command in ["migrate", "doctor", "reindex"] {
            let (_, said) = run(fragile.program(&database).env("TRAITDUNION_SEARCH_URL", &wire.url).arg(command));
            assert!(said.contains(words), "{command}: {said}");
        }
    }
}
