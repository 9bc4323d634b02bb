/*
 * describe.c - the lists of the \d family, and what they share
 */
#include <ctype.h>

#include "client.h"

/* --- patterns --- */

/* One part of a pattern, up to a dot outside quotes: as a regular expression, and whether it is
 * a plain name, which `ret_text` then holds as it is. */
static bool
pattern_part(const char **at, Text *ret_text, Text *ret_expression)
{
    bool quoted = false, plain = true;

    text_clear(ret_text);
    text_clear(ret_expression);
    text_add(ret_text, "");
    text_add(ret_expression, "^(");
    for (; **at != '\0' && (quoted || **at != '.'); (*at)++) {
        char c = **at;
        if (c == '"' && quoted && (*at)[1] == '"')
            (*at)++;
        else if (c == '"') {
            quoted = !quoted;
            continue;
        }
        if (!quoted && (c == '*' || c == '?')) {
            text_add(ret_expression, c == '*' ? ".*" : ".");
            plain = false;
            continue;
        }
        if (!quoted)
            c = (char)tolower((unsigned char)c);
        if (c == '$' || (quoted && strchr("|*+?()[]{}.^\\", c) != NULL))
            text_char(ret_expression, '\\');
        else if (strchr("|+()[]{}^\\", c) != NULL)
            plain = false;
        text_char(ret_expression, c);
        text_char(ret_text, c);
    }
    text_add(ret_expression, ")$");
    return plain;
}

static void
add_match(Text *sql, const char *column, bool plain, const Text *text, const Text *expression)
{
    if (strcmp(expression->data, "^(.*)$") == 0)
        return;
    text_format(sql, "\n  AND %s %s ", column, plain ? "=" : "OPERATOR(pg_catalog.~)");
    text_literal(sql, plain ? text->data : expression->data);
    text_add(sql, plain ? "" : " COLLATE pg_catalog.\"default\"");
}

void
describe_pattern(Text *sql, const char *pattern, const char *schema, const char *name,
                 const char *visible)
{
    Text text = {0}, expression = {0};
    bool plain, has_schema = false;

    if (pattern != NULL) {
        plain = pattern_part(&pattern, &text, &expression);
        while (*pattern == '.') {
            pattern++;
            if (schema != NULL)
                add_match(sql, schema, plain, &text, &expression);
            has_schema = true;
            plain = pattern_part(&pattern, &text, &expression);
        }
        add_match(sql, name, plain, &text, &expression);
    }
    if (!has_schema && visible != NULL)
        text_format(sql, "\n  AND %s", visible);
    text_free(&text);
    text_free(&expression);
}

/* --- lists --- */

static bool
show_list(Text *sql, const char *title, bool counted)
{
    Result *result = execute_catalog(sql->data);
    PrintOptions options = client.print;

    text_free(sql);
    if (result == NULL)
        return false;
    options.footer = options.footer && counted;
    print_result(result, &options, title, client.out);
    fflush(client.out);
    result_free(result);
    return true;
}

static const char hide_system[] =
    "\n  AND n.nspname <> 'pg_catalog' AND n.nspname <> 'information_schema'"
    " AND n.nspname !~ '^pg_toast'";

static void
add_kinds(Text *sql, const char *types, bool system)
{
    static const struct {
        char letter;
        const char *kinds;
    } map[] = {{'t', "'r','p'"}, {'v', "'v'"}, {'m', "'m'"}, {'i', "'i','I'"}, {'s', "'S'"},
               {'E', "'f'"}};
    bool first = true;

    text_add(sql, "\nWHERE c.relkind IN (");
    for (size_t i = 0; i < lengthof(map); i++)
        if (strchr(types, map[i].letter) != NULL) {
            text_format(sql, "%s%s", first ? "" : ",", map[i].kinds);
            first = false;
        }
    if (system && strchr(types, 't') != NULL)
        text_add(sql, ",'t'");
    text_char(sql, ')');
}

