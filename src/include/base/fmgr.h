/*
 * fmgr.h - how SQL-callable C functions are called
 *
 * The calling convention PostgreSQL publishes as "version 1". fmgr_info(), which fills an FmgrInfo
 * from a function's OID, belongs to the catalog room; this header needs no catalog.
 */
#ifndef BASE_FMGR_H
#define BASE_FMGR_H

#include "base/base.h"
#include "base/nodetags.h"
#include "base/varlena.h"

typedef struct FunctionCallInfoBaseData FunctionCallInfoBaseData;
typedef FunctionCallInfoBaseData *FunctionCallInfo;
typedef Datum (*PGFunction)(FunctionCallInfo fcinfo);

typedef struct FmgrInfo
{
    PGFunction fn_addr;
    Oid fn_oid;
    short fn_nargs;         /* declared arguments, 0..FUNC_MAX_ARGS */
    bool fn_strict;         /* NULL in gives NULL out, without a call */
    bool fn_retset;         /* returns a set */
    unsigned char fn_stats; /* statistics level that counts this function */
    void *fn_extra;         /* the function's own, lives in fn_mcxt */
    MemoryContext fn_mcxt;
    Node *fn_expr; /* the calling expression, for polymorphic functions */
} FmgrInfo;

struct FunctionCallInfoBaseData
{
    FmgrInfo *flinfo;
    Node *context;
    Node *resultinfo; /* a ReturnSetInfo for functions that return sets */
    Oid fncollation;
    bool isnull; /* the function sets it when its result is NULL */
    short nargs;
    NullableDatum args[];
};

#define SizeForFunctionCallInfo(nargs)                                                             \
    (offsetof(FunctionCallInfoBaseData, args) + sizeof(NullableDatum) * (nargs))
#define LOCAL_FCINFO(name, nargs)                                                                  \
    union                                                                                          \
    {                                                                                              \
        FunctionCallInfoBaseData fcinfo;                                                           \
        char fcinfo_data[SizeForFunctionCallInfo(nargs)];                                          \
    } name##data;                                                                                  \
    FunctionCallInfo name = &name##data.fcinfo
#define InitFunctionCallInfoData(Fcinfo, Flinfo, Nargs, Collation, Context, Resultinfo)            \
    do                                                                                             \
    {                                                                                              \
        (Fcinfo).flinfo = (Flinfo);                                                                \
        (Fcinfo).context = (Context);                                                              \
        (Fcinfo).resultinfo = (Resultinfo);                                                        \
        (Fcinfo).fncollation = (Collation);                                                        \
        (Fcinfo).isnull = false;                                                                   \
        (Fcinfo).nargs = (Nargs);                                                                  \
    } while (0)
#define FunctionCallInvoke(fcinfo) ((fcinfo)->flinfo->fn_addr(fcinfo))

/* What a set-returning function and its caller tell each other. */
typedef enum ExprDoneCond
{
    ExprSingleResult,
    ExprMultipleResult,
    ExprEndResult,
} ExprDoneCond;

typedef enum SetFunctionReturnMode
{
    SFRM_ValuePerCall = 0x01,
    SFRM_Materialize = 0x02,
    SFRM_Materialize_Random = 0x04,
    SFRM_Materialize_Preferred = 0x08,
} SetFunctionReturnMode;

typedef struct ReturnSetInfo
{
    NodeTag type;
    struct ExprContext *econtext;
    struct TupleDescData *expectedDesc;
    int allowedModes;
    SetFunctionReturnMode returnMode;
    ExprDoneCond isDone;
    struct Tuplestorestate *setResult;
    struct TupleDescData *setDesc;
} ReturnSetInfo;

