//! How fast those who follow are told: one event that very many follow, many searches that differ, and all digests of a Monday at once;
//! each part in a process of its own, beside bare inserts of the same rows.

use std::collections::HashSet;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use diesel::prelude::*;
use serde_json::{Value, json};
use traitdunion::accounts::model::{Actor, By, Viewer};
use traitdunion::actions::model::Verb;
use traitdunion::actions::service as actions;
use traitdunion::app::App;
use traitdunion::config::{Config, Sources};
use traitdunion::db::schema::{mails, news_numbers, notices, subscribers, subscriptions};
use traitdunion::db::{Conn, DatabaseUrl, Db};
use traitdunion::error::{Error, Result};
use traitdunion::events::Record;
use traitdunion::kernel::ids::{ActionId, MailId, NoticeId, SubscriptionId};
use traitdunion::kernel::{Chance, Clock, Moment, referential};
use traitdunion::mail::outgoing::Outgoing;
use traitdunion::mail::transport::Transport;
use traitdunion::notifications::subscriptions::{matching, search};
use traitdunion::notifications::{digest, news};
use traitdunion::outbox::{Lane, worker};
use traitdunion::search::engines::embedded::Embedded;
use traitdunion::search::model::RecordType;
use traitdunion::territories;

use crate::people::{DOMAINS, People};
use crate::place::{Engine, Place};
use crate::program::memory_of;
use crate::queueing::insert;
use crate::report::count;

/// Records that each digest of the Monday tells of.
const LINES: usize = 5;
/// Actions among which searches look.
const CORPUS: usize = 2000;
/// Tuesday 3 March 2026, and the Monday that follows, once it is 8 in Paris.
const TUESDAY: &str = "2026-03-03T09:00:00Z";
const MONDAY: &str = "2026-03-09T07:00:01Z";

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub enum Part {
    Everything,
    Bare,
    Searches,
}

pub fn run(engine: &Engine, followers: usize, searches: usize, events: usize) {
    assert!(!matches!(engine, Engine::At(_)), "following makes databases of its own: sqlite or postgresql");
    println!("| {} | registry | bare peer |\n| --- | --- | --- |", engine.name());
    let ours = child("everything", &Place::new(engine), followers, 0);
    let bare = child("bare", &Place::new(engine), followers, 0);
    let figures =
        |of: &Value| format!("{:.2} s, at most +{:.1} MiB", of["seconds"].as_f64().unwrap_or(f64::NAN), of["most"].as_f64().unwrap_or(f64::NAN));
    let (many, rows) = (count(followers as u64), |part: &str| count(ours[part]["rows"].as_u64().unwrap_or(0)));
    println!(
        "| one event, {many} who follow everything: {} notices written; peer: the same rows and cursors by prepared statements, one by one | {} | {} |",
        rows("told"),
        figures(&ours["told"]),
        figures(&bare["told"])
    );
    println!(
        "| {many} digests of {LINES} records due at once: {} queued; peer: the same mails, and their notices marked | {} | {} |",
        rows("queued"),
        figures(&ours["queued"]),
        figures(&bare["queued"])
    );
    let found = child("searches", &Place::new(engine), searches, events);
    println!(
        "| {} searches with three filters among {} actions, {events} events one after the other: {} notices; peer: the engine alone asked the same | {:.0} ms an event | {:.0} ms |\n",
        count(searches as u64),
        count(CORPUS as u64),
        count(found["rows"].as_u64().unwrap_or(0)),
        found["ours"].as_f64().unwrap_or(f64::NAN) * 1000.0 / events as f64,
        found["engine"].as_f64().unwrap_or(f64::NAN) * 1000.0 / events as f64,
    );
}

/// Does a part in a process of its own, in a database that is migrated.
fn child(part: &str, place: &Place, followers: usize, events: usize) -> Value {
    let program = std::env::current_exe().expect("the path of this program");
    let done = Command::new(program).args(["follow", part, &place.variable(), &followers.to_string(), &events.to_string()]).output();
    let done = done.expect("this program starts again");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).expect("JSON")
}

/// Does a part, and prints what it took.
pub fn measure(part: Part, database: &Engine, followers: usize, events: usize) {
    let Engine::At(url) = database else { panic!("a URL is expected") };
    let url = DatabaseUrl::parse(url).expect("a URL");
    let found = match part {
        Part::Everything => actix_web::rt::System::new().block_on(everything(&url, followers)),
        Part::Bare => bare(&Db::open(&url).expect("a database"), followers),
        Part::Searches => actix_web::rt::System::new().block_on(searches(&url, followers, events)),
    };
    println!("{}", found.expect("a part that can be done"));
}

fn at(text: &str) -> Moment {
    Moment::parse_rfc3339(text).expect("an instant")
}

