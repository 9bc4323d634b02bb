/*
 * names.c - names of objects as SQL text: quoting, types, functions, operators, key words
 */
#include "catalog_int.h"

/* ---- key words ---- */

#define KEYWORDS_MAX 512

static struct {
    const char *words[KEYWORDS_MAX]; /* into catalog__keywords; filled at the first call */
    int count;
} keywords;

static void
load_keywords(void)
{
    const char *at = catalog__keywords;

    if (keywords.count > 0)
        return;
    Assert(catalog__keywords_count <= KEYWORDS_MAX);
    for (int i = 0; i < catalog__keywords_count; i++) {
        keywords.words[i] = at;
        at += strlen(at) + 1;
    }
    keywords.count = catalog__keywords_count;
}

int
catalog_keyword_count(void)
{
    return catalog__keywords_count;
}

KeywordInfo
catalog_keyword(int index)
{
    load_keywords();
    return (KeywordInfo){.word = keywords.words[index] + 2,
                         .category = keywords.words[index][0],
                         .bare_label = keywords.words[index][1] == 't'};
}

char
catalog_keyword_category(const char *word)
{
    int low = 0;
    int high;

    load_keywords();
    high = keywords.count - 1;
    while (low <= high) {
        int middle = (low + high) / 2;
        int order = strcmp(keywords.words[middle] + 2, word);

        if (order == 0)
            return keywords.words[middle][0];
        if (order < 0)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return '\0';
}

/* ---- quoting ---- */

static bool
is_plain_identifier(const char *ident)
{
    char category;

    if (!((ident[0] >= 'a' && ident[0] <= 'z') || ident[0] == '_'))
        return false;
    for (const char *p = ident; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '_'))
            return false;
    category = catalog_keyword_category(ident);
    return category == '\0' || category == 'U';
}

const char *
quote_identifier(const char *ident)
{
    StringInfoData text;

    if (is_plain_identifier(ident) && !quote_all_identifiers)
        return ident;
    initStringInfo(&text);
    appendStringInfoChar(&text, '"');
    for (const char *p = ident; *p; p++) {
        if (*p == '"')
            appendStringInfoChar(&text, '"');
        appendStringInfoChar(&text, *p);
    }
    appendStringInfoChar(&text, '"');
    return text.data;
}

char *
quote_qualified_identifier(const char *qualifier, const char *ident)
{
    if (qualifier == NULL)
        return pstrdup(quote_identifier(ident));
    return psprintf("%s.%s", quote_identifier(qualifier), quote_identifier(ident));
}

/* ---- types ---- */

/* Types that SQL spells in its own way. */
static const struct {
    Oid type;
    const char *name;
} sql_names[] = {
    {BOOLOID, "boolean"},
    {FLOAT4OID, "real"},
    {FLOAT8OID, "double precision"},
    {INT2OID, "smallint"},
    {INT4OID, "integer"},
    {INT8OID, "bigint"},
    {NUMERICOID, "numeric"},
    {INTERVALOID, "interval"},
    {VARCHAROID, "character varying"},
    {BITOID, "bit"},
    {VARBITOID, "bit varying"},
};

static char *
print_length(const char *name, int32 typmod)
{
    if (typmod > VARHDRSZ)
        return psprintf("%s(%d)", name, typmod - VARHDRSZ);
    return pstrdup(name);
}

static char *
print_time(const char *name, int32 typmod, const char *zone)
{
    if (typmod >= 0)
        return psprintf("%s(%d) %s", name, typmod, zone);
    return psprintf("%s %s", name, zone);
}

static char *
print_interval(int32 typmod)
{
    static const struct {
        int mask;
        const char *fields;
    } ranges[] = {
        {1 << 2, " year"},
        {1 << 1, " month"},
        {1 << 3, " day"},
        {1 << 10, " hour"},
        {1 << 11, " minute"},
        {1 << 12, " second"},
        {1 << 2 | 1 << 1, " year to month"},
        {1 << 3 | 1 << 10, " day to hour"},
        {1 << 3 | 1 << 10 | 1 << 11, " day to minute"},
        {1 << 3 | 1 << 10 | 1 << 11 | 1 << 12, " day to second"},
        {1 << 10 | 1 << 11, " hour to minute"},
        {1 << 10 | 1 << 11 | 1 << 12, " hour to second"},
        {1 << 11 | 1 << 12, " minute to second"},
    };
    int precision = typmod & 0xFFFF;
    int range = (typmod >> 16) & 0x7FFF;
    const char *fields = "";

    if (typmod < 0)
        return pstrdup("interval");
    for (int i = 0; i < (int)lengthof(ranges); i++)
        if (ranges[i].mask == range)
            fields = ranges[i].fields;
    if (precision != 0xFFFF)
        return psprintf("interval%s(%d)", fields, precision);
    return psprintf("interval%s", fields);
}

