-- Two tables joined by primary key give a table that follows both.
CREATE TABLE names (id INTEGER PRIMARY KEY, name VARCHAR) WITH (kafka_topic='names', value_format='JSON', partitions=1);
CREATE TABLE cities (id INTEGER PRIMARY KEY, city VARCHAR) WITH (kafka_topic='cities', value_format='JSON', partitions=1);
CREATE TABLE people AS SELECT n.id AS id, n.name, c.city FROM names n LEFT JOIN cities c ON n.id = c.id EMIT CHANGES;
INSERT INTO names (id, name) VALUES (1, 'alice');
INSERT INTO cities (id, city) VALUES (1, 'Oslo');
INSERT INTO names (id, name) VALUES (2, 'bob');
INSERT INTO names (id, name) VALUES (1, 'alicia');
SELECT * FROM people WHERE id = 1;
--> [1, "alicia", "Oslo"]
SELECT * FROM people WHERE id = 2;
--> [2, "bob", null]