static bool
list_relations(const char *types, const char *pattern, bool verbose, bool system)
{
    Text sql = {0};
    Result *result;
    bool indexes = strchr(types, 'i') != NULL;

    text_add(&sql, "SELECT n.nspname AS \"Schema\", c.relname AS \"Name\",\n"
             "  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view'"
             " WHEN 'm' THEN 'materialized view' WHEN 'i' THEN 'index' WHEN 'S' THEN 'sequence'"
             " WHEN 't' THEN 'TOAST table' WHEN 'f' THEN 'foreign table'"
             " WHEN 'p' THEN 'partitioned table' WHEN 'I' THEN 'partitioned index' END"
             " AS \"Type\",\n  pg_catalog.pg_get_userbyid(c.relowner) AS \"Owner\"");
    if (indexes)
        text_add(&sql, ",\n  t.relname AS \"Table\"");
    if (verbose) {
        text_add(&sql, ",\n  CASE c.relpersistence WHEN 'p' THEN 'permanent' WHEN 't' THEN "
                 "'temporary' WHEN 'u' THEN 'unlogged' END AS \"Persistence\"");
        if (strpbrk(types, "tmi") != NULL)
            text_add(&sql, ",\n  a.amname AS \"Access method\"");
        text_add(&sql, ",\n  pg_catalog.pg_size_pretty(pg_catalog.pg_table_size(c.oid)) AS "
                 "\"Size\",\n  pg_catalog.obj_description(c.oid, 'pg_class') AS \"Description\"");
    }
    text_add(&sql, "\nFROM pg_catalog.pg_class c\n"
             "  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace");
    if (verbose && strpbrk(types, "tmi") != NULL)
        text_add(&sql, "\n  LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam");
    if (indexes)
        text_add(&sql, "\n  LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid"
                 "\n  LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid");
    add_kinds(&sql, types, system || pattern != NULL);
    if (!system && pattern == NULL)
        text_add(&sql, hide_system);
    describe_pattern(&sql, pattern, "n.nspname", "c.relname",
                     "pg_catalog.pg_table_is_visible(c.oid)");
    text_add(&sql, "\nORDER BY 1, 2");
    result = execute_catalog(sql.data);
    text_free(&sql);
    if (result == NULL)
        return false;
    if (result->row_count > 0 || client.quiet)
        print_result(result, &client.print, "List of relations", client.out);
    else if (pattern != NULL)
        say_error("Did not find any relation named \"%s\".", pattern);
    else
        say_error("Did not find any relations.");
    result_free(result);
    return true;
}

static bool
list_databases(const char *pattern, bool verbose)
{
    Text sql = {0};

    text_add(&sql, "SELECT d.datname AS \"Name\",\n"
             "  pg_catalog.pg_get_userbyid(d.datdba) AS \"Owner\",\n"
             "  pg_catalog.pg_encoding_to_char(d.encoding) AS \"Encoding\",\n"
             "  d.datcollate AS \"Collate\", d.datctype AS \"Ctype\",\n"
             "  d.daticulocale AS \"ICU Locale\",\n"
             "  CASE d.datlocprovider WHEN 'c' THEN 'libc' WHEN 'i' THEN 'icu' END"
             " AS \"Locale Provider\",\n"
             "  pg_catalog.array_to_string(d.datacl, E'\\n') AS \"Access privileges\"");
    if (verbose)
        text_add(&sql, ",\n  CASE WHEN pg_catalog.has_database_privilege(d.datname, 'CONNECT')"
                 " THEN pg_catalog.pg_size_pretty(pg_catalog.pg_database_size(d.datname))"
                 " ELSE 'No Access' END AS \"Size\",\n  t.spcname AS \"Tablespace\",\n"
                 "  pg_catalog.shobj_description(d.oid, 'pg_database') AS \"Description\"");
    text_add(&sql, "\nFROM pg_catalog.pg_database d");
    if (verbose)
        text_add(&sql, "\n  JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace");
    text_add(&sql, "\nWHERE true");
    describe_pattern(&sql, pattern, NULL, "d.datname", NULL);
    text_add(&sql, "\nORDER BY 1");
    return show_list(&sql, "List of databases", true);
}

