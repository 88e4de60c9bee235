//! Bringing a database to this version.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
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

pub fn standing(conn: &mut Conn) -> Result<Standing, Error> {
    let told = |error: Box<dyn std::error::Error + Send + Sync>| Error::Migration(error.to_string());
    let (known, applied) = match conn {
        Conn::Postgres(conn) => {
            (versions(MigrationSource::<diesel::pg::Pg>::migrations(&POSTGRESQL).map_err(told)?), conn.applied_migrations().map_err(told)?)
        }
        Conn::Sqlite(conn) => {
            (versions(MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE).map_err(told)?), conn.applied_migrations().map_err(told)?)
        }
    };
    if let Some(unknown) = applied.iter().find(|version| !known.contains(version)) {
        return Ok(Standing::Newer(unknown.to_string()));
    }
    Ok(match known.len() - applied.len() {
        0 => Standing::UpToDate,
        missing => Standing::Behind(missing),
    })
}

fn versions<DB: diesel::backend::Backend>(migrations: Vec<Box<dyn Migration<DB>>>) -> Vec<MigrationVersion<'static>> {
    migrations.iter().map(|migration| migration.name().version().as_owned()).collect()
}
