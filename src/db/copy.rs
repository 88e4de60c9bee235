//! Every table, read and written whole, whichever the database: what a backup carries.
//!
//! Tables, columns and their types come from the database's own catalog, so that none can be forgotten. A row is one JSON object;
//! instants, days, truth values and bytes are written in one way, from which either database takes them back.

use std::collections::BTreeMap;

use chrono::NaiveDateTime;
use diesel::connection::SimpleConnection;
use diesel::pg::PgRowByRowLoadingMode;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};
use serde_json::{Map, Value};

use super::{Conn, on_either};
use crate::error::{Error, Result};

/// What diesel keeps for itself.
const MIGRATIONS: &str = "__diesel_schema_migrations";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    Integer,
    Bool,
    /// `2026-03-03T14:05:00.000000Z`
    Instant,
    /// `2026-03-03`
    Day,
    /// In hexadecimal.
    Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// By which rows are ordered.
    pub key: Vec<String>,
    /// The other tables that its rows name.
    refers_to: Vec<String>,
    /// Foreign keys by which its rows name one another.
    own_references: Vec<String>,
}

pub type Row = Map<String, Value>;

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Text)]
    a: String,
    #[diesel(sql_type = Text)]
    b: String,
    #[diesel(sql_type = Text)]
    c: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Version {
    #[diesel(sql_type = Nullable<Text>)]
    version: Option<String>,
}

fn found(conn: &mut Conn, sqlite: &str, postgresql: &str) -> Result<Vec<Found>> {
    Ok(match conn {
        Conn::Sqlite(conn) => diesel::sql_query(sqlite).load(conn)?,
        Conn::Postgres(conn) => diesel::sql_query(postgresql).load(conn)?,
    })
}

/// Columns in the order of each table: table, column, type, place in the primary key (0: none).
const SQLITE_COLUMNS: &str = "SELECT t.name AS a, c.name AS b, lower(c.type) AS c, c.pk AS n FROM sqlite_schema t, pragma_table_info(t.name) c \
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid";
const POSTGRESQL_COLUMNS: &str = "SELECT c.table_name::text AS a, c.column_name::text AS b, c.data_type::text AS c, \
     coalesce(k.ordinal_position, 0)::bigint AS n FROM information_schema.columns c \
     JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE' \
     LEFT JOIN (information_schema.key_column_usage k JOIN information_schema.table_constraints p \
       ON p.constraint_schema = k.constraint_schema AND p.constraint_name = k.constraint_name AND p.table_name = k.table_name \
       AND p.constraint_type = 'PRIMARY KEY') \
     ON k.table_schema = c.table_schema AND k.table_name = c.table_name AND k.column_name = c.column_name \
     WHERE c.table_schema = current_schema() ORDER BY c.table_name, c.ordinal_position";

/// Foreign keys: table, the table that it names, the constraint's name.
const SQLITE_REFERENCES: &str = "SELECT DISTINCT t.name AS a, f.\"table\" AS b, '' AS c, 0 AS n \
     FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'";
const POSTGRESQL_REFERENCES: &str = "SELECT t.relname::text AS a, r.relname::text AS b, f.conname::text AS c, 0::bigint AS n FROM pg_constraint f \
     JOIN pg_class t ON t.oid = f.conrelid JOIN pg_class r ON r.oid = f.confrelid JOIN pg_namespace s ON s.oid = t.relnamespace \
     WHERE f.contype = 'f' AND s.nspname = current_schema()";

