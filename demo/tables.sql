-- The Postgres side of the demo, run by a superuser in the database shop: a role (change capture, on Kafka, replicates), and 10 000 users of a shop.
CREATE ROLE shop LOGIN REPLICATION PASSWORD 'shop-secret';
ALTER DATABASE shop OWNER TO shop;
SET ROLE shop;
CREATE TABLE users (
    id serial PRIMARY KEY,
    userid varchar(20) UNIQUE NOT NULL,
    regionid varchar(20) NOT NULL,
    gender varchar(10) NOT NULL,
    updated timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO users (userid, regionid, gender)
SELECT 'User_' || n, 'Region_' || (n % 9 + 1), (ARRAY['FEMALE', 'MALE', 'OTHER'])[n % 3 + 1]
FROM generate_series(1, 10000) AS n;
