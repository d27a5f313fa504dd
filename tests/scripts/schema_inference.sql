-- Columns come from the schema registry when a statement declares none.
CREATE STREAM typed (k VARCHAR KEY, a INTEGER, tags ARRAY<VARCHAR>, place STRUCT<x DOUBLE, y DOUBLE>) WITH (kafka_topic='typed', value_format='JSON_SR', partitions=1);
INSERT INTO typed (k, a, tags, place) VALUES ('1', 7, ARRAY['p', 'q'], STRUCT(x := 1.5, y := 2.5));
CREATE STREAM inferred (k VARCHAR KEY) WITH (kafka_topic='typed', value_format='JSON_SR');
SELECT k, a, tags[2] AS second, place->y AS y FROM inferred EMIT CHANGES;
--> ["1", 7, "q", 2.5]
