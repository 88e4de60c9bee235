-- `fields` is the whole of what people wrote, in JSON; the columns and join tables beside it are its index.
CREATE TABLE announcements (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('announcement', 'letter')),
    title TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('draft', 'scheduled', 'sending', 'sent', 'cancelled')),
    meeting_id TEXT REFERENCES meetings (id) ON DELETE SET NULL,
    -- What the link of its mails carries.
    secret TEXT NOT NULL UNIQUE,
    -- When its mails begin to leave, and when the last one had left.
    send_at TIMESTAMP,
    sent_at TIMESTAMP,
    -- What became of its mails, once they are kept no longer.
    settled TEXT,
    fields TEXT NOT NULL,
    version INTEGER NOT NULL,
    author_id TEXT REFERENCES accounts (id),
    author_name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);
CREATE INDEX announcements_by_stage ON announcements (stage, send_at);
CREATE INDEX announcements_listed ON announcements (updated_at, id);

CREATE TABLE announcement_territories (
    announcement_id TEXT NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    territory_code TEXT NOT NULL,
    PRIMARY KEY (announcement_id, territory_code)
);
CREATE INDEX announcement_territories_by_territory ON announcement_territories (territory_code);

CREATE TABLE announcement_sheets (
    announcement_id TEXT NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    plan_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (announcement_id, plan_id, number),
    FOREIGN KEY (plan_id, number) REFERENCES plan_sheets (plan_id, number)
);
CREATE INDEX announcement_sheets_by_sheet ON announcement_sheets (plan_id, number);

-- The audience, as it stood when it was confirmed: an address once.
CREATE TABLE announcement_recipients (
    announcement_id TEXT NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    email_folded TEXT NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    -- The key of its mail.
    mail_key TEXT NOT NULL,
    -- Had stopped such mails by then.
    is_stopped BOOLEAN NOT NULL,
    is_queued BOOLEAN NOT NULL,
    PRIMARY KEY (announcement_id, email_folded)
);
CREATE INDEX announcement_recipients_waiting ON announcement_recipients (announcement_id, is_queued);

-- The organisations of the audience, by each of their addresses; an empty one: it has none.
CREATE TABLE announcement_organisations (
    announcement_id TEXT NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    email_folded TEXT NOT NULL,
    PRIMARY KEY (announcement_id, organisation_id, email_folded)
);
CREATE INDEX announcement_organisations_by_organisation ON announcement_organisations (organisation_id);

-- Who was informed, and how, once it no longer follows from mails that are kept; letters as they are recorded.
CREATE TABLE informed (
    announcement_id TEXT NOT NULL REFERENCES announcements (id) ON DELETE CASCADE,
    organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    how TEXT NOT NULL CHECK (how IN ('mail', 'presence', 'letter')),
    informed_on DATE NOT NULL,
    PRIMARY KEY (announcement_id, organisation_id, how)
);
CREATE INDEX informed_by_organisation ON informed (organisation_id);
