/*
 * executor_cases.h - statements, and the rows PostgreSQL 15 gives for them
 *
 * Included by executor_test.c. QUERY stands alone; CHANGE belongs to a sequence. "#n" is the number
 * of rows a change affected.
 */
CHANGE("delete from acc",
      "#0")
CHANGE("delete from hist",
      "#0")
CHANGE("insert into acc select x, x * 100, 'note ' || x from generate_series(1, 1000) x",
      "#1000")
CHANGE("insert into hist values (1, 5), (2, -7), (3, null) returning id, delta",
      "1|5 2|-7 3| #3")
CHANGE("select count(*), sum(balance), min(note), max(note) from acc",
      "1000|50050000|note 1|note 999")
CHANGE("select balance from acc where id = 500",
      "50000")
CHANGE("select id from acc where id between 10 and 13 order by id desc",
      "13 12 11 10")
CHANGE("select id, note from acc where id in (3, 999, 2000, 3) order by id",
      "3|note 3 999|note 999")
CHANGE("select count(*) from acc where id < 100 or id > 990",
      "109")
CHANGE("select a.id, h.delta from acc a join hist h on a.id = h.id order by 1",
      "1|5 2|-7 3|")
CHANGE("select h.id, (select balance from acc a where a.id = h.id) from hist h order by "
      "1",
      "1|100 2|200 3|300")
CHANGE("update acc set balance = balance + 1 where id = 7 returning id, balance",
      "7|701 #1")
CHANGE("update acc set balance = balance + h.delta from hist h where acc.id = h.id retur"
      "ning acc.id, balance, h.delta",
      "1|105|5 2|193|-7 3|| #3")
CHANGE("update acc set note = null where id = 8 returning note is null",
      "t #1")
CHANGE("update acc set id = 5000 where id = 9",
      "#1")
CHANGE("update acc set id = 10 where id = 11",
      "ERROR duplicate key value violates unique constraint \"acc_pkey\" (Key (id)=(10)"
      " already exists.)")
CHANGE("insert into acc values (10, 1, 'x')",
      "ERROR duplicate key value violates unique constraint \"acc_pkey\" (Key (id)=(10)"
      " already exists.)")
CHANGE("insert into acc (balance) values (1)",
      "ERROR null value in column \"id\" of relation \"acc\" violates not-null constrai"
      "nt (Failing row contains (null, 1, null).)")
CHANGE("insert into acc values (10, 1, 'x') on conflict do nothing",
      "#0")
CHANGE("insert into acc values (10, 1, 'x'), (2001, 2, 'y') on conflict (id) do nothing "
      "returning id",
      "2001 #1")
CHANGE("insert into acc values (10, 1, 'x'), (2002, 2, 'y') on conflict (id) do update s"
      "et balance = acc.balance + excluded.balance, note = excluded.note returning id, "
      "balance, note",
      "10|1001|x 2002|2|y #2")
CHANGE("insert into acc values (10, 1, 'x') on conflict (id) do update set balance = 0 w"
      "here acc.id > 50",
      "#0")
CHANGE("insert into acc values (3001, 1, 'x'), (3001, 2, 'y') on conflict (id) do update"
      " set balance = 0",
      "ERROR ON CONFLICT DO UPDATE command cannot affect row a second time")
CHANGE("delete from acc where id > 995 and id <= 1000 returning id, balance",
      "996|99600 997|99700 998|99800 999|99900 1000|100000 #5")
CHANGE("delete from acc using hist h where acc.id = h.id and h.delta is null returning a"
      "cc.id",
      "3 #1")
CHANGE("select count(*), sum(balance) from acc",
      "996|49550704")
CHANGE("with gone as (delete from acc where id between 100 and 199 returning balance) se"
      "lect count(*), sum(balance) from gone",
      "100|1495000")
CHANGE("with moved as (delete from hist returning id, delta), added as (insert into acc "
      "select id + 10000, delta, 'm' from moved returning id) select id from added orde"
      "r by id",
      "10001 10002 10003")
CHANGE("select count(*), sum(balance) from acc",
      "899|48055702")
