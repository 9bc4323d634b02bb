-- COPY to and from the client: text, CSV, errors.
CREATE TABLE c (id int, t text, n numeric(5,2), d date);
COPY c FROM stdin;
1	plain	1.50	2020-01-02
2	tab\there	\N	\N
3	\\N and \\	-2.25	1999-12-31
\.
COPY c TO stdout;
COPY c (t, id) TO stdout;
COPY (SELECT id, upper(t) FROM c ORDER BY id DESC) TO stdout;
COPY c TO stdout WITH (FORMAT csv, HEADER);
COPY c TO stdout (FORMAT csv, DELIMITER ';', NULL 'nil', FORCE_QUOTE (t));
COPY c TO stdout (DELIMITER '|', NULL '');
COPY c FROM stdin (FORMAT csv);
4,"quo""ted, comma",3,
5,"",,"2000-02-29"
6,"two
lines",1,
\.
SELECT * FROM c WHERE id > 3 ORDER BY id;
COPY c FROM stdin (FORMAT csv, HEADER, DELIMITER ';');
id;t;n;d
7;x;1;2020-01-01
\.
COPY c (id) FROM stdin;
8
\.
SELECT * FROM c WHERE id > 6 ORDER BY id;
COPY c FROM stdin;
x	y	1	2020-01-01
\.
COPY c FROM stdin;
9	only
\.
COPY c FROM stdin;
9	a	1	2020-01-01	extra
\.
COPY c FROM stdin;
9	a	123456	2020-01-01
\.
COPY c FROM stdin (FORMAT csv);
9,"open
\.
SELECT count(*) FROM c;
COPY c (nosuch) FROM stdin;
COPY nosuch TO stdout;
COPY c TO stdout (FORMAT nosuch);
COPY c TO stdout (DELIMITER 'ab');
COPY c TO stdout (HEADER, HEADER);
COPY c FROM stdin WHERE id > 20;
10	ten	1	\N
21	more	1	\N
\.
SELECT id FROM c WHERE id > 9;
CREATE TABLE k (a int PRIMARY KEY, b text NOT NULL CHECK (b <> 'bad'));
COPY k FROM stdin;
1	a
1	b
\.
COPY k FROM stdin;
2	bad
\.
COPY k FROM stdin;
3	\N
\.
COPY k FROM stdin;
4	\x41\102\n
\.
COPY k TO stdout;
COPY c TO stdout CSV QUOTE '''' ESCAPE '\';
