//! The program started wrongly, stopped roughly, or left without room: it says what is wrong, and loses nothing.

use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::time::{Duration, Instant};

use diesel::prelude::*;
use traitdunion::db::schema::mails;
use traitdunion::db::{Access, Db, migrate};
use traitdunion::error::Error;
use traitdunion::kernel::{Chance, Clock, Moment};
use traitdunion::mail::outgoing::{self, Outgoing};

use crate::support::engine::Database;
use crate::support::program::{Server, program, run};
use crate::support::{Engine, both};

both!(a_stop_is_graceful, a_kill_loses_no_mail, a_newer_database_stops_the_start, an_unreachable_database_stops_the_start);

/// Runs `serve` with one setting and expects it not to start, saying all of `parts`.
#[track_caller]
fn refused(setting: (&str, &str), code: i32, parts: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let (found, said) = run(program(folder.path()).env(setting.0, setting.1).args(["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(found, Some(code), "{said}");
    for part in parts {
        assert!(said.contains(part), "« {part} » is not in: {said}");
    }
}

#[test]
fn a_bad_setting_is_named_with_its_value() {
    refused(("TRAITDUNION_TIME_ZONE", "Mars/Olympus"), 2, &["TRAITDUNION_TIME_ZONE", "Mars/Olympus", "Europe/Paris"]);
    refused(("TRAITDUNION_DATABASE_URL", "mysql://localhost"), 2, &["TRAITDUNION_DATABASE_URL", "mysql://localhost"]);
    refused(("TRAITDUNION_BASE_URL", "exemple"), 2, &["TRAITDUNION_BASE_URL", "exemple"]);
    refused(("TRAITDUNION_SMTP_URL", "mail.example"), 2, &["TRAITDUNION_SMTP_URL", "mail.example"]);
}

#[test]
fn an_unknown_setting_is_named() {
    refused(("TRAITDUNION_LISTN", "127.0.0.1:80"), 2, &["TRAITDUNION_LISTN"]);
}

#[test]
fn a_secret_is_never_quoted() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = run(program(folder.path()).env("TRAITDUNION_SMTP_URL", "smtpx://moi:sesame@mail.example").arg("serve"));
    assert!(code == Some(2) && said.contains("TRAITDUNION_SMTP_URL") && !said.contains("sesame"), "{said}");
}

#[test]
fn a_file_of_settings_is_read_and_its_mistakes_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("traitdunion.toml"), "time_zone = 'Mars/Olympus'\n").unwrap();
    let (code, said) = run(program(folder.path()).arg("migrate"));
    assert!(code == Some(2) && said.contains("TRAITDUNION_TIME_ZONE") && said.contains("Mars/Olympus"), "{said}");
    let (code, said) = run(program(folder.path()).env("TRAITDUNION_TIME_ZONE", "Europe/Paris").arg("migrate"));
    assert_eq!(code, Some(0), "a variable wins over the file: {said}");
}

#[test]
fn bad_usage_is_exit_code_2() {
    let folder = tempfile::tempdir().unwrap();
    for wrong in [vec!["servir"], vec!["serve", "--listen", "80"], vec!["serve", "--port", "80"], vec![]] {
        let (code, said) = run(program(folder.path()).args(&wrong));
        assert_eq!(code, Some(2), "{wrong:?}: {said}");
    }
    let (code, said) = run(program(folder.path()).args(["serve", "--help"]));
    assert!(code == Some(0) && said.contains("traitdunion serve"), "{said}");
}

#[test]
fn an_unreadable_data_directory_stops_the_start() {
    // A file stands where the directory should be: not even root reads through it.
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let (code, said) = run(program(folder.path()).env("TRAITDUNION_DATA_DIR", file.join("data")).arg("serve"));
    assert!(code == Some(1) && said.contains("TRAITDUNION_DATA_DIR") && said.contains("file/data"), "{said}");
}

#[test]
fn a_port_in_use_stops_the_start() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = tempfile::tempdir().unwrap();
    let (code, said) = run(program(folder.path()).args(["serve", "--listen", &address]));
    assert!(code == Some(1) && said.contains(&address) && said.contains("--listen"), "{said}");
}

