-- HISTOGRAM counts texts. NULL is the bar null, which stays at one, as ksqlDB has it.
CREATE STREAM votes (poll VARCHAR KEY, choice VARCHAR) WITH (kafka_topic='votes', value_format='JSON', partitions=1);
CREATE TABLE bars AS SELECT poll, HISTOGRAM(choice) AS h, COUNT(*) AS n FROM votes GROUP BY poll EMIT CHANGES;
INSERT INTO votes (poll, choice) VALUES ('p', 'a');
INSERT INTO votes (poll, choice) VALUES ('p', 'a');
INSERT INTO votes (poll) VALUES ('p');
INSERT INTO votes (poll) VALUES ('p');
SELECT * FROM bars WHERE poll = 'p';
--> ["p", {"a": 2, "null": 1}, 4]
