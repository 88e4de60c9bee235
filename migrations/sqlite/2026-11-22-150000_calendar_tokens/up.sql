-- The address of a personal calendar, by a token that its bearer may show again, and revoke.
CREATE TABLE calendar_tokens (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id),
    token TEXT NOT NULL UNIQUE,
    created_at TIMESTAMP NOT NULL
);
