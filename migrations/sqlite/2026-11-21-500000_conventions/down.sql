DROP TABLE convention_numbers;
DROP TABLE convention_acts;
DROP TABLE convention_actions;
DROP TABLE convention_sheets;
DROP TABLE convention_themes;
DROP TABLE convention_territories;
DROP TABLE convention_parties;
DROP TABLE conventions;