static bool
list_schemas(const char *pattern, bool verbose, bool system)
{
    Text sql = {0};

    text_add(&sql, "SELECT n.nspname AS \"Name\",\n"
             "  pg_catalog.pg_get_userbyid(n.nspowner) AS \"Owner\"");
    if (verbose)
        text_add(&sql, ",\n  pg_catalog.array_to_string(n.nspacl, E'\\n') AS "
                 "\"Access privileges\",\n"
                 "  pg_catalog.obj_description(n.oid, 'pg_namespace') AS \"Description\"");
    text_add(&sql, "\nFROM pg_catalog.pg_namespace n\nWHERE true");
    if (!system && pattern == NULL)
        text_add(&sql, "\n  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'");
    describe_pattern(&sql, pattern, NULL, "n.nspname", NULL);
    text_add(&sql, "\nORDER BY 1");
    return show_list(&sql, "List of schemas", true);
}

static bool
list_functions(const char *pattern, bool verbose, bool system)
{
    Text sql = {0};

    text_add(&sql, "SELECT n.nspname AS \"Schema\", p.proname AS \"Name\",\n"
             "  pg_catalog.pg_get_function_result(p.oid) AS \"Result data type\",\n"
             "  pg_catalog.pg_get_function_arguments(p.oid) AS \"Argument data types\",\n"
             "  CASE p.prokind WHEN 'a' THEN 'agg' WHEN 'w' THEN 'window' WHEN 'p' THEN 'proc'"
             " ELSE 'func' END AS \"Type\"");
    if (verbose)
        text_add(&sql, ",\n  CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable'"
                 " ELSE 'volatile' END AS \"Volatility\",\n"
                 "  CASE p.proparallel WHEN 'r' THEN 'restricted' WHEN 's' THEN 'safe'"
                 " ELSE 'unsafe' END AS \"Parallel\",\n"
                 "  pg_catalog.pg_get_userbyid(p.proowner) AS \"Owner\",\n"
                 "  CASE WHEN p.prosecdef THEN 'definer' ELSE 'invoker' END AS \"Security\",\n"
                 "  pg_catalog.array_to_string(p.proacl, E'\\n') AS \"Access privileges\",\n"
                 "  l.lanname AS \"Language\", p.prosrc AS \"Source code\",\n"
                 "  pg_catalog.obj_description(p.oid, 'pg_proc') AS \"Description\"");
    text_add(&sql, "\nFROM pg_catalog.pg_proc p\n"
             "  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace\n"
             "  LEFT JOIN pg_catalog.pg_language l ON l.oid = p.prolang\nWHERE true");
    if (!system && pattern == NULL)
        text_add(&sql, hide_system);
    describe_pattern(&sql, pattern, "n.nspname", "p.proname",
                     "pg_catalog.pg_function_is_visible(p.oid)");
    text_add(&sql, "\nORDER BY 1, 2, 4");
    return show_list(&sql, "List of functions", true);
}

