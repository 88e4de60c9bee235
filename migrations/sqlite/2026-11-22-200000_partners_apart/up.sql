-- Two organisations that look alike, and of which somebody said that they are not the same: the smaller identifier first.
CREATE TABLE organisations_apart (
    one_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    other_id TEXT NOT NULL REFERENCES organisations (id) ON DELETE CASCADE,
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (one_id, other_id)
);
CREATE INDEX organisations_apart_by_other ON organisations_apart (other_id);
