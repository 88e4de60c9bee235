-- Mails were told apart by it before they had a queue of their own.
ALTER TABLE outbox DROP COLUMN key;
