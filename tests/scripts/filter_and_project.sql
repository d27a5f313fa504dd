-- A stream is filtered and reshaped; NULL in a condition drops the row; a missing field is NULL.
CREATE STREAM pageviews (userid VARCHAR KEY, pageid VARCHAR, viewtime BIGINT) WITH (kafka_topic='pageviews', value_format='JSON', partitions=1);
INSERT INTO pageviews (userid, pageid, viewtime, ROWTIME) VALUES ('alice', 'home', 100, 1000);
INSERT INTO pageviews (userid, pageid, viewtime, ROWTIME) VALUES ('bob', 'cart', 20, 2000);
INSERT INTO pageviews (userid, pageid, ROWTIME) VALUES ('carol', 'home', 3000);
CREATE STREAM long_views AS SELECT userid, UCASE(pageid) AS page, viewtime / 10 AS tenths, ROWTIME AS seen FROM pageviews WHERE viewtime >= 20 EMIT CHANGES;
INSERT INTO pageviews (userid, pageid, viewtime, ROWTIME) VALUES ('dave', 'faq', 55, 4000);
SELECT * FROM long_views EMIT CHANGES;
--> ["alice", "HOME", 10, 1000]
--> ["bob", "CART", 2, 2000]
--> ["dave", "FAQ", 5, 4000]
SELECT nothing FROM pageviews EMIT CHANGES;
--! NOTHING
SELECT * FROM nowhere EMIT CHANGES;
--! NOWHERE
