-- The information schema: the views that clients ask for, with the standard's column names.
-- The schema itself is a built-in row. The standard's domains are not made: columns have the domains' base types, which is what
-- clients see of a domain anyway.

SET search_path = information_schema;

CREATE VIEW information_schema_catalog_name AS
SELECT current_database()::name AS catalog_name;

CREATE VIEW enabled_roles AS
SELECT a.rolname::name AS role_name FROM pg_authid a WHERE pg_has_role(a.oid, 'USAGE');

CREATE VIEW applicable_roles AS
SELECT a.rolname::name AS grantee, b.rolname::name AS role_name,
       (CASE WHEN m.admin_option THEN 'YES' ELSE 'NO' END)::varchar(3) AS is_grantable
FROM pg_auth_members m JOIN pg_authid a ON a.oid = m.member JOIN pg_authid b ON b.oid = m.roleid
WHERE pg_has_role(a.oid, 'USAGE');

CREATE VIEW schemata AS
SELECT current_database()::name AS catalog_name, n.nspname::name AS schema_name,
       u.rolname::name AS schema_owner, NULL::name AS default_character_set_catalog,
       NULL::name AS default_character_set_schema, NULL::name AS default_character_set_name,
       NULL::varchar AS sql_path
FROM pg_namespace n JOIN pg_authid u ON u.oid = n.nspowner
WHERE pg_has_role(n.nspowner, 'USAGE') OR has_schema_privilege(n.oid, 'CREATE, USAGE');

CREATE VIEW tables AS
SELECT current_database()::name AS table_catalog, n.nspname::name AS table_schema,
       c.relname::name AS table_name,
       (CASE WHEN c.relkind IN ('r', 'p') THEN 'BASE TABLE' WHEN c.relkind = 'v' THEN 'VIEW'
             WHEN c.relkind = 'f' THEN 'FOREIGN' END)::varchar AS table_type,
       NULL::name AS self_referencing_column_name, NULL::varchar AS reference_generation,
       NULL::name AS user_defined_type_catalog, NULL::name AS user_defined_type_schema,
       NULL::name AS user_defined_type_name,
       (CASE WHEN c.relkind IN ('r', 'p') THEN 'YES' ELSE 'NO' END)::varchar(3)
           AS is_insertable_into,
       (CASE WHEN c.reloftype <> 0 THEN 'YES' ELSE 'NO' END)::varchar(3) AS is_typed,
       NULL::varchar AS commit_action
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'v', 'f', 'p')
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_table_privilege(c.oid,
              'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'));

CREATE VIEW views AS
SELECT current_database()::name AS table_catalog, n.nspname::name AS table_schema,
       c.relname::name AS table_name,
       (CASE WHEN pg_has_role(c.relowner, 'USAGE') THEN pg_get_viewdef(c.oid) END)::varchar
           AS view_definition,
       'NONE'::varchar AS check_option, 'NO'::varchar(3) AS is_updatable,
       'NO'::varchar(3) AS is_insertable_into, 'NO'::varchar(3) AS is_trigger_updatable,
       'NO'::varchar(3) AS is_trigger_deletable, 'NO'::varchar(3) AS is_trigger_insertable_into
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'v'
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_table_privilege(c.oid,
              'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'));

