-- How often a record's page was opened on a day: a number, and nobody.
CREATE TABLE consultations (
    kind TEXT NOT NULL,
    record_id TEXT NOT NULL,
    day DATE NOT NULL,
    count BIGINT NOT NULL,
    PRIMARY KEY (kind, record_id, day)
);
CREATE INDEX consultations_by_day ON consultations (day);
