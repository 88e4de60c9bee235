DROP TABLE informed;
DROP TABLE announcement_organisations;
DROP TABLE announcement_recipients;
DROP TABLE announcement_sheets;
DROP TABLE announcement_territories;
DROP TABLE announcements;
