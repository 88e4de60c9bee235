DROP INDEX subscriptions_by_cursor;
CREATE INDEX subscriptions_by_cursor ON subscriptions (cursor);
DROP INDEX notices_waiting;
ALTER TABLE notices DROP COLUMN counted;
