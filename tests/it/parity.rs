//! One schema, two databases: what the migrations make is compared, column by column, with each other and with `src/db/schema.rs`.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use traitdunion::db::migrate::{self, Standing};
use traitdunion::db::{Access, Conn, Db, Error};

use crate::support::{Engine, both, source};

both!(the_schema_file_says_what_migrations_make, migrations_go_down_and_up_again, a_newer_database_is_refused);

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    required: bool,
    #[diesel(sql_type = Nullable<Text>)]
    collation: Option<String>,
}

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
}

const SQLITE_COLUMNS: &str = "SELECT t.name AS \"table\", c.name AS name, upper(c.type) AS kind, c.\"notnull\" AS required, 'C' AS collation \
    FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table' ORDER BY 1, c.cid";
const POSTGRESQL_COLUMNS: &str = "SELECT table_name::text AS \"table\", column_name::text AS name, upper(data_type)::text AS kind, \
    is_nullable = 'NO' AS required, collation_name::text AS collation \
    FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, ordinal_position";
const SQLITE_INDEXES: &str = "SELECT i.name || ' ' || i.tbl_name || ' ' || (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS name \
    FROM sqlite_master i WHERE i.type = 'index' AND i.sql IS NOT NULL ORDER BY 1";
const POSTGRESQL_INDEXES: &str = "SELECT i.relname || ' ' || t.relname || ' ' || string_agg(a.attname::text, ',' ORDER BY array_position(x.indkey::int[], a.attnum::int)) AS name \
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid \
    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (x.indkey) \
    WHERE t.relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid) \
    GROUP BY i.relname, t.relname ORDER BY 1";
const SQLITE_LINKS: &str = "SELECT t.name || ' (' || group_concat(f.\"from\", ',') || ') ' || f.\"table\" || ' ' || f.on_delete AS name \
    FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table' GROUP BY t.name, f.id ORDER BY 1";
const POSTGRESQL_LINKS: &str = "SELECT c.conrelid::regclass::text || ' (' || (SELECT string_agg(a.attname::text, ',' ORDER BY k.place) FROM unnest(c.conkey) \
    WITH ORDINALITY k (number, place) JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number) || ') ' || c.confrelid::regclass::text || ' ' || \
    CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'a' THEN 'NO ACTION' WHEN 'n' THEN 'SET NULL' ELSE c.confdeltype::text END AS name FROM pg_constraint c WHERE c.contype = 'f' ORDER BY 1";

/// diesel's own table of migrations is its own.
const NOT_OURS: &str = "__diesel_schema_migrations";

fn migrated(engine: Engine) -> (crate::support::engine::Database, Conn) {
    let database = engine.empty();
    let db = Db::open(&database.url).unwrap();
    migrate::run(&db).unwrap();
    let conn = db.connect(Access::Write).unwrap();
    (database, conn)
}

fn columns(conn: &mut Conn) -> Vec<Column> {
    match conn {
        Conn::Sqlite(conn) => diesel::sql_query(SQLITE_COLUMNS).load(conn),
        Conn::Postgres(conn) => diesel::sql_query(POSTGRESQL_COLUMNS).load(conn),
    }
    .unwrap()
}

/// diesel's word for a kind of column, as each database calls it.
fn kind(column: &Column) -> &str {
    match column.kind.as_str() {
        "TEXT" => "Text",
        "INTEGER" => "Integer",
        "BIGINT" => "BigInt",
        "REAL" | "DOUBLE" | "DOUBLE PRECISION" => "Double",
        "TIMESTAMP" | "TIMESTAMP WITHOUT TIME ZONE" => "Timestamp",
        "DATE" => "Date",
        "BOOLEAN" => "Bool",
        "BLOB" | "BYTEA" => "Binary",
        other => other,
    }
}

/// `table.column -> Kind`, as the schema file writes it.
fn described(columns: &[Column]) -> Vec<String> {
    let ours = columns.iter().filter(|column| column.table != NOT_OURS);
    let mut lines: Vec<String> = ours
        .map(|column| {
            let kind = if column.required { kind(column).to_owned() } else { format!("Nullable<{}>", kind(column)) };
            format!("{}.{} -> {kind}", column.table, column.name)
        })
        .collect();
    lines.sort();
    lines
}

