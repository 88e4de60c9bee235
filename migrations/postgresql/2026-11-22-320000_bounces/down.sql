DROP TABLE dead_addresses;
DROP TABLE bounces;
