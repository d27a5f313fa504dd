-- A tumbling window counts by key; a late record counts within the grace period and is dropped behind it; pull queries read the counts.
CREATE STREAM pageviews (userid VARCHAR KEY, pageid VARCHAR) WITH (kafka_topic='pageviews', value_format='JSON', partitions=1);
CREATE TABLE counts AS SELECT pageid, COUNT(*) AS views FROM pageviews WINDOW TUMBLING (SIZE 10 SECONDS, GRACE PERIOD 5 SECONDS) GROUP BY pageid EMIT CHANGES;
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('a', 'home', 1000);
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('b', 'home', 9999);
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('c', 'home', 12000);
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('d', 'home', 5000);
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('e', 'home', 15000);
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('f', 'home', 6000);
SELECT pageid, WINDOWSTART, WINDOWEND, views FROM counts WHERE pageid = 'home';
--> ["home", 0, 10000, 3]
--> ["home", 10000, 20000, 2]
SELECT pageid, WINDOWSTART, views FROM counts WHERE pageid = 'home' AND WINDOWSTART >= 10000;
--> ["home", 10000, 2]
SELECT pageid, views FROM counts EMIT CHANGES;
--> ["home", 1]
--> ["home", 2]
--> ["home", 1]
--> ["home", 3]
--> ["home", 2]
