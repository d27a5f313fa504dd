-- A stream joined with a table sees the table's row of that moment; a LEFT JOIN keeps what has no match; a deletion takes the match away.
CREATE TABLE users (userid VARCHAR PRIMARY KEY, regionid VARCHAR, gender VARCHAR) WITH (kafka_topic='users', value_format='JSON', partitions=1);
CREATE STREAM pageviews (userid VARCHAR KEY, pageid VARCHAR) WITH (kafka_topic='pageviews', value_format='JSON', partitions=1);
CREATE STREAM enriched AS SELECT p.userid AS userid, p.pageid, u.regionid FROM pageviews p JOIN users u ON p.userid = u.userid EMIT CHANGES;
CREATE STREAM enriched_left AS SELECT p.userid AS userid, p.pageid, u.regionid FROM pageviews p LEFT JOIN users u ON p.userid = u.userid EMIT CHANGES;
INSERT INTO users (userid, regionid, gender, ROWTIME) VALUES ('alice', 'Region_1', 'FEMALE', 100);
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('alice', 'home', 200);
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('bob', 'home', 210);
INSERT INTO users (userid, regionid, gender, ROWTIME) VALUES ('alice', 'Region_2', 'FEMALE', 300);
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('alice', 'cart', 400);
SELECT * FROM enriched EMIT CHANGES;
--> ["alice", "home", "Region_1"]
--> ["alice", "cart", "Region_2"]
SELECT * FROM enriched_left EMIT CHANGES;
--> ["alice", "home", "Region_1"]
--> ["bob", "home", null]
--> ["alice", "cart", "Region_2"]