CREATE VIEW columns AS
SELECT current_database()::name AS table_catalog, n.nspname::name AS table_schema,
       c.relname::name AS table_name, a.attname::name AS column_name,
       a.attnum::integer AS ordinal_position,
       (CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END)::varchar
           AS column_default,
       (CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END)::varchar(3) AS is_nullable,
       (CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY'
             WHEN tn.nspname = 'pg_catalog' THEN format_type(a.atttypid, NULL)
             ELSE 'USER-DEFINED' END)::varchar AS data_type,
       (CASE WHEN a.atttypid IN (1042, 1043) AND a.atttypmod <> -1 THEN a.atttypmod - 4
             WHEN a.atttypid IN (1560, 1562) AND a.atttypmod <> -1 THEN a.atttypmod
             END)::integer AS character_maximum_length,
       (CASE WHEN a.atttypid IN (25, 1042, 1043)
             THEN CASE WHEN a.atttypmod = -1 THEN 1073741824 ELSE (a.atttypmod - 4) * 4 END
             END)::integer AS character_octet_length,
       (CASE a.atttypid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24
             WHEN 701 THEN 53
             WHEN 1700 THEN CASE WHEN a.atttypmod <> -1 THEN ((a.atttypmod - 4) >> 16) & 65535 END
             END)::integer AS numeric_precision,
       (CASE WHEN a.atttypid IN (21, 23, 20, 700, 701) THEN 2 WHEN a.atttypid = 1700 THEN 10
             END)::integer AS numeric_precision_radix,
       (CASE WHEN a.atttypid IN (21, 23, 20) THEN 0
             WHEN a.atttypid = 1700 AND a.atttypmod <> -1 THEN (a.atttypmod - 4) & 65535
             END)::integer AS numeric_scale,
       (CASE WHEN a.atttypid = 1082 THEN 0
             WHEN a.atttypid IN (1083, 1114, 1184, 1266)
             THEN CASE WHEN a.atttypmod < 0 THEN 6 ELSE a.atttypmod END
             WHEN a.atttypid = 1186
             THEN CASE WHEN a.atttypmod < 0 OR (a.atttypmod & 65535) = 65535 THEN 6
                       ELSE a.atttypmod & 65535 END
             END)::integer AS datetime_precision,
       NULL::varchar AS interval_type, NULL::integer AS interval_precision,
       NULL::name AS character_set_catalog, NULL::name AS character_set_schema,
       NULL::name AS character_set_name,
       (CASE WHEN cn.nspname IS NOT NULL THEN current_database() END)::name AS collation_catalog,
       cn.nspname::name AS collation_schema, co.collname::name AS collation_name,
       NULL::name AS domain_catalog, NULL::name AS domain_schema, NULL::name AS domain_name,
       current_database()::name AS udt_catalog, tn.nspname::name AS udt_schema,
       t.typname::name AS udt_name, NULL::name AS scope_catalog, NULL::name AS scope_schema,
       NULL::name AS scope_name, NULL::integer AS maximum_cardinality,
       a.attnum::text::name AS dtd_identifier, 'NO'::varchar(3) AS is_self_referencing,
       (CASE WHEN a.attidentity IN ('a', 'd') THEN 'YES' ELSE 'NO' END)::varchar(3)
           AS is_identity,
       (CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END)::varchar
           AS identity_generation,
       NULL::varchar AS identity_start, NULL::varchar AS identity_increment,
       NULL::varchar AS identity_maximum, NULL::varchar AS identity_minimum,
       'NO'::varchar(3) AS identity_cycle,
       (CASE WHEN a.attgenerated <> '' THEN 'ALWAYS' ELSE 'NEVER' END)::varchar AS is_generated,
       (CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END)::varchar
           AS generation_expression,
       (CASE WHEN c.relkind IN ('r', 'p') THEN 'YES' ELSE 'NO' END)::varchar(3) AS is_updatable
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_type t ON t.oid = a.atttypid
     JOIN pg_namespace tn ON tn.oid = t.typnamespace
     LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
     LEFT JOIN pg_collation co ON co.oid = a.attcollation AND co.collname <> 'default'
     LEFT JOIN pg_namespace cn ON cn.oid = co.collnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'p')
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'));

CREATE VIEW table_constraints AS
SELECT current_database()::name AS constraint_catalog, cn.nspname::name AS constraint_schema,
       k.conname::name AS constraint_name, current_database()::name AS table_catalog,
       n.nspname::name AS table_schema, c.relname::name AS table_name,
       (CASE k.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'p' THEN 'PRIMARY KEY'
             WHEN 'u' THEN 'UNIQUE' END)::varchar AS constraint_type,
       (CASE WHEN k.condeferrable THEN 'YES' ELSE 'NO' END)::varchar(3) AS is_deferrable,
       (CASE WHEN k.condeferred THEN 'YES' ELSE 'NO' END)::varchar(3) AS initially_deferred,
       'YES'::varchar(3) AS enforced,
       (CASE WHEN k.contype = 'u'
             THEN CASE WHEN (SELECT i.indnullsnotdistinct FROM pg_index i
                             WHERE i.indexrelid = k.conindid) THEN 'NO' ELSE 'YES' END
             END)::varchar(3) AS nulls_distinct
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_namespace cn ON cn.oid = k.connamespace
WHERE k.contype IN ('c', 'f', 'p', 'u') AND c.relkind IN ('r', 'p')
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES'))
UNION ALL
SELECT current_database()::name, n.nspname::name,
       (n.oid::text || '_' || c.oid::text || '_' || a.attnum::text || '_not_null')::name,
       current_database()::name, n.nspname::name, c.relname::name, 'CHECK'::varchar,
       'NO'::varchar(3), 'NO'::varchar(3), 'YES'::varchar(3), NULL::varchar(3)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES'));

