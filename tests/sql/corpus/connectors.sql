-- ksqlDB's spelling, KLIP 7's, and Millstream's own statements.
CREATE SOURCE CONNECTOR jdbc WITH ('connector.class'='JdbcSource', "tasks.max"=1, flag=true, nothing=NULL, 'n'=-1.5);
CREATE SINK CONNECTOR IF NOT EXISTS `es-1` WITH ('connector.class' = 'Elastic', connection.url='http://localhost:9200');
CREATE EXTERNAL SOURCE my-postgres-jdbc WITH ( \
      connector.class="io.confluent.connect.jdbc.jdbcSourceConnector", \ 
      tasks.max=1, \
      connection.url=jdbc:postgresql://localhost:5432/my-db?user=a&ssl=false, \
      query="SELECT a, b FROM t WHERE c = 'x';", note='it''s', -- why
      pattern=/data/*/x--y, password=${file:/etc/secrets:pg},
      escaped=a\b);
CREATE SINK CONNECTOR `My-Sink` FROM my-table1 WITH ('connector.class'='Elastic');
CREATE EXTERNAL SINK IF NOT EXISTS My-Sink FROM my-table1 WITH (connector.class=Elastic, topic.creation.default.partitions = 3);
CREATE EXTERNAL SINK `from-x` FROM Orders WITH ("a b"=c, `d`=e);
SHOW EXTERNAL SOURCES; SHOW EXTERNAL SINKS; SHOW CONNECTORS; SHOW SOURCE CONNECTORS; LIST SINK CONNECTORS; SHOW CONNECTOR PLUGINS;
DESCRIBE my-postgres-jdbc; DESCRIBE My-Sink EXTENDED; DESCRIBE CONNECTOR jdbc; DESCRIBE CONNECTOR my-postgres-jdbc; DESCRIBE CONNECTOR `Es`;
DESCRIBE CONNECTOR PLUGIN io.confluent.connect.jdbc.JdbcSourceConnector SEARCH 'time'; DESCRIBE CONNECTOR PLUGIN 'x'; DESCRIBE CONNECTOR PLUGIN;
DROP CONNECTOR jdbc; DROP CONNECTOR IF EXISTS my-x; DROP EXTERNAL SOURCE my-postgres-jdbc TERMINATE; DROP EXTERNAL SINK IF EXISTS My-Sink;
PAUSE CONNECTOR jdbc; RESUME CONNECTOR my-x; STOP CONNECTOR `a b`; RESTART CONNECTOR jdbc; RESTART FAILED TASKS OF CONNECTOR jdbc;
ALTER CONNECTOR jdbc SET ('tasks.max'='2', poll.interval.ms=10); ALTER CONNECTOR jdbc UNSET ('a', b.c);
ALTER CONNECTOR jdbc SET OFFSETS '{"a": 1}'; ALTER CONNECTOR my-x RESET OFFSETS;
SHOW CREATE CONNECTOR jdbc; SHOW CONNECTOR OFFSETS jdbc;
