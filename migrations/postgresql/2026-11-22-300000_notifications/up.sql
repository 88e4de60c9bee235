-- What there is to tell those who follow: a row for each version of a record that is worth telling. It is numbered once search knows the
-- record as it is, in the order in which that was seen: a cursor is the last number of which a subscription was told.
CREATE TABLE news (
    id TEXT NOT NULL PRIMARY KEY,
    number BIGINT UNIQUE,
    record_kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    event TEXT NOT NULL,
    is_new BOOLEAN NOT NULL,
    -- The fields that changed, in JSON.
    changed TEXT NOT NULL,
    -- Who did it: they are not told.
    actor_id TEXT,
    at TIMESTAMP NOT NULL
);
CREATE INDEX news_waiting ON news (at, id) WHERE number IS NULL;
CREATE INDEX news_by_record ON news (record_kind, record_id, number);

-- The last number given: a row that is locked, so that numbers are seen in their order.
CREATE TABLE news_numbers (
    name TEXT NOT NULL PRIMARY KEY,
    last BIGINT NOT NULL
);

-- Who follows without an account: an address, and the secret of the link to what it follows.
CREATE TABLE subscribers (
    owner TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    secret TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE subscriptions (
    id TEXT NOT NULL PRIMARY KEY,
    -- An account's id, or the folded address of a subscriber.
    owner TEXT NOT NULL,
    account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    target TEXT NOT NULL CHECK (target IN ('record', 'search')),
    record_kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    -- The parameters of a search, as its page has them.
    search TEXT NOT NULL,
    rhythm TEXT NOT NULL CHECK (rhythm IN ('immediate', 'daily', 'weekly')),
    cursor BIGINT NOT NULL,
    -- Why it can no longer be followed: a search that names what is gone.
    problem TEXT,
    confirmed_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    UNIQUE (owner, target, record_kind, record_id, search)
);
CREATE INDEX subscriptions_by_cursor ON subscriptions (cursor);

-- What somebody is told, once for a subscription and a version; without subscription, what a mail of their own told them.
CREATE TABLE notices (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    subscription_id TEXT REFERENCES subscriptions (id) ON DELETE CASCADE,
    news BIGINT,
    record_kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    title TEXT NOT NULL,
    what TEXT NOT NULL,
    is_new BOOLEAN NOT NULL,
    at TIMESTAMP NOT NULL,
    -- When a digest takes it; none when none does.
    due_at TIMESTAMP,
    mail_key TEXT,
    read_at TIMESTAMP,
    UNIQUE (subscription_id, news)
);
CREATE INDEX notices_by_owner ON notices (owner, at);
CREATE INDEX notices_due ON notices (due_at) WHERE mail_key IS NULL AND read_at IS NULL;
CREATE INDEX notices_by_mail ON notices (mail_key);
