-- The instance: one row a setting, its value in JSON.
CREATE TABLE settings (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- Territories that the instance names itself; official ones are in the embedded file.
CREATE TABLE territories (
    code TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('mds', 'tis')),
    name TEXT NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    within_code TEXT REFERENCES territories (code),
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- What a territory is made of: a whole commune when `part` is empty, else the named part of it.
CREATE TABLE territory_communes (
    territory_code TEXT NOT NULL REFERENCES territories (code) ON DELETE CASCADE,
    commune_code TEXT NOT NULL,
    part TEXT NOT NULL,
    PRIMARY KEY (territory_code, commune_code, part)
);
CREATE INDEX territory_communes_by_commune ON territory_communes (commune_code);

CREATE TABLE organisations (
    id TEXT NOT NULL PRIMARY KEY,
    external_id TEXT UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX organisations_by_name ON organisations (name_folded);

CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    email TEXT NOT NULL,
    email_folded TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT COLLATE "C" NOT NULL,
    job TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('worker', 'partner', 'manager', 'administrator')),
    organisation_id TEXT REFERENCES organisations (id),
    password_hash TEXT,
    stage TEXT NOT NULL CHECK (stage IN ('invited', 'active', 'closed')),
    version INTEGER NOT NULL,
    signed_in_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE account_territories (
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    territory_code TEXT NOT NULL,
    PRIMARY KEY (account_id, territory_code)
);
CREATE INDEX account_territories_by_territory ON account_territories (territory_code);

-- Mailed links: single use, only the hash of their secret.
CREATE TABLE account_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    purpose TEXT NOT NULL CHECK (purpose IN ('invitation', 'reset')),
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX account_links_by_account ON account_links (account_id);

CREATE TABLE sign_ins (
    id TEXT NOT NULL PRIMARY KEY,
    account_id TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    at TIMESTAMP NOT NULL,
    address TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'refused', 'throttled'))
);
CREATE INDEX sign_ins_by_account ON sign_ins (account_id, at);
CREATE INDEX sign_ins_by_time ON sign_ins (at);

CREATE TABLE web_sessions (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    ended_at TIMESTAMP
);
CREATE INDEX web_sessions_by_account ON web_sessions (account_id);

CREATE TABLE api_tokens (
    id TEXT NOT NULL PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    label TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    revoked_at TIMESTAMP
);
CREATE INDEX api_tokens_by_account ON api_tokens (account_id);

-- Failures counted per key (an address, an account), shared by all nodes.
CREATE TABLE throttles (
    key TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    until TIMESTAMP NOT NULL
);

CREATE TABLE plans (
    id TEXT NOT NULL PRIMARY KEY,
    external_id TEXT UNIQUE,
    title TEXT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    version INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

CREATE TABLE orientations (
    plan_id TEXT NOT NULL REFERENCES plans (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (plan_id, number)
);

CREATE TABLE plan_sheets (
    plan_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    orientation INTEGER NOT NULL,
    title TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('to_start', 'in_progress', 'done', 'deferred', 'dropped')),
    content TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (plan_id, number),
    FOREIGN KEY (plan_id, orientation) REFERENCES orientations (plan_id, number) ON DELETE CASCADE
);

CREATE TABLE plan_sheet_versions (
    plan_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    version INTEGER NOT NULL,
    title TEXT NOT NULL,
    stage TEXT NOT NULL,
    content TEXT NOT NULL,
    decided_on DATE,
    reason TEXT NOT NULL,
    author_id TEXT,
    author_name TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (plan_id, number, version),
    FOREIGN KEY (plan_id, number) REFERENCES plan_sheets (plan_id, number) ON DELETE CASCADE
);

-- `fields` is the whole of what people wrote, in JSON; the columns and join tables beside it are its index, written with it.
-- Without dates an action opens on 0001-01-01 and closes on 9999-12-31, so that no comparison meets a null.
CREATE TABLE actions (
    id TEXT NOT NULL PRIMARY KEY,
    external_id TEXT UNIQUE,
    title TEXT NOT NULL,
    title_folded TEXT COLLATE "C" NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('draft', 'submitted', 'published', 'archived')),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'partners', 'internal')),
    kind TEXT NOT NULL CHECK (kind IN ('collective_information', 'collective_action', 'local_development')),
    opens_on DATE NOT NULL,
    closes_on DATE NOT NULL,
    is_reported BOOLEAN NOT NULL,
    fields TEXT NOT NULL,
    version INTEGER NOT NULL,
    carrier_code TEXT,
    author_id TEXT REFERENCES accounts (id),
    author_name TEXT NOT NULL,
    inspired_by TEXT REFERENCES actions (id),
    return_comment TEXT,
    submitted_at TIMESTAMP,
    reminded_at TIMESTAMP,
    published_at TIMESTAMP,
    confirmed_at TIMESTAMP NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
