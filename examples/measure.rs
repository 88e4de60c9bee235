//! Prints how fast the service is, beside a bare actix handler that answers the same bytes, on the same machine in the same run.
//!
//! ```text
//! cargo run --release --example measure            20,000 actions in SQLite
//! cargo run --release --example measure -- 100000
//! ```
//!
//! The service and its peer are processes of their own (this same program, told to be one or the other). Times are those of the client,
//! one request after another over one connection: the server's own time is less.

#[path = "support/mod.rs"]
mod support;

use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use reqwest::blocking::Client;
use serde_json::{Map, Value, json};
use traitdunion::accounts::model::{Actor, By};
use traitdunion::accounts::service as accounts;
use traitdunion::actions::model::Verb;
use traitdunion::actions::service::{self as actions, World};
use traitdunion::db::{Conn, DatabaseUrl, Db, migrate};
use traitdunion::demo::{self, Present};
use traitdunion::error::Result;
use traitdunion::kernel::{Chance, Clock, Zone};

use self::support::{Process, at, client, ms, resident};

const ACTIONS: usize = 20_000;
const PUBLICATIONS: usize = 200;
const REQUESTS: usize = 300;
const QUERIES: [&str; 12] = [
    "budget",
    "surendetement",
    "aide aux aidants",
    "parentalité",
    "logement",
    "atelier cuisine",
    "RSA",
    "permis de conduire",
    "violences",
    "numérique",
    "jardin",
    "accès aux droits",
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some("serve" | "import" | "export") => traitdunion::cli::main(),
        Some("peer") => peer(&arguments[2], &arguments[3]),
        count => {
            let count = count.map_or(ACTIONS, |count| count.replace(['_', ' '], "").parse().expect("a number of actions, such as 20000"));
            measure(count);
            ExitCode::SUCCESS
        }
    }
}

/// A bare actix handler: the bytes of a file, whatever is asked.
fn peer(address: &str, file: &str) -> ExitCode {
    use actix_web::{App, HttpResponse, HttpServer, web};
    let bytes = web::Bytes::from(std::fs::read(file).expect("the file of the peer's answer"));
    let answer = move || {
        let bytes = bytes.clone();
        App::new().default_service(web::to(move || {
            let bytes = bytes.clone();
            async move { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(bytes) }
        }))
    };
    actix_web::rt::System::new().block_on(HttpServer::new(answer).bind(address).expect("a free address").run()).expect("the peer serves");
    ExitCode::SUCCESS
}

fn serve_peer(folder: &Path, answer: &[u8]) -> Process {
    let file = folder.join("answer");
    std::fs::write(&file, answer).expect("a writable folder");
    Process::start(|command, address| {
        command.args(["peer", address]).arg(file);
    })
}

fn measure(count: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let from = Instant::now();
    let token = load(folder.path(), count).expect("the actions are sound");
    println!("{count} actions published through the services, on SQLite: {:.0} s\n", from.elapsed().as_secs_f64());

    transfer(folder.path(), count);

    // The first start builds the index; what is measured is the next.
    let server = Process::serve(folder.path(), &[]);
    let from = Instant::now();
    let client = client();
    while total(&client, &server.url, "") < count as u64 {
        assert!(from.elapsed() < Duration::from_secs(600), "the index is not whole after ten minutes");
        std::thread::sleep(Duration::from_millis(50));
    }
    let seconds = from.elapsed().as_secs_f64();
    println!("index built beside a serving process: {seconds:.1} s ({:.0} documents a second)", count as f64 / seconds);
    drop(server);

    let server = Process::serve(folder.path(), &[]);
    let ready = server.until("/actions");
    let page = fetch(&client, &server.url, "/actions");
    let bare = serve_peer(folder.path(), &page);
    let bare_ready = bare.until("/");
    std::thread::sleep(Duration::from_secs(3));
    println!("{:<44}{:>12}{:>12}", "", "service", "bare actix");
    println!("{:<44}{:>9.0} ms{:>9.0} ms", "cold start, to the first list of actions", ms(ready), ms(bare_ready));
    println!("{:<44}{:>8.0} MiB{:>8.0} MiB", "memory when idle", resident(server.child.id()), resident(bare.child.id()));

    println!("\n{:<44}{:>12}{:>12}{:>14}", "", "p50", "p95", "bare p95");
    let listed: Value = serde_json::from_slice(&fetch(&client, &server.url, "/api/v1/actions?per_page=100")).expect("JSON");
    let ids: Vec<&str> = listed["items"].as_array().expect("items").iter().filter_map(|item| item["id"].as_str()).collect();
    let pages: Vec<String> = ids.iter().map(|id| address_of(&client, &server.url, id)).collect();
    let search = |path: &str| -> Vec<String> { QUERIES.iter().map(|query| format!("{path}?q={}", query.replace(' ', "+"))).collect() };
    let deep: Vec<String> = (1..50).map(|page| format!("/actions?page={}", page * count / 1000 + 1)).collect();
    for (name, paths) in [
        ("home page", vec!["/".to_owned()]),
        ("list of actions", vec!["/actions".to_owned()]),
        ("list of actions, pages far down", deep),
        ("page of an action", pages),
        ("search page", search("/recherche")),
        ("search page, one territory", search("/recherche").into_iter().map(|path| path + "&territory=MDS-LOUDUN").collect()),
        ("search, API", search("/api/v1/search")),
        ("suggestions, API", search("/api/v1/suggest")),
        ("list of actions, API", vec!["/api/v1/actions".to_owned()]),
    ] {
        let same = serve_peer(folder.path(), &fetch(&client, &server.url, &paths[0]));
        same.until("/");
        let (ours, theirs) = (times(&client, &server.url, &paths), times(&client, &same.url, &["/".to_owned()]));
        println!("{name:<44}{:>9.2} ms{:>9.2} ms{:>11.2} ms", ms(at(&ours, 50)), ms(at(&ours, 95)), ms(at(&theirs, 95)));
    }

    println!("\n{:<44}{:>12}{:>12}{:>14}", "anonymous requests a second, 4 at a time", "service", "bare actix", "ratio");
    for path in ["/actions", "/recherche?q=budget"] {
        let same = serve_peer(folder.path(), &fetch(&client, &server.url, path));
        same.until("/");
        let (ours, theirs) = (per_second(&server.url, path), per_second(&same.url, "/"));
        println!("{path:<44}{ours:>12.0}{theirs:>12.0}{:>14.2}", ours / theirs);
    }

    let found = publications(&client, &server.url, &token);
    println!("\npublished, then found by search ({PUBLICATIONS} times): p50 {:.0} ms, p99 {:.0} ms", ms(at(&found, 50)), ms(at(&found, 99)));
}