CREATE VIEW key_column_usage AS
SELECT current_database()::name AS constraint_catalog, k.constraint_schema, k.constraint_name,
       current_database()::name AS table_catalog, k.table_schema, k.table_name,
       a.attname::name AS column_name, k.position::integer AS ordinal_position,
       NULL::integer AS position_in_unique_constraint
FROM (SELECT cn.nspname::name AS constraint_schema, o.conname::name AS constraint_name,
             n.nspname::name AS table_schema, c.relname::name AS table_name, c.oid AS relid,
             c.relowner, u.attnum, u.position
      FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
           JOIN pg_namespace n ON n.oid = c.relnamespace
           JOIN pg_namespace cn ON cn.oid = o.connamespace,
           LATERAL unnest(o.conkey) WITH ORDINALITY AS u (attnum, position)
      WHERE o.contype IN ('p', 'u', 'f') AND c.relkind IN ('r', 'p')) k
     JOIN pg_attribute a ON a.attrelid = k.relid AND a.attnum = k.attnum
WHERE NOT a.attisdropped
  AND (pg_has_role(k.relowner, 'USAGE')
       OR has_column_privilege(k.relid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'));

CREATE VIEW constraint_column_usage AS
SELECT current_database()::name AS table_catalog, n.nspname::name AS table_schema,
       c.relname::name AS table_name, a.attname::name AS column_name,
       current_database()::name AS constraint_catalog, cn.nspname::name AS constraint_schema,
       o.conname::name AS constraint_name
FROM pg_constraint o
     JOIN pg_class c ON c.oid = CASE WHEN o.contype = 'f' THEN o.confrelid ELSE o.conrelid END
     JOIN pg_namespace n ON n.oid = c.relnamespace
     JOIN pg_namespace cn ON cn.oid = o.connamespace
     JOIN pg_attribute a ON a.attrelid = c.oid
          AND a.attnum = ANY (CASE WHEN o.contype = 'f' THEN o.confkey ELSE o.conkey END)
WHERE o.contype IN ('c', 'p', 'u', 'f') AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
  AND pg_has_role(c.relowner, 'USAGE');

CREATE VIEW constraint_table_usage AS
SELECT DISTINCT u.table_catalog, u.table_schema, u.table_name, u.constraint_catalog,
       u.constraint_schema, u.constraint_name
FROM constraint_column_usage u;

CREATE VIEW referential_constraints AS
SELECT current_database()::name AS constraint_catalog, cn.nspname::name AS constraint_schema,
       o.conname::name AS constraint_name,
       current_database()::name AS unique_constraint_catalog,
       un.nspname::name AS unique_constraint_schema, u.conname::name AS unique_constraint_name,
       (CASE o.confmatchtype WHEN 'f' THEN 'FULL' WHEN 'p' THEN 'PARTIAL' WHEN 's' THEN 'NONE'
             END)::varchar AS match_option,
       (CASE o.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
             WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION'
             END)::varchar AS update_rule,
       (CASE o.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
             WHEN 'd' THEN 'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION'
             END)::varchar AS delete_rule
FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
     JOIN pg_namespace cn ON cn.oid = o.connamespace
     LEFT JOIN pg_constraint u ON u.conindid = o.conindid AND u.contype IN ('p', 'u')
     LEFT JOIN pg_namespace un ON un.oid = u.connamespace
WHERE o.contype = 'f' AND pg_has_role(c.relowner, 'USAGE');

CREATE VIEW check_constraints AS
SELECT current_database()::name AS constraint_catalog, n.nspname::name AS constraint_schema,
       o.conname::name AS constraint_name,
       substring(pg_get_constraintdef(o.oid), 7)::varchar AS check_clause
FROM pg_constraint o JOIN pg_class c ON c.oid = o.conrelid
     JOIN pg_namespace n ON n.oid = o.connamespace
WHERE o.contype = 'c' AND pg_has_role(c.relowner, 'USAGE')
UNION ALL
SELECT current_database()::name, n.nspname::name,
       (n.oid::text || '_' || c.oid::text || '_' || a.attnum::text || '_not_null')::name,
       (a.attname || ' IS NOT NULL')::varchar
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p')
  AND pg_has_role(c.relowner, 'USAGE');

CREATE VIEW sequences AS
SELECT current_database()::name AS sequence_catalog, n.nspname::name AS sequence_schema,
       c.relname::name AS sequence_name, format_type(s.seqtypid, NULL)::varchar AS data_type,
       (CASE s.seqtypid WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 END)::integer
           AS numeric_precision,
       2::integer AS numeric_precision_radix, 0::integer AS numeric_scale,
       s.seqstart::varchar AS start_value, s.seqmin::varchar AS minimum_value,
       s.seqmax::varchar AS maximum_value, s.seqincrement::varchar AS increment,
       (CASE WHEN s.seqcycle THEN 'YES' ELSE 'NO' END)::varchar(3) AS cycle_option
FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'S'
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_sequence_privilege(c.oid, 'SELECT, UPDATE, USAGE'));

CREATE VIEW table_privileges AS
SELECT u.rolname::name AS grantor, coalesce(g.rolname, 'PUBLIC')::name AS grantee,
       current_database()::name AS table_catalog, n.nspname::name AS table_schema,
       c.relname::name AS table_name, x.privilege_type::varchar AS privilege_type,
       (CASE WHEN x.is_grantable OR x.grantee = c.relowner THEN 'YES' ELSE 'NO' END)::varchar(3)
           AS is_grantable,
       (CASE WHEN x.privilege_type = 'SELECT' THEN 'YES' ELSE 'NO' END)::varchar(3)
           AS with_hierarchy
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
     LATERAL aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) x
     JOIN pg_authid u ON u.oid = x.grantor
     LEFT JOIN pg_authid g ON g.oid = x.grantee
