-- Pull queries read a table as it is now: by key, by several keys, by range, whole.
CREATE STREAM orders (id INTEGER KEY, customer VARCHAR, amount INTEGER) WITH (kafka_topic='orders', value_format='JSON', partitions=1);
CREATE TABLE totals AS SELECT customer, SUM(amount) AS total, COUNT(*) AS n FROM orders GROUP BY customer EMIT CHANGES;
INSERT INTO orders (id, customer, amount) VALUES (1, 'alice', 10);
INSERT INTO orders (id, customer, amount) VALUES (2, 'bob', 20);
INSERT INTO orders (id, customer, amount) VALUES (3, 'alice', 5);
SELECT * FROM totals WHERE customer = 'alice';
--> ["alice", 15, 2]
SELECT customer, total FROM totals WHERE customer IN ('bob', 'nobody');
--> ["bob", 20]
SELECT customer, total * 2 AS twice FROM totals WHERE customer = 'bob' AND n = 1;
--> ["bob", 40]
SELECT customer FROM totals WHERE customer = 'alice' AND n = 1;
SELECT total FROM nothing WHERE customer = 'x';
--! NOTHING
