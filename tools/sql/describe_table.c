/*
 * describe_table.c - \d NAME: one relation, its columns and what hangs on it
 */
#include "client.h"

typedef struct Relation {
    const char *oid, *schema, *name;
    char kind, persistence;
    bool has_rules, is_partition, row_security, force_security;
    const char *access_method, *options, *tablespace;
} Relation;

typedef struct Footers {
    char **line;
    size_t count;
} Footers;

static void
footer_take(Footers *footers, char *line)
{
    footers->line = need(realloc(footers->line, (footers->count + 2) * sizeof(char *)));
    footers->line[footers->count++] = line;
    footers->line[footers->count] = NULL;
}

static void
footers_free(Footers *footers)
{
    for (size_t i = 0; i < footers->count; i++)
        free(footers->line[i]);
    free(footers->line);
}

/* Every row of the query is a line below the heading; a heading is left out with no rows. */
static bool
footer_section(Footers *footers, const char *heading, char *sql)
{
    Result *result = execute_catalog(sql);

    free(sql);
    if (result == NULL)
        return false;
    if (result->row_count > 0 && heading != NULL)
        footer_take(footers, copy_string(heading));
    for (size_t i = 0; i < result->row_count; i++)
        footer_take(footers, format_string("%s%s", heading == NULL ? "" : "    ",
                                           result->rows[i][0] ? result->rows[i][0] : ""));
    result_free(result);
    return true;
}

/* The rows in one line, the first behind the heading, the next ones below it. */
static bool
footer_list(Footers *footers, const char *heading, char *sql)
{
    Result *result = execute_catalog(sql);

    free(sql);
    if (result == NULL)
        return false;
    for (size_t i = 0; i < result->row_count; i++)
        footer_take(footers, format_string("%*s%s%s", i == 0 ? 0 : (int)strlen(heading),
                                           i == 0 ? heading : "", result->rows[i][0],
                                           i + 1 < result->row_count ? "," : ""));
    result_free(result);
    return true;
}

/* --- the parts --- */

static bool
add_indexes(const Relation *relation, Footers *footers)
{
    return footer_section(footers, "Indexes:", format_string(
        "SELECT '\"' || c.relname || '\"' || CASE WHEN k.contype = 'x' THEN ' ' ||"
        " pg_catalog.pg_get_constraintdef(k.oid, true) ELSE"
        " CASE WHEN i.indisprimary THEN ' PRIMARY KEY,' WHEN i.indisunique AND k.contype = 'u'"
        " THEN ' UNIQUE CONSTRAINT,' WHEN i.indisunique THEN ' UNIQUE,' ELSE '' END || ' ' ||"
        " pg_catalog.regexp_replace(pg_catalog.pg_get_indexdef(i.indexrelid, 0, true),"
        " '^.* USING ', '') END ||"
        " CASE WHEN k.condeferrable THEN ' DEFERRABLE' ELSE '' END ||"
        " CASE WHEN k.condeferred THEN ' INITIALLY DEFERRED' ELSE '' END ||"
        " CASE WHEN i.indisclustered THEN ' CLUSTER' ELSE '' END ||"
        " CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END ||"
        " CASE WHEN i.indisreplident THEN ' REPLICA IDENTITY' ELSE '' END\n"
        "FROM pg_catalog.pg_index i\n"
        "  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid\n"
        "  LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid"
        " AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')\n"
        "WHERE i.indrelid = %s\nORDER BY i.indisprimary DESC, c.relname", relation->oid));
}

static bool
add_constraints(const Relation *relation, Footers *footers)
{
    return footer_section(footers, "Check constraints:", format_string(
               "SELECT '\"' || k.conname || '\" ' || pg_catalog.pg_get_constraintdef(k.oid, true)\n"
               "FROM pg_catalog.pg_constraint k WHERE k.conrelid = %s AND k.contype = 'c'\n"
               "ORDER BY k.conname", relation->oid)) &&
           footer_section(footers, "Foreign-key constraints:", format_string(
               "SELECT CASE WHEN k.conrelid <> %s THEN 'TABLE ' || k.conrelid::"
               "pg_catalog.regclass::pg_catalog.text || ' CONSTRAINT ' ELSE '' END ||"
               " '\"' || k.conname || '\" ' || pg_catalog.pg_get_constraintdef(k.oid, true)\n"
               "FROM pg_catalog.pg_constraint k WHERE k.conrelid = %s AND k.contype = 'f'\n"
               "ORDER BY k.conname", relation->oid, relation->oid)) &&
           footer_section(footers, "Referenced by:", format_string(
               "SELECT 'TABLE \"' || k.conrelid::pg_catalog.regclass::pg_catalog.text ||"
               " '\" CONSTRAINT \"' || k.conname || '\" ' ||"
               " pg_catalog.pg_get_constraintdef(k.oid, true)\n"
               "FROM pg_catalog.pg_constraint k WHERE k.confrelid = %s AND k.contype = 'f'"
               " AND k.conparentid = 0\nORDER BY k.conname", relation->oid));
}

