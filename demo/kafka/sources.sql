-- The sources of pipeline.sql on Kafka's Connect, each in the place of the one of the same name there: nothing else differs.

-- No JDBC source for Kafka's Connect is on Maven Central. Debezium captures changes instead of polling, and wraps rows in what became of them.
CREATE EXTERNAL SOURCE my-postgres-jdbc WITH ( \
      connector.class=PostgresConnector, \
      tasks.max=1, \
      database.hostname=localhost, \
      database.port=15432, \
      database.dbname=shop, \
      database.user=shop, \
      database.password=shop-secret, \
      table.include.list=public.users, \
      plugin.name=pgoutput, \
      publication.autocreate.mode=filtered, \
      poll.interval.ms=50, \
      message.key.columns=public.users:userid, \
      topic.prefix=test-postgres-jdbc-, \
      transforms='unwrap,route', \
      transforms.unwrap.type=io.debezium.transforms.ExtractNewRecordState, \
      transforms.route.type=org.apache.kafka.connect.transforms.RegexRouter, \
      transforms.route.regex='(.*)[.]public[.](.*)', \
      transforms.route.replacement='$1$2');

-- Nor is there a Datagen: an application has left its page views in a file, a line each.
CREATE EXTERNAL SOURCE pageviews-source WITH ( \
      connector.class=FileStreamSource, \
      file=pageviews.txt, \
      topic=pageviews, \
      value.converter=org.apache.kafka.connect.storage.StringConverter);
