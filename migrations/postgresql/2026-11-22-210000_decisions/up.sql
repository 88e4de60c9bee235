-- `fields` is the whole of what people wrote, in JSON; the columns and join tables beside it are its index.
CREATE TABLE decisions (
    id TEXT NOT NULL PRIMARY KEY,
    -- The body whose sequence numbers it; empty: that of the meetings without one.
    scope TEXT NOT NULL,
    year INTEGER NOT NULL,
    number INTEGER NOT NULL,
    meeting_id TEXT NOT NULL REFERENCES meetings (id) ON DELETE CASCADE,
    body_id TEXT REFERENCES bodies (id),
    decided_on DATE NOT NULL,
    text_folded TEXT COLLATE "C" NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('adopted', 'in_progress', 'done', 'dropped', 'deferred')),
    outcome TEXT NOT NULL,
    moved_at TIMESTAMP,
    responsible_id TEXT REFERENCES accounts (id),
    due_on DATE,
    -- What it asks for: it is done when that is.
    action_id TEXT REFERENCES actions (id) ON DELETE SET NULL,
    convention_id TEXT REFERENCES conventions (id) ON DELETE SET NULL,
    plan_id TEXT,
    sheet_number INTEGER,
    asked_meeting_id TEXT REFERENCES meetings (id) ON DELETE SET NULL,
    -- A need that another body is to answer, and the need that it answers.
    handed_to TEXT REFERENCES bodies (id),
    answers TEXT REFERENCES decisions (id) ON DELETE SET NULL,
    fields TEXT NOT NULL,
    version INTEGER NOT NULL,
    author_id TEXT REFERENCES accounts (id),
    author_name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    UNIQUE (scope, year, number),
    FOREIGN KEY (plan_id, sheet_number) REFERENCES plan_sheets (plan_id, number)
);
CREATE INDEX decisions_by_body ON decisions (body_id, stage);
CREATE INDEX decisions_by_meeting ON decisions (meeting_id);
CREATE INDEX decisions_by_responsible ON decisions (responsible_id, stage);
CREATE INDEX decisions_by_handed ON decisions (handed_to, stage);
CREATE INDEX decisions_listed ON decisions (decided_on, id);

CREATE TABLE decision_territories (
    decision_id TEXT NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
    territory_code TEXT NOT NULL,
    PRIMARY KEY (decision_id, territory_code)
);
CREATE INDEX decision_territories_by_territory ON decision_territories (territory_code);

CREATE TABLE decision_themes (
    decision_id TEXT NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
    theme TEXT NOT NULL,
    PRIMARY KEY (decision_id, theme)
);
CREATE INDEX decision_themes_by_theme ON decision_themes (theme);

-- The last number given in a sequence.
CREATE TABLE decision_numbers (
    scope TEXT NOT NULL,
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (scope, year)
);

-- Who was reminded of what: a step is told once for a due day, and again when that moves.
CREATE TABLE decision_reminders (
    decision_id TEXT NOT NULL REFERENCES decisions (id) ON DELETE CASCADE,
    due_on DATE NOT NULL,
    step TEXT NOT NULL CHECK (step IN ('soon', 'late')),
    recipient_id TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (decision_id, due_on, step, recipient_id)
);
