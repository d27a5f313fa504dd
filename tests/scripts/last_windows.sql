-- The last windows there are end with the last time that a BIGINT holds, for who reads them pushed and pulled.
CREATE STREAM late_views (userid VARCHAR KEY, pageid VARCHAR) WITH (kafka_topic='late_views', value_format='JSON', partitions=1);
CREATE TABLE last_counts AS SELECT pageid, COUNT(*) AS views FROM late_views WINDOW TUMBLING (SIZE 10 SECONDS) GROUP BY pageid EMIT CHANGES;
CREATE TABLE last_hops AS SELECT pageid, COUNT(*) AS views FROM late_views WINDOW HOPPING (SIZE 10 SECONDS, ADVANCE BY 10 SECONDS) GROUP BY pageid EMIT CHANGES;
INSERT INTO late_views (userid, pageid, ROWTIME) VALUES ('a', 'home', 9223372036854775806);
INSERT INTO late_views (userid, pageid, ROWTIME) VALUES ('b', 'home', 9223372036854775806);
SELECT pageid, WINDOWSTART, WINDOWEND, views FROM last_counts WHERE pageid = 'home';
--> ["home", 9223372036854770000, 9223372036854775807, 2]
SELECT pageid, WINDOWSTART, WINDOWEND, views FROM last_hops;
--> ["home", 9223372036854770000, 9223372036854775807, 2]
SELECT pageid, WINDOWSTART, WINDOWEND, views FROM last_counts EMIT CHANGES;
--> ["home", 9223372036854770000, 9223372036854775807, 1]
--> ["home", 9223372036854770000, 9223372036854775807, 2]