/// Every table, each after those that its rows name.
pub fn tables(conn: &mut Conn) -> Result<Vec<Table>> {
    let mut tables: BTreeMap<String, (Table, Vec<(i64, String)>)> = BTreeMap::new();
    for Found { a: table, b: column, c: kind, n: key } in found(conn, SQLITE_COLUMNS, POSTGRESQL_COLUMNS)? {
        if table == MIGRATIONS {
            continue;
        }
        let kind = match kind.as_str() {
            "text" => Kind::Text,
            "integer" | "bigint" => Kind::Integer,
            "boolean" => Kind::Bool,
            "timestamp" | "timestamp without time zone" => Kind::Instant,
            "date" => Kind::Day,
            "blob" | "bytea" => Kind::Bytes,
            kind => return Err(Error::Internal(format!("{table}.{column} has a type that a backup does not know: {kind}"))),
        };
        let empty = Table { name: table.clone(), columns: Vec::new(), key: Vec::new(), refers_to: Vec::new(), own_references: Vec::new() };
        let (found, keys) = tables.entry(table).or_insert((empty, Vec::new()));
        if key > 0 {
            keys.push((key, column.clone()));
        }
        found.columns.push(Column { name: column, kind });
    }
    for Found { a: table, b: other, c: name, .. } in found(conn, SQLITE_REFERENCES, POSTGRESQL_REFERENCES)? {
        let Some((found, _)) = tables.get_mut(&table) else { continue };
        match table == other {
            true => found.own_references.push(name),
            false => found.refers_to.push(other),
        }
    }
    let tables = tables.into_values().map(|(table, mut keys)| {
        keys.sort();
        Table { key: keys.into_iter().map(|(_, name)| name).collect(), ..table }
    });
    in_order(tables.collect())
}

fn in_order(mut waiting: Vec<Table>) -> Result<Vec<Table>> {
    let mut ordered: Vec<Table> = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_ready = |table: &Table| table.refers_to.iter().all(|other| ordered.iter().any(|done| done.name == *other));
        let (ready, rest): (Vec<Table>, Vec<Table>) = waiting.into_iter().partition(is_ready);
        if ready.is_empty() {
            return Err(Error::Internal(format!("tables name one another in a circle: {}", rest[0].name)));
        }
        ordered.extend(ready);
        waiting = rest;
    }
    Ok(ordered)
}

/// The last migration that the database has had.
pub fn migration(conn: &mut Conn) -> Result<String> {
    let query = format!("SELECT max(version) AS version FROM {MIGRATIONS}");
    let found: Version = on_either!(conn, |conn| diesel::sql_query(query).get_result(conn))?;
    Ok(found.version.unwrap_or_default())
}

pub fn count(conn: &mut Conn, table: &str) -> Result<i64> {
    let query = format!("SELECT count(*) AS n FROM \"{table}\"");
    let found: Count = on_either!(conn, |conn| diesel::sql_query(query).get_result(conn))?;
    Ok(found.n)
}

pub fn clear(conn: &mut Conn, table: &str) -> Result<()> {
    let query = format!("DELETE FROM \"{table}\"");
    on_either!(conn, |conn| diesel::sql_query(query).execute(conn))?;
    Ok(())
}

/// Hands over every row of a table, in the order of its key, without holding more than one.
pub fn dump(conn: &mut Conn, table: &Table, mut each: impl FnMut(Row) -> Result<()>) -> Result<()> {
    let (begin, cast): (&str, fn(&Column) -> String) = match conn {
        Conn::Sqlite(_) => ("json_object", |column| match column.kind {
            Kind::Bytes => format!("CASE WHEN \"{0}\" IS NULL THEN NULL ELSE lower(hex(\"{0}\")) END", column.name),
            _ => format!("\"{}\"", column.name),
        }),
        Conn::Postgres(_) => ("json_build_object", |column| match column.kind {
            Kind::Bytes => format!("encode(\"{}\", 'hex')", column.name),
            Kind::Instant => format!("to_char(\"{}\", 'YYYY-MM-DD HH24:MI:SS.US')", column.name),
            Kind::Day => format!("to_char(\"{}\", 'YYYY-MM-DD')", column.name),
            _ => format!("\"{}\"", column.name),
        }),
    };
    let fields: Vec<String> = table.columns.iter().map(|column| format!("'{}', {}", column.name, cast(column))).collect();
    let order: Vec<String> = table.key.iter().map(|name| format!("\"{name}\"")).collect();
    let query = format!("SELECT CAST({begin}({}) AS text) AS line FROM \"{}\" ORDER BY {}", fields.join(", "), table.name, order.join(", "));
    let mut give = |line: Result<Line, diesel::result::Error>| each(out(table, &line?.line)?);
    match conn {
        Conn::Sqlite(conn) => diesel::sql_query(query).load_iter::<Line, diesel::connection::DefaultLoadingMode>(conn)?.try_for_each(&mut give),
        Conn::Postgres(conn) => diesel::sql_query(query).load_iter::<Line, PgRowByRowLoadingMode>(conn)?.try_for_each(&mut give),
    }
}