static bool
list_types(const char *pattern, bool verbose, bool system)
{
    Text sql = {0};

    text_add(&sql, "SELECT n.nspname AS \"Schema\",\n"
             "  pg_catalog.format_type(t.oid, NULL) AS \"Name\",\n");
    if (verbose)
        text_add(&sql, "  t.typname AS \"Internal name\",\n  CASE WHEN t.typrelid <> 0 THEN 'tuple'"
                 " WHEN t.typlen < 0 THEN 'var' ELSE t.typlen::pg_catalog.text END AS \"Size\",\n"
                 "  pg_catalog.array_to_string(ARRAY(SELECT e.enumlabel FROM pg_catalog.pg_enum e"
                 " WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder), E'\\n') AS \"Elements\",\n"
                 "  pg_catalog.pg_get_userbyid(t.typowner) AS \"Owner\",\n"
                 "  pg_catalog.array_to_string(t.typacl, E'\\n') AS \"Access privileges\",\n");
    text_add(&sql, "  pg_catalog.obj_description(t.oid, 'pg_type') AS \"Description\"\n"
             "FROM pg_catalog.pg_type t\n"
             "  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace\n"
             "WHERE (t.typrelid = 0 OR EXISTS (SELECT 1 FROM pg_catalog.pg_class c"
             " WHERE c.oid = t.typrelid AND c.relkind = 'c'))\n"
             "  AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_type el WHERE el.oid = t.typelem"
             " AND el.typarray = t.oid)");
    if (!system && pattern == NULL)
        text_add(&sql, hide_system);
    describe_pattern(&sql, pattern, "n.nspname", "t.typname",
                     "pg_catalog.pg_type_is_visible(t.oid)");
    text_add(&sql, "\nORDER BY 1, 2");
    return show_list(&sql, "List of data types", true);
}

static bool
list_simple(const char *what, const char *pattern)
{
    Text sql = {0};
    const char *title;

    if (strcmp(what, "dx") == 0) {
        title = "List of installed extensions";
        text_add(&sql, "SELECT e.extname AS \"Name\", e.extversion AS \"Version\",\n"
                 "  n.nspname AS \"Schema\", d.description AS \"Description\"\n"
                 "FROM pg_catalog.pg_extension e\n"
                 "  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace\n"
                 "  LEFT JOIN pg_catalog.pg_description d ON d.objoid = e.oid"
                 " AND d.classoid = 'pg_catalog.pg_extension'::pg_catalog.regclass\nWHERE true");
        describe_pattern(&sql, pattern, NULL, "e.extname", NULL);
    } else {
        title = "List of tablespaces";
        text_add(&sql, "SELECT s.spcname AS \"Name\",\n"
                 "  pg_catalog.pg_get_userbyid(s.spcowner) AS \"Owner\",\n"
                 "  pg_catalog.pg_tablespace_location(s.oid) AS \"Location\"\n"
                 "FROM pg_catalog.pg_tablespace s\nWHERE true");
        describe_pattern(&sql, pattern, NULL, "s.spcname", NULL);
    }
    text_add(&sql, "\nORDER BY 1");
    return show_list(&sql, title, true);
}

static bool
list_privileges(const char *pattern)
{
    Text sql = {0};

    text_add(&sql, "SELECT n.nspname AS \"Schema\", c.relname AS \"Name\",\n"
             "  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN"
             " 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table'"
             " WHEN 'p' THEN 'partitioned table' END AS \"Type\",\n"
             "  pg_catalog.array_to_string(c.relacl, E'\\n') AS \"Access privileges\",\n"
             "  pg_catalog.array_to_string(ARRAY(SELECT a.attname || E':\\n  ' ||"
             " pg_catalog.array_to_string(a.attacl, E'\\n  ') FROM pg_catalog.pg_attribute a"
             " WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attacl IS NOT NULL), E'\\n')"
             " AS \"Column privileges\",\n"
             "  pg_catalog.array_to_string(ARRAY(SELECT p.polname FROM pg_catalog.pg_policy p"
             " WHERE p.polrelid = c.oid), E'\\n') AS \"Policies\"\n"
             "FROM pg_catalog.pg_class c\n"
             "  LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace\n"
             "WHERE c.relkind IN ('r','v','m','S','f','p')");
    if (pattern == NULL)
        text_add(&sql, "\n  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'");
    describe_pattern(&sql, pattern, "n.nspname", "c.relname",
                     "pg_catalog.pg_table_is_visible(c.oid)");
    text_add(&sql, "\nORDER BY 1, 2");
    return show_list(&sql, "Access privileges", true);
}

