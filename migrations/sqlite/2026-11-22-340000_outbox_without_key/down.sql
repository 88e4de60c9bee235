CREATE TABLE outbox_moved (
    id TEXT NOT NULL PRIMARY KEY,
    lane TEXT NOT NULL CHECK (lane IN ('index', 'mail')),
    key TEXT UNIQUE,
    payload TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('queued', 'leased', 'done', 'dead')),
    attempts INTEGER NOT NULL,
    due_at TIMESTAMP NOT NULL,
    leased_until TIMESTAMP,
    lease_token TEXT,
    reason TEXT,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);
INSERT INTO outbox_moved (id, lane, payload, stage, attempts, due_at, leased_until, lease_token, reason, created_at, finished_at)
    SELECT id, lane, payload, stage, attempts, due_at, leased_until, lease_token, reason, created_at, finished_at FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_moved RENAME TO outbox;
CREATE INDEX outbox_due ON outbox (lane, stage, due_at);