static bool
add_policies(const Relation *relation, Footers *footers)
{
    const char *heading = !relation->row_security ? "Policies (row security disabled):"
                          : relation->force_security ? "Policies (forced row security enabled):"
                                                     : "Policies:";
    size_t before = footers->count;

    if (!footer_section(footers, heading, format_string(
            "SELECT 'POLICY \"' || p.polname || '\"' ||"
            " CASE WHEN p.polpermissive THEN '' ELSE ' AS RESTRICTIVE' END ||"
            " CASE p.polcmd WHEN 'r' THEN ' FOR SELECT' WHEN 'a' THEN ' FOR INSERT'"
            " WHEN 'w' THEN ' FOR UPDATE' WHEN 'd' THEN ' FOR DELETE' ELSE '' END ||"
            " CASE WHEN p.polroles = '{0}' THEN '' ELSE E'\\n      TO ' ||"
            " pg_catalog.array_to_string(ARRAY(SELECT r.rolname FROM pg_catalog.pg_roles r"
            " WHERE r.oid = ANY (p.polroles) ORDER BY 1), ',') END ||"
            " CASE WHEN p.polqual IS NULL THEN '' ELSE E'\\n      USING (' ||"
            " pg_catalog.pg_get_expr(p.polqual, p.polrelid) || ')' END ||"
            " CASE WHEN p.polwithcheck IS NULL THEN '' ELSE E'\\n      WITH CHECK (' ||"
            " pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) || ')' END\n"
            "FROM pg_catalog.pg_policy p WHERE p.polrelid = %s ORDER BY p.polname",
            relation->oid)))
        return false;
    if (footers->count == before && relation->row_security)
        footer_take(footers, copy_string("Policies (row security enabled): (none)"));
    return true;
}

static bool
add_triggers(const Relation *relation, Footers *footers)
{
    return footer_section(footers, "Triggers:", format_string(
               "SELECT pg_catalog.regexp_replace(pg_catalog.pg_get_triggerdef(t.oid, true),"
               " '^CREATE (CONSTRAINT )?TRIGGER ', '')\n"
               "FROM pg_catalog.pg_trigger t WHERE t.tgrelid = %s AND NOT t.tgisinternal"
               " AND t.tgenabled NOT IN ('D')\nORDER BY t.tgname", relation->oid)) &&
           footer_section(footers, "Disabled user triggers:", format_string(
               "SELECT pg_catalog.regexp_replace(pg_catalog.pg_get_triggerdef(t.oid, true),"
               " '^CREATE (CONSTRAINT )?TRIGGER ', '')\n"
               "FROM pg_catalog.pg_trigger t WHERE t.tgrelid = %s AND NOT t.tgisinternal"
               " AND t.tgenabled = 'D'\nORDER BY t.tgname", relation->oid));
}

static bool
add_parents(const Relation *relation, Footers *footers)
{
    if (relation->is_partition)
        return footer_section(footers, NULL, format_string(
            "SELECT 'Partition of: ' || i.inhparent::pg_catalog.regclass::pg_catalog.text ||"
            " ' ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid)\n"
            "FROM pg_catalog.pg_class c JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid\n"
            "WHERE c.oid = %s", relation->oid));
    return true;
}