-- All that lists filter and sort by, so that counting and paging never read the texts.
CREATE INDEX actions_listed ON actions (stage, visibility, updated_at, id, opens_on, closes_on, is_reported, carrier_code, author_id);
CREATE INDEX actions_by_carrier ON actions (carrier_code);
CREATE INDEX actions_by_author ON actions (author_id);
CREATE INDEX actions_by_source ON actions (inspired_by);

CREATE TABLE action_territories (
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    territory_code TEXT NOT NULL,
    PRIMARY KEY (action_id, territory_code)
);
CREATE INDEX action_territories_by_territory ON action_territories (territory_code);

CREATE TABLE action_themes (
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    theme TEXT NOT NULL,
    PRIMARY KEY (action_id, theme)
);
CREATE INDEX action_themes_by_theme ON action_themes (theme);

CREATE TABLE action_audiences (
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    audience TEXT NOT NULL,
    PRIMARY KEY (action_id, audience)
);
CREATE INDEX action_audiences_by_audience ON action_audiences (audience);

CREATE TABLE action_partners (
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    organisation_id TEXT NOT NULL REFERENCES organisations (id),
    PRIMARY KEY (action_id, organisation_id)
);
CREATE INDEX action_partners_by_organisation ON action_partners (organisation_id);

CREATE TABLE action_sheets (
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    plan_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (action_id, plan_id, number),
    FOREIGN KEY (plan_id, number) REFERENCES plan_sheets (plan_id, number)
);
CREATE INDEX action_sheets_by_sheet ON action_sheets (plan_id, number);

CREATE TABLE action_versions (
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    fields TEXT NOT NULL,
    author_id TEXT,
    author_name TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (action_id, version)
);

CREATE TABLE action_sessions (
    id TEXT NOT NULL PRIMARY KEY,
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    starts_at TIMESTAMP NOT NULL,
    ends_at TIMESTAMP NOT NULL,
    place TEXT NOT NULL,
    capacity INTEGER,
    attended INTEGER,
    newcomers INTEGER,
    version INTEGER NOT NULL,
    UNIQUE (action_id, starts_at)
);
CREATE INDEX action_sessions_by_time ON action_sessions (starts_at);

CREATE TABLE journal (
    id TEXT NOT NULL PRIMARY KEY,
    at TIMESTAMP NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    record_type TEXT NOT NULL,
    record_id TEXT NOT NULL,
    event TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE INDEX journal_by_record ON journal (record_type, record_id, at);

CREATE TABLE outbox (
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
CREATE INDEX outbox_due ON outbox (lane, stage, due_at);

-- One row a recipient; `bytes` is what every attempt sends, made once.
CREATE TABLE mails (
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
CREATE INDEX mails_by_time ON mails (created_at);

CREATE TABLE daily_jobs (
    name TEXT NOT NULL,
    day DATE NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (name, day)
);

CREATE TABLE idempotency (
    account_id TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (account_id, key)
);
