-- Variables are replaced before a statement is read; custom types stand for what they were created as.
DEFINE name = 'inputs';
CREATE TYPE point AS STRUCT<x INTEGER, y INTEGER>;
CREATE STREAM ${name} (k VARCHAR KEY, p point) WITH (kafka_topic='${name}', value_format='JSON', partitions=1);
INSERT INTO inputs (k, p) VALUES ('a', STRUCT(x := 1, y := 2));
SELECT k, p->x + p->y AS total FROM inputs EMIT CHANGES;
--> ["a", 3]
DROP TYPE point;
CREATE STREAM other (k VARCHAR KEY, p point) WITH (kafka_topic='other', value_format='JSON', partitions=1);
--! POINT
