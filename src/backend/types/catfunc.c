/*
 * catfunc.c - functions that ask the catalog: visibility, type names, access lists
 */
#include "types_int.h"
#include "types/array.h"
#include "types/collation.h"
#include "types/funcapi.h"
#include "types/hashing.h"
#include "types/typeinfo.h"
#include "catalog/lsyscache.h"
#include "catalog/user.h"
#include "heap/tuple.h"

/* ---- visibility: NULL for an object that is gone ---- */

#define CATALOG_VISIBLE(name, exists, visible)                                                     \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        Oid oid = PG_GETARG_OID(0);                                                                \
        if (!(exists))                                                                             \
            PG_RETURN_NULL();                                                                      \
        PG_RETURN_BOOL(visible(oid));                                                              \
    }

CATALOG_VISIBLE(pg_table_is_visible, get_rel_relkind(oid) != 0, RelationIsVisible)
CATALOG_VISIBLE(pg_type_is_visible, catalog_type(oid) != NULL, TypeIsVisible)
CATALOG_VISIBLE(pg_function_is_visible, catalog_proc(oid) != NULL, FunctionIsVisible)
CATALOG_VISIBLE(pg_operator_is_visible, catalog_operator(oid) != NULL, OperatorIsVisible)
CATALOG_VISIBLE(pg_opclass_is_visible, catalog_opclass(oid) != NULL, OpclassIsVisible)
CATALOG_VISIBLE(pg_opfamily_is_visible, catalog_opfamily(oid) != NULL, OpfamilyIsVisible)
CATALOG_VISIBLE(pg_collation_is_visible, catalog_collation(oid) != NULL, CollationIsVisible)

/* Kinds of objects this server has none of: no OID is one of theirs. */
#define CATALOG_NEVER_VISIBLE(name)                                                                \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_NULL();                                                                          \
    }

CATALOG_NEVER_VISIBLE(pg_conversion_is_visible)
CATALOG_NEVER_VISIBLE(pg_statistics_obj_is_visible)
CATALOG_NEVER_VISIBLE(pg_ts_config_is_visible)
CATALOG_NEVER_VISIBLE(pg_ts_dict_is_visible)
CATALOG_NEVER_VISIBLE(pg_ts_parser_is_visible)
CATALOG_NEVER_VISIBLE(pg_ts_template_is_visible)

SQL_FUNCTION(pg_my_temp_schema)
{
    PG_RETURN_OID(InvalidOid);
}

SQL_FUNCTION(pg_is_other_temp_schema)
{
    char *name = get_namespace_name(PG_GETARG_OID(0));

    PG_RETURN_BOOL(name != NULL && (strncmp(name, "pg_temp_", 8) == 0 ||
                                    strncmp(name, "pg_toast_temp_", 14) == 0));
}

/* ---- type names ---- */

SQL_FUNCTION(format_type)
{
    Oid type;
    int32 typmod = -1;
    uint16 flags = FORMAT_TYPE_ALLOW_INVALID;

    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    type = PG_GETARG_OID(0);
    if (!PG_ARGISNULL(1))
    {
        typmod = PG_GETARG_INT32(1);
        flags |= FORMAT_TYPE_TYPEMOD_GIVEN;
    }
    PG_RETURN_TEXT_P(cstring_to_text(format_type_extended(type, typmod, flags)));
}

SQL_FUNCTION(oidvectortypes)
{
    ArrayType *types = PG_GETARG_ARRAYTYPE_P(0);
    StringInfoData out;
    ArrayWalk walk;
    Datum value;
    bool null;

    initStringInfo(&out);
    array_walk_begin(&walk, types, sizeof(Oid), true, 'i');
    while (array_walk_next(&walk, &value, &null))
        appendStringInfo(&out, "%s%s", out.len > 0 ? ", " : "",
                         format_type_extended(DatumGetObjectId(value), -1, FORMAT_TYPE_ALLOW_INVALID));
    PG_RETURN_TEXT_P(cstring_to_text(out.data));
}

SQL_FUNCTION(pg_collation_for)
{
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, 0);
    Oid collation = PG_GET_COLLATION();
    const CollationInfo *info;

    if (!OidIsValid(type))
        PG_RETURN_NULL();
    if (!type_is_collatable(type) && type != UNKNOWNOID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("collations are not supported by type %s", format_type_be(type))));
    info = OidIsValid(collation) ? catalog_collation(collation) : NULL;
    if (info == NULL)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(quote_qualified_identifier(
        CollationIsVisible(collation) ? NULL : get_namespace_name(info->collnamespace),
        NameStr(info->collname))));
}

