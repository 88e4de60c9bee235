//! The two engines, and a database of one's own on either: a copy of a migrated template that holds the [`World`].

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use traitdunion::db::{Access, DatabaseUrl, Db, migrate};

use super::cluster::Cluster;
use super::world::World;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgresql,
}

/// A database that goes with this value.
pub struct Database {
    pub url: DatabaseUrl,
    folder: tempfile::TempDir,
    name: Option<String>,
}

impl Engine {
    /// The folder of `migrations/`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
        }
    }

    /// A database without any table.
    pub fn empty(self) -> Database {
        self.database(|name| format!("CREATE DATABASE {name}"), None)
    }

    /// A copy of the template: migrated, with the world in it.
    pub fn fresh(self) -> (Database, World) {
        let template = self.template();
        let database = self.database(|name| format!("CREATE DATABASE {name} TEMPLATE template_world"), Some(&template.file));
        (database, template.world.clone())
    }

    fn database(self, create: impl FnOnce(&str) -> String, file: Option<&[u8]>) -> Database {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::Builder::new().prefix("traitdunion-test.").tempdir().expect("a temporary folder");
        match self {
            Self::Sqlite => {
                let path = folder.path().join("traitdunion.db");
                if let Some(file) = file {
                    std::fs::write(&path, file).expect("a copy of the template");
                }
                Database { url: DatabaseUrl::Sqlite(path), folder, name: None }
            }
            Self::Postgresql => {
                let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
                administer(&create(&name));
                let url = DatabaseUrl::parse(&Cluster::shared().url(&name)).expect("a PostgreSQL URL");
                Database { url, folder, name: Some(name) }
            }
        }
    }

    fn template(self) -> &'static Template {
        static SQLITE: OnceLock<Template> = OnceLock::new();
        static POSTGRESQL: OnceLock<Template> = OnceLock::new();
        match self {
            Self::Sqlite => SQLITE.get_or_init(Template::sqlite),
            Self::Postgresql => POSTGRESQL.get_or_init(Template::postgresql),
        }
    }
}

struct Template {
    world: World,
    /// SQLite's: what every copy is written from.
    file: Vec<u8>,
}

impl Template {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("template.db");
        let db = Db::open(&DatabaseUrl::Sqlite(file.clone())).expect("a new database");
        migrate::run(&db).expect("migrations");
        let world = World::make(&db);
        db.connect(Access::Write).expect("a connection").batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").expect("a checkpoint");
        drop(db);
        Self { world, file: std::fs::read(file).expect("the template") }
    }

    fn postgresql() -> Self {
        administer("CREATE DATABASE template_world");
        let db = Db::open(&DatabaseUrl::Postgres(Cluster::shared().url("template_world"))).expect("a new database");
        migrate::run(&db).expect("migrations");
        let world = World::make(&db);
        drop(db);
        // A template is copied only while nobody is connected to it.
        administer("ALTER DATABASE template_world ALLOW_CONNECTIONS false");
        administer("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'template_world'");
        Self { world, file: Vec::new() }
    }
}

impl Database {
    /// A folder of its own.
    pub fn path(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// As `TRAITDUNION_DATABASE_URL` has it.
    pub fn variable(&self) -> String {
        match &self.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            administer(&format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

/// A statement outside any database of ours.
fn administer(sql: &str) {
    static CONNECTION: OnceLock<Mutex<PgConnection>> = OnceLock::new();
    let connection = CONNECTION.get_or_init(|| Mutex::new(PgConnection::establish(&Cluster::shared().url("postgres")).expect("the cluster answers")));
    let mut connection = connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    diesel::sql_query(sql).execute(&mut *connection).unwrap_or_else(|error| panic!("{sql}: {error}"));
}