CHANGE("select id from acc order by id desc limit 3",
      "10003 10002 10001")
CHANGE("select id from acc where id = 7 for update",
      "7")
CHANGE("select ctid is not null, tableoid::regclass::text from acc where id = 7",
      "t|acc")
CHANGE("update acc set balance = balance + 1",
      "#899")
CHANGE("update acc set balance = balance + 1 where id % 2 = 0",
      "#450")
CHANGE("select count(*), sum(balance) from acc",
      "899|48057050")
CHANGE("select min(id), max(id) from acc where balance > 50000",
      "500|995")
CHANGE("select note, count(*) from acc group by note having count(*) > 1 order by 1",
      "m|3 y|2")
CHANGE("select sum(a.balance) from acc a, acc b where a.id = b.id + 1",
      "48034626")
CHANGE("select a.id from acc a where not exists (select 1 from acc b where b.id = a.id +"
      " 1) order by 1 limit 4",
      "2 8 99 995")
QUERY("select 1 + 2 * 3, 'a' || 'b', null::int + 1",
      "7|ab|")
QUERY("select 7 / 2, 7 % 2, -7 / 2, 7.0 / 2, 2 ^ 10",
      "3|1|-3|3.5000000000000000|1024")
QUERY("select 1 / 0",
      "ERROR division by zero")
QUERY("select case when x = 0 then -1 else 10 / x end from generate_series(0, 4) x",
      "-1 10 5 3 2")
QUERY("select x from generate_series(1, 10) x where x <> 3 and 100 / (x - 3) > 0",
      "4 5 6 7 8 9 10")
QUERY("select x, x is null, x > 1 and x < 3, x > 1 or x is null, not (x > 1) from (valu"
      "es (1), (2), (null), (3)) v(x)",
      "1|f|f|f|t 2|f|t|t|f |t||t| 3|f|f|t|f")
QUERY("select coalesce(x, y, -1), nullif(x, 2), greatest(x, y), least(x, y) from (value"
      "s (1, 5), (2, null), (null, 3), (null, null)) v(x, y)",
      "1|1|5|1 2||2|2 3||3|3 -1|||")
QUERY("select x is distinct from 1, x is not distinct from null from (values (1), (2), "
      "(null)) v(x)",
      "f|f t|f t|t")
QUERY("select x in (1, 3, 5), x not in (1, null), x = any (array[2, 3]) from (values (1"
      "), (2), (null)) v(x)",
      "t|f|f f||t ||")
QUERY("select x in (1, 2, 3, 4, 5, 6, 7, 9, null) from (values (1), (8), (null)) v(x)",
      "t  ")
QUERY("select sum(x), count(*), avg(x), min(x), max(x) from generate_series(1, 1000) x",
      "500500|1000|500.5000000000000000|1|1000")
QUERY("select count(*), sum(x), max(x) from generate_series(1, 0) x",
      "0||")
QUERY("select sum(x::bigint), avg(x::bigint), sum(x::float8), sum(x::numeric), avg(x::s"
      "mallint) from generate_series(1, 100) x",
      "5050|50.5000000000000000|5050|5050|50.5000000000000000")
QUERY("select count(*) filter (where x % 2 = 0), sum(x) filter (where x > 95), count(di"
      "stinct x % 7), sum(distinct x % 3) from generate_series(1, 100) x",
      "50|490|7|3")
QUERY("select x % 3 as g, count(*), sum(x), min(x), max(x) from generate_series(1, 20) "
      "x group by 1 order by 1",
      "0|6|63|3|18 1|7|70|1|19 2|7|77|2|20")
QUERY("select x % 3 as g, array_agg(x order by x desc) from generate_series(1, 9) x gro"
      "up by 1 order by 1",
      "0|{9,6,3} 1|{7,4,1} 2|{8,5,2}")
QUERY("select string_agg(x::text, ',' order by x desc) from generate_series(1, 5) x",
      "5,4,3,2,1")
QUERY("select (x % 100)::text as g, count(*) from generate_series(1, 5000) x group by 1"
      " having count(*) > 49 order by 1 limit 3",
      "0|50 1|50 10|50")
