-- Catalogue queries that clients make, and information functions.
SET work_mem = '4MB';
CREATE TABLE cat (id int PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', amount numeric(10,2), tags text[]);
CREATE INDEX cat_name ON cat (name);
CREATE VIEW cat_v AS SELECT id, upper(name) AS name FROM cat WHERE amount > 5;
SELECT attname, format_type(atttypid, atttypmod), attnotnull, atthasdef, attnum FROM pg_attribute WHERE attrelid = 'cat'::regclass AND attnum > 0 ORDER BY attnum;
SELECT relname, relkind, relnatts, relhasindex, relpersistence FROM pg_class WHERE relnamespace = current_schema()::regnamespace ORDER BY relname;
SELECT indexrelid::regclass, indisunique, indisprimary, indkey, pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'cat'::regclass ORDER BY 1;
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'cat'::regclass;
SELECT conname, contype, conkey, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'cat'::regclass;
SELECT pg_get_viewdef('cat_v'::regclass);
SELECT column_name, data_type, is_nullable, column_default, character_maximum_length FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'cat' ORDER BY ordinal_position;
SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1;
SELECT schemaname = current_schema(), tablename, hasindexes FROM pg_tables WHERE tablename = 'cat';
SELECT 'cat'::regclass::oid = oid, relname FROM pg_class WHERE oid = 'cat'::regclass;
SELECT 'int4'::regtype, 'integer'::regtype::oid, 23::regtype, 'abs(int)'::regprocedure, 'now'::regproc, '+(int,int)'::regoperator, 'pg_catalog'::regnamespace;
SELECT 'nosuch'::regclass;
SELECT 'nosuch'::regtype;
SELECT 'abs'::regproc;
SELECT typname, typlen, typbyval, typcategory, typalign FROM pg_type WHERE oid IN (16, 20, 23, 25, 701, 1043, 1114, 1700, 1007) ORDER BY oid;
SELECT proname, pronargs, prorettype::regtype, provolatile, proisstrict FROM pg_proc WHERE oid IN (1318, 1299, 2803) ORDER BY oid;
SELECT oprname, oprleft::regtype, oprright::regtype, oprresult::regtype FROM pg_operator WHERE oid IN (96, 551, 98) ORDER BY oid;
SELECT amname FROM pg_am WHERE amname IN ('heap', 'btree') ORDER BY 1;
SELECT nspname FROM pg_namespace WHERE nspname IN ('pg_catalog', 'public', 'information_schema') ORDER BY 1;
SELECT rolname, rolsuper, rolcanlogin FROM pg_roles WHERE rolname = 'postgres';
SELECT col_description('cat'::regclass, 1) IS NULL, pg_table_is_visible('cat'::regclass), pg_relation_size('cat') >= 0;
SELECT current_setting('work_mem'), current_setting('nosuch', true), set_config('work_mem', '2MB', false), current_setting('work_mem');
SELECT current_setting('nosuch');
SELECT name, setting, unit, vartype, context FROM pg_settings WHERE name = 'work_mem';
SELECT format_type(1043, 24), format_type(1700, 655366), format_type(23, NULL), format_type(1007, -1);
SELECT has_table_privilege('cat', 'SELECT'), has_schema_privilege('public', 'USAGE');
SELECT pg_typeof('cat'::regclass), to_regclass('nosuch') IS NULL, to_regtype('nosuch') IS NULL;
SELECT pg_encoding_to_char(encoding), datallowconn FROM pg_database WHERE datname = 'template1';
SELECT count(*) FROM pg_depend WHERE refobjid = 'cat'::regclass AND deptype = 'i';
\d cat
\d cat_v
\d cat_name
\dt cat
\df abs
\dT int4
SHOW work_mem;
SET work_mem = 'nonsense';
SET nosuch = 1;
SHOW nosuch;
SET work_mem = '3MB';
SHOW work_mem;
SET my.var = 'custom';
SHOW my.var;
RESET work_mem;
