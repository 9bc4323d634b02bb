/*
 * typename.c - types by their SQL spelling: "double precision", varchar(10)[], pg_catalog."char"
 *
 * Why        regtype, to_regtype and the arguments of regprocedure are read where no parser is; the
 *            language of type names is small.
 */
#include "types_int.h"
#include "types/array.h"
#include "types/typeinfo.h"
#include "config/config.h"
#include "catalog/lsyscache.h"
#include "memory/list.h"

static const struct
{
    const char *words; /* in lower case, one space between */
    const char *name;
} typename_spellings[] = {
    {"int", "int4"},
    {"integer", "int4"},
    {"bigint", "int8"},
    {"smallint", "int2"},
    {"real", "float4"},
    {"float", "float8"},
    {"double precision", "float8"},
    {"decimal", "numeric"},
    {"dec", "numeric"},
    {"boolean", "bool"},
    {"character varying", "varchar"},
    {"char varying", "varchar"},
    {"national character varying", "varchar"},
    {"nchar varying", "varchar"},
    {"character", "bpchar"},
    {"char", "bpchar"},
    {"nchar", "bpchar"},
    {"national character", "bpchar"},
    {"bit varying", "varbit"},
    {"timestamp without time zone", "timestamp"},
    {"timestamp with time zone", "timestamptz"},
    {"time without time zone", "time"},
    {"time with time zone", "timetz"},
};

pg_noreturn static void
typename_throw(const char *name)
{
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("invalid type name \"%s\"", name)));
    pg_unreachable();
}

/* Takes a parenthesised list off the text and returns its numbers; count 0 where there is none. */
static int
typename_take_modifiers(char *text, int32 *ret_modifiers)
{
    char *open = strchr(text, '(');
    char *close = open ? strchr(open, ')') : NULL;
    int count = 0;
    char *p;

    if (open == NULL || strchr(text, '"') != NULL)
        return 0;
    if (close == NULL)
        typename_throw(text);
    for (p = open + 1; p < close && count < 2; p++)
    {
        ret_modifiers[count++] = (int32) strtol(p, &p, 10);
        while (p < close && *p != ',')
            p++;
    }
    memmove(open, close + 1, strlen(close + 1) + 1);
    return count;
}

/* Lower case, words one space apart; quoted and qualified names are left alone. */
static char *
typename_normalise(const char *name)
{
    char *result = palloc(strlen(name) + 1);
    char *to = result;
    bool space = false;

    for (const char *p = name; *p != '\0'; p++)
    {
        if (scanner_isspace(*p))
        {
            space = to > result;
            continue;
        }
        if (space)
            *to++ = ' ';
        space = false;
        *to++ = (char) pg_ascii_tolower((unsigned char) *p);
    }
    *to = '\0';
    return result;
}

static int32
typename_typmod(Oid type, const int32 *modifiers, int count)
{
    const TypeInfo *info = catalog_type(type);
    Datum values[2];

    if (count == 0)
        return -1;
    if (!OidIsValid(info->typmodin))
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("type modifier is not allowed for type \"%s\"", NameStr(info->typname))));
    for (int i = 0; i < count; i++)
        values[i] = CStringGetDatum(psprintf("%d", modifiers[i]));
    return DatumGetInt32(OidFunctionCall1(
        info->typmodin, PointerGetDatum(construct_array(values, count, CSTRINGOID, -2, false, 'c'))));
}

Oid
types_parse_type_name(const char *name, int32 *ret_typmod, bool missing_ok)
{
    char *text = pstrdup(name);
    int32 modifiers[2];
    int count = typename_take_modifiers(text, modifiers);
    bool is_array = false;
    char *bracket;
    char *normal;
    List *names;
    const char *schema = NULL;
    Oid type = InvalidOid;

    while ((bracket = strrchr(text, '[')) != NULL && strchr(bracket, ']') != NULL)
    {
        *bracket = '\0';
        is_array = true;
    }
    normal = typename_normalise(text);
    for (int i = 0; i < lengthof(typename_spellings) && !OidIsValid(type); i++)
        if (strcmp(normal, typename_spellings[i].words) == 0)
            type = catalog_type_find("pg_catalog", typename_spellings[i].name);
    if (!OidIsValid(type))
    {
        if (!SplitIdentifierString(text, '.', &names) || names == NIL || list_length(names) > 3)
            typename_throw(name);
        if (list_length(names) > 1)
            schema = list_nth(names, list_length(names) - 2);
        if (schema == NULL || OidIsValid(get_namespace_oid(schema, missing_ok)))
            type = catalog_type_find(schema, llast(names));
    }
    if (OidIsValid(type) && is_array)
    {
        *ret_typmod = typename_typmod(type, modifiers, count);
        return get_array_type(type);
    }
    if (!OidIsValid(type))
    {
        if (missing_ok)
            return InvalidOid;
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("type \"%s\" does not exist", name)));
    }
    *ret_typmod = typename_typmod(type, modifiers, count);
    return type;
}