/* The type as SQL spells it; NULL: by its name in the catalog. */
static char *
print_sql_type(Oid type, int32 typmod, bool typmod_given)
{
    int32 given = typmod_given ? typmod : -1;

    switch (type) {
    case NUMERICOID:
        if (given >= VARHDRSZ) {
            int32 scale = ((given - VARHDRSZ) & 0x7FF) ^ 1024;
            return psprintf("numeric(%d,%d)", (given - VARHDRSZ) >> 16 & 0xFFFF, scale - 1024);
        }
        return pstrdup("numeric");
    case BPCHAROID:
        if (given > VARHDRSZ)
            return print_length("character", given);
        /* bpchar without a length would read as character(1) */
        return pstrdup(typmod_given ? "bpchar" : "character");
    case VARCHAROID:
        return print_length("character varying", given);
    case BITOID:
        if (given > 0)
            return psprintf("bit(%d)", given);
        return pstrdup(typmod_given ? "\"bit\"" : "bit");
    case VARBITOID:
        return given > 0 ? psprintf("bit varying(%d)", given) : pstrdup("bit varying");
    case TIMEOID:
        return print_time("time", given, "without time zone");
    case TIMETZOID:
        return print_time("time", given, "with time zone");
    case TIMESTAMPOID:
        return print_time("timestamp", given, "without time zone");
    case TIMESTAMPTZOID:
        return print_time("timestamp", given, "with time zone");
    case INTERVALOID:
        return print_interval(given);
    default:
        break;
    }
    for (int i = 0; i < (int)lengthof(sql_names); i++)
        if (sql_names[i].type == type)
            return pstrdup(sql_names[i].name);
    return NULL;
}

static char *
print_named_type(const TypeInfo *info, bool force_qualify)
{
    const char *schema = NULL;

    if (force_qualify || !TypeIsVisible(info->oid))
        schema = get_namespace_name(info->typnamespace);
    return quote_qualified_identifier(schema, NameStr(info->typname));
}

char *
format_type_extended(Oid type, int32 typmod, uint16 flags)
{
    const TypeInfo *info = catalog_type(type);
    bool is_array = false;
    bool typmod_given = (flags & FORMAT_TYPE_TYPEMOD_GIVEN) != 0;
    bool force_qualify = (flags & FORMAT_TYPE_FORCE_QUALIFY) != 0;
    char *text;

    if (type == InvalidOid || info == NULL) {
        if (flags & FORMAT_TYPE_INVALID_AS_NULL)
            return NULL;
        if (!(flags & FORMAT_TYPE_ALLOW_INVALID) && type != InvalidOid)
            elog(ERROR, "cache lookup failed for type %u", type);
        return pstrdup(type == InvalidOid ? "-" : "???");
    }
    if (info->typsubscript == F_ARRAY_SUBSCRIPT_HANDLER && info->typstorage != TYPSTORAGE_PLAIN) {
        const TypeInfo *element = catalog_type(info->typelem);

        if (element) {
            info = element;
            is_array = true;
        }
    }
    text = print_sql_type(info->oid, typmod, typmod_given);
    if (text == NULL)
        text = print_named_type(info, force_qualify);
    return is_array ? psprintf("%s[]", text) : text;
}

char *
format_type_be(Oid type)
{
    return format_type_extended(type, -1, FORMAT_TYPE_ALLOW_INVALID);
}

char *
format_type_be_qualified(Oid type)
{
    return format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY | FORMAT_TYPE_ALLOW_INVALID);
}

char *
format_type_with_typemod(Oid type, int32 typmod)
{
    return format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN);
}

/* A character may take four bytes. */
int32
type_maximum_size(Oid type, int32 typmod)
{
    if (typmod < 0)
        return -1;
    switch (type) {
    case BPCHAROID:
    case VARCHAROID:
        return (typmod - VARHDRSZ) * 4 + VARHDRSZ;
    case NUMERICOID: {
        int precision = (typmod - VARHDRSZ) >> 16 & 0xFFFF;
        return VARHDRSZ + 4 + 2 * ((precision + 3) / 4 + 1);
    }
    case BITOID:
    case VARBITOID:
        return (typmod + 7) / 8 + 2 * (int32)sizeof(int32);
    default:
        return -1;
    }
}

/* ---- relations, functions, operators ---- */

char *
catalog_relation_display_name(Oid relid)
{
    char *name = get_rel_name(relid);
    char *schema = NULL;

    if (name == NULL)
        return NULL;
    if (!RelationIsVisible(relid))
        schema = get_namespace_name(get_rel_namespace(relid));
    return quote_qualified_identifier(schema, name);
}

static char *
format_procedure_extended(Oid function, bool force_qualify)
{
    const ProcInfo *proc = catalog_proc(function);
    StringInfoData text;

    if (proc == NULL)
        return psprintf("%u", function);
    initStringInfo(&text);
    appendStringInfo(&text, "%s(",
                     quote_qualified_identifier(
                         force_qualify ? get_namespace_name(proc->pronamespace) : NULL,
                         NameStr(proc->proname)));
    for (int i = 0; i < proc->pronargs; i++)
        appendStringInfo(&text, "%s%s", i ? "," : "",
                         force_qualify ? format_type_be_qualified(proc->proargtypes[i])
                                       : format_type_be(proc->proargtypes[i]));
    appendStringInfoChar(&text, ')');
    return text.data;
}

char *
format_procedure(Oid function)
{
    return format_procedure_extended(function, false);
}

char *
format_procedure_qualified(Oid function)
{
    return format_procedure_extended(function, true);
}

static char *
format_operator_extended(Oid op, bool force_qualify)
{
    const OperatorInfo *info = catalog_operator(op);
    StringInfoData text;

    if (info == NULL)
        return psprintf("%u", op);
    initStringInfo(&text);
    if (force_qualify)
        appendStringInfo(&text, "%s.", get_namespace_name(info->oprnamespace));
    appendStringInfo(&text, "%s(%s,%s)", NameStr(info->oprname),
                     info->oprleft ? format_type_be(info->oprleft) : "NONE",
                     format_type_be(info->oprright));
    return text.data;
}

char *
format_operator(Oid op)
{
    return format_operator_extended(op, false);
}

char *
format_operator_qualified(Oid op)
{
    return format_operator_extended(op, true);
}