async fn a_newer_database_stops_the_start(engine: Engine) {
    let (database, _) = engine.fresh();
    write(&database, |conn| diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')").execute(conn).map(drop));
    for command in ["serve", "migrate", "worker"] {
        let (code, said) =
            run(program(database.path()).env("TRAITDUNION_DATABASE_URL", database.variable()).env("TRAITDUNION_LISTEN", "127.0.0.1:0").arg(command));
        assert!(code == Some(1) && said.contains("newer version (29991231000000)"), "{command}: {said}");
    }
}

async fn an_unreachable_database_stops_the_start(engine: Engine) {
    let folder = tempfile::tempdir().unwrap();
    let url = match engine {
        Engine::Sqlite => "sqlite:///nulle/part/traitdunion.db",
        Engine::Postgresql => "postgres://moi:sesame@127.0.0.1:1/nulle_part",
    };
    let (code, said) = run(program(folder.path()).env("TRAITDUNION_DATABASE_URL", url).arg("serve"));
    assert!(code == Some(1) && said.contains("cannot be reached") && !said.contains("sesame"), "{said}");
}

async fn a_stop_is_graceful(engine: Engine) {
    let (database, _) = engine.fresh();
    let server = Server::of(&database);
    let (status, said) = server.get("/readyz");
    assert!(status == 200 && said.contains("\"parts\""), "{status} {said}");
    assert_eq!(server.get("/accessibilite").0, 200);
    let (code, took) = server.terminate();
    assert!(code == Some(0) && took < Duration::from_secs(5), "{code:?} after {took:?}");
}

#[test]
fn a_demonstration_goes_on_on_another_day_and_writes_on_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept");
    let demo = |day: &str| Server::begin(program(folder.path()).arg("demo").arg("--data").arg(&kept).args(["--today", day]));
    let count = |table: &str| {
        let mut conn = SqliteConnection::establish(kept.join("traitdunion.db").to_str().unwrap()).unwrap();
        diesel::sql_query(format!("SELECT count(*) AS n FROM {table}")).get_result::<Count>(&mut conn).unwrap().n
    };
    let first = demo("2026-03-03");
    assert_eq!(first.get("/actions").0, 200);
    assert_eq!(first.terminate().0, Some(0));
    let (accounts, days) = (count("accounts"), count("(SELECT DISTINCT day FROM daily_jobs)"));
    let second = demo("2026-03-20");
    assert!(second.get("/").1.contains("Démonstration"));
    let from = Instant::now();
    while count("(SELECT DISTINCT day FROM daily_jobs)") == days {
        assert!(from.elapsed() < Duration::from_secs(20), "the jobs of the new day did not run");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(second.terminate().0, Some(0));
    assert_eq!(count("accounts"), accounts);
    std::fs::remove_file(kept.join("demonstration")).unwrap();
    let (code, said) = run(program(folder.path()).arg("demo").arg("--data").arg(&kept));
    assert!(code == Some(2) && said.contains("n’est pas vide"), "{said}");
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// Opens the database of a program that runs or has been killed.
fn write<T>(database: &Database, work: impl FnOnce(&mut traitdunion::db::Conn) -> QueryResult<T>) -> T {
    Db::open(&database.url).unwrap().write_now(|conn| work(conn).map_err(Error::from)).unwrap()
}

const MAILS: usize = 300;

/// Queues mails: what remains is to make each, and to hand it over.
fn queue_mails(database: &Database) {
    // By the machine's clock, which the program reads: older bodies would be purged.
    let (chance, now) = (Chance::seeded(3), Clock::system().now());
    let mails = (0..MAILS).map(|number| Outgoing {
        recipient: format!("personne{number}@vienne.example"),
        template: "invitation",
        params: serde_json::json!({ "name": "Denis", "link": "/lien/x", "hours": 24 }),
        record: None,
        key: number.to_string(),
    });
    let db = Db::open(&database.url).unwrap();
    assert_eq!(db.write_now(|conn| outgoing::enqueue(conn, now, &chance, mails)).unwrap(), MAILS);
}

async fn a_kill_loses_no_mail(engine: Engine) {
    let (database, _) = engine.fresh();
    queue_mails(&database);
    let folder = database.path().join("data/mail");
    let written = || std::fs::read_dir(&folder).into_iter().flatten().flatten().filter(|entry| entry.path().extension().is_some()).count();
    let from = Instant::now();
    let mut kills = 0;
    while written() < MAILS {
        assert!(from.elapsed() < Duration::from_secs(120), "{} of {MAILS} mails after {kills} kills", written());
        let server = Server::of(&database);
        let goal = (written() + MAILS / 4).min(MAILS);
        let started = Instant::now();
        while written() < goal && started.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(2));
        }
        server.kill();
        kills += 1;
        // Instead of waiting for the leases of the dead to end.
        write(&database, |conn| diesel::update(mails::table).set(mails::leased_until.eq(Moment::from_micros(0))).execute(conn));
    }
    assert!(kills >= 3, "it was killed at work {kills} times");
    // Those handed over and not yet marked are handed over again: at least once, and by the same name.
    let server = Server::of(&database);
    let waiting = || write(&database, |conn| mails::table.filter(mails::stage.ne("sent")).count().get_result::<i64>(conn));
    while waiting() > 0 {
        assert!(from.elapsed() < Duration::from_secs(120), "{} rows still wait", waiting());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(written(), MAILS);
    let sent: i64 = write(&database, |conn| mails::table.filter(mails::sent_at.is_not_null()).count().get_result(conn));
    assert_eq!(sent, i64::try_from(MAILS).unwrap());
    drop(server);
}

/// A small file system of its own, for root only: `scripts/test` runs as root, or with sudo, in CI.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount(size: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(folder.path()).status().unwrap();
        assert!(done.success(), "a small file system cannot be mounted");
        Self(folder)
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.0.path()).status());
    }
}

