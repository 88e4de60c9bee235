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

CREATE TABLE action_versions (
    action_id TEXT NOT NULL REFERENCES actions (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    fields TEXT NOT NULL,
    author_id TEXT,
    author_name TEXT NOT NULL,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (action_id, version)
);

INSERT INTO action_versions (action_id, version, fields, author_id, author_name, at)
SELECT record_id, number, content, actor_id, actor_name, at FROM versions
WHERE record_type = 'action' AND content IS NOT NULL AND record_id IN (SELECT id FROM actions);

INSERT INTO plan_sheet_versions (plan_id, number, version, title, stage, content, decided_on, reason, author_id, author_name, at)
SELECT s.plan_id, s.number, t.number, t.text::jsonb ->> 'title', COALESCE(t.stage, 'to_start'),
    (t.text::jsonb - 'orientation' - 'title')::text, (t.detail::jsonb ->> 'decided_on')::date, t.reason, t.actor_id, t.actor_name, t.at
FROM (
    SELECT v.*,
        (SELECT c.content FROM versions c WHERE c.record_type = v.record_type AND c.record_id = v.record_id AND c.number <= v.number
            AND c.content IS NOT NULL ORDER BY c.number DESC LIMIT 1) AS text,
        (SELECT d.detail::jsonb ->> 'stage' FROM versions d WHERE d.record_type = v.record_type AND d.record_id = v.record_id
            AND d.number <= v.number AND d.event = 'sheet_decided' ORDER BY d.number DESC LIMIT 1) AS stage
    FROM versions v WHERE v.record_type = 'plan_sheet'
) t JOIN plan_sheets s ON t.record_id = s.plan_id || '/' || s.number;

DROP TABLE versions;