fn unreadable(table: &Table, column: &Column, value: &Value) -> Error {
    Error::Internal(format!("{}.{} holds what it should not: {}", table.name, column.name, value.to_string().chars().take(80).collect::<String>()))
}

/// A row as a database wrote it, made the one that a backup holds.
fn out(table: &Table, line: &str) -> Result<Row> {
    let mut row: Row = serde_json::from_str(line).map_err(|error| Error::Internal(format!("{}: {error}", table.name)))?;
    for column in &table.columns {
        let Some(value) = row.get_mut(&column.name).filter(|value| !value.is_null()) else { continue };
        let written = match (column.kind, &*value) {
            (Kind::Bool, Value::Number(number)) => number.as_i64().map(|number| Value::Bool(number != 0)),
            (Kind::Instant, Value::String(text)) => {
                NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").ok().map(|at| at.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string().into())
            }
            (_, value) => Some(value.clone()),
        };
        *value = written.ok_or_else(|| unreadable(table, column, value))?;
    }
    Ok(row)
}

/// A row as a backup holds it, made what the database stores. Every column must be given, and nothing else.
fn taken_in(table: &Table, mut row: Row) -> Result<Row> {
    if let Some(unknown) = row.keys().find(|name| table.columns.iter().all(|column| column.name != **name)) {
        return Err(Error::Internal(format!("{} has no column {unknown}", table.name)));
    }
    for column in &table.columns {
        let missing = || Error::Internal(format!("a row of {} has no {}", table.name, column.name));
        let value = row.get_mut(&column.name).ok_or_else(missing)?;
        let sound = match (column.kind, &*value) {
            (_, Value::Null) | (Kind::Integer, Value::Number(_)) | (Kind::Bool, Value::Bool(_)) => true,
            (Kind::Instant, Value::String(text)) => match NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.fZ") {
                // As diesel writes it: SQLite compares the texts.
                Ok(at) => {
                    *value = at.format("%F %T%.f").to_string().into();
                    true
                }
                Err(_) => false,
            },
            (Kind::Day, Value::String(text)) => chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok(),
            (Kind::Bytes, Value::String(text)) => text.len() % 2 == 0 && text.bytes().all(|byte| byte.is_ascii_hexdigit()),
            (Kind::Text, Value::String(_)) => true,
            _ => false,
        };
        if !sound {
            return Err(unreadable(table, column, value));
        }
    }
    Ok(row)
}

/// Adds rows to a table, in one statement.
pub fn load(conn: &mut Conn, table: &Table, rows: Vec<Row>) -> Result<()> {
    let rows = rows.into_iter().map(|row| taken_in(table, row)).collect::<Result<Vec<_>>>()?;
    let rows = serde_json::to_string(&rows).map_err(|error| Error::Internal(error.to_string()))?;
    let list = |cast: fn(&Column) -> String| table.columns.iter().map(cast).collect::<Vec<_>>().join(", ");
    let columns = list(|column| format!("\"{}\"", column.name));
    match conn {
        Conn::Sqlite(conn) => {
            let values = list(|column| match column.kind {
                Kind::Bytes => format!("unhex(json_extract(value, '$.{}'))", column.name),
                _ => format!("json_extract(value, '$.{}')", column.name),
            });
            let query = format!("INSERT INTO \"{}\" ({columns}) SELECT {values} FROM json_each(?)", table.name);
            diesel::sql_query(query).bind::<Text, _>(rows).execute(conn)?;
        }
        Conn::Postgres(conn) => {
            let values = list(|column| match column.kind {
                Kind::Bytes => format!("decode(r.\"{}\", 'hex')", column.name),
                _ => format!("r.\"{}\"", column.name),
            });
            let types = list(|column| {
                let kind = match column.kind {
                    Kind::Text | Kind::Bytes => "text",
                    Kind::Integer => "bigint",
                    Kind::Bool => "boolean",
                    Kind::Instant => "timestamp",
                    Kind::Day => "date",
                };
                format!("\"{}\" {kind}", column.name)
            });
            let query = format!("INSERT INTO \"{}\" ({columns}) SELECT {values} FROM json_to_recordset($1::json) AS r({types})", table.name);
            diesel::sql_query(query).bind::<Text, _>(rows).execute(conn)?;
        }
    }
    Ok(())
}