#[test]
fn a_full_disk_is_said_and_survived() {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        // Again in name spaces of our own, where we are root.
        let again = std::env::current_exe().unwrap();
        let name = "program::a_full_disk_is_said_and_survived";
        let done = Command::new("unshare").args(["--user", "--map-root-user", "--mount"]).arg(again).args(["--exact", name]).status().unwrap();
        assert!(done.success(), "neither root nor user name spaces: this test needs one of them");
        return;
    }
    let disk = SmallDisk::mount("24m");
    let folder = disk.0.path();
    let url = format!("sqlite://{}", folder.join("data/traitdunion.db").display());
    let server = Server::start(program(folder).env("TRAITDUNION_DATABASE_URL", &url));
    let ballast = folder.join("ballast");
    // As much as fits: the disk is full when this fails.
    drop(std::fs::write(&ballast, vec![1; 64 << 20]));
    // Reading goes on.
    assert_eq!(server.get("/accessibilite").0, 200);
    assert_eq!(server.get("/healthz").0, 200);
    let database = Db::open(&traitdunion::db::DatabaseUrl::parse(&url).unwrap()).unwrap();
    let big = |id: &str| {
        let params = serde_json::json!({ "name": "x".repeat(1 << 20), "link": "/", "hours": 1 });
        let mail = Outgoing { recipient: "a@b.example".into(), template: "reset", params, record: None, key: id.to_owned() };
        database.write_now(|conn| outgoing::enqueue(conn, Clock::system().now(), &Chance::seeded(4), [mail]))
    };
    let refused = big("1").unwrap_err().to_string();
    assert!(refused.contains("full") || refused.contains("disk"), "{refused}");
    // With room again, the same server and the same database go on.
    std::fs::remove_file(&ballast).unwrap();
    big("2").unwrap();
    assert_eq!(server.get("/readyz").0, 200);
    let (code, _) = server.terminate();
    assert_eq!(code, Some(0));
    let mut conn = database.connect(Access::Write).unwrap();
    assert_eq!(migrate::standing(&mut conn).unwrap(), migrate::Standing::UpToDate);
}
