-- Since when its results are written.
ALTER TABLE actions ADD COLUMN reported_at TIMESTAMP;
UPDATE actions SET reported_at = updated_at WHERE is_reported;
CREATE INDEX actions_by_publication ON actions (published_at);
CREATE INDEX actions_by_report ON actions (reported_at);
CREATE INDEX meetings_by_call ON meetings (called_at);

-- Up to which Monday, that day left out, an agent was told what the other MDS do.
CREATE TABLE other_letters (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    told_until DATE NOT NULL
);

-- Those whom the instance names to help write an action.
CREATE TABLE support_group (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id)
);

CREATE TABLE support_requests (
    id TEXT NOT NULL PRIMARY KEY,
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    question TEXT NOT NULL,
    asker_id TEXT NOT NULL REFERENCES accounts (id),
    asker_name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    closed_at TIMESTAMP
);
CREATE INDEX support_requests_by_action ON support_requests (action_id);
CREATE INDEX support_requests_by_age ON support_requests (created_at);
-- One at a time.
CREATE UNIQUE INDEX support_requests_open ON support_requests (action_id) WHERE closed_at IS NULL;

CREATE TABLE support_asked (
    request_id TEXT NOT NULL REFERENCES support_requests (id) ON DELETE CASCADE,
    account_id TEXT NOT NULL REFERENCES accounts (id),
    reason TEXT NOT NULL CHECK (reason IN ('group', 'knows')),
    PRIMARY KEY (request_id, account_id)
);
CREATE INDEX support_asked_by_account ON support_asked (account_id);

CREATE TABLE support_answers (
    id TEXT NOT NULL PRIMARY KEY,
    request_id TEXT NOT NULL REFERENCES support_requests (id) ON DELETE CASCADE,
    author_id TEXT NOT NULL REFERENCES accounts (id),
    author_name TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX support_answers_by_request ON support_answers (request_id);
