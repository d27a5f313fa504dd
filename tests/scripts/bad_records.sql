-- What cannot be evaluated is NULL and a row in the processing log; the query goes on.
CREATE STREAM numbers (k VARCHAR KEY, a INTEGER, b INTEGER) WITH (kafka_topic='numbers', value_format='JSON', partitions=1);
CREATE STREAM quotients AS SELECT k, a / b AS q FROM numbers EMIT CHANGES;
INSERT INTO numbers (k, a, b) VALUES ('one', 10, 5);
INSERT INTO numbers (k, a, b) VALUES ('two', 1, 0);
INSERT INTO numbers (k, a, b) VALUES ('three', 9, 3);
SELECT * FROM quotients EMIT CHANGES;
--> ["one", 2]
--> ["two", null]
--> ["three", 3]
