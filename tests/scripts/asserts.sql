-- ASSERT VALUES goes through the records of a relation one by one; ASSERT STREAM and ASSERT TABLE compare definitions.
CREATE STREAM clicks (id INT KEY, page VARCHAR, n BIGINT, d DECIMAL(4, 2), t TIMESTAMP) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);
CREATE STREAM big WITH (value_format='AVRO') AS SELECT id, page, n * 2 AS twice, d, t FROM clicks WHERE n > 1 EMIT CHANGES;
CREATE TABLE counts AS SELECT page, COUNT(*) AS n FROM clicks GROUP BY page HAVING COUNT(*) < 2 EMIT CHANGES;
INSERT INTO clicks (rowtime, id, page, n, d, t) VALUES (10, 1, 'a', 1, 1.5, '2020-01-01T00:00:00');
INSERT INTO clicks (rowtime, id, page, n) VALUES (20, 2, 'a', 5);
INSERT INTO clicks (rowtime, id, page, n, d) VALUES (30, 3, NULL, 7, 2);
-- Every column, where none is named; expressions are allowed.
ASSERT VALUES clicks VALUES (1, 'a', 1, 1.50, '2020-01-01T00:00:00');
ASSERT VALUES clicks (id, n, d) VALUES (1 + 1, 5, NULL);
-- Only named columns are compared.
ASSERT VALUES big (rowtime, id, twice) VALUES (20, 2, 10);
ASSERT VALUES big (id, twice) VALUES (3, 15);
--! Record 2 of BIG is not as asserted.
ASSERT VALUES big (id, page, twice, d) VALUES (3, NULL, 14, 2.00);
ASSERT VALUES big (id) VALUES (4) TIMEOUT 10 MILLISECONDS;
--! Record 3 of BIG did not come within 10 ms: it has 2 records.
ASSERT VALUES big (id, rowoffset) VALUES (2, 0) OFFSET 0;
ASSERT VALUES counts VALUES ('a', 1);
ASSERT VALUES counts (page, n) VALUES ('a', 2);
--! got:      a tombstone with PAGE = a
ASSERT NULL VALUES counts (page) KEY ('b');
--! expected: a tombstone with PAGE = b
ASSERT NULL VALUES counts (page) KEY ('a');
ASSERT NULL VALUES counts KEY ('a') OFFSET 0;
--! got:      PAGE = a, N = 1
-- What no record can have is refused.
ASSERT VALUES nothing VALUES (1);
--! NOTHING does not exist
ASSERT VALUES big (id, colour) VALUES (1, 'red');
--! Column `COLOUR` does not exist
ASSERT VALUES big (id) VALUES (1, 2);
--! 1 columns (ID) and 2 values
ASSERT VALUES big (id) VALUES ('x');
--! Expected type INTEGER
ASSERT NULL VALUES counts (page, n) KEY ('a', 1);
--! A tombstone has no column `N`
ASSERT VALUES big (windowstart) VALUES (1);
--! Column `WINDOWSTART` does not exist
-- Windowed relations have the window's bounds.
CREATE TABLE windows AS SELECT page, COUNT(*) AS n FROM clicks WINDOW TUMBLING (SIZE 20 MILLISECONDS) GROUP BY page EMIT CHANGES;
ASSERT VALUES windows (page, windowstart, windowend, n) VALUES ('a', 0, 20, 1);
ASSERT VALUES windows (page, windowstart, windowend, n) VALUES ('a', 20, 40, 1);
CREATE TABLE sessions AS SELECT page, COUNT(*) AS n FROM clicks WINDOW SESSION (20 MILLISECONDS) GROUP BY page EMIT CHANGES;
ASSERT VALUES sessions (page, windowstart, windowend, n) VALUES ('a', 10, 10, 1);
ASSERT NULL VALUES sessions (page, windowstart, windowend) KEY ('a', 10, 10);
ASSERT VALUES sessions (page, windowstart, windowend, n) VALUES ('a', 10, 20, 2);
-- Definitions: kind, all columns where any is written, the properties that are written.
ASSERT STREAM clicks;
ASSERT STREAM big (id INT KEY, page STRING, twice BIGINT, d DECIMAL(4, 2), t TIMESTAMP) WITH (kafka_topic='BIG', value_format='avro', key_format='KAFKA', partitions=1);
ASSERT TABLE counts (page STRING PRIMARY KEY, n BIGINT);
ASSERT TABLE windows WITH (window_type='tumbling', window_size='20 MILLISECONDS', format='JSON');
--! FORMAT: expected JSON, got KEY_FORMAT KAFKA and VALUE_FORMAT JSON
ASSERT TABLE windows WITH (window_type='tumbling', window_size='20 MILLISECONDS');
ASSERT TABLE big;
--! BIG is no table, it is a stream.
ASSERT STREAM small;
--! SMALL does not exist.
ASSERT STREAM big (id INT KEY, page STRING);
--! got:      `ID` INTEGER KEY, `PAGE` STRING, `TWICE` BIGINT
ASSERT STREAM big WITH (value_format='JSON', kafka_topic='big');
--! VALUE_FORMAT: expected JSON, got AVRO; KAFKA_TOPIC: expected big, got BIG
ASSERT STREAM big WITH (cleanup_policy='compact');
--! CLEANUP_POLICY of BIG cannot be asserted.
