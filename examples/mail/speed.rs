//! How fast: the mails of one event queued then handed over, each beside a bare peer; and how soon people are told while events go on.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::prelude::*;
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value, json};
use traitdunion::db::schema::mails;
use traitdunion::kernel::Moment;

use crate::peers;
use crate::people::{People, Person, Post};
use crate::place::{Engine, Place};
use crate::program::{self, Program};
use crate::queueing::{How, queue};
use crate::report::count;
use crate::smtp::{Options, Received, Smtp};

/// What `TRAITDUNION_SMTP_CONNECTIONS` is when nothing is said.
const CONNECTIONS: usize = 4;
const TIMEOUT: Duration = Duration::from_secs(60);
/// People are told within this.
const SOON: Duration = Duration::from_secs(5);

pub fn run(engine: &Engine, mails: usize, seconds: u64, events_per_second: u64) {
    assert!(!matches!(engine, Engine::At(_)), "speed makes databases of its own: sqlite or postgresql");
    println!("| {} | registry | bare peer |\n| --- | --- | --- |", engine.name());
    if mails > 0 {
        one_event(engine, mails);
    }
    if seconds > 0 {
        told_soon(&Place::new(engine), seconds, events_per_second);
    }
    println!();
}

/// One event of which very many are told.
fn one_event(engine: &Engine, mails: usize) {
    let bare = queue(How::Bare, &Place::new(engine), mails);
    let place = Place::new(engine);
    let ours = queue(How::Ours, &place, mails);
    let figures = |queued: &crate::queueing::Queued| format!("{:.2} s, +{:.1} MiB (at most +{:.1})", queued.seconds, queued.after, queued.most);
    println!(
        "| {} mails of one event queued in its transaction; peer: prepared inserts one by one | {} | {} |",
        count(mails),
        figures(&ours),
        figures(&bare)
    );
    let (handed, memory, received) = hand_over(&place, mails);
    let (lettre, bare) = (peers::lettre(&received, CONNECTIONS), peers::bare(&received, CONNECTIONS));
    println!(
        "| those {} mails rendered and handed over, {CONNECTIONS} connections; peers: loops that send the same bytes | {} a second, at most {memory:.0} MiB | lettre {} a second, by hand {} |",
        count(mails),
        count(handed as u64),
        count(lettre as u64),
        count(bare as u64)
    );
}

/// The rate at which a well server gets what is queued, the program's memory at most, and what it got.
fn hand_over(place: &Place, mails: usize) -> (f64, f64, Vec<Received>) {
    let smtp = Smtp::start(Options::default());
    let from = Instant::now();
    let program = Program::serve(place, &smtp, TIMEOUT);
    assert!(smtp.wait_for(mails, Duration::from_secs(900)), "{} of {mails} mails after 15 minutes", smtp.count());
    let (seconds, memory) = (from.elapsed().as_secs_f64(), program.memory().1);
    let received = smtp.received();
    assert!(smtp.most_open() <= CONNECTIONS, "{} connections at once", smtp.most_open());
    // From the start of the program: what it renders before the first is a part of the work.
    (mails as f64 / seconds, memory, received)
}

/// A published action, and the version that its next change is made over.
struct Live<'a> {
    id: String,
    author: &'a Person,
    version: Mutex<i64>,
}