#define PG_FUNCTION_ARGS FunctionCallInfo fcinfo
#define PG_NARGS() (fcinfo->nargs)
#define PG_GET_COLLATION() (fcinfo->fncollation)
#define PG_ARGISNULL(n) (fcinfo->args[n].isnull)
#define PG_GETARG_DATUM(n) (fcinfo->args[n].value)
#define PG_GETARG_INT32(n) DatumGetInt32(PG_GETARG_DATUM(n))
#define PG_GETARG_UINT32(n) DatumGetUInt32(PG_GETARG_DATUM(n))
#define PG_GETARG_INT16(n) DatumGetInt16(PG_GETARG_DATUM(n))
#define PG_GETARG_UINT16(n) DatumGetUInt16(PG_GETARG_DATUM(n))
#define PG_GETARG_CHAR(n) DatumGetChar(PG_GETARG_DATUM(n))
#define PG_GETARG_BOOL(n) DatumGetBool(PG_GETARG_DATUM(n))
#define PG_GETARG_OID(n) DatumGetObjectId(PG_GETARG_DATUM(n))
#define PG_GETARG_POINTER(n) DatumGetPointer(PG_GETARG_DATUM(n))
#define PG_GETARG_CSTRING(n) DatumGetCString(PG_GETARG_DATUM(n))
#define PG_GETARG_NAME(n) DatumGetName(PG_GETARG_DATUM(n))
#define PG_GETARG_TRANSACTIONID(n) DatumGetTransactionId(PG_GETARG_DATUM(n))
#define PG_GETARG_FLOAT4(n) DatumGetFloat4(PG_GETARG_DATUM(n))
#define PG_GETARG_FLOAT8(n) DatumGetFloat8(PG_GETARG_DATUM(n))
#define PG_GETARG_INT64(n) DatumGetInt64(PG_GETARG_DATUM(n))
#define PG_GETARG_TIMESTAMP(n) DatumGetTimestamp(PG_GETARG_DATUM(n))
#define PG_GETARG_TIMESTAMPTZ(n) DatumGetTimestampTz(PG_GETARG_DATUM(n))
#define PG_GETARG_DATEADT(n) DatumGetDateADT(PG_GETARG_DATUM(n))
#define PG_GETARG_TIMEADT(n) DatumGetTimeADT(PG_GETARG_DATUM(n))
#define PG_GETARG_ITEMPOINTER(n) DatumGetItemPointer(PG_GETARG_DATUM(n))
#define PG_GETARG_RAW_VARLENA_P(n) ((struct varlena *) PG_GETARG_POINTER(n))
#define PG_GETARG_VARLENA_P(n) PG_DETOAST_DATUM(PG_GETARG_DATUM(n))
#define PG_GETARG_VARLENA_PP(n) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n))
#define PG_GETARG_BYTEA_P(n) ((bytea *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))
#define PG_GETARG_BYTEA_PP(n) ((bytea *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))
#define PG_GETARG_TEXT_P(n) ((text *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))
#define PG_GETARG_TEXT_PP(n) ((text *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))
#define PG_GETARG_TEXT_P_COPY(n) ((text *) PG_DETOAST_DATUM_COPY(PG_GETARG_DATUM(n)))
#define PG_GETARG_BPCHAR_P(n) ((BpChar *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))
#define PG_GETARG_BPCHAR_PP(n) ((BpChar *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))
#define PG_GETARG_VARCHAR_P(n) ((VarChar *) PG_DETOAST_DATUM(PG_GETARG_DATUM(n)))
#define PG_GETARG_VARCHAR_PP(n) ((VarChar *) PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(n)))
#define DatumGetByteaP(d) ((bytea *) PG_DETOAST_DATUM(d))
#define DatumGetByteaPP(d) ((bytea *) PG_DETOAST_DATUM_PACKED(d))
#define DatumGetTextP(d) ((text *) PG_DETOAST_DATUM(d))
#define DatumGetTextPP(d) ((text *) PG_DETOAST_DATUM_PACKED(d))
#define DatumGetBpCharP(d) ((BpChar *) PG_DETOAST_DATUM(d))
#define DatumGetBpCharPP(d) ((BpChar *) PG_DETOAST_DATUM_PACKED(d))
#define DatumGetVarCharP(d) ((VarChar *) PG_DETOAST_DATUM(d))
#define DatumGetVarCharPP(d) ((VarChar *) PG_DETOAST_DATUM_PACKED(d))

#define PG_RETURN_NULL()                                                                           \
    do                                                                                             \
    {                                                                                              \
        fcinfo->isnull = true;                                                                     \
        return (Datum) 0;                                                                          \
    } while (0)