static bool
add_family(const Relation *relation, Footers *footers, bool verbose)
{
    const char *word = relation->kind == 'p' ? "partitions" : "child tables";
    char *sql = format_string(
        "SELECT i.inhrelid::pg_catalog.regclass::pg_catalog.text ||"
        " CASE WHEN c.relispartition THEN ' ' || pg_catalog.pg_get_expr(c.relpartbound, c.oid)"
        " ELSE '' END\nFROM pg_catalog.pg_inherits i"
        " JOIN pg_catalog.pg_class c ON c.oid = i.inhrelid\n"
        "WHERE i.inhparent = %s AND c.relkind NOT IN ('i', 'I')\nORDER BY 1", relation->oid);
    Result *children;

    if (!relation->is_partition &&
        !footer_list(footers, "Inherits: ", format_string(
            "SELECT i.inhparent::pg_catalog.regclass::pg_catalog.text\n"
            "FROM pg_catalog.pg_inherits i WHERE i.inhrelid = %s ORDER BY i.inhseqno",
            relation->oid))) {
        free(sql);
        return false;
    }
    if (verbose && relation->kind != 'p')
        return footer_list(footers, "Child tables: ", sql);
    if (verbose)
        return footer_list(footers, "Partitions: ", sql);
    children = execute_catalog(sql);
    free(sql);
    if (children == NULL)
        return false;
    if (children->row_count > 0)
        footer_take(footers, format_string("Number of %s: %zu (Use \\d+ to list them.)", word,
                                           children->row_count));
    else if (relation->kind == 'p')
        footer_take(footers, copy_string("Number of partitions: 0"));
    result_free(children);
    return true;
}

static bool
add_view_definition(const Relation *relation, Footers *footers)
{
    Result *result;
    char *sql = format_string("SELECT pg_catalog.pg_get_viewdef(%s::pg_catalog.oid, true)",
                              relation->oid);

    result = execute_catalog(sql);
    free(sql);
    if (result == NULL)
        return false;
    footer_take(footers, copy_string("View definition:"));
    if (result->row_count == 1 && result->rows[0][0] != NULL)
        footer_take(footers, copy_string(result->rows[0][0]));
    result_free(result);
    return true;
}

static bool
add_footers(const Relation *relation, Footers *footers, bool verbose)
{
    bool table = strchr("rpfmt", relation->kind) != NULL;

    if (!add_parents(relation, footers))
        return false;
    if (relation->kind == 'p' && !footer_section(footers, NULL, format_string(
            "SELECT 'Partition key: ' || pg_catalog.pg_get_partkeydef(%s)", relation->oid)))
        return false;
    if (strchr("vm", relation->kind) != NULL && verbose &&
        relation->kind == 'v' && !add_view_definition(relation, footers))
        return false;
    if (table && !(add_indexes(relation, footers) && add_constraints(relation, footers)))
        return false;
    if (strchr("rp", relation->kind) != NULL && !add_policies(relation, footers))
        return false;
    if (strchr("rpfv", relation->kind) != NULL && !add_triggers(relation, footers))
        return false;
    if (relation->kind == 'm' && verbose && !add_view_definition(relation, footers))
        return false;
    if (strchr("rpf", relation->kind) != NULL && !add_family(relation, footers, verbose))
        return false;
    if (relation->tablespace != NULL)
        footer_take(footers, format_string("Tablespace: \"%s\"", relation->tablespace));
    if (verbose && relation->access_method != NULL && strchr("rm", relation->kind) != NULL)
        footer_take(footers, format_string("Access method: %s", relation->access_method));
    if (verbose && relation->options != NULL)
        footer_take(footers, format_string("Options: %s", relation->options));
    return true;
}

/* --- columns --- */