/// Within a transaction: rows of one table may name rows of the same table that are loaded later, until [`check_references`].
pub fn defer_references(conn: &mut Conn, tables: &[Table]) -> Result<()> {
    match conn {
        Conn::Sqlite(conn) => conn.batch_execute("PRAGMA defer_foreign_keys = ON")?,
        Conn::Postgres(conn) => {
            for (table, name) in own_references(tables) {
                conn.batch_execute(&format!("ALTER TABLE \"{table}\" ALTER CONSTRAINT \"{name}\" DEFERRABLE INITIALLY DEFERRED"))?;
            }
        }
    }
    Ok(())
}

/// Refuses what names a row that is not there; constraints are then as they were. (SQLite checks at the commit.)
pub fn check_references(conn: &mut Conn, tables: &[Table]) -> Result<()> {
    if let Conn::Postgres(conn) = conn {
        conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE")?;
        for (table, name) in own_references(tables) {
            conn.batch_execute(&format!("ALTER TABLE \"{table}\" ALTER CONSTRAINT \"{name}\" NOT DEFERRABLE"))?;
        }
    }
    Ok(())
}

fn own_references(tables: &[Table]) -> impl Iterator<Item = (&str, &str)> {
    tables.iter().flat_map(|table| table.own_references.iter().map(|name| (table.name.as_str(), name.as_str())))
}

/// What SQLite says of its file; PostgreSQL checks its own pages.
pub fn integrity(conn: &mut Conn) -> Result<Option<String>> {
    #[derive(QueryableByName)]
    struct Check {
        #[diesel(sql_type = Text)]
        quick_check: String,
    }
    let Conn::Sqlite(conn) = conn else { return Ok(None) };
    let found: Vec<Check> = diesel::sql_query("PRAGMA quick_check(5)").load(conn)?;
    let found: Vec<String> = found.into_iter().map(|check| check.quick_check).filter(|said| said != "ok").collect();
    Ok((!found.is_empty()).then(|| found.join(" ; ")))
}

/// The database server's own clock; none for SQLite.
pub fn clock(conn: &mut Conn) -> Result<Option<crate::kernel::Moment>> {
    let Conn::Postgres(conn) = conn else { return Ok(None) };
    let now: NaiveDateTime = diesel::select(diesel::dsl::sql::<diesel::sql_types::Timestamp>("now() AT TIME ZONE 'UTC'")).get_result(conn)?;
    Ok(Some(crate::kernel::Moment::from_naive(now)))
}

/// May this connection write at all?
pub fn is_writable(conn: &mut Conn) -> Result<bool> {
    let Conn::Postgres(conn) = conn else { return Ok(true) };
    Ok(diesel::select(diesel::dsl::sql::<Bool>("NOT pg_is_in_recovery()")).get_result(conn)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{DatabaseUrl, Db, migrate};

    #[test]
    fn no_table_and_no_column_of_the_schema_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&DatabaseUrl::Sqlite(folder.path().join("a.db"))).unwrap();
        migrate::run(&db).unwrap();
        let tables = db.read_now(tables).unwrap();
        let mut found: Vec<String> =
            tables.iter().flat_map(|table| table.columns.iter().map(|column| format!("{}.{}", table.name, column.name))).collect();
        let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/db");
        let mut files = vec![source.join("schema.rs")];
        files.extend(std::fs::read_dir(source.join("schema")).unwrap().map(|entry| entry.unwrap().path()));
        let schema: String = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let mut declared = Vec::new();
        let mut table = "";
        for line in schema.lines() {
            let line = line.trim();
            if let Some((name, _)) = line.strip_suffix('{').and_then(|line| line.split_once(" (")) {
                table = name;
            } else if let Some((column, _)) = line.split_once(" -> ").filter(|_| line.ends_with(',')) {
                declared.push(format!("{table}.{column}"));
            }
        }
        found.sort();
        declared.sort();
        assert!(declared.len() > 100);
        assert_eq!(found, declared);
        assert!(tables.iter().all(|table| !table.key.is_empty()));
        let place = |name: &str| tables.iter().position(|table| table.name == name).unwrap();
        assert!(place("organisations") < place("accounts") && place("accounts") < place("actions") && place("plan_sheets") < place("action_sheets"));
    }
}