#define PG_RETURN_VOID() return (Datum) 0
#define PG_RETURN_DATUM(x) return (x)
#define PG_RETURN_INT32(x) return Int32GetDatum(x)
#define PG_RETURN_UINT32(x) return UInt32GetDatum(x)
#define PG_RETURN_INT16(x) return Int16GetDatum(x)
#define PG_RETURN_UINT16(x) return UInt16GetDatum(x)
#define PG_RETURN_CHAR(x) return CharGetDatum(x)
#define PG_RETURN_BOOL(x) return BoolGetDatum(x)
#define PG_RETURN_OID(x) return ObjectIdGetDatum(x)
#define PG_RETURN_POINTER(x) return PointerGetDatum(x)
#define PG_RETURN_CSTRING(x) return CStringGetDatum(x)
#define PG_RETURN_NAME(x) return NameGetDatum(x)
#define PG_RETURN_TRANSACTIONID(x) return TransactionIdGetDatum(x)
#define PG_RETURN_FLOAT4(x) return Float4GetDatum(x)
#define PG_RETURN_FLOAT8(x) return Float8GetDatum(x)
#define PG_RETURN_INT64(x) return Int64GetDatum(x)
#define PG_RETURN_UINT64(x) return UInt64GetDatum(x)
#define PG_RETURN_TIMESTAMP(x) return TimestampGetDatum(x)
#define PG_RETURN_TIMESTAMPTZ(x) return TimestampTzGetDatum(x)
#define PG_RETURN_DATEADT(x) return DateADTGetDatum(x)
#define PG_RETURN_TIMEADT(x) return TimeADTGetDatum(x)
#define PG_RETURN_ITEMPOINTER(x) return ItemPointerGetDatum(x)
#define PG_RETURN_BYTEA_P(x) return PointerGetDatum(x)
#define PG_RETURN_TEXT_P(x) return PointerGetDatum(x)
#define PG_RETURN_BPCHAR_P(x) return PointerGetDatum(x)
#define PG_RETURN_VARCHAR_P(x) return PointerGetDatum(x)
/* A copy made by detoasting an argument may be freed before its context is reset. */
#define PG_FREE_IF_COPY(ptr, n)                                                                    \
    do                                                                                             \
    {                                                                                              \
        if ((Pointer) (ptr) != PG_GETARG_POINTER(n))                                               \
            pfree(ptr);                                                                            \
    } while (0)

/*
 * Detoasting. A plain value is returned as it is; others go through fmgr_detoast_hook, which the
 * heap room sets at start. "packed" may return a value with a 1-byte header; "copy" always copies.
 */
typedef enum DetoastMode
{
    DETOAST_PLAIN,
    DETOAST_PACKED,
    DETOAST_COPY,
} DetoastMode;
extern struct varlena *(*fmgr_detoast_hook)(struct varlena *value, DetoastMode mode);

struct varlena *pg_detoast_datum(struct varlena *value);
struct varlena *pg_detoast_datum_packed(struct varlena *value);
struct varlena *pg_detoast_datum_copy(struct varlena *value);
#define PG_DETOAST_DATUM(d) pg_detoast_datum((struct varlena *) DatumGetPointer(d))
#define PG_DETOAST_DATUM_PACKED(d) pg_detoast_datum_packed((struct varlena *) DatumGetPointer(d))
#define PG_DETOAST_DATUM_COPY(d) pg_detoast_datum_copy((struct varlena *) DatumGetPointer(d))

/* Called when a function that may not return NULL did; must not return. Set by the error room. */
extern void (*fmgr_null_result_hook)(FunctionCallInfo fcinfo);

Datum DirectFunctionCall1Coll(PGFunction func, Oid collation, Datum arg1);
Datum DirectFunctionCall2Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2);
Datum DirectFunctionCall3Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2, Datum arg3);
Datum DirectFunctionCall4Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2, Datum arg3,
                              Datum arg4);
Datum DirectFunctionCall5Coll(PGFunction func, Oid collation, Datum arg1, Datum arg2, Datum arg3,
                              Datum arg4, Datum arg5);
