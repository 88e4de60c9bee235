-- What was said of mails that had left, each report once.
CREATE TABLE bounces (
    -- The report's own Message-ID, or the SHA-256 of its bytes.
    report TEXT NOT NULL,
    mail_id TEXT NOT NULL REFERENCES mails (id) ON DELETE CASCADE,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (report, mail_id)
);
CREATE INDEX bounces_by_mail ON bounces (mail_id);

-- Addresses, folded, at which nobody is any more: nothing is written to them until somebody lifts that.
CREATE TABLE dead_addresses (
    id TEXT NOT NULL PRIMARY KEY,
    address TEXT NOT NULL UNIQUE,
    since TIMESTAMP NOT NULL,
    status TEXT NOT NULL,
    said TEXT NOT NULL,
    mail_id TEXT REFERENCES mails (id) ON DELETE SET NULL,
    told_at TIMESTAMP
);
CREATE INDEX dead_addresses_by_mail ON dead_addresses (mail_id);
