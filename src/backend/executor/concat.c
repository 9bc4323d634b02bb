/*
 * concat.c - text || anything
 *
 * PostgreSQL writes these two as SQL functions and puts their bodies in place of the call. Here
 * they are C: the other operand's cast to text is looked up once per call site.
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "executor_int.h"
#include "types/funcapi.h"

extern Datum sql_textanycat_text_anynonarray(PG_FUNCTION_ARGS);
extern Datum sql_anytextcat_anynonarray_text(PG_FUNCTION_ARGS);

typedef struct TextCast {
    bool binary;   /* the bytes are text's */
    bool function; /* a cast function, else the output function */
    int arg_count; /* of the cast function */
    FmgrInfo flinfo;
} TextCast;

static TextCast *
text_cast_of(FunctionCallInfo fcinfo, int argument)
{
    TextCast *cast = (TextCast *) fcinfo->flinfo->fn_extra;
    Oid type = get_fn_expr_argtype(fcinfo->flinfo, argument);
    const CastInfo *info;
    Oid output;
    bool is_varlena;

    if (cast != NULL)
        return cast;
    if (!OidIsValid(type))
        elog(ERROR, "could not determine input data type");
    cast = (TextCast *) MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(TextCast));
    info = catalog_cast(type, TEXTOID);
    if (type == TEXTOID || (info != NULL && info->castmethod == COERCION_METHOD_BINARY))
        cast->binary = true;
    else if (info != NULL && info->castmethod == COERCION_METHOD_FUNCTION) {
        cast->function = true;
        cast->arg_count = get_func_nargs(info->castfunc);
        fmgr_info_cxt(info->castfunc, &cast->flinfo, fcinfo->flinfo->fn_mcxt);
    } else {
        getTypeOutputInfo(type, &output, &is_varlena);
        fmgr_info_cxt(output, &cast->flinfo, fcinfo->flinfo->fn_mcxt);
    }
    fcinfo->flinfo->fn_extra = cast;
    return cast;
}

static struct varlena *
as_text(FunctionCallInfo fcinfo, int argument)
{
    TextCast *cast = text_cast_of(fcinfo, argument);
    Datum value = fcinfo->args[argument].value;
    char *string;
    Size length;
    struct varlena *text;

    if (cast->binary)
        return PG_DETOAST_DATUM_PACKED(value);
    if (cast->function) {
        value = cast->arg_count == 1
                    ? FunctionCall1(&cast->flinfo, value)
                    : FunctionCall3(&cast->flinfo, value, Int32GetDatum(-1), BoolGetDatum(false));
        return PG_DETOAST_DATUM_PACKED(value);
    }
    string = OutputFunctionCall(&cast->flinfo, value);
    length = strlen(string);
    text = (struct varlena *) palloc(VARHDRSZ + length);
    SET_VARSIZE(text, VARHDRSZ + length);
    memcpy(VARDATA(text), string, length);
    return text;
}

static Datum
concatenate(const struct varlena *a, const struct varlena *b)
{
    Size alen = VARSIZE_ANY_EXHDR(a);
    Size blen = VARSIZE_ANY_EXHDR(b);
    struct varlena *result = (struct varlena *) palloc(VARHDRSZ + alen + blen);

    SET_VARSIZE(result, VARHDRSZ + alen + blen);
    memcpy(VARDATA(result), VARDATA_ANY(a), alen);
    memcpy(VARDATA(result) + alen, VARDATA_ANY(b), blen);
    return PointerGetDatum(result);
}

Datum
sql_textanycat_text_anynonarray(PG_FUNCTION_ARGS)
{
    return concatenate(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), as_text(fcinfo, 1));
}

Datum
sql_anytextcat_anynonarray_text(PG_FUNCTION_ARGS)
{
    return concatenate(as_text(fcinfo, 0), PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(1)));
}
