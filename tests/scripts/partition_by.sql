-- PARTITION BY gives a stream another key; the old key becomes a value.
CREATE STREAM clicks (userid VARCHAR KEY, pageid VARCHAR) WITH (kafka_topic='clicks', value_format='JSON', partitions=1);
CREATE STREAM by_page AS SELECT pageid, userid FROM clicks PARTITION BY pageid EMIT CHANGES;
INSERT INTO clicks (userid, pageid) VALUES ('alice', 'home');
INSERT INTO clicks (userid, pageid) VALUES ('bob', 'cart');
SELECT * FROM by_page EMIT CHANGES;
--> ["home", "alice"]
--> ["cart", "bob"]