SQL_FUNCTION(pg_collation_actual_version)
{
    char *version;

    if (catalog_collation(PG_GETARG_OID(0)) == NULL)
        PG_RETURN_NULL();
    version = collation_version(PG_GETARG_OID(0));
    if (version == NULL)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(cstring_to_text(version));
}

/* ---- access lists ---- */

static const struct
{
    const char *name;
    AclMode right;
} catfunc_rights[] = {
    {"INSERT", ACL_INSERT},         {"SELECT", ACL_SELECT},       {"UPDATE", ACL_UPDATE},
    {"DELETE", ACL_DELETE},         {"TRUNCATE", ACL_TRUNCATE},   {"REFERENCES", ACL_REFERENCES},
    {"TRIGGER", ACL_TRIGGER},       {"EXECUTE", ACL_EXECUTE},     {"USAGE", ACL_USAGE},
    {"CREATE", ACL_CREATE},         {"TEMPORARY", ACL_CREATE_TEMP}, {"TEMP", ACL_CREATE_TEMP},
    {"CONNECT", ACL_CONNECT},       {"SET", ACL_SET},             {"ALTER SYSTEM", ACL_ALTER_SYSTEM},
    {"RULE", 0},
};

static AclItem
catfunc_aclitem(Datum value)
{
    AclItem item;

    memcpy(&item, DatumGetPointer(value), sizeof(item));
    return item;
}

static Datum
catfunc_return_aclitem(AclItem item)
{
    AclItem *result = palloc(sizeof(*result));

    *result = item;
    return PointerGetDatum(result);
}

SQL_FUNCTION(aclitemin)
{
    return catfunc_return_aclitem(catalog_aclitem_in(PG_GETARG_CSTRING(0)));
}

SQL_FUNCTION(aclitemout)
{
    AclItem item = catfunc_aclitem(PG_GETARG_DATUM(0));

    PG_RETURN_CSTRING(catalog_aclitem_out(&item));
}

SQL_FUNCTION(aclitem_eq)
{
    AclItem a = catfunc_aclitem(PG_GETARG_DATUM(0));
    AclItem b = catfunc_aclitem(PG_GETARG_DATUM(1));

    PG_RETURN_BOOL(a.ai_privs == b.ai_privs && a.ai_grantee == b.ai_grantee &&
                   a.ai_grantor == b.ai_grantor);
}

SQL_FUNCTION(hash_aclitem)
{
    AclItem a = catfunc_aclitem(PG_GETARG_DATUM(0));

    PG_RETURN_UINT32((uint32) (a.ai_privs + a.ai_grantee + a.ai_grantor));
}

SQL_FUNCTION(hash_aclitem_extended)
{
    AclItem a = catfunc_aclitem(PG_GETARG_DATUM(0));
    uint64 seed = DatumGetUInt64(PG_GETARG_DATUM(1));
    uint32 sum = (uint32) (a.ai_privs + a.ai_grantee + a.ai_grantor);

    PG_RETURN_UINT64(seed == 0 ? sum : types_hash_uint32_extended(sum, seed));
}

/* One name, without "WITH GRANT OPTION". */
static AclMode
catfunc_right(const char *name, bool with_option, bool *ret_option)
{
    char *copy = pstrdup(name);
    int length;

    while (isspace((unsigned char) *copy))
        copy++;
    length = (int) strlen(copy);
    while (length > 0 && isspace((unsigned char) copy[length - 1]))
        copy[--length] = '\0';
    *ret_option = false;
    if (with_option && length > 18 && pg_strcasecmp(copy + length - 18, " WITH GRANT OPTION") == 0)
    {
        copy[length - 18] = '\0';
        *ret_option = true;
    }
    for (int i = 0; i < lengthof(catfunc_rights); i++)
        if (pg_strcasecmp(copy, catfunc_rights[i].name) == 0)
            return catfunc_rights[i].right;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("unrecognized privilege type: \"%s\"", copy)));
    pg_unreachable();
}

SQL_FUNCTION(makeaclitem)
{
    char *list = text_to_cstring(PG_GETARG_TEXT_PP(2));
    AclMode rights = 0;
    bool grantable = PG_GETARG_BOOL(3);
    AclItem item = {.ai_grantee = PG_GETARG_OID(0), .ai_grantor = PG_GETARG_OID(1)};
    char *save;

    for (char *word = strtok_r(list, ",", &save); word != NULL; word = strtok_r(NULL, ",", &save))
    {
        bool option;

        rights |= catfunc_right(word, false, &option);
    }
    item.ai_privs = rights | (grantable ? rights << 16 : 0);
    return catfunc_return_aclitem(item);
}

