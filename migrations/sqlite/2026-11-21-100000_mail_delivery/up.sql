-- A mail is its own queue: one row a recipient, from the event that caused it to the server's answer.
CREATE TABLE mails_moved (
    id TEXT NOT NULL PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    recipient TEXT NOT NULL,
    domain TEXT NOT NULL,
    template TEXT NOT NULL,
    params TEXT NOT NULL,
    list TEXT,
    record_type TEXT,
    record_id TEXT,
    subject TEXT,
    message_id TEXT,
    bytes BLOB,
    urgency INTEGER NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('queued', 'leased', 'body_started', 'sent', 'deferred', 'failed', 'uncertain', 'cancelled')),
    attempts INTEGER NOT NULL,
    deferrals INTEGER NOT NULL,
    due_at TIMESTAMP NOT NULL,
    touched_at TIMESTAMP NOT NULL,
    give_up_at TIMESTAMP,
    leased_until TIMESTAMP,
    lease_token TEXT,
    reason TEXT,
    created_at TIMESTAMP NOT NULL,
    sent_at TIMESTAMP
);
INSERT INTO mails_moved
    SELECT m.id, coalesce(substr(o.key, 6), m.id), m.recipient, lower(substr(m.recipient, instr(m.recipient, '@') + 1)), m.template, m.params, NULL,
        m.record_type, m.record_id, m.subject, m.message_id, m.bytes, 1,
        CASE WHEN m.sent_at IS NOT NULL OR o.stage = 'done' THEN 'sent' WHEN o.id IS NULL OR o.stage = 'dead' THEN 'failed' ELSE 'queued' END,
        coalesce(o.attempts, 0), 0, m.created_at, m.created_at, NULL, NULL, NULL, o.reason, m.created_at, m.sent_at
    FROM mails m LEFT JOIN outbox o ON o.lane = 'mail' AND o.payload = '{"do":"mail","id":"' || m.id || '"}';
DROP TABLE mails;
ALTER TABLE mails_moved RENAME TO mails;
CREATE INDEX mails_by_time ON mails (created_at);
CREATE INDEX mails_due ON mails (stage, urgency, due_at);
CREATE INDEX mails_by_record ON mails (record_type, record_id);

-- What each try came to.
CREATE TABLE mail_attempts (
    mail_id TEXT NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('sent', 'deferred', 'failed', 'uncertain', 'cancelled')),
    step TEXT,
    code INTEGER,
    said TEXT,
    PRIMARY KEY (mail_id, number)
);
CREATE INDEX mail_attempts_by_time ON mail_attempts (at);

-- What a person may stop receiving: the token of the links in those mails, for ever the same, and when they stopped it.
CREATE TABLE mail_choices (
    token TEXT NOT NULL PRIMARY KEY,
    recipient TEXT NOT NULL,
    list TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    stopped_at TIMESTAMP,
    UNIQUE (recipient, list)
);

DELETE FROM outbox WHERE lane = 'mail';
