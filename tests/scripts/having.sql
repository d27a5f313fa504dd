-- HAVING keeps groups that satisfy it; on an update that no longer does, the row goes away.
CREATE STREAM sales (shop VARCHAR KEY, amount INTEGER) WITH (kafka_topic='sales', value_format='JSON', partitions=1);
CREATE TABLE big AS SELECT shop, SUM(amount) AS total FROM sales GROUP BY shop HAVING SUM(amount) > 10 EMIT CHANGES;
INSERT INTO sales (shop, amount) VALUES ('a', 5);
INSERT INTO sales (shop, amount) VALUES ('a', 6);
INSERT INTO sales (shop, amount) VALUES ('b', 7);
INSERT INTO sales (shop, amount) VALUES ('a', -6);
SELECT * FROM big WHERE shop = 'a';
SELECT * FROM big WHERE shop = 'b';
INSERT INTO sales (shop, amount) VALUES ('b', 4);
SELECT * FROM big WHERE shop = 'b';
--> ["b", 11]
