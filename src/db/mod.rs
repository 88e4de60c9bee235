//! The only door to a database: [`Db::read`] and [`Db::write`], on SQLite or PostgreSQL.

pub mod conn;
pub mod copy;
pub mod migrate;
pub mod schema;
pub mod types;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use diesel::connection::{AnsiTransactionManager, Connection, TransactionManager};

pub use conn::{Access, Conn, DatabaseUrl};

#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("the database cannot be reached: {0}")]
    Unreachable(#[from] diesel::ConnectionError),
    #[error("no database connection is free: {0}")]
    Busy(#[from] r2d2::Error),
    #[error(transparent)]
    Query(#[from] diesel::result::Error),
    #[error("the path of the database is not valid text")]
    Path,
    #[error("{0}")]
    Migration(String),
    #[error("the database is of a newer version ({0}): install a newer traitdunion")]
    Newer(String),
    #[error("the work on the database was interrupted")]
    Interrupted,
}

/// The same statements for both databases, where diesel needs to know which: the body is compiled once for each.
macro_rules! on_either {
    ($conn:expr, |$inner:ident| $body:expr) => {
        match $conn {
            $crate::db::Conn::Postgres($inner) => $body,
            $crate::db::Conn::Sqlite($inner) => $body,
        }
    };
}
pub(crate) use on_either;

type Pool = r2d2::Pool<conn::Manager>;

/// The pools of connections: cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    url: DatabaseUrl,
    readers: Pool,
    writers: Pool,
    /// How many writes this process has committed.
    writes: AtomicU64,
}

impl Db {
    /// Opens the database, which must answer at once; nothing is migrated.
    pub fn open(url: &DatabaseUrl) -> Result<Self, Error> {
        // Fails with the reason, where a pool would only time out.
        drop(conn::open(url, Access::Write)?);
        let writers = match url {
            // SQLite has one writer: the others wait here, in order, rather than on its lock.
            DatabaseUrl::Sqlite(_) => 1,
            DatabaseUrl::Postgres(_) => 8,
        };
        Ok(Self(Arc::new(Inner {
            url: url.clone(),
            readers: pool(url, Access::Read, 8)?,
            writers: pool(url, Access::Write, writers)?,
            writes: AtomicU64::new(0),
        })))
    }

    pub fn url(&self) -> &DatabaseUrl {
        &self.0.url
    }

    /// Reads on the blocking pool, in one snapshot.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.read_now(work)).await.unwrap_or_else(|_| Err(Error::Interrupted.into()))
    }

    /// Writes on the blocking pool, in one transaction: all of `work` or nothing.
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut Conn) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let db = self.clone();
        tokio::task::spawn_blocking(move || db.write_now(work)).await.unwrap_or_else(|_| Err(Error::Interrupted.into()))
    }

    /// [`Db::read`] for a thread that may block.
    pub fn read_now<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut conn = self.0.readers.get().map_err(Error::from)?;
        transaction(&mut conn, "BEGIN", work)
    }

    /// [`Db::write`] for a thread that may block.
    pub fn write_now<T, E: From<Error>>(&self, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
        let mut conn = self.0.writers.get().map_err(Error::from)?;
        let done = transaction(&mut conn, "BEGIN IMMEDIATE", work)?;
        self.0.writes.fetch_add(1, Ordering::Release);
        Ok(done)
    }

    /// How many writes this process has committed: what was read before is the same as long as it does not change.
    pub fn writes(&self) -> u64 {
        self.0.writes.load(Ordering::Acquire)
    }

    /// A connection of one's own, outside the pool and outside any transaction.
    pub fn connect(&self, access: Access) -> Result<Conn, Error> {
        conn::open(&self.0.url, access)
    }
}

fn pool(url: &DatabaseUrl, access: Access, size: u32) -> Result<Pool, Error> {
    Ok(r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .connection_timeout(std::time::Duration::from_secs(20))
        .test_on_check_out(matches!(url, DatabaseUrl::Postgres(_)))
        .build(conn::Manager { url: url.clone(), access })?)
}

/// Runs `work` between `begin` (SQLite's; PostgreSQL's is always `BEGIN`) and a commit, or a rollback when it refuses.
fn transaction<T, E: From<Error>>(conn: &mut Conn, begin: &str, work: impl FnOnce(&mut Conn) -> Result<T, E>) -> Result<T, E> {
    type Transactions = <Conn as Connection>::TransactionManager;
    match conn {
        Conn::Sqlite(sqlite) => AnsiTransactionManager::begin_transaction_sql(sqlite, begin),
        Conn::Postgres(postgres) => AnsiTransactionManager::begin_transaction(postgres),
    }
    .map_err(Error::from)?;
    match work(conn) {
        Ok(value) => {
            Transactions::commit_transaction(conn).map_err(Error::from)?;
            Ok(value)
        }
        Err(error) => {
            // The work's own error is the one to tell; a connection whose rollback failed is not reused.
            drop(Transactions::rollback_transaction(conn));
            Err(error)
        }
    }
}
