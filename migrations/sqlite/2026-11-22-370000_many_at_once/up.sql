-- How many versions a notice tells of at once, when it tells of more than can be named: what an import wrote.
ALTER TABLE notices ADD COLUMN counted BIGINT;
-- What waits is looked for by each later version of its record.
CREATE INDEX notices_waiting ON notices (record_id, subscription_id) WHERE mail_key IS NULL AND read_at IS NULL;
-- Those who follow records do not wait for search, as those who follow searches do.
DROP INDEX subscriptions_by_cursor;
CREATE INDEX subscriptions_by_cursor ON subscriptions (target, cursor);
