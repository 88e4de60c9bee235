DROP TABLE support_answers;
DROP TABLE support_asked;
DROP TABLE support_requests;
DROP TABLE support_group;
DROP TABLE other_letters;
DROP INDEX meetings_by_call;
DROP INDEX actions_by_report;
DROP INDEX actions_by_publication;
ALTER TABLE actions DROP COLUMN reported_at;