QUERY("select count(*), sum(c) from (select x, count(*) as c from generate_series(1, 20"
      "000) x group by x) s",
      "20000|20000")
QUERY("select count(*), sum(c) from (select 'key' || x as k, count(*) as c from generat"
      "e_series(1, 20000) x group by 1) s",
      "20000|20000")
QUERY("select x from generate_series(1, 30000) x order by x % 1000, x desc limit 3",
      "30000 29000 28000")
QUERY("select x from generate_series(1, 30000) x order by -x offset 29998",
      "2 1")
QUERY("select x::text from generate_series(8, 12) x order by 1",
      "10 11 12 8 9")
QUERY("select x, y from (values (1, 'b'), (null, 'a'), (3, 'c')) v(x, y) order by x nul"
      "ls first, y",
      "|a 1|b 3|c")
QUERY("select x, y from (values (1, 'b'), (null, 'a'), (3, 'c')) v(x, y) order by x des"
      "c, y",
      "|a 3|c 1|b")
QUERY("select distinct x % 4 from generate_series(1, 20) x order by 1",
      "0 1 2 3")
QUERY("select distinct on (x % 3) x % 3, x from generate_series(1, 10) x order by x % 3"
      ", x desc",
      "0|9 1|10 2|8")
QUERY("select a, b from generate_series(1, 3) a, generate_series(1, 2) b order by 1, 2",
      "1|1 1|2 2|1 2|2 3|1 3|2")
QUERY("select a, b from generate_series(1, 5) a join generate_series(3, 7) b on a = b o"
      "rder by 1",
      "3|3 4|4 5|5")
QUERY("select a, b from generate_series(1, 5) a left join generate_series(3, 7) b on a "
      "= b order by 1",
      "1| 2| 3|3 4|4 5|5")
QUERY("select a, b from generate_series(1, 5) a right join generate_series(3, 7) b on a"
      " = b order by 2",
      "3|3 4|4 5|5 |6 |7")
QUERY("select a, b from generate_series(1, 5) a full join generate_series(3, 7) b on a "
      "= b order by coalesce(a, b)",
      "1| 2| 3|3 4|4 5|5 |6 |7")
QUERY("select count(*), sum(a), sum(b) from generate_series(1, 20000) a join generate_s"
      "eries(10001, 30000) b on a = b",
      "10000|150005000|150005000")
QUERY("select count(*), count(a), count(b) from generate_series(1, 20000) a full join g"
      "enerate_series(10001, 30000) b on a = b",
      "30000|20000|20000")
QUERY("select count(*) from generate_series(1, 2000) a left join generate_series(1, 200"
      "0) b on a = b * 2 where b is null",
      "1000")
QUERY("select count(*) from generate_series(1, 300) a join generate_series(1, 300) b on"
      " a % 10 = b % 10 and a < b",
      "4350")
QUERY("select a from generate_series(1, 5) a where exists (select 1 from generate_serie"
      "s(3, 9) b where b = a) order by 1",
      "3 4 5")
QUERY("select a from generate_series(1, 5) a where not exists (select 1 from generate_s"
      "eries(3, 9) b where b = a) order by 1",
      "1 2")
QUERY("select a from generate_series(1, 5) a where exists (select 1 from generate_serie"
      "s(1, 9) b where b > a + 6) order by 1",
      "1 2")
QUERY("select a from generate_series(1, 5) a where a in (select b from generate_series("
      "2, 4) b) order by 1",
      "2 3 4")
QUERY("select a from generate_series(1, 5) a where a not in (select b from generate_ser"
      "ies(2, 4) b) order by 1",
      "1 5")
QUERY("select a from generate_series(1, 5) a where a not in (select nullif(b, 2) from g"
      "enerate_series(2, 4) b) order by 1",
      "")
QUERY("select a, (select count(*) from generate_series(1, a) b) from generate_series(1,"
      " 4) a",
      "1|1 2|2 3|3 4|4")
QUERY("select a, (select b from generate_series(1, 2) b where b = a) from generate_seri"
      "es(1, 3) a",
      "1|1 2|2 3|")
