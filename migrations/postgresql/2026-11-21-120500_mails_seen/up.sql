-- How many left in time, and what was sent to one person: asked by pages, over a year of mails.
CREATE INDEX mails_by_sending ON mails (sent_at, created_at);
CREATE INDEX mails_by_recipient ON mails (recipient);
