-- LIKE: % is any text, _ one character; ESCAPE takes the character before either literally. What fails gives NULL and a row in the log.
-- (Text joined with a NULL by + holds the word null.)

CREATE STREAM texts (id INT KEY, s STRING, p STRING) WITH (kafka_topic='texts', value_format='JSON', partitions=1);

CREATE STREAM found AS
  SELECT id, s LIKE 'a%' AS a, s LIKE p AS b, s NOT LIKE '%!%%' ESCAPE '!' AS c, s LIKE 'a!' ESCAPE '!' AS d, s LIKE NULL AS e,
    s LIKE '%' + p + '%' AS f
  FROM texts;

INSERT INTO texts VALUES (1, 'abc', '_b_');
INSERT INTO texts VALUES (2, '5 %', 'x');
INSERT INTO texts VALUES (3, NULL, '%');
INSERT INTO texts VALUES (4, 'a!', NULL);

ASSERT VALUES found (id, a, b, c, d, e, f) VALUES (1, TRUE, TRUE, TRUE, NULL, NULL, TRUE);
ASSERT VALUES found (id, a, b, c, d, e, f) VALUES (2, FALSE, FALSE, FALSE, NULL, NULL, FALSE);
ASSERT VALUES found (id, a, b, c, d, e, f) VALUES (3, NULL, NULL, NULL, NULL, NULL, NULL);
ASSERT VALUES found (id, a, b, c, d, e, f) VALUES (4, TRUE, NULL, TRUE, NULL, NULL, FALSE);
