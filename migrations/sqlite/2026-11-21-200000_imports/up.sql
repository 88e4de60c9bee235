-- Files brought in: from the moment one is received until it is undone or kept. `kind` is the program's to check: kinds join without a migration.
CREATE TABLE imports (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('uploaded', 'mapped', 'checked', 'running', 'done', 'failed', 'undoing', 'undone')),
    file_name TEXT NOT NULL,
    hash TEXT NOT NULL,
    plan TEXT NOT NULL,
    report TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    account_name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    checked_at TIMESTAMP,
    done_at TIMESTAMP,
    undone_at TIMESTAMP,
    undone_by TEXT,
    reason TEXT,
    attempts INTEGER NOT NULL,
    leased_until TIMESTAMP,
    lease_token TEXT
);
CREATE INDEX imports_by_time ON imports (created_at);
CREATE INDEX imports_by_stage ON imports (stage, leased_until);
CREATE INDEX imports_by_hash ON imports (hash);

-- What an import wrote, for as long as it may be undone: what each record was before (null: it is new), and the version that it left.
CREATE TABLE import_records (
    import_id TEXT NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    record_id TEXT NOT NULL,
    title TEXT NOT NULL,
    was TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (import_id, record_id)
);
