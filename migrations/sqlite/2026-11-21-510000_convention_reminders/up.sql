-- Who was reminded of what: a step is told once for a term, and again when the term moves.
CREATE TABLE convention_reminders (
    convention_id TEXT NOT NULL REFERENCES conventions (id) ON DELETE CASCADE,
    term DATE NOT NULL,
    step TEXT NOT NULL,
    recipient_id TEXT NOT NULL REFERENCES accounts (id),
    at TIMESTAMP NOT NULL,
    PRIMARY KEY (convention_id, term, step, recipient_id)
);
