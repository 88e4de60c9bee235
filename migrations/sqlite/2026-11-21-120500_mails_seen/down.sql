DROP INDEX mails_by_recipient;
DROP INDEX mails_by_sending;
