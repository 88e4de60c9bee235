DROP TABLE mail_choices;
DROP TABLE mail_attempts;
CREATE TABLE mails_moved (
    id TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    template TEXT NOT NULL,
    params TEXT NOT NULL,
    subject TEXT,
    message_id TEXT,
    bytes BLOB,
    record_type TEXT,
    record_id TEXT,
    created_at TIMESTAMP NOT NULL,
    sent_at TIMESTAMP
);
INSERT INTO outbox (id, lane, key, payload, stage, attempts, due_at, reason, created_at, finished_at)
    SELECT id, 'mail', 'mail:' || key, '{"do":"mail","id":"' || id || '"}',
        CASE WHEN stage = 'sent' THEN 'done' WHEN stage IN ('failed', 'cancelled') THEN 'dead' ELSE 'queued' END,
        attempts, due_at, reason, created_at, sent_at
    FROM mails;
INSERT INTO mails_moved SELECT id, recipient, template, params, subject, message_id, bytes, record_type, record_id, created_at, sent_at FROM mails;
DROP TABLE mails;
ALTER TABLE mails_moved RENAME TO mails;
CREATE INDEX mails_by_time ON mails (created_at);
