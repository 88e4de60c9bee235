-- Files attached to a record, whichever its kind: the bytes lie in the documents folder under their SHA-256, once for all rows that name them.
-- `text` is what was read of it, for search; `reading` says whether it was, or why not.
CREATE TABLE documents (
    id TEXT NOT NULL PRIMARY KEY,
    record_type TEXT NOT NULL,
    record_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    reading TEXT NOT NULL,
    text TEXT NOT NULL,
    added_at TIMESTAMP NOT NULL,
    added_by_id TEXT,
    added_by TEXT NOT NULL
);
CREATE INDEX documents_by_record ON documents (record_type, record_id);
CREATE INDEX documents_by_bytes ON documents (sha256);
