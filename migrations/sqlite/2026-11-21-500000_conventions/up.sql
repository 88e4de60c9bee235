-- `fields` is the whole of what was signed, in JSON; avenants are applied to it when it is read. The columns and join tables beside it are
-- the index of the convention as it stands today: written with it, and by a daily job, since days alone change what they say.
CREATE TABLE conventions (
    id TEXT NOT NULL PRIMARY KEY,
    external_id TEXT UNIQUE,
    number TEXT UNIQUE,
    object TEXT NOT NULL,
    object_folded TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('partnership', 'provision_of_means', 'objectives', 'funding', 'data_sharing', 'charter')),
    level TEXT NOT NULL CHECK (level IN ('departement', 'mds')),
    stage TEXT NOT NULL CHECK (stage IN ('draft', 'in_review', 'to_correct', 'to_sign', 'signing', 'signed', 'abandoned')),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'partners', 'internal')),
    -- Null: not signed, or waiting for its notification. 0001-01-01: nobody knows since when.
    begins_on DATE,
    signed_on DATE,
    -- How many acts count today.
    applied INTEGER NOT NULL,
    in_force BOOLEAN NOT NULL,
    situation TEXT CHECK (situation IN ('upcoming', 'in_force', 'to_renew', 'termination_pending', 'terminated', 'rescinded', 'replaced', 'expired')),
    current_term DATE,
    notice_by DATE,
    review_on DATE,
    replaces TEXT REFERENCES conventions (id),
    responsible_id TEXT REFERENCES accounts (id),
    fields TEXT NOT NULL,
    -- Entered as it was already signed.
    is_existing BOOLEAN NOT NULL,
    -- The SHA-256 of the signed file.
    signed_file TEXT,
    return_comment TEXT,
    submitted_at TIMESTAMP,
    version INTEGER NOT NULL,
    author_id TEXT REFERENCES accounts (id),
    author_name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX conventions_listed ON conventions (stage, situation, visibility, updated_at, id);
CREATE INDEX conventions_by_term ON conventions (current_term);
CREATE INDEX conventions_by_predecessor ON conventions (replaces);
CREATE INDEX conventions_by_responsible ON conventions (responsible_id);

-- A party that is null is the Département itself.
CREATE TABLE convention_parties (
    convention_id TEXT NOT NULL REFERENCES conventions (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    organisation_id TEXT REFERENCES organisations (id),
    PRIMARY KEY (convention_id, position)
);
CREATE INDEX convention_parties_by_organisation ON convention_parties (organisation_id);

CREATE TABLE convention_territories (
    convention_id TEXT NOT NULL REFERENCES conventions (id) ON DELETE CASCADE,
    territory_code TEXT NOT NULL,
    PRIMARY KEY (convention_id, territory_code)
);
CREATE INDEX convention_territories_by_territory ON convention_territories (territory_code);

CREATE TABLE convention_themes (
    convention_id TEXT NOT NULL REFERENCES conventions (id) ON DELETE CASCADE,
    theme TEXT NOT NULL,
    PRIMARY KEY (convention_id, theme)
);
CREATE INDEX convention_themes_by_theme ON convention_themes (theme);

CREATE TABLE convention_sheets (
    convention_id TEXT NOT NULL REFERENCES conventions (id) ON DELETE CASCADE,
    plan_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (convention_id, plan_id, number),
    FOREIGN KEY (plan_id, number) REFERENCES plan_sheets (plan_id, number)
);
CREATE INDEX convention_sheets_by_sheet ON convention_sheets (plan_id, number);

-- An action that is undone with its import leaves the conventions that it rested on.
CREATE TABLE convention_actions (
    convention_id TEXT NOT NULL REFERENCES conventions (id) ON DELETE CASCADE,
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    PRIMARY KEY (convention_id, action_id)
);
CREATE INDEX convention_actions_by_action ON convention_actions (action_id);

-- Rows are only added; an avenant alone is first a draft.
CREATE TABLE convention_acts (
    id TEXT NOT NULL PRIMARY KEY,
    convention_id TEXT NOT NULL REFERENCES conventions (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('signature', 'avenant', 'reconduction', 'denonciation', 'resiliation')),
    stage TEXT NOT NULL CHECK (stage IN ('draft', 'signed', 'abandoned')),
    dated_on DATE,
    content TEXT NOT NULL,
    author_id TEXT,
    author_name TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    UNIQUE (convention_id, number)
);

-- The last number given in a year.
CREATE TABLE convention_numbers (
    year INTEGER NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
);
