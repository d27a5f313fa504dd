-- A function call, an explicit CAST, and each item of an ARRAY, MAP or STRUCT that fails is NULL for itself; what is around it goes on.
CREATE STREAM texts (k VARCHAR KEY, a INTEGER, s VARCHAR, l ARRAY<INTEGER>) WITH (kafka_topic='texts', value_format='JSON', partitions=1);
INSERT INTO texts (k, a, s, l) VALUES ('fits', 4, '16', ARRAY[1, 2]);
INSERT INTO texts (k, s, l) VALUES ('fails', 'x', ARRAY[1, NULL]);
SELECT k, COALESCE(CAST(s AS INT), -1) AS i, COALESCE(ABS(a + 1), -1) AS n FROM texts EMIT CHANGES;
--> ["fits", 16, 5]
--> ["fails", -1, -1]
-- Arithmetic catches nothing: the column is NULL, or the call that the arithmetic is an argument of.
SELECT k, COALESCE(a + 1, -1) AS c, a + 1 AS n FROM texts EMIT CHANGES;
--> ["fits", 5, 5]
--> ["fails", null, null]
SELECT k, ARRAY[a + 1, 7] AS xs, STRUCT(x := a + 1, y := 'y') AS st FROM texts EMIT CHANGES;
--> ["fits", [5, 7], {"X": 5, "Y": "y"}]
--> ["fails", [null, 7], {"X": null, "Y": "y"}]
-- In a lambda a failure fails the call that the lambda is given to.
SELECT k, TRANSFORM(l, x => x + 1) AS t, REDUCE(TRANSFORM(l, x => x + 1), 0, (t, x) => t + x) AS r FROM texts EMIT CHANGES;
--> ["fits", [2, 3], 5]
--> ["fails", null, 0]
-- Comparisons see the NULL, and are FALSE.
SELECT k, CAST(s AS INT) = 16 AS eq, CAST(s AS INT) IS NULL AS missing FROM texts EMIT CHANGES;
--> ["fits", true, false]
--> ["fails", false, true]
-- Text that is compared with a date is read as one, and nothing catches it there.
SELECT k, PARSE_DATE('2020-0' + SUBSTRING(s, 1, 1) + '-01', 'yyyy-MM-dd') < '2020-02-01' AS early FROM texts EMIT CHANGES;
--> ["fits", true]
--> ["fails", null]
