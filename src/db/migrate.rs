//! Bringing a database to this version.

use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{Access, Conn, Db, Error};

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRESQL: EmbeddedMigrations = embed_migrations!("migrations/postgresql");

/// How the database stands against this version of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    UpToDate,
    /// So many migrations have still to run.
    Behind(usize),
    /// It holds a migration that this version does not know.
    Newer(String),
}

/// Applies what is missing, one node at a time; answers how many migrations ran. A newer database is refused untouched.
pub fn run(db: &Db) -> Result<usize, Error> {
    let mut conn = db.connect(Access::Write)?;
    if let Conn::Postgres(conn) = &mut conn {
        // Held until the connection closes: two nodes that start together migrate one after the other.
        diesel::sql_query("SELECT pg_advisory_lock(7283001)").execute(conn)?;
    }
    if let Standing::Newer(version) = standing(&mut conn)? {
        return Err(Error::Newer(version));
    }
    let applied = match &mut conn {
        Conn::Postgres(conn) => conn.run_pending_migrations(POSTGRESQL).map(|done| done.len()),
        Conn::Sqlite(conn) => conn.run_pending_migrations(SQLITE).map(|done| done.len()),
    };
    applied.map_err(|error| Error::Migration(error.to_string()))
}

/// Reads only: diesel's own question would first make its table, which a reader may not.
pub fn standing(conn: &mut Conn) -> Result<Standing, Error> {
    let told = |error: Box<dyn std::error::Error + Send + Sync>| Error::Migration(error.to_string());
    let known = match conn {
        Conn::Postgres(_) => versions(MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRESQL).map_err(told)?),
        Conn::Sqlite(_) => versions(MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(told)?),
    };
    let applied = applied(conn)?;
    if let Some(unknown) = applied.iter().find(|version| !known.contains(version)) {
        return Ok(Standing::Newer(unknown.clone()));
    }
    Ok(match known.len() - applied.len() {
        0 => Standing::UpToDate,
        missing => Standing::Behind(missing),
    })
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = diesel::sql_types::Text)]
    version: String,
}

/// The versions of the migrations that ran here; none in a new database.
fn applied(conn: &mut Conn) -> Result<Vec<String>, Error> {
    const TABLE_ON_SQLITE: &str = "SELECT name AS version FROM sqlite_master WHERE type = 'table' AND name = '__diesel_schema_migrations'";
    const TABLE_ON_POSTGRESQL: &str = "SELECT tablename::text AS version FROM pg_tables \
        WHERE schemaname = ANY (current_schemas(false)) AND tablename = '__diesel_schema_migrations'";
    const VERSIONS: &str = "SELECT version FROM __diesel_schema_migrations ORDER BY version";
    let mut load = |on_sqlite: &str, on_postgresql: &str| match conn {
        Conn::Postgres(conn) => diesel::sql_query(on_postgresql).load::<Version>(conn),
        Conn::Sqlite(conn) => diesel::sql_query(on_sqlite).load::<Version>(conn),
    };
    if load(TABLE_ON_SQLITE, TABLE_ON_POSTGRESQL)?.is_empty() {
        return Ok(Vec::new());
    }
    Ok(load(VERSIONS, VERSIONS)?.into_iter().map(|row| row.version).collect())
}

fn versions<DB: diesel::backend::Backend>(migrations: Vec<Box<dyn Migration<DB>>>) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().version().to_string()).collect()
}
