-- `fields` is the whole of what people wrote, in JSON; the columns and join tables beside it are its index.
CREATE TABLE bodies (
    id TEXT NOT NULL PRIMARY KEY,
    external_id TEXT UNIQUE,
    name TEXT NOT NULL,
    name_folded TEXT NOT NULL,
    kind TEXT NOT NULL,
    territory TEXT NOT NULL,
    is_closed BOOLEAN NOT NULL,
    fields TEXT NOT NULL,
    version INTEGER NOT NULL,
    author_id TEXT REFERENCES accounts (id),
    author_name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX bodies_by_territory ON bodies (territory);

CREATE TABLE body_members (
    body_id TEXT NOT NULL REFERENCES bodies (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    account_id TEXT REFERENCES accounts (id),
    organisation_id TEXT REFERENCES organisations (id),
    PRIMARY KEY (body_id, position)
);
CREATE INDEX body_members_by_account ON body_members (account_id);
CREATE INDEX body_members_by_organisation ON body_members (organisation_id);

CREATE TABLE meetings (
    id TEXT NOT NULL PRIMARY KEY,
    external_id TEXT UNIQUE,
    -- What calendars know it by, for ever; and the sequence of what they were told.
    uid TEXT NOT NULL UNIQUE,
    sequence INTEGER NOT NULL,
    body_id TEXT REFERENCES bodies (id),
    -- Those made at once from one rhythm.
    series_id TEXT,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    title_folded TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN
        ('draft', 'called', 'postponed', 'cancelled', 'held', 'minutes_in_review', 'minutes_approved', 'minutes_published')),
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'partners', 'internal')),
    registration TEXT NOT NULL CHECK (registration IN ('closed', 'members', 'partners')),
    starts_at TIMESTAMP,
    ends_at TIMESTAMP,
    capacity INTEGER,
    organiser_id TEXT REFERENCES accounts (id),
    fields TEXT NOT NULL,
    reason TEXT,
    called_at TIMESTAMP,
    submitted_at TIMESTAMP,
    -- The last place in the order of those who asked for a seat: also what two registrations wait for one another on.
    last_rank INTEGER NOT NULL,
    -- People who came without being invited by name: a number.
    headcount INTEGER,
    -- Changes wait until then to be told all at once; and what those invited know.
    announce_at TIMESTAMP,
    announced TEXT,
    version INTEGER NOT NULL,
    author_id TEXT REFERENCES accounts (id),
    author_name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX meetings_listed ON meetings (starts_at, id);
CREATE INDEX meetings_by_body ON meetings (body_id, starts_at);
CREATE INDEX meetings_to_announce ON meetings (announce_at);

CREATE TABLE meeting_territories (
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    territory_code TEXT NOT NULL,
    PRIMARY KEY (meeting_id, territory_code)
);
CREATE INDEX meeting_territories_by_territory ON meeting_territories (territory_code);

CREATE TABLE meeting_themes (
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    theme TEXT NOT NULL,
    PRIMARY KEY (meeting_id, theme)
);
CREATE INDEX meeting_themes_by_theme ON meeting_themes (theme);

-- The sheets, actions and conventions that it, or an item of its agenda, is about.
CREATE TABLE meeting_sheets (
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    plan_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (meeting_id, plan_id, number),
    FOREIGN KEY (plan_id, number) REFERENCES plan_sheets (plan_id, number)
);
CREATE INDEX meeting_sheets_by_sheet ON meeting_sheets (plan_id, number);

CREATE TABLE meeting_actions (
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    PRIMARY KEY (meeting_id, action_id)
);
CREATE INDEX meeting_actions_by_action ON meeting_actions (action_id);

CREATE TABLE meeting_conventions (
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    convention_id TEXT NOT NULL REFERENCES conventions (id) ON DELETE CASCADE,
    PRIMARY KEY (meeting_id, convention_id)
);
CREATE INDEX meeting_conventions_by_convention ON meeting_conventions (convention_id);

-- Whoever is no longer invited keeps a row: their link says so, and their calendar was told.
CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL,
    function TEXT NOT NULL,
    quality TEXT NOT NULL CHECK (quality IN ('agent', 'elected', 'partner', 'other')),
    account_id TEXT REFERENCES accounts (id),
    organisation_id TEXT REFERENCES organisations (id),
    is_chair BOOLEAN NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('to_invite', 'invited', 'accepted', 'declined', 'tentative', 'waiting')),
    represented_by TEXT NOT NULL,
    note TEXT NOT NULL,
    answered_at TIMESTAMP,
    rank INTEGER,
    presence TEXT CHECK (presence IN ('present', 'excused', 'absent', 'represented')),
    told_sequence INTEGER,
    secret TEXT NOT NULL UNIQUE,
    removed_at TIMESTAMP,
    created_at TIMESTAMP NOT NULL
);
CREATE INDEX invitations_by_meeting ON invitations (meeting_id, state);
CREATE INDEX invitations_by_account ON invitations (account_id);
CREATE INDEX invitations_by_organisation ON invitations (organisation_id);

-- `revision` counts every save, for two who write at once; `version` names the last one that history keeps.
CREATE TABLE minutes (
    meeting_id TEXT NOT NULL PRIMARY KEY REFERENCES meetings (id) ON DELETE CASCADE,
    fields TEXT NOT NULL,
    revision INTEGER NOT NULL,
    version INTEGER NOT NULL,
    author_id TEXT REFERENCES accounts (id),
    author_name TEXT NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- What was approved (0), and each numbered rectification after it.
CREATE TABLE minutes_editions (
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    fields TEXT NOT NULL,
    reason TEXT NOT NULL,
    author_id TEXT REFERENCES accounts (id),
    author_name TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (meeting_id, number)
);

-- What somebody called says of the minutes in review, at the revision that they read.
CREATE TABLE minutes_opinions (
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL,
    opinion TEXT NOT NULL CHECK (opinion IN ('approves', 'objects')),
    comment TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (invitation_id, revision)
);
CREATE INDEX minutes_opinions_by_meeting ON minutes_opinions (meeting_id);

-- Each reminder leaves once for a person and a date; a meeting that moves is reminded of again.
CREATE TABLE meeting_reminders (
    invitation_id TEXT NOT NULL REFERENCES invitations (id) ON DELETE CASCADE,
    starts_at TIMESTAMP NOT NULL,
    days INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (invitation_id, starts_at, days)
);
