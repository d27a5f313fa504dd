-- A windowed table can be grouped again, as a table or as the stream of its changes: the groups are of all windows.
CREATE STREAM clicks (k STRING KEY, v INT) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);
CREATE TABLE counts AS SELECT k, COUNT(*) AS n FROM clicks WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY k;
CREATE STREAM changes (k STRING KEY, n BIGINT) WITH (kafka_topic='COUNTS', value_format='JSON', window_type='TUMBLING', window_size='10 SECONDS');
CREATE TABLE changes_by_key AS SELECT k, COUNT(*) AS c FROM changes GROUP BY k;
CREATE TABLE windows_by_key AS SELECT k, COUNT(*) AS c, SUM(n) AS total FROM counts GROUP BY k;
CREATE TABLE windows_by_count AS SELECT n, COUNT(*) AS c FROM counts GROUP BY n;
INSERT INTO clicks (rowtime, k) VALUES (1, 'a');
INSERT INTO clicks (rowtime, k) VALUES (2, 'a');
INSERT INTO clicks (rowtime, k) VALUES (15000, 'a');
SELECT k, WINDOWSTART, n FROM counts;
--> ["a", 0, 2]
--> ["a", 10000, 1]
SELECT * FROM changes_by_key;
--> ["a", 3]
SELECT * FROM windows_by_key;
--> ["a", 2, 3]
SELECT * FROM windows_by_count;
--> [1, 1]
--> [2, 1]
ASSERT VALUES changes_by_key VALUES ('a', 1);
ASSERT VALUES changes_by_key VALUES ('a', 2);
ASSERT VALUES changes_by_key VALUES ('a', 3);
-- A stream of windows that is only filtered stays windowed.
CREATE STREAM many AS SELECT k, n FROM changes WHERE n > 1;
INSERT INTO clicks (rowtime, k) VALUES (16000, 'a');
ASSERT VALUES many (k, windowstart, windowend, n) VALUES ('a', 0, 10000, 2);
ASSERT VALUES many (k, windowstart, windowend, n) VALUES ('a', 10000, 20000, 2);