fn app(url: &DatabaseUrl) -> Arc<App> {
    let folder = std::env::temp_dir().join("traitdunion-mail-following");
    let mut sources = Sources::default();
    sources.set("DATA_DIR", folder.display().to_string());
    let config = Config::read(&sources).expect("a sound configuration");
    let (db, search) = (Db::open(url).expect("a database"), Arc::new(Embedded::in_memory().expect("an index")));
    let mail = Transport::Memory(Arc::default());
    let app = App::build(config, db, search, mail, Clock::still(at(TUESDAY)), Chance::seeded(1)).expect("the application");
    let territories = People::places();
    app.db.write_now(|conn| territories.iter().try_for_each(|place| territories::service::save(conn, place, at(TUESDAY)).map(drop))).expect("places");
    app
}

/// Lets addresses follow a search each, every Monday; one search, or all that differ.
fn follow(conn: &mut Conn, searches: &[String], followers: usize) -> Result<()> {
    let (chance, now) = (Chance::seeded(2), at(TUESDAY));
    let cursor: i64 = news_numbers::table.select(news_numbers::last).first(conn).optional()?.unwrap_or(0);
    for from in (0..followers).step_by(500) {
        let some = from..(from + 500).min(followers);
        let people: Vec<_> = some
            .clone()
            .map(|number| {
                let owner = address(number);
                let secret = chance.secret();
                (subscribers::owner.eq(owner.clone()), subscribers::email.eq(owner), subscribers::secret.eq(secret), subscribers::created_at.eq(now))
            })
            .collect();
        let rows: Vec<_> = some
            .map(|number| {
                (
                    (subscriptions::id.eq(SubscriptionId::new(now, &chance)), subscriptions::owner.eq(address(number))),
                    (subscriptions::target.eq("search"), subscriptions::record_kind.eq(""), subscriptions::record_id.eq("")),
                    (subscriptions::search.eq(&searches[number % searches.len()]), subscriptions::rhythm.eq("weekly")),
                    (subscriptions::cursor.eq(cursor), subscriptions::confirmed_at.eq(now), subscriptions::created_at.eq(now)),
                )
            })
            .collect();
        match conn {
            Conn::Sqlite(conn) => {
                diesel::insert_into(subscribers::table).values(&people).execute(conn)?;
                diesel::insert_into(subscriptions::table).values(&rows).execute(conn)?
            }
            Conn::Postgres(conn) => {
                diesel::insert_into(subscribers::table).values(&people).execute(conn)?;
                diesel::insert_into(subscriptions::table).values(&rows).execute(conn)?
            }
        };
    }
    Ok(())
}

fn address(number: usize) -> String {
    format!("personne{number}@{}", DOMAINS[number % DOMAINS.len()])
}

/// Publishes an action, and has search know it; a second later each time.
async fn publish(app: &Arc<App>, number: usize) -> Result<Record> {
    let record = write(app, number)?;
    index(app).await?;
    Ok(record)
}

async fn index(app: &Arc<App>) -> Result<()> {
    while worker::step(app, Lane::Index, 500).await? > 0 {}
    while app.db.write(news::number).await? > 0 {}
    Ok(())
}

fn write(app: &Arc<App>, number: usize) -> Result<Record> {
    app.clock.set(app.clock.now().plus_seconds(1));
    let by = By { actor: &Actor::command_line(), now: app.clock.now(), chance: &app.chance };
    let (themes, audiences) = (referential::themes(), referential::audiences());
    let fields = json!({
        "title": format!("Gérer l’argent du mois ({number})"), "summary": "Quatre ateliers pour reprendre la main sur son budget.",
        "audiences": [audiences[number % audiences.len()].code], "themes": [themes[number % themes.len()].code],
        "territories": [People::territories().nth(number % 3)], "rhythm": "Un mardi sur deux", "contact": { "email": "budget@departement.example" },
    });
    let fields = fields.as_object().cloned().unwrap_or_default();
    let id: ActionId = app.db.write_now(|conn| {
        let action = actions::create(conn, by, &fields)?;
        actions::carry_out(conn, by, &action.id, action.version, Verb::Publish, "").map(|action| action.id)
    })?;
    Ok(Record::action(&id))
}

/// Runs until nothing is left, and says how long it took and how much memory at most.
async fn timed(mut step: impl AsyncFnMut() -> Result<usize>) -> Result<Value> {
    let (before, from) = (memory_of("self"), Instant::now());
    let mut rows = 0;
    loop {
        match step().await? {
            0 => break,
            done => rows += done,
        }
    }
    Ok(json!({ "seconds": from.elapsed().as_secs_f64(), "most": memory_of("self").1 - before.0, "rows": rows }))
}

async fn everything(url: &DatabaseUrl, followers: usize) -> Result<Value> {
    let app = app(url);
    app.db.write_now(|conn| follow(conn, &[String::new()], followers))?;
    publish(&app, 0).await?;
    let mut told = timed(async || matching::step(&app).await).await?;
    let written: i64 = app.db.read_now(|conn| notices::table.count().get_result(conn).map_err(Error::from))?;
    told["rows"] = json!(written);
    for number in 1..LINES {
        publish(&app, number).await?;
        while matching::step(&app).await? > 0 {}
    }
    app.clock.set(at(MONDAY));
    let queued = timed(async || digest::step(&app).await).await?;
    let mailed: i64 = app.db.read_now(|conn| mails::table.count().get_result(conn).map_err(Error::from))?;
    assert_eq!(queued["rows"], json!(mailed));
    Ok(json!({ "told": told, "queued": queued }))
}