/// Takes all actions away in a file, and brings them into another instance.
fn transfer(folder: &Path, count: usize) {
    let other = tempfile::tempdir().expect("a temporary folder");
    load(other.path(), 0).expect("another instance");
    let file = other.path().join("actions.jsonl");
    for (verb, data) in [("export", folder), ("import", other.path())] {
        let from = Instant::now();
        let mut command = Command::new(std::env::current_exe().expect("the path of this program"));
        command.args([verb, "actions"]).arg(&file).env("TRAITDUNION_DATA_DIR", data).env("TRAITDUNION_LOG", "warn").current_dir(data);
        let ended = command.stdout(Stdio::null()).stderr(Stdio::null()).status().expect("this program starts again");
        assert!(ended.success(), "{verb} actions: {ended}");
        println!("{verb} of {count} actions, .jsonl: {:.1} s", from.elapsed().as_secs_f64());
    }
    println!();
}

/// Fills a database, then answers the token of its administrator.
fn load(folder: &Path, count: usize) -> Result<String> {
    let db = Db::open(&DatabaseUrl::Sqlite(folder.join("traitdunion.db")))?;
    migrate::run(&db)?;
    let (now, chance, zone) = (Clock::system().now(), Chance::seeded(1), Zone::named("Europe/Paris").expect("a zone"));
    let documents = folder.join("documents");
    let present = Present { now, today: zone.day(now), zone: &zone, chance: &chance, documents: &documents };
    let command_line = Actor::command_line();
    let by = By { actor: &command_line, now, chance: &chance };
    let (world, token) = db.write_now(|conn| {
        demo::settle(conn, &present)?;
        let given =
            accounts::Given { email: "mesure@vienne.example".into(), name: "Mesure".into(), role: "administrator".into(), ..Default::default() };
        let account = accounts::add(conn, by, &given, Some("-"))?;
        let token = accounts::make_token(conn, by, &account.id, "mesure")?;
        Ok::<_, traitdunion::error::Error>((World::load(conn)?, token))
    })?;
    let sentences = demo::sentences()?;
    let places: Vec<String> = world.atlas.own().flat_map(|territory| territory.communes.iter().cloned().chain([territory.code.clone()])).collect();
    let mut written = 0;
    while written < count {
        let batch = (count - written).min(500);
        db.write_now(|conn| {
            for number in written..written + batch {
                publish(conn, by, &present, &world, &action(number, &sentences, &places, &world, &present))?;
            }
            demo::forget_effects(conn)
        })?;
        written += batch;
    }
    Ok(token)
}

fn publish(conn: &mut Conn, by: By<'_>, present: &Present<'_>, world: &World, fields: &Map<String, Value>) -> Result<()> {
    let days_ago = i64::try_from(present.chance.below(600)).unwrap_or(0) + 1;
    let by = By { now: present.now.plus_days(-days_ago), ..by };
    let action = actions::create_in(conn, by, fields, world, None)?;
    actions::carry_out(conn, by, &action.id, action.version, Verb::Publish, "")?;
    Ok(())
}

