//! An application of one's own, served on a port of this machine: still clock, seeded chance, mail in memory.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use traitdunion::accounts::model::{Actor, By};
use traitdunion::accounts::service as accounts;
use traitdunion::accounts::sign_in::{Origin, hashed};
use traitdunion::app::App;
use traitdunion::config::{Config, Sources};
use traitdunion::db::{Conn, Db};
use traitdunion::error::Result;
use traitdunion::http::server;
use traitdunion::kernel::{Chance, Clock, Moment};
use traitdunion::mail::transport::{Sent, Transport};
use traitdunion::mail::{courier, log};
use traitdunion::outbox::{self, Lane, worker};
use traitdunion::search::model::SearchEngine;

use super::browser::{Api, Browser};
use super::engine::{Database, Engine};
use super::history;
use super::world::{self, Who, World};
use crate::smtp::Smtp;

/// What a test may want different from the usual.
pub struct Wanted {
    engine: Engine,
    search: Option<Arc<dyn SearchEngine>>,
    is_real_mail: bool,
    settings: Vec<(&'static str, String)>,
    is_impatient: bool,
}

pub struct TestApp {
    pub app: Arc<App>,
    pub world: World,
    /// `http://127.0.0.1:<port>`
    pub url: String,
    sent: Arc<Mutex<Vec<Sent>>>,
    server: ServerHandle,
    leaves_work: AtomicBool,
    /// Last, so that it goes after all that uses it.
    database: Database,
}

impl TestApp {
    pub fn on(engine: Engine) -> Wanted {
        Wanted { engine, search: None, is_real_mail: false, settings: Vec::new(), is_impatient: false }
    }

    pub fn db(&self) -> &Db {
        &self.app.db
    }

    pub fn data_dir(&self) -> &std::path::Path {
        self.database.path()
    }

    /// What `TRAITDUNION_DATABASE_URL` says of its database.
    pub fn database_variable(&self) -> String {
        self.database.variable()
    }

    pub fn read<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> T {
        self.db().read_now(work).expect("a read")
    }

    pub fn write<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> T {
        self.db().write_now(work).expect("a write")
    }

    /// A browser in which nobody is signed in.
    pub fn visitor(&self) -> Browser {
        Browser::new(&self.url, None)
    }

    /// A browser in which somebody is signed in, without going through the page.
    pub fn sign_in(&self, who: Who) -> Browser {
        let Some(id) = self.world.accounts.get(&who) else { return self.visitor() };
        let secret = self.app.chance.secret();
        let origin = Origin { address: "127.0.0.1".into(), agent: "tests".into() };
        self.write(|conn| accounts::open_session(conn, &hashed(&secret), id, &origin, self.app.clock.now(), &self.app.chance));
        Browser::new(&self.url, Some(secret))
    }

    /// A program that calls the API, with a token of somebody's or without.
    pub fn api(&self, who: Who) -> Api {
        Api::new(&self.url, self.token(who))
    }

    /// A token of their own; a visitor has none.
    pub fn token(&self, who: Who) -> Option<String> {
        self.world.accounts.get(&who).map(|id| {
            let (now, chance) = (self.app.clock.now(), &self.app.chance);
            let robot = Actor::command_line();
            self.write(|conn| accounts::make_token(conn, By { actor: &robot, now, chance }, id, "tests"))
        })
    }

    /// Lets time pass.
    pub fn pass(&self, seconds: i64) {
        self.app.clock.set(self.app.clock.now().plus_seconds(seconds));
    }

    pub fn now(&self) -> Moment {
        self.app.clock.now()
    }

    /// Works files that are given as they come, as the worker would: their pages wait a little for it.
    pub fn works_imports(&self) {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        // Never told to stop: it ends with the test.
        std::mem::forget(stop);
        actix_web::rt::spawn(traitdunion::imports::worker::run(self.app.clone(), stopped));
    }