SQL_FUNCTION(aclcontains)
{
    ArrayType *acl = PG_GETARG_ARRAYTYPE_P(0);
    AclItem wanted = catfunc_aclitem(PG_GETARG_DATUM(1));
    ArrayWalk walk;
    Datum value;
    bool null;

    array_walk_begin(&walk, acl, sizeof(AclItem), false, 'i');
    while (array_walk_next(&walk, &value, &null))
    {
        AclItem item = catfunc_aclitem(value);

        if (item.ai_grantee == wanted.ai_grantee && item.ai_grantor == wanted.ai_grantor &&
            (item.ai_privs & wanted.ai_privs) == wanted.ai_privs)
            PG_RETURN_BOOL(true);
    }
    PG_RETURN_BOOL(false);
}

SQL_FUNCTION(acldefault_sql)
{
    char kind = PG_GETARG_CHAR(0);
    ObjectType type;
    AclItem *items;
    Datum *values;
    int count;

    switch (kind)
    {
        case 'c':
            type = OBJECT_COLUMN;
            break;
        case 'r':
            type = OBJECT_TABLE;
            break;
        case 's':
            type = OBJECT_SEQUENCE;
            break;
        case 'd':
            type = OBJECT_DATABASE;
            break;
        case 'f':
            type = OBJECT_FUNCTION;
            break;
        case 'l':
            type = OBJECT_LANGUAGE;
            break;
        case 'n':
            type = OBJECT_SCHEMA;
            break;
        case 't':
            type = OBJECT_TABLESPACE;
            break;
        case 'T':
            type = OBJECT_TYPE;
            break;
        case 'F':
        case 'S':
        case 'L':
        case 'p':
            types_throw_unsupported("access control for this kind of object");
        default:
            elog(ERROR, "unrecognized objtype abbreviation: %c", kind);
            pg_unreachable();
    }
    count = catalog_acl_default(type, PG_GETARG_OID(1), &items);
    values = palloc((count + 1) * sizeof(Datum));
    for (int i = 0; i < count; i++)
        values[i] = PointerGetDatum(&items[i]);
    PG_RETURN_ARRAYTYPE_P(construct_array(values, count, ACLITEMOID, sizeof(AclItem), false, 'i'));
}

/* One row for each right of each item: grantor, grantee, right, grantable. */
typedef struct AclSeries
{
    AclItem *items;
    int count;
    int item;
    int right;
} AclSeries;

SQL_FUNCTION(aclexplode)
{
    FuncCallContext *funcctx;
    AclSeries *series;

    if (SRF_IS_FIRSTCALL())
    {
        ArrayType *acl = PG_GETARG_ARRAYTYPE_P(0);
        MemoryContext old;
        TupleDesc desc;
        ArrayWalk walk;
        Datum value;
        bool null;

        funcctx = SRF_FIRSTCALL_INIT();
        old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
        desc = CreateTemplateTupleDesc(4);
        TupleDescInitEntry(desc, 1, "grantor", OIDOID, -1, 0);
        TupleDescInitEntry(desc, 2, "grantee", OIDOID, -1, 0);
        TupleDescInitEntry(desc, 3, "privilege_type", TEXTOID, -1, 0);
        TupleDescInitEntry(desc, 4, "is_grantable", BOOLOID, -1, 0);
        assign_record_type_typmod(desc);
        funcctx->tuple_desc = desc;
        funcctx->user_fctx = series = palloc0(sizeof(*series));
        array_walk_begin(&walk, acl, sizeof(AclItem), false, 'i');
        series->items = palloc((walk.count + 1) * sizeof(AclItem));
        while (array_walk_next(&walk, &value, &null))
            series->items[series->count++] = catfunc_aclitem(value);
        MemoryContextSwitchTo(old);
    }
    funcctx = SRF_PERCALL_SETUP();
    series = funcctx->user_fctx;
    for (; series->item < series->count; series->item++, series->right = 0)
        for (; series->right < N_ACL_RIGHTS; series->right++)
        {
            AclItem *item = &series->items[series->item];
            AclMode bit = (AclMode) 1 << series->right;
            Datum values[4];
            bool nulls[4] = {false};

            if (!(item->ai_privs & bit))
                continue;
            values[0] = ObjectIdGetDatum(item->ai_grantor);
            values[1] = ObjectIdGetDatum(item->ai_grantee);
            for (int i = lengthof(catfunc_rights) - 1; i >= 0; i--)
                if (catfunc_rights[i].right == bit)
                    values[2] = CStringGetTextDatum(catfunc_rights[i].name);
            values[3] = BoolGetDatum((item->ai_privs & (bit << 16)) != 0);
            series->right++;
            SRF_RETURN_NEXT(funcctx,
                            heap_copy_tuple_as_datum(heap_form_tuple(funcctx->tuple_desc, values, nulls),
                                                     funcctx->tuple_desc));
        }
    SRF_RETURN_DONE(funcctx);
}