QUERY("select (select b from generate_series(1, 2) b)",
      "ERROR more than one row returned by a subquery used as an expression")
QUERY("select a, array(select b from generate_series(1, a) b) from generate_series(0, 2"
      ") a",
      "0|{} 1|{1} 2|{1,2}")
QUERY("select a from generate_series(1, 5) a where a > all (select b from generate_seri"
      "es(1, 3) b)",
      "4 5")
QUERY("select a from generate_series(1, 9) a where a = (select max(b) from generate_ser"
      "ies(1, 4) b)",
      "4")
QUERY("select a, s from generate_series(1, 3) a, lateral (select sum(b) as s from gener"
      "ate_series(1, a) b) l",
      "1|1 2|3 3|6")
QUERY("select x from generate_series(1, 3) x union select x from generate_series(2, 5) "
      "x order by 1",
      "1 2 3 4 5")
QUERY("select x from generate_series(1, 3) x union all select x from generate_series(2,"
      " 3) x order by 1",
      "1 2 2 3 3")
QUERY("select x from generate_series(1, 5) x intersect select x from generate_series(3,"
      " 7) x order by 1",
      "3 4 5")
QUERY("select x from generate_series(1, 5) x except select x from generate_series(3, 7)"
      " x order by 1",
      "1 2")
QUERY("select x % 2 from generate_series(1, 5) x intersect all select x % 2 from genera"
      "te_series(1, 3) x order by 1",
      "0 1 1")
QUERY("select x % 2 from generate_series(1, 5) x except all select x % 2 from generate_"
      "series(1, 3) x order by 1",
      "0 1")
QUERY("with q as (select x from generate_series(1, 5) x) select a.x, b.x from q a, q b "
      "where a.x + b.x = 4 order by 1",
      "1|3 2|2 3|1")
QUERY("with q as materialized (select x, x * x as y from generate_series(1, 5) x) selec"
      "t sum(y) from q where x in (select max(x) from q)",
      "25")
QUERY("with recursive t(n) as (select 1 union all select n + 1 from t where n < 10) sel"
      "ect sum(n), count(*) from t",
      "55|10")
QUERY("with recursive t(n) as (select 1 union select (n * 2) % 7 from t) select n from "
      "t order by n",
      "1 2 4")
QUERY("with recursive f(a, b) as (select 0, 1 union all select b, a + b from f where b "
      "< 100) select a from f",
      "0 1 1 2 3 5 8 13 21 34 55 89")
QUERY("select unnest(array[1, 2, 3]), 'x'",
      "1|x 2|x 3|x")
QUERY("select unnest(array[1, 2, 3]), generate_series(1, 2)",
      "1|1 2|2 3|")
QUERY("select x, o from unnest(array['a', 'b']) with ordinality u(x, o)",
      "a|1 b|2")
QUERY("select * from rows from (generate_series(1, 3), unnest(array['a', 'b'])) as r(a,"
      " b)",
      "1|a 2|b 3|")
QUERY("select x, generate_series(1, x) from generate_series(1, 3) x order by 1, 2",
      "1|1 2|1 2|2 3|1 3|2 3|3")
QUERY("select generate_series(5, 1, -2)",
      "5 3 1")
QUERY("select x, row_number() over (order by x desc), rank() over (order by x % 2), den"
      "se_rank() over (order by x % 2) from generate_series(1, 4) x order by x",
      "1|4|3|2 2|3|1|1 3|2|3|2 4|1|1|1")
QUERY("select x, lag(x) over w, lead(x, 2, -1) over w, first_value(x) over w, last_valu"
      "e(x) over w from generate_series(1, 4) x window w as (order by x) order by x",
      "1||3|1|1 2|1|4|1|2 3|2|-1|1|3 4|3|-1|1|4")
QUERY("select x, sum(x) over (order by x), sum(x) over (partition by x % 2), count(*) o"
      "ver () from generate_series(1, 5) x order by x",
      "1|1|9|5 2|3|6|5 3|6|9|5 4|10|6|5 5|15|9|5")