    /// Carries out all that waits, as the worker would.
    pub async fn work(&self) {
        while traitdunion::imports::worker::step(&self.app).await.expect("a step of the imports") > 0 {}
        while worker::step(&self.app, Lane::Index, 500).await.expect("a step of the worker") > 0 {}
        traitdunion::notifications::worker::step(&self.app).await.expect("a step of the digests");
        while courier::step(&self.app).await.expect("a step of the courier") > 0 {}
    }

    /// The mails sent since the last call.
    pub fn mails(&self) -> Vec<Sent> {
        std::mem::take(&mut self.sent.lock().expect("the letter box"))
    }

    pub fn waiting(&self, lane: Lane) -> outbox::Counts {
        self.read(|conn| outbox::counts(conn, lane))
    }

    /// This test means to leave work undone, or given up.
    pub fn leaves_work(&self) {
        self.leaves_work.store(true, Ordering::Relaxed);
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Tells the server to stop; nobody waits for it.
        drop(self.server.stop(false));
        if std::thread::panicking() {
            return;
        }
        let forgotten = self.read(history::forgotten);
        assert!(forgotten.is_empty(), "a use-case forgot the history: {forgotten:?}");
        if self.leaves_work.load(Ordering::Relaxed) {
            return;
        }
        let (counts, dead) = (self.waiting(Lane::Index), self.read(|conn| outbox::dead(conn, 5)));
        assert!(counts.waiting == 0 && counts.dead == 0, "left to index: {counts:?} {dead:?} (call work(), or leaves_work())");
        let now = self.now();
        let mail = self.read(|conn| log::standing(conn, now));
        assert!(mail.waiting == 0 && mail.failed == 0, "left in the mail queue: {mail:?} (call work(), or leaves_work())");
    }
}

impl Wanted {
    pub fn search(mut self, engine: Arc<dyn SearchEngine>) -> Self {
        self.search = Some(engine);
        self
    }

    /// Mail leaves for a real server.
    pub fn smtp(mut self, server: &Smtp) -> Self {
        self.is_real_mail = true;
        self.set("SMTP_URL", server.url()).set("MAIL_FROM", "traitdunion@vienne.example").set("SMTP_TIMEOUT", "1")
    }

    /// Mail is written as files.
    pub fn files(mut self) -> Self {
        self.is_real_mail = true;
        self
    }

    /// Of several files, only the first is read.
    pub fn impatient(mut self) -> Self {
        self.is_impatient = true;
        self
    }

    /// A setting, by its variable without prefix.
    pub fn set(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((key, value.into()));
        self
    }

    pub async fn start(self) -> TestApp {
        let (database, world) = self.engine.fresh();
        let listener = server::listen(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut sources = Sources::default();
        sources.set("DATA_DIR", database.path().display().to_string());
        sources.set("DATABASE_URL", database.variable());
        sources.set("LISTEN", address.to_string());
        for (key, value) in self.settings {
            sources.set(key, value);
        }
        let mut config = Config::read(&sources).expect("a sound configuration");
        config.program = env!("CARGO_BIN_EXE_traitdunion").into();
        if self.is_impatient {
            config.reading_patience = Duration::ZERO;
        }
        let db = Db::open(&config.database).expect("the database");
        let sent = Arc::new(Mutex::new(Vec::new()));
        let mail = if self.is_real_mail { Transport::of(&config).expect("a server") } else { Transport::Memory(sent.clone()) };
        let search = self.search.unwrap_or_else(search_engine);
        let app = App::build(config, db, search, mail, Clock::still(world::now()), Chance::seeded(2)).expect("the application");
        let served = app.clone();
        let http =
            HttpServer::new(move || server::application(served.clone())).workers(1).disable_signals().listen(listener).expect("a server").run();
        let server = http.handle();
        actix_web::rt::spawn(http);
        TestApp { app, world, url: format!("http://{address}"), sent, server, leaves_work: AtomicBool::new(false), database }
    }
}

/// The engine that tests search with.
pub fn search_engine() -> Arc<dyn SearchEngine> {
    Arc::new(traitdunion::search::engines::embedded::Embedded::in_memory().expect("an index"))
}
