-- A relation that a query uses is not dropped; TERMINATE stops the query; DELETE TOPIC takes the data along.
CREATE STREAM s (k VARCHAR KEY, v INTEGER) WITH (kafka_topic='s', value_format='JSON', partitions=1);
CREATE STREAM d AS SELECT k, v + 1 AS v FROM s EMIT CHANGES;
DROP STREAM s;
--! D
TERMINATE ALL;
DROP STREAM d DELETE TOPIC;
DROP STREAM s;
SELECT * FROM s EMIT CHANGES;
--! S
DROP STREAM IF EXISTS s;