static char *
columns_query(const Relation *relation, bool verbose)
{
    bool table = strchr("iI", relation->kind) == NULL;
    Text sql = {0};

    text_add(&sql, "SELECT a.attname AS \"Column\",\n"
             "  pg_catalog.format_type(a.atttypid, a.atttypmod) AS \"Type\"");
    if (table)
        text_add(&sql, ",\n  (SELECT k.collname FROM pg_catalog.pg_collation k,"
                 " pg_catalog.pg_type t WHERE k.oid = a.attcollation AND t.oid = a.atttypid"
                 " AND a.attcollation <> t.typcollation) AS \"Collation\",\n"
                 "  CASE WHEN a.attnotnull THEN 'not null' ELSE '' END AS \"Nullable\",\n"
                 "  CASE WHEN a.attidentity = 'a' THEN 'generated always as identity'"
                 " WHEN a.attidentity = 'd' THEN 'generated by default as identity'"
                 " WHEN a.attgenerated = 's' THEN 'generated always as (' ||"
                 " pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) || ') stored'"
                 " ELSE pg_catalog.pg_get_expr(d.adbin, d.adrelid, true) END AS \"Default\"");
    else
        text_format(&sql, ",\n  CASE WHEN a.attnum <= (SELECT i.indnkeyatts FROM"
                    " pg_catalog.pg_index i WHERE i.indexrelid = %s) THEN 'yes' ELSE 'no' END"
                    " AS \"Key?\",\n  pg_catalog.pg_get_indexdef(a.attrelid, a.attnum, true)"
                    " AS \"Definition\"", relation->oid);
    if (verbose) {
        text_add(&sql, ",\n  CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'x' THEN 'extended'"
                 " WHEN 'e' THEN 'external' WHEN 'm' THEN 'main' END AS \"Storage\"");
        if (strchr("rpm", relation->kind) != NULL)
            text_add(&sql, ",\n  CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4'"
                     " ELSE '' END AS \"Compression\"");
        if (strchr("vc", relation->kind) == NULL)
            text_add(&sql, ",\n  CASE WHEN a.attstattarget = -1 THEN NULL"
                     " ELSE a.attstattarget END AS \"Stats target\"");
        if (table)
            text_add(&sql, ",\n  pg_catalog.col_description(a.attrelid, a.attnum)"
                     " AS \"Description\"");
    }
    text_format(&sql, "\nFROM pg_catalog.pg_attribute a\n"
                "  LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid"
                " AND d.adnum = a.attnum AND a.atthasdef\n"
                "WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped\n"
                "ORDER BY a.attnum", relation->oid);
    return sql.data;
}

static char *
make_title(const Relation *relation)
{
    static const struct {
        char kind;
        const char *name, *unlogged;
    } names[] = {{'r', "Table", "Unlogged table"},
                 {'p', "Partitioned table", "Unlogged partitioned table"},
                 {'v', "View", "View"},
                 {'m', "Materialized view", "Unlogged materialized view"},
                 {'i', "Index", "Unlogged index"},
                 {'I', "Partitioned index", "Unlogged partitioned index"},
                 {'S', "Sequence", "Unlogged sequence"},
                 {'c', "Composite type", "Composite type"},
                 {'f', "Foreign table", "Foreign table"},
                 {'t', "TOAST table", "TOAST table"}};

    for (size_t i = 0; i < lengthof(names); i++)
        if (names[i].kind == relation->kind)
            return format_string("%s \"%s.%s\"", relation->persistence == 'u' ? names[i].unlogged
                                 : names[i].name, relation->schema, relation->name);
    return format_string("?%c? \"%s.%s\"", relation->kind, relation->schema, relation->name);
}

static void
print_description(const Relation *relation, const Result *result, Footers *footers)
{
    char *none[] = {NULL}, *title = make_title(relation);
    Table table = {.title = title, .column_count = result->column_count,
                   .row_count = result->row_count, .rows = result->rows};
    PrintOptions options = client.print;

    table.headers = need(calloc((size_t)result->column_count + 1, sizeof(char *)));
    table.right = need(calloc((size_t)result->column_count + 1, sizeof(bool)));
    for (int i = 0; i < result->column_count; i++) {
        table.headers[i] = result->columns[i].name;
        table.right[i] = relation->kind == 'S' && print_is_numeric(result->columns[i].type);
    }
    table.footers = footers->count > 0 ? footers->line : none;
    options.expanded = 0;
    options.footer = true;
    options.null = NULL;
    print_table(&table, &options, client.out);
    fflush(client.out);
    free(table.headers);
    free(table.right);
    free(title);
}

static bool
describe_sequence(const Relation *relation)
{
    Footers footers = {0};
    char *sql = format_string(
        "SELECT pg_catalog.format_type(s.seqtypid, NULL) AS \"Type\", s.seqstart AS \"Start\",\n"
        "  s.seqmin AS \"Minimum\", s.seqmax AS \"Maximum\", s.seqincrement AS \"Increment\",\n"
        "  CASE WHEN s.seqcycle THEN 'yes' ELSE 'no' END AS \"Cycles?\", s.seqcache AS \"Cache\"\n"
        "FROM pg_catalog.pg_sequence s WHERE s.seqrelid = %s", relation->oid);
    Result *result = execute_catalog(sql);
    bool ok;

    free(sql);
    if (result == NULL)
        return false;
    ok = footer_section(&footers, NULL, format_string(
        "SELECT CASE d.deptype WHEN 'a' THEN 'Owned by: ' ELSE 'Sequence for identity column: '"
        " END || pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)"
        " || '.' || pg_catalog.quote_ident(a.attname)\n"
        "FROM pg_catalog.pg_depend d\n"
        "  JOIN pg_catalog.pg_class c ON c.oid = d.refobjid\n"
        "  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\n"
        "  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid\n"
        "WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass\n"
        "  AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass\n"
        "  AND d.objid = %s AND d.deptype IN ('a', 'i')", relation->oid));
    if (ok)
        print_description(relation, result, &footers);
    footers_free(&footers);
    result_free(result);
    return ok;
}