WHERE c.relkind IN ('r', 'v', 'f', 'p')
  AND (pg_has_role(x.grantor, 'USAGE') OR x.grantee = 0 OR pg_has_role(x.grantee, 'USAGE'));

CREATE VIEW role_table_grants AS
SELECT * FROM table_privileges p
WHERE p.grantor IN (SELECT role_name FROM enabled_roles)
   OR p.grantee IN (SELECT role_name FROM enabled_roles);

CREATE VIEW character_sets AS
SELECT NULL::name AS character_set_catalog, NULL::name AS character_set_schema,
       getdatabaseencoding()::name AS character_set_name,
       (CASE WHEN getdatabaseencoding() = 'UTF8' THEN 'UCS' ELSE getdatabaseencoding() END)::name
           AS character_repertoire,
       getdatabaseencoding()::name AS form_of_use, current_database()::name
           AS default_collate_catalog, NULL::name AS default_collate_schema,
       NULL::name AS default_collate_name;

CREATE VIEW collations AS
SELECT current_database()::name AS collation_catalog, n.nspname::name AS collation_schema,
       c.collname::name AS collation_name, 'NO PAD'::varchar AS pad_attribute
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace;

CREATE VIEW triggers AS
SELECT current_database()::name AS trigger_catalog, n.nspname::name AS trigger_schema,
       t.tgname::name AS trigger_name, NULL::varchar AS event_manipulation,
       current_database()::name AS event_object_catalog, n.nspname::name AS event_object_schema,
       c.relname::name AS event_object_table, NULL::integer AS action_order,
       NULL::varchar AS action_condition, NULL::varchar AS action_statement,
       (CASE WHEN (t.tgtype & 1) = 1 THEN 'ROW' ELSE 'STATEMENT' END)::varchar
           AS action_orientation,
       (CASE WHEN (t.tgtype & 2) = 2 THEN 'BEFORE' WHEN (t.tgtype & 64) = 64 THEN 'INSTEAD OF'
             ELSE 'AFTER' END)::varchar AS action_timing,
       t.tgoldtable::name AS action_reference_old_table,
       t.tgnewtable::name AS action_reference_new_table, NULL::name AS action_reference_old_row,
       NULL::name AS action_reference_new_row, NULL::timestamptz AS created
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal;

RESET search_path;
