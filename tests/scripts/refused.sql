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
-- Topics that cannot be are refused before anything happens.
CREATE STREAM bad (id INT KEY, v INT) WITH (kafka_topic='bad', value_format='JSON', partitions=0);
--! cannot have 0 partitions
CREATE STREAM bad (id INT KEY, v INT) WITH (kafka_topic='bad', value_format='JSON', partitions=2000000000);
--! expected at most 10000
CREATE STREAM bad (id INT KEY, v INT) WITH (kafka_topic='not a topic', value_format='JSON', partitions=1);
--! Topic name 'not a topic' is not legal
CREATE STREAM bad (id INT KEY, v INT) WITH (kafka_topic='bad', value_format='JSON', partitions=1, replicas=0);
--! cannot have 0 replicas
CREATE STREAM bad (id INT KEY, v INT) WITH (kafka_topic='bad', value_format='JSON', partitions=1, retention_ms=-2);
--! RETENTION_MS of topic 'bad' cannot be -2
CREATE STREAM good (id INT KEY, v INT) WITH (kafka_topic='good', value_format='JSON', partitions=1, retention_ms=-1);
CREATE STREAM bad WITH (partitions=-1) AS SELECT * FROM good;
--! cannot have -1 partitions
CREATE STREAM as_many WITH (partitions=0) AS SELECT * FROM good;
ASSERT STREAM as_many WITH (partitions=1);
CREATE STREAM bad WITH (kafka_topic='a/b') AS SELECT * FROM good;
--! Topic name 'a/b' is not legal
CREATE STREAM bad WITH (cleanup_policy='never') AS SELECT * FROM good;
--! CLEANUP_POLICY of topic 'BAD' cannot be 'never'
CREATE SOURCE TABLE fixed (id INT PRIMARY KEY, v INT) WITH (kafka_topic='good', value_format='JSON');
ALTER TABLE fixed ADD COLUMN w INT;
--! not supported on source tables
DROP TABLE fixed;
INSERT INTO good (id, id) VALUES (1, 2);
--! line 1:23: Syntax Error
SELECT * FROM good;
