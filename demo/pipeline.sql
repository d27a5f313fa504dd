-- The main job: page views joined with users who live in Postgres, counted by window, sent on to Postgres and to a file.
-- `make demo` types it for you. To paste it yourself: start Postgres with the tables of demo/tables.sql on localhost:15432, then `millstream`.
-- `make demo-kafka` types the same over Kafka and its Connect. Only the two sources are other classes there: see demo/kafka/sources.sql.

-- ## A connector brings the users table out of Postgres
CREATE EXTERNAL SOURCE my-postgres-jdbc WITH ( \
      connector.class="io.confluent.connect.jdbc.jdbcSourceConnector", \
      tasks.max=1, \
      connection.url=jdbc:postgresql://localhost:15432/shop, \
      connection.user=shop, \
      connection.password=shop-secret, \
      table.whitelist=users, \
      mode=timestamp+incrementing, \
      timestamp.column.name=updated, \
      incrementing.column.name=id, \
      poll.interval.ms=200, \
      key=userid, \
      topic.prefix=test-postgres-jdbc-);
SHOW EXTERNAL SOURCES;
DESCRIBE my-postgres-jdbc;

-- ## Its topic becomes a table; the columns come from the topic
CREATE TABLE users_original WITH (kafka_topic = 'test-postgres-jdbc-users');
DESCRIBE users_original;

-- ## Another connector makes up page views; a stream is declared over them
CREATE EXTERNAL SOURCE pageviews-source WITH ( \
      connector.class=DatagenConnector, \
      quickstart=pageviews, \
      kafka.topic=pageviews, \
      users.count=10000, \
      iterations=10000, \
      max.interval=1, \
      random.seed=7, \
      value.converter=org.apache.kafka.connect.json.JsonConverter);
CREATE STREAM pageviews_original (viewtime BIGINT, userid VARCHAR, pageid VARCHAR)
  WITH (kafka_topic='pageviews', value_format='CONNECT_JSON', timestamp='viewtime');

-- ## Every page view is joined with its user
CREATE STREAM pageviews_enriched AS
  SELECT v.userid AS userid, AS_VALUE(v.userid) AS visitor, v.viewtime, v.pageid, u.regionid, u.gender
  FROM pageviews_original v
  LEFT JOIN users_original u ON v.userid = u.userid
  EMIT CHANGES;
SELECT * FROM pageviews_enriched EMIT CHANGES LIMIT 5;

-- ## A window counts the views of each region and gender
CREATE TABLE views_by_region WITH (key_format='JSON') AS
  SELECT regionid, gender, AS_VALUE(regionid) AS region, AS_VALUE(gender) AS sex, COUNT(*) AS views
  FROM pageviews_enriched
  WINDOW TUMBLING (SIZE 10 SECONDS)
  GROUP BY regionid, gender
  EMIT CHANGES;
SELECT regionid, gender, WINDOWSTART, views FROM views_by_region EMIT CHANGES LIMIT 5;

-- ## The result flows out: into a table of Postgres, and into a file
CREATE EXTERNAL SINK enriched-to-postgres FROM pageviews_enriched WITH ( \
      connector.class=JdbcSinkConnector, \
      connection.url=jdbc:postgresql://localhost:15432/shop, \
      connection.username=shop, \
      connection.password=shop-secret, \
      collection.name.format=pageviews_enriched, \
      insert.mode=upsert, \
      primary.key.mode=record_value, \
      primary.key.fields=VIEWTIME, \
      schema.evolution=basic, \
      quote.identifiers=true);
CREATE EXTERNAL SINK views-to-postgres FROM pageviews_original WITH ( \
      connector.class=JdbcSinkConnector, \
      connection.url=jdbc:postgresql://localhost:15432/shop, \
      connection.username=shop, \
      connection.password=shop-secret, \
      collection.name.format=pageviews, \
      insert.mode=upsert, \
      primary.key.mode=record_value, \
      primary.key.fields=viewtime, \
      schema.evolution=basic, \
      quote.identifiers=true);
CREATE EXTERNAL SINK counts-to-file FROM views_by_region WITH ( \
      connector.class=FileStreamSink, \
      file=views_by_region.txt);
SHOW EXTERNAL SINKS;
SHOW QUERIES;
