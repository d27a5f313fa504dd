-- Statements that make no sense are refused before anything happens.
CREATE STREAM s (k VARCHAR KEY, v INTEGER, w VARCHAR) WITH (kafka_topic='s', value_format='JSON', partitions=1);
CREATE TABLE t (k VARCHAR PRIMARY KEY, v INTEGER) WITH (kafka_topic='t', value_format='JSON', partitions=1);
CREATE STREAM s (k VARCHAR KEY) WITH (kafka_topic='s2', value_format='JSON', partitions=1);
--! already exists
CREATE TABLE x (v INTEGER) WITH (kafka_topic='x', value_format='JSON', partitions=1);
--! PRIMARY KEY
CREATE STREAM x (k VARCHAR KEY, v INTEGER) WITH (kafka_topic='x', value_format='JASON', partitions=1);
--! JASON
CREATE STREAM x AS SELECT k, v + w AS z FROM s WHERE v = w EMIT CHANGES;
--! Cannot compare
CREATE STREAM x AS SELECT k, COUNT(*) AS n FROM s GROUP BY k EMIT CHANGES;
--! TABLE
CREATE TABLE x AS SELECT * FROM s EMIT CHANGES;
--! STREAM
SELECT k, UCASE(v) FROM s EMIT CHANGES;
--! UCASE
SELECT FROM s;
--! Syntax Error
DROP STREAM t;
--! TABLE
DROP STREAM missing;
--! MISSING
