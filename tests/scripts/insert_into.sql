-- Two queries may write into one stream.
CREATE STREAM a (k VARCHAR KEY, v INTEGER) WITH (kafka_topic='a', value_format='JSON', partitions=1);
CREATE STREAM b (k VARCHAR KEY, v INTEGER) WITH (kafka_topic='b', value_format='JSON', partitions=1);
CREATE STREAM both (k VARCHAR KEY, v INTEGER) WITH (kafka_topic='both', value_format='JSON', partitions=1);
INSERT INTO both SELECT * FROM a EMIT CHANGES;
INSERT INTO both SELECT k, v * 10 AS v FROM b EMIT CHANGES;
INSERT INTO a (k, v) VALUES ('x', 1);
INSERT INTO b (k, v) VALUES ('y', 2);
SELECT * FROM both EMIT CHANGES;
--> ["x", 1]
--> ["y", 20]
INSERT INTO both SELECT k, CAST(v AS VARCHAR) AS v FROM a EMIT CHANGES;
--! schema
