-- Text is cut in UTF-16 units, so a cut can fall inside a character; the half is written as it is.
CREATE STREAM faces (k VARCHAR KEY, s VARCHAR) WITH (kafka_topic='faces', value_format='JSON', partitions=1);
CREATE STREAM cut AS SELECT k, SUBSTRING(s, 2) AS rest, SUBSTRING(s, 1, 2) AS face FROM faces EMIT CHANGES;
INSERT INTO faces (k, s) VALUES ('smile', '😀!');
INSERT INTO faces (k, s) VALUES ('plain', 'abc');
SELECT * FROM cut EMIT CHANGES;
--> ["smile", "\ude00!", "😀"]
--> ["plain", "bc", "ab"]