fn schema_file() -> Vec<String> {
    let mut files = source::files("src/db", "schema.rs");
    files.extend(source::files("src/db/schema", ".rs"));
    let (mut lines, mut table) = (Vec::new(), "");
    for (_, line) in files.iter().flat_map(|file| file.lines()) {
        let line = line.trim();
        if let Some((name, _)) = line.split_once(" (").filter(|_| line.ends_with(") {")) {
            table = name;
        } else if let Some((name, kind)) = line.split_once(" -> ").filter(|_| line.ends_with(',')) {
            lines.push(format!("{table}.{name} -> {}", kind.trim_end_matches(',')));
        }
    }
    lines.sort();
    lines
}

async fn the_schema_file_says_what_migrations_make(engine: Engine) {
    let (_database, mut conn) = migrated(engine);
    let columns = columns(&mut conn);
    assert_eq!(described(&columns), schema_file());
    let sorted = columns.iter().filter(|column| column.name.ends_with("_folded"));
    let wrong: Vec<&str> = sorted.filter(|column| column.collation.as_deref() != Some("C")).map(|column| column.name.as_str()).collect();
    assert!(wrong.is_empty(), "a folded column has COLLATE \"C\" on PostgreSQL: {wrong:?}");
}

#[test]
fn both_databases_have_the_same_columns_indexes_and_links() {
    let (_sqlite, mut sqlite) = migrated(Engine::Sqlite);
    let (_postgresql, mut postgresql) = migrated(Engine::Postgresql);
    assert_eq!(described(&columns(&mut sqlite)), described(&columns(&mut postgresql)));
    let (Conn::Sqlite(sqlite), Conn::Postgres(postgresql)) = (&mut sqlite, &mut postgresql) else { panic!("two engines") };
    for (ours, theirs) in [(SQLITE_INDEXES, POSTGRESQL_INDEXES), (SQLITE_LINKS, POSTGRESQL_LINKS)] {
        let sorted = |rows: Vec<Named>| {
            let mut names: Vec<String> = rows.into_iter().map(|row| row.name).collect();
            names.sort();
            names
        };
        let (ours, theirs) = (sorted(diesel::sql_query(ours).load(sqlite).unwrap()), sorted(diesel::sql_query(theirs).load(postgresql).unwrap()));
        assert!(!ours.is_empty());
        assert_eq!(ours, theirs);
    }
}

async fn migrations_go_down_and_up_again(engine: Engine) {
    let (database, mut conn) = migrated(engine);
    let before = described(&columns(&mut conn));
    let folder = source::root().join("migrations").join(engine.name());
    let migrations = FileBasedMigrations::from_path(folder).unwrap();
    match &mut conn {
        Conn::Sqlite(conn) => drop(conn.revert_all_migrations(migrations).unwrap()),
        Conn::Postgres(conn) => drop(conn.revert_all_migrations(migrations).unwrap()),
    }
    assert_eq!(described(&columns(&mut conn)), Vec::<String>::new());
    migrate::run(&Db::open(&database.url).unwrap()).unwrap();
    assert_eq!(described(&columns(&mut conn)), before);
    assert_eq!(migrate::standing(&mut conn).unwrap(), Standing::UpToDate);
}

async fn a_newer_database_is_refused(engine: Engine) {
    let (database, mut conn) = migrated(engine);
    let future = diesel::sql_query("INSERT INTO __diesel_schema_migrations (version) VALUES ('29991231000000')");
    match &mut conn {
        Conn::Sqlite(conn) => future.execute(conn),
        Conn::Postgres(conn) => future.execute(conn),
    }
    .unwrap();
    let refused = migrate::run(&Db::open(&database.url).unwrap()).unwrap_err();
    assert!(matches!(&refused, Error::Newer(version) if version == "29991231000000"), "{refused}");
}