/// Changes of published actions, so many a second: how soon does the server have the mails?
fn told_soon(place: &Place, seconds: u64, events_per_second: u64) {
    let people = People::settle(place, 3, 4);
    let smtp = Smtp::start(Options::default());
    let program = Program::serve(place, &smtp, TIMEOUT);
    let client = program::client();
    let live: Vec<Live<'_>> = People::territories().cycle().take(60).map(|territory| publish(&client, &program.url, &people, territory)).collect();
    let before = written(place).len();
    assert!(smtp.wait_for(before, Duration::from_secs(60)), "the mails of the first publications do not leave");

    let (next, from) = (AtomicUsize::new(0), Instant::now());
    let events = usize::try_from(seconds * events_per_second).expect("a number of events");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let client = program::client();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= events {
                        return;
                    }
                    let due = from + Duration::from_secs(number as u64) / u32::try_from(events_per_second).unwrap_or(1);
                    std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    change(&client, &program.url, &live[number % live.len()], number);
                }
            });
        }
    });
    let lasted = from.elapsed().as_secs_f64();
    smtp.wait_for(written(place).len(), SOON * 2);
    // Read now: a row has its Message-ID only once it was rendered.
    let (written, arrived) = (written(place), smtp.by_message_id());
    let mut waits: Vec<Option<f64>> = Vec::new();
    for mail in written.iter().skip(before) {
        let first = mail.message_id.as_ref().and_then(|id| arrived.get(id)).and_then(|copies| copies.first());
        if first.is_none() {
            println!("not handed over: {mail:?}");
        }
        waits.push(first.map(|received| (received.at.micros() - mail.created_at.micros()) as f64 / 1e6));
    }
    let mut times: Vec<f64> = waits.iter().copied().flatten().collect();
    times.sort_by(f64::total_cmp);
    let soon = times.iter().filter(|time| **time <= SOON.as_secs_f64()).count();
    let at = |percent: usize| times.get((times.len() * percent).div_ceil(100).max(1) - 1).map_or(f64::NAN, |time| time * 1000.0);
    println!(
        "| {:.1} events a second for {lasted:.0} s ({} mails): handed over within {} s of the event | {:.2} %, p50 {:.0} ms, p99 {:.0} ms, last {:.0} ms | |",
        events as f64 / lasted,
        count(waits.len()),
        SOON.as_secs(),
        100.0 * soon as f64 / waits.len().max(1) as f64,
        at(50),
        at(99),
        at(100),
    );
}

/// What a row says.
#[derive(Debug, Queryable)]
#[expect(dead_code, reason = "printed when a mail does not arrive")]
struct Written {
    message_id: Option<String>,
    created_at: Moment,
    recipient: String,
    stage: String,
    attempts: i32,
    reason: Option<String>,
}

/// The mails of the database, the first written first.
fn written(place: &Place) -> Vec<Written> {
    let columns = (mails::message_id, mails::created_at, mails::recipient, mails::stage, mails::attempts, mails::reason);
    place.read(|conn| mails::table.order((mails::created_at, mails::id)).select(columns).load(conn))
}

fn publish<'a>(client: &Client, url: &str, people: &'a People, territory: &str) -> Live<'a> {
    let (author, manager) = (people.of(territory, Post::Worker)[0], people.of(territory, Post::Manager)[0]);
    let body = json!({
        "title": "Gérer l’argent du mois", "summary": "Quatre ateliers pour reprendre la main sur son budget.", "audiences": ["tous-publics"],
        "themes": ["equipement-et-alimentation--alimentation"], "territories": [territory], "rhythm": "Un mardi sur deux",
        "contact": { "email": "budget@departement.example" },
    });
    let made = ask(client, Method::POST, format!("{url}/api/v1/actions"), author, &body);
    let id = made["id"].as_str().expect("an id").to_owned();
    let path = format!("{url}/api/v1/actions/{id}/publish");
    let published = ask(client, Method::POST, path, manager, &json!({ "version": made["version"] }));
    Live { id, author, version: Mutex::new(published["version"].as_i64().expect("a version")) }
}

fn change(client: &Client, url: &str, live: &Live<'_>, number: usize) {
    let mut version = live.version.lock().expect("an action that was changed before");
    let body = json!({ "version": *version, "needs": format!("Des lieux où parler d’argent ({number}).") });
    let changed = ask(client, Method::PUT, format!("{url}/api/v1/actions/{}", live.id), live.author, &body);
    *version = changed["version"].as_i64().expect("a version");
}

fn ask(client: &Client, method: Method, url: String, by: &Person, body: &Value) -> Value {
    let answer = client.request(method, url).bearer_auth(&by.token).json(body).send().expect("an answer");
    let (status, text) = (answer.status(), answer.text().expect("a whole answer"));
    assert!(status.is_success(), "{status}: {text}");
    serde_json::from_str(&text).expect("JSON")
}