/// An action that could be: the sentences of several, somewhere, some day.
fn action(number: usize, sentences: &[Map<String, Value>], places: &[String], world: &World, present: &Present<'_>) -> Map<String, Value> {
    let some = |bound: usize| usize::try_from(present.chance.below(bound as u64)).unwrap_or(0);
    let mut fields = sentences[some(sentences.len())].clone();
    for name in ["needs", "steps", "means", "objectives", "access_conditions"] {
        fields.insert(name.into(), sentences[some(sentences.len())].get(name).cloned().unwrap_or(Value::Null));
    }
    let place = &places[some(places.len())];
    let title = format!("{} ({})", fields["title"].as_str().unwrap_or_default(), world.atlas.name(place));
    let first = present.today.plus(some(900) as i64 - 700);
    fields.extend([
        ("external_id".to_owned(), json!(format!("mesure-{number}"))),
        ("title".to_owned(), json!(title)),
        ("territories".to_owned(), json!([place])),
        ("starts_on".to_owned(), json!(first)),
        ("ends_on".to_owned(), json!(first.plus(some(200) as i64))),
        ("rhythm".to_owned(), json!("un mardi sur deux, de 14 h à 16 h")),
        ("contact".to_owned(), json!({ "email": "accueil@vienne.example", "phone": "05 36 49 10 00" })),
        ("visibility".to_owned(), json!("public")),
    ]);
    for (name, empty) in [("summary", "Un temps pour se rencontrer."), ("audiences", "tous-publics"), ("themes", "acces-aux-droits")] {
        if fields.get(name).is_none_or(|value| value.is_null() || value.as_array().is_some_and(Vec::is_empty)) {
            fields.insert(name.to_owned(), json!(empty));
        }
    }
    fields
}

/// The body of a page that must be there.
fn fetch(client: &Client, url: &str, path: &str) -> Vec<u8> {
    let answer = client.get(format!("{url}{path}")).send().expect("the service answers");
    assert!(answer.status().is_success(), "GET {path} answers {}: is the route there?", answer.status());
    answer.bytes().expect("a whole answer").to_vec()
}

fn total(client: &Client, url: &str, query: &str) -> u64 {
    let answer: Value = serde_json::from_slice(&fetch(client, url, &format!("/api/v1/search?q={query}"))).expect("JSON");
    answer["total"].as_u64().expect("a total")
}

/// The path to which an action's short address leads.
fn address_of(client: &Client, url: &str, id: &str) -> String {
    let answer = client.get(format!("{url}/actions/{id}")).send().expect("the service answers");
    assert!(answer.status().is_success(), "GET /actions/{id} answers {}: is the route there?", answer.status());
    answer.url().path().to_owned()
}

fn times(client: &Client, url: &str, paths: &[String]) -> Vec<Duration> {
    let one = |path: &String| {
        let from = Instant::now();
        fetch(client, url, path);
        from.elapsed()
    };
    // What is measured is not the first of each.
    for path in paths.iter().take(20) {
        one(path);
    }
    let mut times: Vec<Duration> = paths.iter().cycle().take(REQUESTS).map(one).collect();
    times.sort();
    times
}

fn per_second(url: &str, path: &str) -> f64 {
    const SECONDS: u64 = 4;
    let until = Instant::now() + Duration::from_secs(SECONDS);
    let count: usize = std::thread::scope(|scope| {
        let busy = || {
            let client = client();
            let mut count = 0;
            while Instant::now() < until {
                fetch(&client, url, path);
                count += 1;
            }
            count
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(busy)).collect();
        threads.into_iter().map(|thread| thread.join().expect("a client thread")).sum()
    });
    count as f64 / SECONDS as f64
}

/// From the answer to « publish » until a search for a word that only this action has finds it.
fn publications(client: &Client, url: &str, token: &str) -> Vec<Duration> {
    let post = |path: &str, body: &Value| -> Value {
        let answer = client.post(format!("{url}{path}")).bearer_auth(token).json(body).send().expect("the service answers");
        let (status, body) = (answer.status(), answer.text().expect("a whole answer"));
        assert!(status.is_success(), "POST {path} answers {status}: {body}");
        serde_json::from_str(&body).expect("JSON")
    };
    let mut times = Vec::with_capacity(PUBLICATIONS);
    for number in 0..PUBLICATIONS {
        let word = format!("zyx{}", number.to_string().chars().map(|digit| (b'a' + digit as u8 - b'0') as char).collect::<String>());
        let action = post(
            "/api/v1/actions",
            &json!({
                "title": format!("Atelier {word}"), "summary": "Une heure pour faire le point.", "audiences": ["tous-publics"],
                "themes": ["acces-aux-droits"], "territories": ["86"], "rhythm": "le mardi", "contact": { "phone": "05 36 49 10 00" },
            }),
        );
        let id = action["id"].as_str().expect("an id");
        post(&format!("/api/v1/actions/{id}/publish"), &json!({ "version": action["version"] }));
        let from = Instant::now();
        let is_found = || {
            let answer: Value = serde_json::from_slice(&fetch(client, url, &format!("/api/v1/search?q={word}"))).expect("JSON");
            answer["hits"].as_array().expect("hits").iter().any(|hit| hit["id"] == id)
        };
        while !is_found() {
            assert!(from.elapsed() < Duration::from_secs(30), "« {word} » is not found after 30 s");
            std::thread::sleep(Duration::from_millis(1));
        }
        times.push(from.elapsed());
    }
    times.sort();
    times
}
