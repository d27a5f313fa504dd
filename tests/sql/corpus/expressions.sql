-- Every kind of expression, and where brackets matter.
SELECT 1, -1, - 1, - -1, -(-1), +1, -a, -(a + b), 00012, -9223372036854775808, 9223372036854775807 FROM s;
SELECT 1.5, .5, 1., -0.0, 1.23456789012345678901234567890, 1E3, 1e-3, .5E+10, 04.90E-324 FROM s;
SELECT 'it''s', '', '--no comment', '/* nor this */', ';', "quoted", "say ""hi""", `back``tick` FROM s;
SELECT a + b * c, (a + b) * c, a - b - c, a - (b - c), a / b % c, -a * b, -(a * b), a || b || c, a + (b || c) FROM s;
SELECT a AND b OR c, a AND (b OR c), NOT a AND b, NOT (a AND b), NOT NOT a, NOT a = b, (NOT a) = b FROM s;
SELECT a = b, a != b, a <> b, a < b, a <= b, a > b, a >= b, a IS DISTINCT FROM b, a IS NOT DISTINCT FROM b, (a = b) = c FROM s;
SELECT a IS NULL, a IS NOT NULL, (a IS NULL) IS NULL, a BETWEEN 1 AND 2 AND b, a NOT BETWEEN (b AND c) AND d FROM s;
SELECT a IN (1), a NOT IN (1, 'x', NULL), a LIKE '%', a NOT LIKE b || '%' FROM s;
SELECT CASE WHEN a THEN 1 END, CASE a + 1 WHEN 1 THEN 'x' WHEN 2 THEN 'y' ELSE CASE WHEN b THEN 'z' END END FROM s;
SELECT CAST(a AS BIGINT), CAST(a AS ARRAY<MAP<STRING, my_type>>), CAST(CAST(a AS STRING) AS DECIMAL(4, 2)) FROM s;
SELECT a[1], a[-1][b], a->b, a->b->`c d`[1]->e, s.a->b, `ARRAY`[1], ARRAY[1][1], ARRAY[], f(x)->y FROM s;
SELECT MAP(), MAP(1 := 2, a + 1 := b), MAP(a, b), `MAP`(), STRUCT(), STRUCT(x := 1, `y` := STRUCT(z := 2)), struct(a) FROM s;
SELECT COUNT(*), now(), f(a, b), `f`(a), TIMESTAMPADD(DAYS, 1, t), TIMESTAMPADD(MILLISECOND, day, hour) FROM s;
SELECT TRANSFORM(a, x => x + 1), REDUCE(m, 0, (acc, x) => acc + x), TRANSFORM(m, (k, v) => k, (k, v) => FILTER(v, y => y)) FROM s;
SELECT TRUE, False, NULL FROM s;
SELECT a /* one */ + -- two
  b FROM s;
SELECT a + b - c + d + e - (f - g) + a + b + c + d + e + f + g + a + b + c + d FROM s;
SELECT (a * b * c * d * e * f * g * a * b * c * d * e * f * g * a / 1 % 2) * 3 + 1, (a + b + c + d + e + f + g + a + b + c + d + e + f + g) + h + i + j FROM s;
SELECT a OR b OR c OR d OR e OR f OR g OR a OR b OR c OR d OR e OR f OR g OR (a OR b OR c) OR d AND e FROM s;
SELECT (a AND b AND c AND d AND e AND f AND g AND a AND b AND c AND d AND e AND f AND g AND a AND b) AND c AND (d AND e) OR NOT (a OR b) FROM s;
SELECT a || b || c || d || e || f || g || a || b || c || d || e || f || g || a || b || (c || d) FROM s;
