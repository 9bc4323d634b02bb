-- bool, oid, reg types, row types, domains' absence of surprises; casts between families; bits, uuid, json.
SELECT 't'::bool, 'TRUE'::bool, ' on '::bool, '0'::bool, 'n'::bool, true > false, true::text, bool 'f';
SELECT ''::bool;
SELECT '2'::bool;
SELECT bool_and(b), bool_or(b) FROM (VALUES (true), (false), (NULL)) v(b);
SELECT b, count(*) FROM (VALUES (true), (false), (NULL), (true)) v(b) GROUP BY b ORDER BY b;
SELECT 'a'::name || 'b', 'abc'::name < 'abd'::name, 'x'::name = 'x'::text;
SELECT 1::oid, 1::oid < 2, 5::oid::int8, 'x'::"char"::int, 65::"char";
SELECT '(0,1)'::tid, '(0,1)'::tid < '(0,2)'::tid, '0/16B3740'::pg_lsn, '0/10'::pg_lsn - '0/8'::pg_lsn;
SELECT 'bad'::tid;
SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid, '{A0EEBC999C0B4EF8BB6D6BB9BD380A11}'::uuid;
SELECT 'bad'::uuid;
SELECT 5::int2::int8::numeric::float8::text, '5'::text::int::bool, 1.7::float4::int2, 'a'::text::char, 'abc'::bpchar::text;
SELECT 1::text::numeric(5,1), '1.25'::varchar::float8, 12.5::varchar(3), 12345::varchar(3);
SELECT 123::char(2);
SELECT 1::date;
SELECT '1'::text::date;
SELECT date '2020-01-01'::timestamp::time, timestamp '2020-01-01 10:20'::date, time '10:20'::interval, interval '26:30'::time;
CREATE TABLE ty (b bool, i2 int2, i8 int8, f4 float4, n numeric, t text, c char(2), by bytea, d date, ts timestamp, tz timestamptz, iv interval, u uuid);
INSERT INTO ty VALUES (true, 1, 2, 3.5, 4.25, 'five', 'si', '\x07', '2008-08-08', '2009-09-09 09:09', '2010-10-10 10:10Z', '11 days', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'), (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
\x on
SELECT * FROM ty ORDER BY b;
\x off
INSERT INTO ty (i2) VALUES (40000);
INSERT INTO ty (i2) VALUES (1.6), ('7'), (2::int8);
SELECT i2 FROM ty WHERE i2 IS NOT NULL ORDER BY 1;
INSERT INTO ty (b) VALUES (1);
INSERT INTO ty (d) VALUES ('2020-01-01 10:00');
INSERT INTO ty (c) VALUES ('abc');
SELECT count(*) FROM ty;
SELECT x FROM (VALUES (1), (2.5), (NULL)) v(x) ORDER BY x DESC NULLS LAST;
SELECT 'abc' = 'abc'::varchar, 'abc'::varchar = 'abc'::char(5), 'abc'::text = 'abc'::char(5);
SELECT ROW(1, 'a', 2.5)::text, (ROW(1, 2)).f1;
SELECT r FROM (VALUES (1, 'x'), (2, 'a"b')) r;
SELECT ''::text IS NULL, NULL::text || 'x' IS NULL;
SELECT hashtext('x') = hashtext('x'), pg_column_size(1::int8), pg_column_size('abc'::text);