Datum FunctionCall0Coll(FmgrInfo *flinfo, Oid collation);
Datum FunctionCall1Coll(FmgrInfo *flinfo, Oid collation, Datum arg1);
Datum FunctionCall2Coll(FmgrInfo *flinfo, Oid collation, Datum arg1, Datum arg2);
Datum FunctionCall3Coll(FmgrInfo *flinfo, Oid collation, Datum arg1, Datum arg2, Datum arg3);
Datum FunctionCall4Coll(FmgrInfo *flinfo, Oid collation, Datum arg1, Datum arg2, Datum arg3,
                        Datum arg4);
Datum FunctionCall5Coll(FmgrInfo *flinfo, Oid collation, Datum arg1, Datum arg2, Datum arg3,
                        Datum arg4, Datum arg5);
#define DirectFunctionCall1(f, a) DirectFunctionCall1Coll(f, InvalidOid, a)
#define DirectFunctionCall2(f, a, b) DirectFunctionCall2Coll(f, InvalidOid, a, b)
#define DirectFunctionCall3(f, a, b, c) DirectFunctionCall3Coll(f, InvalidOid, a, b, c)
#define DirectFunctionCall4(f, a, b, c, d) DirectFunctionCall4Coll(f, InvalidOid, a, b, c, d)
#define DirectFunctionCall5(f, a, b, c, d, e) DirectFunctionCall5Coll(f, InvalidOid, a, b, c, d, e)
#define FunctionCall1(f, a) FunctionCall1Coll(f, InvalidOid, a)
#define FunctionCall2(f, a, b) FunctionCall2Coll(f, InvalidOid, a, b)
#define FunctionCall3(f, a, b, c) FunctionCall3Coll(f, InvalidOid, a, b, c)
#define FunctionCall4(f, a, b, c, d) FunctionCall4Coll(f, InvalidOid, a, b, c, d)
#define FunctionCall5(f, a, b, c, d, e) FunctionCall5Coll(f, InvalidOid, a, b, c, d, e)

/* Type input and output. A NULL string is passed on only to a function that is not strict. */
Datum InputFunctionCall(FmgrInfo *flinfo, char *str, Oid typioparam, int32 typmod);
char *OutputFunctionCall(FmgrInfo *flinfo, Datum val);
Datum ReceiveFunctionCall(FmgrInfo *flinfo, StringInfo buf, Oid typioparam, int32 typmod);
bytea *SendFunctionCall(FmgrInfo *flinfo, Datum val);

/* Loadable modules */
typedef struct Pg_finfo_record
{
    int api_version;
} Pg_finfo_record;
typedef const Pg_finfo_record *(*PGFInfoFunction)(void);
#define PG_FUNCTION_INFO_V1(funcname)                                                              \
    PGDLLEXPORT Datum funcname(PG_FUNCTION_ARGS);                                                  \
    PGDLLEXPORT const Pg_finfo_record *pg_finfo_##funcname(void);                                  \
    const Pg_finfo_record *pg_finfo_##funcname(void)                                               \
    {                                                                                              \
        static const Pg_finfo_record my_finfo = {1};                                               \
        return &my_finfo;                                                                          \
    }                                                                                              \
    extern int no_such_variable

typedef struct Pg_magic_struct
{
    int len;
    int version;
    int funcmaxargs;
    int indexmaxkeys;
    int namedatalen;
    char abi[16];
} Pg_magic_struct;
#define PG_MODULE_MAGIC_DATA                                                                       \
    {sizeof(Pg_magic_struct), PG_VERSION_NUM / 100, FUNC_MAX_ARGS, INDEX_MAX_KEYS, NAMEDATALEN,    \
     "sengi-1"}
#define PG_MAGIC_FUNCTION_NAME Pg_magic_func
#define PG_MODULE_MAGIC                                                                            \
    PGDLLEXPORT const Pg_magic_struct *PG_MAGIC_FUNCTION_NAME(void);                               \
    const Pg_magic_struct *PG_MAGIC_FUNCTION_NAME(void)                                            \
    {                                                                                              \
        static const Pg_magic_struct data = PG_MODULE_MAGIC_DATA;                                  \
        return &data;                                                                              \
    }                                                                                              \
    extern int no_such_variable

#endif
