-- Organisations whole: what people wrote of one is `fields`, in JSON; the other columns are its index.
ALTER TABLE organisations ADD COLUMN words_folded TEXT NOT NULL DEFAULT '';
ALTER TABLE organisations ADD COLUMN siret TEXT;
ALTER TABLE organisations ADD COLUMN commune TEXT;
ALTER TABLE organisations ADD COLUMN visibility TEXT NOT NULL DEFAULT 'public';
ALTER TABLE organisations ADD COLUMN fields TEXT NOT NULL DEFAULT '{}';
ALTER TABLE organisations ADD COLUMN confirmed_at TIMESTAMP NOT NULL DEFAULT '1970-01-01 00:00:00';
ALTER TABLE organisations ADD COLUMN reminded_at TIMESTAMP;
-- The one that it became, when two records turned out to be of one organisation. It stays, for its history and its old address.
ALTER TABLE organisations ADD COLUMN merged_into TEXT REFERENCES organisations (id);
UPDATE organisations SET words_folded = name_folded, confirmed_at = updated_at,
    fields = json_object('external_id', external_id, 'name', name, 'kind', kind);
CREATE INDEX organisations_by_siret ON organisations (siret);
CREATE INDEX organisations_by_merge ON organisations (merged_into);

-- What an organisation serves: its area, or where it is when it gives none.
CREATE TABLE organisation_territories (
    organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    territory_code TEXT NOT NULL,
    PRIMARY KEY (organisation_id, territory_code)
);
CREATE INDEX organisation_territories_by_territory ON organisation_territories (territory_code);

CREATE TABLE organisation_themes (
    organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    theme TEXT NOT NULL,
    PRIMARY KEY (organisation_id, theme)
);
CREATE INDEX organisation_themes_by_theme ON organisation_themes (theme);

-- Corrections that agents suggest: `changes` are the fields as they should read.
CREATE TABLE organisation_corrections (
    id TEXT NOT NULL PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    changes TEXT NOT NULL,
    reason TEXT NOT NULL,
    stage TEXT NOT NULL CHECK (stage IN ('suggested', 'accepted', 'refused')),
    author_id TEXT,
    author_name TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    decided_by TEXT,
    decided_at TIMESTAMP,
    comment TEXT NOT NULL
);
CREATE INDEX organisation_corrections_by_organisation ON organisation_corrections (organisation_id);
CREATE INDEX organisation_corrections_by_stage ON organisation_corrections (stage);

-- Mailed links by which an organisation confirms its page: single use, only the hash of their secret.
CREATE TABLE organisation_links (
    token_hash TEXT NOT NULL PRIMARY KEY,
    organisation_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP
);
CREATE INDEX organisation_links_by_organisation ON organisation_links (organisation_id);

-- The journal names them as everything else does, and each has the version that stands today.
UPDATE journal SET record_type = 'partner' WHERE record_type = 'organisation';
INSERT INTO versions (record_type, record_id, number, at, actor_id, actor_name, event, reason, detail, content)
SELECT 'partner', id, version, updated_at, NULL, '', 'found', '', '{}', fields FROM organisations;