static bool
list_roles(const char *pattern, bool verbose, bool system)
{
    Text sql = {0};

    text_add(&sql, "SELECT r.rolname AS \"Role name\",\n  pg_catalog.concat_ws(', ',"
             " CASE WHEN r.rolsuper THEN 'Superuser' END,"
             " CASE WHEN NOT r.rolinherit THEN 'No inheritance' END,"
             " CASE WHEN r.rolcreaterole THEN 'Create role' END,"
             " CASE WHEN r.rolcreatedb THEN 'Create DB' END,"
             " CASE WHEN NOT r.rolcanlogin THEN 'Cannot login' END,"
             " CASE WHEN r.rolreplication THEN 'Replication' END,"
             " CASE WHEN r.rolbypassrls THEN 'Bypass RLS' END)"
             " || CASE r.rolconnlimit WHEN -1 THEN '' WHEN 0 THEN E'\\nNo connections'"
             " WHEN 1 THEN E'\\n1 connection'"
             " ELSE E'\\n' || r.rolconnlimit::pg_catalog.text || ' connections' END"
             " || CASE WHEN r.rolvaliduntil IS NULL THEN '' ELSE E'\\nPassword valid until ' ||"
             " r.rolvaliduntil::pg_catalog.text END"
             " AS \"Attributes\",\n"
             "  ARRAY(SELECT b.rolname FROM pg_catalog.pg_auth_members m"
             " JOIN pg_catalog.pg_roles b ON b.oid = m.roleid WHERE m.member = r.oid"
             " ORDER BY 1) AS \"Member of\"");
    if (verbose)
        text_add(&sql, ",\n  pg_catalog.shobj_description(r.oid, 'pg_authid') AS \"Description\"");
    text_add(&sql, "\nFROM pg_catalog.pg_roles r\nWHERE true");
    if (!system && pattern == NULL)
        text_add(&sql, "\n  AND r.rolname !~ '^pg_'");
    describe_pattern(&sql, pattern, NULL, "r.rolname", NULL);
    text_add(&sql, "\nORDER BY 1");
    return show_list(&sql, "List of roles", false);
}

/* --- */

/* Runs \name; *ret_known is false when there is no such command. */
bool
describe_command(const char *name, const char *pattern, bool *ret_known)
{
    size_t length = strlen(name);
    bool verbose = false, system = false, ok;
    char *base;

    while (length > 1 && (name[length - 1] == '+' || name[length - 1] == 'S')) {
        verbose = verbose || name[length - 1] == '+';
        system = system || name[length - 1] == 'S';
        length--;
    }
    base = copy_bytes(name, length);
    *ret_known = true;
    if (strcmp(base, "d") == 0)
        ok = pattern != NULL ? describe_table(pattern, verbose, system)
                             : list_relations("tvmsE", NULL, verbose, system);
    else if (strcmp(base, "l") == 0 || strcmp(base, "list") == 0)
        ok = list_databases(pattern, verbose);
    else if (strcmp(base, "dn") == 0)
        ok = list_schemas(pattern, verbose, system);
    else if (strcmp(base, "df") == 0)
        ok = list_functions(pattern, verbose, system);
    else if (strcmp(base, "dT") == 0)
        ok = list_types(pattern, verbose, system);
    else if (strcmp(base, "du") == 0 || strcmp(base, "dg") == 0)
        ok = list_roles(pattern, verbose, system);
    else if (strcmp(base, "dp") == 0 || strcmp(base, "z") == 0)
        ok = list_privileges(pattern);
    else if (strcmp(base, "dx") == 0 || strcmp(base, "db") == 0)
        ok = list_simple(base, pattern);
    else if (length > 1 && base[0] == 'd' && strspn(base + 1, "tvmisE") == length - 1)
        ok = list_relations(base + 1, pattern, verbose, system);
    else {
        *ret_known = false;
        ok = false;
    }
    free(base);
    return ok;
}
