DROP TABLE mail_choices;
DROP TABLE mail_attempts;
INSERT INTO outbox (id, lane, key, payload, stage, attempts, due_at, reason, created_at, finished_at)
    SELECT id, 'mail', 'mail:' || key, '{"do":"mail","id":"' || id || '"}',
        CASE WHEN stage = 'sent' THEN 'done' WHEN stage IN ('failed', 'cancelled') THEN 'dead' ELSE 'queued' END,
        attempts, due_at, reason, created_at, sent_at
    FROM mails;
ALTER TABLE mails RENAME TO mails_before;
DROP INDEX mails_by_time;
CREATE TABLE mails_moved (
    id TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    template TEXT NOT NULL,
    params TEXT NOT NULL,
    subject TEXT,
    message_id TEXT,
    bytes BYTEA,
    record_type TEXT,
    record_id TEXT,
    created_at TIMESTAMP NOT NULL,
    sent_at TIMESTAMP
);
INSERT INTO mails_moved SELECT id, recipient, template, params, subject, message_id, bytes, record_type, record_id, created_at, sent_at FROM mails_before;
DROP TABLE mails_before;
ALTER TABLE mails_moved RENAME TO mails;
CREATE INDEX mails_by_time ON mails (created_at);
