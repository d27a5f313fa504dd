-- Aggregates over a table undo the old row: a user who moves is counted in one region only.
CREATE TABLE users (userid VARCHAR PRIMARY KEY, regionid VARCHAR, age INTEGER) WITH (kafka_topic='users', value_format='JSON', partitions=1);
CREATE TABLE by_region AS SELECT regionid, COUNT(*) AS users, SUM(age) AS ages FROM users GROUP BY regionid EMIT CHANGES;
INSERT INTO users (userid, regionid, age) VALUES ('alice', 'north', 30);
INSERT INTO users (userid, regionid, age) VALUES ('bob', 'north', 40);
INSERT INTO users (userid, regionid, age) VALUES ('alice', 'south', 31);
SELECT * FROM by_region WHERE regionid = 'north';
--> ["north", 1, 40]
SELECT * FROM by_region WHERE regionid = 'south';
--> ["south", 1, 31]