static bool
add_index_footer(const Relation *relation, Footers *footers, bool verbose)
{
    return footer_section(footers, NULL, format_string(
        "SELECT CASE WHEN i.indisprimary THEN 'primary key, ' WHEN i.indisunique THEN 'unique'"
        " || CASE WHEN i.indnullsnotdistinct THEN ' nulls not distinct' ELSE '' END || ', '"
        " ELSE '' END || a.amname || ', for table \"' || n.nspname || '.' || t.relname || '\"' ||"
        " CASE WHEN i.indpred IS NULL THEN '' ELSE ', predicate (' ||"
        " pg_catalog.pg_get_expr(i.indpred, i.indrelid, true) || ')' END ||"
        " CASE WHEN i.indisclustered THEN ', clustered' ELSE '' END ||"
        " CASE WHEN i.indisvalid THEN '' ELSE ', invalid' END\n"
        "FROM pg_catalog.pg_index i\n"
        "  JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid\n"
        "  JOIN pg_catalog.pg_class t ON t.oid = i.indrelid\n"
        "  JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace\n"
        "  JOIN pg_catalog.pg_am a ON a.oid = c.relam\nWHERE i.indexrelid = %s", relation->oid)) &&
        (!verbose || relation->options == NULL ||
         (footer_take(footers, format_string("Options: %s", relation->options)), true));
}

static bool
describe_one(const Relation *relation, bool verbose)
{
    Footers footers = {0};
    Result *result;
    char *sql;
    bool ok;

    if (relation->kind == 'S')
        return describe_sequence(relation);
    sql = columns_query(relation, verbose);
    result = execute_catalog(sql);
    free(sql);
    if (result == NULL)
        return false;
    ok = strchr("iI", relation->kind) != NULL ? add_index_footer(relation, &footers, verbose)
                                              : add_footers(relation, &footers, verbose);
    if (ok)
        print_description(relation, result, &footers);
    footers_free(&footers);
    result_free(result);
    return ok;
}

static bool
is_true(const char *value)
{
    return value != NULL && value[0] == 't';
}

bool
describe_table(const char *pattern, bool verbose, bool system)
{
    Text sql = {0};
    Result *list;
    bool ok = true;

    text_add(&sql, "SELECT c.oid, n.nspname, c.relname, c.relkind, c.relpersistence,"
             " c.relhasrules, c.relispartition, c.relrowsecurity, c.relforcerowsecurity,"
             " a.amname, pg_catalog.array_to_string(c.reloptions, ', '), s.spcname\n"
             "FROM pg_catalog.pg_class c\n"
             "  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\n"
             "  LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam\n"
             "  LEFT JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace"
             " AND c.reltablespace <> 1664\nWHERE true");
    describe_pattern(&sql, pattern, "n.nspname", "c.relname",
                     "pg_catalog.pg_table_is_visible(c.oid)");
    text_add(&sql, "\nORDER BY 2, 3");
    list = execute_catalog(sql.data);
    text_free(&sql);
    if (list == NULL)
        return false;
    if (list->row_count == 0) {
        if (!client.quiet)
            say_error("Did not find any relation named \"%s\".", pattern);
        ok = false;
    }
    for (size_t i = 0; ok && i < list->row_count; i++) {
        char **row = list->rows[i];
        Relation relation = {.oid = row[0], .schema = row[1], .name = row[2], .kind = row[3][0],
                             .persistence = row[4][0], .has_rules = is_true(row[5]),
                             .is_partition = is_true(row[6]), .row_security = is_true(row[7]),
                             .force_security = is_true(row[8]), .access_method = row[9],
                             .options = row[10], .tablespace = row[11]};
        ok = describe_one(&relation, verbose);
    }
    result_free(list);
    return ok;
}
