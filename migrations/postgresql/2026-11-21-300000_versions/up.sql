-- What a record said at each of its versions, who wrote it, when, why: one table for every kind of record that keeps a history.
-- `content` is the whole of what people wrote, in JSON; null where a version says what the one before said (a publication, a decision).
CREATE TABLE versions (
    record_type TEXT NOT NULL,
    record_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    at TIMESTAMP NOT NULL,
    actor_id TEXT,
    actor_name TEXT NOT NULL,
    event TEXT NOT NULL,
    reason TEXT NOT NULL,
    detail TEXT NOT NULL,
    content TEXT,
    PRIMARY KEY (record_type, record_id, number)
);

-- The journal's line of the same instant says what happened.
INSERT INTO versions (record_type, record_id, number, at, actor_id, actor_name, event, reason, detail, content)
SELECT 'action', v.action_id, v.version, v.at, v.author_id, v.author_name,
    COALESCE(j.event, CASE WHEN v.version = 1 THEN 'created' ELSE 'changed' END), '', COALESCE(j.detail, '{}'),
    CASE WHEN v.fields = LAG(v.fields) OVER (PARTITION BY v.action_id ORDER BY v.version) THEN NULL ELSE v.fields END
FROM action_versions v LEFT JOIN journal j ON j.id = (
    SELECT MIN(l.id) FROM journal l
    WHERE l.record_type = 'action' AND l.record_id = v.action_id AND l.at = v.at AND l.event IN ('created', 'changed', 'imported')
);

-- A record that has no version yet has the one that stands today.
INSERT INTO versions (record_type, record_id, number, at, actor_id, actor_name, event, reason, detail, content)
SELECT 'action', a.id, a.version, a.updated_at, a.author_id, a.author_name, 'found', '', '{}', a.fields
FROM actions a WHERE NOT EXISTS (SELECT 1 FROM action_versions v WHERE v.action_id = a.id);

-- A decision changes no text. Of an older text, only the present orientation is known.
INSERT INTO versions (record_type, record_id, number, at, actor_id, actor_name, event, reason, detail, content)
SELECT 'plan_sheet', t.plan_id || '/' || t.number, t.version, t.at, t.author_id, t.author_name,
    CASE WHEN t.decided_on IS NOT NULL THEN 'sheet_decided' WHEN t.version = 1 THEN 'sheet_added' ELSE 'sheet_changed' END, t.reason,
    CASE WHEN t.decided_on IS NULL THEN '{}' ELSE '{"decided_on":"' || t.decided_on || '","stage":"' || t.stage || '"}' END,
    CASE WHEN t.text = LAG(t.text) OVER (PARTITION BY t.plan_id, t.number ORDER BY t.version) THEN NULL ELSE t.text END
FROM (
    SELECT v.*, '{"orientation":' || s.orientation || ',"title":' || to_json(v.title)::text || ',' || substr(v.content, 2) AS text
    FROM plan_sheet_versions v JOIN plan_sheets s ON s.plan_id = v.plan_id AND s.number = v.number
) t;

INSERT INTO versions (record_type, record_id, number, at, actor_id, actor_name, event, reason, detail, content)
SELECT 'plan_sheet', s.plan_id || '/' || s.number, s.version, s.updated_at, NULL, '', 'found', '', '{}',
    '{"orientation":' || s.orientation || ',"title":' || to_json(s.title)::text || ',' || substr(s.content, 2)
FROM plan_sheets s WHERE NOT EXISTS (SELECT 1 FROM plan_sheet_versions v WHERE v.plan_id = s.plan_id AND v.number = s.number);

DROP TABLE action_versions;
DROP TABLE plan_sheet_versions;
