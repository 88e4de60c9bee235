//! Where a run takes place: a folder of its own, and an empty database, migrated.

use std::path::Path;

use diesel::prelude::*;
use traitdunion::db::schema::accounts;
use traitdunion::db::{DatabaseUrl, Db, migrate};
use traitdunion::error::Error;

use crate::cluster::Cluster;

/// Which database to run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgresql,
    /// One that is given.
    At(String),
}

impl std::str::FromStr for Engine {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "sqlite" => Ok(Self::Sqlite),
            "postgresql" => Ok(Self::Postgresql),
            url if DatabaseUrl::parse(url).is_some() => Ok(Self::At(url.to_owned())),
            _ => Err("sqlite, postgresql, sqlite://<path> or postgres://… is expected".into()),
        }
    }
}

impl Engine {
    /// As people call it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgresql => "PostgreSQL",
            Self::At(url) if url.starts_with("sqlite") => "SQLite",
            Self::At(_) => "PostgreSQL",
        }
    }

    pub fn argument(&self) -> &str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgresql => "postgresql",
            Self::At(url) => url,
        }
    }
}

pub struct Place {
    folder: tempfile::TempDir,
    pub url: DatabaseUrl,
    pub db: Db,
}

impl Place {
    /// A new database, or the given one, which must be empty: what is found in it at the end must come from this run.
    pub fn new(engine: &Engine) -> Self {
        let folder = tempfile::Builder::new().prefix("traitdunion-mail.").tempdir().expect("a temporary folder");
        let url = match engine {
            Engine::Sqlite => DatabaseUrl::Sqlite(folder.path().join("traitdunion.db")),
            Engine::Postgresql => {
                let name = format!("mail_{}", folder.path().extension().and_then(std::ffi::OsStr::to_str).unwrap_or("run").to_lowercase());
                let mut conn = PgConnection::establish(&Cluster::shared().url("postgres")).expect("the cluster answers");
                diesel::sql_query(format!("CREATE DATABASE {name}")).execute(&mut conn).expect("a new database");
                DatabaseUrl::Postgres(Cluster::shared().url(&name))
            }
            Engine::At(url) => DatabaseUrl::parse(url).expect("a URL that was parsed before"),
        };
        let db = Db::open(&url).unwrap_or_else(|error| panic!("{url:?}: {error}"));
        migrate::run(&db).expect("migrations");
        let place = Self { folder, url, db };
        let accounts: i64 = place.read(|conn| accounts::table.count().get_result(conn));
        assert_eq!(accounts, 0, "{:?} is not empty", place.url);
        place
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// As `TRAITDUNION_DATABASE_URL` has it.
    pub fn variable(&self) -> String {
        match &self.url {
            DatabaseUrl::Sqlite(path) => format!("sqlite://{}", path.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        }
    }

    pub fn read<T>(&self, work: impl FnOnce(&mut traitdunion::db::Conn) -> QueryResult<T>) -> T {
        self.db.read_now(|conn| work(conn).map_err(Error::from)).expect("a read of the database")
    }

    /// Leaves the folder behind, and says where.
    pub fn keep(self) {
        println!("kept: {}", self.folder.keep().display());
    }
}
