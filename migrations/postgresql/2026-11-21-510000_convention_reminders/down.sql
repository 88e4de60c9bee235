DROP TABLE convention_reminders;