QUERY("select x, sum(x) over (order by x rows between 1 preceding and 1 following), nti"
      "le(2) over (order by x), nth_value(x, 2) over (order by x) from generate_series("
      "1, 5) x order by x",
      "1|3|1| 2|6|1|2 3|9|1|2 4|12|2|2 5|9|2|2")
QUERY("select x, avg(x) over (order by x range between 2 preceding and current row) fro"
      "m generate_series(1, 4) x order by x",
      "1|1.00000000000000000000 2|1.5000000000000000 3|2.0000000000000000 4|3.000000000"
      "0000000")
QUERY("select x, sum(x) over (order by x / 2 groups between 1 preceding and current row"
      " exclude current row) from generate_series(1, 5) x order by x",
      "1| 2|4 3|3 4|10 5|9")
QUERY("select x, percent_rank() over (order by x), cume_dist() over (order by x) from g"
      "enerate_series(1, 4) x order by x",
      "1|0|0.25 2|0.3333333333333333|0.5 3|0.6666666666666666|0.75 4|1|1")
QUERY("select x from generate_series(1, 10) x limit 3 offset 2",
      "3 4 5")
QUERY("select x from (values (1), (1), (2), (2), (3)) v(x) order by x fetch first 3 row"
      "s with ties",
      "1 1 2 2")
QUERY("select array[1, 2] || 3, array[[1, 2], [3, 4]], (array[5, 6, 7])[2], (array[5, 6"
      ", 7])[2:3]",
      "{1,2,3}|{{1,2},{3,4}}|6|{6,7}")
QUERY("select (array[1, 2, 3])[x] from generate_series(0, 4) x",
      " 1 2 3 ")
QUERY("select row(1, 'a', null), row(1, 2) < row(1, 3), row(1, 2) = row(1, 2), (1, 2) <"
      " (1, null::int)",
      "(1,a,)|t|t|")
QUERY("select '12'::int + 1, 12::text || 'x', 1.5::int, '{1,2,3}'::int[], array['1', '2"
      "']::int[]",
      "13|12x|2|{1,2,3}|{1,2}")
QUERY("select x::bigint * x, x::float8 / 4, x::numeric / 3 from generate_series(1, 3) x",
      "1|0.25|0.33333333333333333333 4|0.5|0.66666666666666666667 9|0.75|1.000000000000"
      "00000000")
QUERY("select 2147483647 + 1",
      "ERROR integer out of range")
QUERY("select count(*) from generate_series(1, 5000) a where a % 2 = 0 and a % 3 = 0 or"
      " a < 10",
      "841")
QUERY("select case x when 1 then 'one' when 2 then 'two' end, case when x > 1 then x en"
      "d from generate_series(1, 3) x",
      "one| two|2 |3")
QUERY("select sum(case when x % 2 = 0 then x else 0 end), bool_and(x > 0), bool_or(x > "
      "4), every(x < 5) from generate_series(1, 5) x",
      "6|t|t|f")
QUERY("select x, count(*) from (values ('b'), ('a'), ('b'), (null)) v(x) group by x ord"
      "er by x",
      "a|1 b|2 |1")
QUERY("select date '2024-01-31' + 1, timestamp '2024-01-01 10:00' < timestamp '2024-01-"
      "02', date '2024-01-01' in ('2024-01-01', '2025-01-01')",
      "2024-02-01|t|t")
QUERY("select x from (values (1.5), (2.25), (-1.0)) v(x) where x > 0 order by x",
      "1.5 2.25")
QUERY("select x from (values ('NaN'::float8), (1), (null), ('-Infinity')) v(x) order by"
      " x",
      "-Infinity 1 NaN ")
QUERY("select s.x + t.y from (select 1 as x) s, (select 2 as y) t where s.x < t.y",
      "3")
QUERY("select 1 where false",
      "")
QUERY("select count(*) from (select 1 limit 0) s",
      "0")
QUERY("select x from (values (1), (2), (3)) v(x) where (x = 1) is not true",
      "2 3")
QUERY("select max(x), min(x) from (values ('a'), ('c'), ('b')) v(x)",
      "c|a")
QUERY("select count(*) from generate_series(1, 100) a, generate_series(1, 100) b where "
      "a < b",
      "4950")
