/*
 * common.c - the errors all types share, and what they ask of the catalog
 */
#include "types_int.h"
#include "types/typeinfo.h"
#include "catalog/lsyscache.h"
#include "catalog/namespace.h"

/* Built-in types never change, so what is known of them is kept: one slot per low OID. */
#define COMMON_SLOTS 8192

static TypeOps *common_slots[COMMON_SLOTS];

void
types_throw_syntax(const char *type, const char *input)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("invalid input syntax for type %s: \"%s\"", type, input)));
    pg_unreachable();
}

void
types_throw_out_of_range(const char *type, const char *input)
{
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                    errmsg("value \"%s\" is out of range for type %s", input, type)));
    pg_unreachable();
}

void
types_throw_range(const char *message)
{
    ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE), errmsg("%s", message)));
    pg_unreachable();
}

void
types_throw_division_by_zero(void)
{
    ereport(ERROR, (errcode(ERRCODE_DIVISION_BY_ZERO), errmsg("division by zero")));
    pg_unreachable();
}

void
types_throw_unsupported(const char *what)
{
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s is not supported", what)));
    pg_unreachable();
}

static void
common_fill(TypeOps *ops, const TypeInfo *type, MemoryContext context)
{
    memset(ops, 0, sizeof(*ops));
    ops->type = type->oid;
    ops->typlen = type->typlen;
    ops->typbyval = type->typbyval;
    ops->typalign = type->typalign;
    ops->typdelim = type->typdelim;
    ops->typtype = type->typtype;
    ops->typcategory = type->typcategory;
    ops->typioparam = getTypeIOParam(type);
    ops->element = get_element_type(type->oid);
    ops->array = type->typarray;
    if (OidIsValid(type->typinput))
        fmgr_info_cxt(type->typinput, &ops->input, context);
    if (OidIsValid(type->typoutput))
        fmgr_info_cxt(type->typoutput, &ops->output, context);
}

TypeOps *
types_ops(Oid type)
{
    const TypeInfo *info;
    TypeOps *ops;

    if (type < COMMON_SLOTS && common_slots[type] != NULL)
        return common_slots[type];
    info = catalog_type(type);
    if (info == NULL)
        elog(ERROR, "cache lookup failed for type %u", type);
    if (type >= COMMON_SLOTS)
    {
        ops = palloc(sizeof(*ops));
        common_fill(ops, info, CurrentMemoryContext);
        return ops;
    }
    ops = MemoryContextAlloc(TopMemoryContext, sizeof(*ops));
    common_fill(ops, info, TopMemoryContext);
    common_slots[type] = ops;
    return ops;
}

TypeOps *
types_ops_binary(Oid type)
{
    TypeOps *ops = types_ops(type);
    MemoryContext context = type < COMMON_SLOTS ? TopMemoryContext : CurrentMemoryContext;

    if (ops->send.fn_addr == NULL)
    {
        const TypeInfo *info = catalog_type(type);

        if (!OidIsValid(info->typsend) || !OidIsValid(info->typreceive))
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                            errmsg("no binary output function available for type %s",
                                   format_type_be(type))));
        fmgr_info_cxt(info->typsend, &ops->send, context);
        fmgr_info_cxt(info->typreceive, &ops->receive, context);
    }
    return ops;
}

TypeCacheEntry *
types_eq(Oid type)
{
    TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_EQ_OPR_FINFO);

    if (!OidIsValid(entry->eq_opr_finfo.fn_oid))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("could not identify an equality operator for type %s",
                               format_type_be(type))));
    return entry;
}

TypeCacheEntry *
types_cmp(Oid type)
{
    TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_CMP_PROC_FINFO);

    if (!OidIsValid(entry->cmp_proc_finfo.fn_oid))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("could not identify a comparison function for type %s",
                               format_type_be(type))));
    return entry;
}

char *
types_output(Oid type, Datum value)
{
    return OutputFunctionCall(&types_ops(type)->output, value);
}

Datum
types_input(Oid type, char *text, int32 typmod)
{
    TypeOps *ops = types_ops(type);

    return InputFunctionCall(&ops->input, text, ops->typioparam, typmod);
}

Datum
types_copy_datum(Datum value, bool typbyval, int typlen)
{
    Size size;
    char *copy;

    if (typbyval)
        return value;
    if (typlen == -1)
        size = VARSIZE_ANY(DatumGetPointer(value));
    else if (typlen == -2)
        size = strlen(DatumGetCString(value)) + 1;
    else
        size = typlen;
    copy = palloc(size);
    memcpy(copy, DatumGetPointer(value), size);
    return PointerGetDatum(copy);
}
