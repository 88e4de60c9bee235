DROP TABLE decision_reminders;
DROP TABLE decision_numbers;
DROP TABLE decision_themes;
DROP TABLE decision_territories;
DROP TABLE decisions;
