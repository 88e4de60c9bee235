//! The connection, of either kind, and how one is opened.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

/// A connection to whichever database the instance has.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// Which database, where.
#[derive(Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    Sqlite(std::path::PathBuf),
    Postgres(String),
}

impl DatabaseUrl {
    /// `sqlite:///path/to/file.db` (or `sqlite://relative.db`), or `postgres://…`.
    pub fn parse(url: &str) -> Option<Self> {
        if let Some(path) = url.strip_prefix("sqlite://").filter(|path| !path.is_empty()) {
            return Some(Self::Sqlite(path.into()));
        }
        (url.starts_with("postgres://") || url.starts_with("postgresql://")).then(|| Self::Postgres(url.to_owned()))
    }
}

impl std::fmt::Debug for DatabaseUrl {
    /// Without the password that a URL may hold.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{}", path.display()),
            Self::Postgres(url) => {
                let host = url.rsplit_once('@').map_or_else(|| url.split_once("//").map_or("", |(_, rest)| rest), |(_, host)| host);
                // What follows the database's name may hold a password too.
                let host = host.split('?').next().unwrap_or_default();
                write!(f, "postgres://{host}")
            }
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

/// Opens connections for the pool.
pub struct Manager {
    pub url: DatabaseUrl,
    pub access: Access,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Conn;
    type Error = super::Error;

    fn connect(&self) -> Result<Conn, super::Error> {
        open(&self.url, self.access)
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), super::Error> {
        Ok(conn.batch_execute("SELECT 1")?)
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        use diesel::connection::TransactionManager;
        // A panic in the middle of a transaction leaves it open: the connection goes, and the database rolls back.
        std::thread::panicking() || <Conn as Connection>::TransactionManager::is_broken_transaction_manager(conn)
    }
}

/// One pragma a statement, in this order: `synchronous=FULL` so that an acknowledged write survives a power cut.
const SQLITE_PRAGMAS: [&str; 5] = [
    "PRAGMA busy_timeout = 10000",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -16000",
];

pub fn open(url: &DatabaseUrl, access: Access) -> Result<Conn, super::Error> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            let path = path.to_str().ok_or(super::Error::Path)?;
            let mut conn = SqliteConnection::establish(path)?;
            for pragma in SQLITE_PRAGMAS {
                conn.batch_execute(pragma)?;
            }
            if access == Access::Read {
                conn.batch_execute("PRAGMA query_only = ON")?;
            }
            Ok(Conn::Sqlite(conn))
        }
        DatabaseUrl::Postgres(url) => {
            let mut conn = PgConnection::establish(url)?;
            conn.batch_execute("SET TIME ZONE 'UTC'")?;
            if access == Access::Read {
                conn.batch_execute("SET default_transaction_read_only = on; SET default_transaction_isolation = 'repeatable read'")?;
            }
            Ok(Conn::Postgres(conn))
        }
    }
}
