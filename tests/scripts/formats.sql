-- The same rows through each text format; a query changes the format.
CREATE STREAM csv (k VARCHAR KEY, a INTEGER, b VARCHAR, c DOUBLE) WITH (kafka_topic='csv', value_format='DELIMITED', partitions=1);
INSERT INTO csv (k, a, b, c) VALUES ('x', 1, 'say "hi", please', 1.5);
CREATE STREAM js WITH (value_format='JSON') AS SELECT * FROM csv EMIT CHANGES;
CREATE STREAM sr WITH (value_format='JSON_SR') AS SELECT * FROM js EMIT CHANGES;
CREATE STREAM kf WITH (value_format='KAFKA') AS SELECT k, a FROM sr EMIT CHANGES;
SELECT * FROM js EMIT CHANGES;
--> ["x", 1, "say \"hi\", please", 1.5]
SELECT * FROM sr EMIT CHANGES;
--> ["x", 1, "say \"hi\", please", 1.5]
SELECT * FROM kf EMIT CHANGES;
--> ["x", 1]
CREATE STREAM bad WITH (value_format='KAFKA') AS SELECT * FROM js EMIT CHANGES;
--! KAFKA