/// The same rows by plain statements, prepared once.
fn bare(db: &Db, followers: usize) -> Result<Value> {
    let (chance, now) = (Chance::seeded(1), at(TUESDAY));
    let action = ActionId::new(now, &chance).to_string();
    db.write_now(|conn| follow(conn, &[String::new()], followers))?;
    let ids: Vec<(SubscriptionId, String)> =
        db.read_now(|conn| subscriptions::table.select((subscriptions::id, subscriptions::owner)).load(conn).map_err(Error::from))?;
    let tell = |conn: &mut Conn, line: usize| {
        for (id, owner) in &ids {
            let row = (
                (notices::id.eq(NoticeId::new(now, &chance)), notices::owner.eq(owner), notices::subscription_id.eq(id)),
                (notices::news.eq(line as i64), notices::record_kind.eq("action"), notices::record_id.eq(format!("{action}{line}"))),
                (notices::title.eq("Gérer l’argent du mois (0)"), notices::what.eq("Nouvelle action"), notices::is_new.eq(true)),
                (notices::at.eq(now), notices::due_at.eq(at(MONDAY))),
            );
            let moved = diesel::update(subscriptions::table.find(id)).set(subscriptions::cursor.eq(line as i64));
            match conn {
                Conn::Sqlite(conn) => {
                    diesel::insert_into(notices::table).values(row).execute(conn)?;
                    moved.execute(conn)?
                }
                Conn::Postgres(conn) => {
                    diesel::insert_into(notices::table).values(row).execute(conn)?;
                    moved.execute(conn)?
                }
            };
        }
        Ok::<_, Error>(())
    };
    let (before, from) = (memory_of("self"), Instant::now());
    db.write_now(|conn| tell(conn, 1))?;
    let told = json!({ "seconds": from.elapsed().as_secs_f64(), "most": memory_of("self").1 - before.0 });
    for line in 2..=LINES {
        db.write_now(|conn| tell(conn, line))?;
    }
    let (before, from) = (memory_of("self"), Instant::now());
    db.write_now(|conn| {
        for (number, (_, owner)) in ids.iter().enumerate() {
            let key = format!("digest:{action}{number}");
            let line = json!({ "title": "Gérer l’argent du mois (0)", "what": "Nouvelle action", "href": format!("/actions/{action}/gerer-l-argent-du-mois-0") });
            let params = json!({ "name": "", "title": "", "what": "", "count": LINES, "items": vec![line; LINES], "more": 0, "link": "", "button": "", "manage": "", "heading": "" });
            insert(conn, MailId::new(now, &chance), Outgoing { recipient: owner.clone(), template: "digest", params, record: None, key: key.clone() }, now)?;
            diesel::update(notices::table.filter(notices::owner.eq(owner))).set(notices::mail_key.eq(&key)).execute(conn)?;
        }
        Ok::<_, Error>(())
    })?;
    let queued = json!({ "seconds": from.elapsed().as_secs_f64(), "most": memory_of("self").1 - before.0 });
    Ok(json!({ "told": told, "queued": queued }))
}

async fn searches(url: &DatabaseUrl, searches: usize, events: usize) -> Result<Value> {
    let app = app(url);
    for number in 0..CORPUS {
        write(&app, number)?;
    }
    index(&app).await?;
    let (themes, audiences, places) = (referential::themes(), referential::audiences(), People::territories().collect::<Vec<_>>());
    let all: Vec<String> = (0..searches)
        .map(|number| {
            let (theme, rest) = (&themes[number % themes.len()].code, number / themes.len());
            let (place, audience) = (places[rest % places.len()], &audiences[rest / places.len() % audiences.len()].code);
            format!("theme={theme}&territory={place}&audience={audience}")
        })
        .collect();
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), searches, "fewer searches than that differ");
    app.db.write_now(|conn| follow(conn, &all, searches))?;
    let (atlas, today) = (app.db.read_now(territories::service::atlas)?, app.today());
    let (mut ours, mut engine) = (0.0, 0.0);
    for event in 0..events {
        let record = publish(&app, event).await?;
        let from = Instant::now();
        while matching::step(&app).await? > 0 {}
        ours += from.elapsed().as_secs_f64();
        let from = Instant::now();
        for text in &all {
            let query = search::asked(text, &app.identity(), &atlas, &Viewer::visitor(), today).map_err(Error::Internal)?;
            app.search.among(&query, &[(RecordType::Action, record.id.clone())])?;
        }
        engine += from.elapsed().as_secs_f64();
    }
    let written: i64 = app.db.read_now(|conn| notices::table.count().get_result(conn).map_err(Error::from))?;
    Ok(json!({ "rows": written, "ours": ours, "engine": engine }))
}
