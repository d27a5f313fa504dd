-- GROUP BY over a foreign-key join: a result that changes or goes away is taken out of its old group first.
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer VARCHAR, amount INTEGER) WITH (kafka_topic='orders', value_format='JSON', partitions=1);
CREATE TABLE customers (name VARCHAR PRIMARY KEY, city VARCHAR) WITH (kafka_topic='customers', value_format='JSON', partitions=1);
CREATE TABLE sales AS SELECT c.city, COUNT(*) AS n, SUM(o.amount) AS total
  FROM orders o JOIN customers c ON o.customer = c.name WHERE o.amount > 0 GROUP BY c.city EMIT CHANGES;
INSERT INTO customers (name, city) VALUES ('ann', 'Oslo');
INSERT INTO customers (name, city) VALUES ('bob', 'Rome');
INSERT INTO orders (id, customer, amount) VALUES (1, 'ann', 10);
INSERT INTO orders (id, customer, amount) VALUES (2, 'ann', 5);
SELECT * FROM sales;
--> ["Oslo", 2, 15]
INSERT INTO orders (id, customer, amount) VALUES (2, 'bob', 7);
SELECT * FROM sales;
--> ["Oslo", 1, 10]
--> ["Rome", 1, 7]
INSERT INTO customers (name, city) VALUES ('ann', 'Rome');
SELECT * FROM sales;
--> ["Oslo", 0, 0]
--> ["Rome", 2, 17]
INSERT INTO orders (id, customer, amount) VALUES (1, 'ann', 0);
SELECT * FROM sales;
--> ["Oslo", 0, 0]
--> ["Rome", 1, 7]
