/*
 * compare.c - equality, order and btree support of the fixed-size types
 *
 * Why        a type that compares as a C number needs seven or eight functions with one line of
 *            sense in each; one template writes them all.
 * Read first COMPARE_SIX
 */
#include "types_int.h"

#define GET__Bool PG_GETARG_BOOL
#define GET_int16 PG_GETARG_INT16
#define GET_int32 PG_GETARG_INT32
#define GET_int64 PG_GETARG_INT64
#define GET_Oid PG_GETARG_OID
#define GET_uint64 (uint64) PG_GETARG_INT64
#define GET_uint8 (uint8) PG_GETARG_CHAR

#define COMPARE_ONE(name, left, right, operator)                                                   \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(GET_##left(0) operator GET_##right(1));                                     \
    }

#define COMPARE_SIX(prefix, left, right)                                                           \
    COMPARE_ONE(prefix##eq, left, right, ==)                                                       \
    COMPARE_ONE(prefix##ne, left, right, !=)                                                       \
    COMPARE_ONE(prefix##lt, left, right, <)                                                        \
    COMPARE_ONE(prefix##le, left, right, <=)                                                       \
    COMPARE_ONE(prefix##gt, left, right, >)                                                        \
    COMPARE_ONE(prefix##ge, left, right, >=)

#define COMPARE_ORDER(name, left, right)                                                           \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        left a = GET_##left(0);                                                                    \
        right b = GET_##right(1);                                                                  \
        PG_RETURN_INT32(a > b ? 1 : a == b ? 0 : -1);                                              \
    }

#define COMPARE_CHOICE(name, type, operator)                                                       \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        return GET_##type(0) operator GET_##type(1) ? PG_GETARG_DATUM(0) : PG_GETARG_DATUM(1);     \
    }

COMPARE_SIX(bool, bool, bool)
COMPARE_SIX(int2, int16, int16)
COMPARE_SIX(int4, int32, int32)
COMPARE_SIX(int8, int64, int64)
COMPARE_SIX(int24, int16, int32)
COMPARE_SIX(int42, int32, int16)
COMPARE_SIX(int28, int16, int64)
COMPARE_SIX(int82, int64, int16)
COMPARE_SIX(int48, int32, int64)
COMPARE_SIX(int84, int64, int32)
COMPARE_SIX(oid, Oid, Oid)
COMPARE_SIX(char, uint8, uint8)
COMPARE_SIX(pg_lsn_, uint64, uint64)
COMPARE_SIX(xid8, uint64, uint64)
COMPARE_ONE(cideq, Oid, Oid, ==)
COMPARE_ONE(xideq, Oid, Oid, ==)
COMPARE_ONE(xidneq, Oid, Oid, !=)

COMPARE_ORDER(btint4cmp, int32, int32)
COMPARE_ORDER(btint8cmp, int64, int64)
COMPARE_ORDER(btint24cmp, int16, int32)
COMPARE_ORDER(btint42cmp, int32, int16)
COMPARE_ORDER(btint28cmp, int16, int64)
COMPARE_ORDER(btint82cmp, int64, int16)
COMPARE_ORDER(btint48cmp, int32, int64)
COMPARE_ORDER(btint84cmp, int64, int32)
COMPARE_ORDER(btoidcmp, Oid, Oid)
COMPARE_ORDER(pg_lsn_cmp, uint64, uint64)
COMPARE_ORDER(xid8cmp, uint64, uint64)

COMPARE_CHOICE(oidlarger, Oid, >)
COMPARE_CHOICE(oidsmaller, Oid, <)
COMPARE_CHOICE(pg_lsn_larger, uint64, >)
COMPARE_CHOICE(pg_lsn_smaller, uint64, <)
COMPARE_CHOICE(xid8_larger, uint64, >)
COMPARE_CHOICE(xid8_smaller, uint64, <)

SQL_FUNCTION(btint2cmp)
{
    PG_RETURN_INT32((int32) PG_GETARG_INT16(0) - (int32) PG_GETARG_INT16(1));
}

SQL_FUNCTION(btboolcmp)
{
    PG_RETURN_INT32((int32) PG_GETARG_BOOL(0) - (int32) PG_GETARG_BOOL(1));
}

SQL_FUNCTION(btcharcmp)
{
    PG_RETURN_INT32((int32) (uint8) PG_GETARG_CHAR(0) - (int32) (uint8) PG_GETARG_CHAR(1));
}

/* Equal values of these opclasses have equal bytes, so an index may keep one of them. */
SQL_FUNCTION(btequalimage)
{
    PG_RETURN_BOOL(true);
}

/* ---- tid ---- */

int
types_compare_tid(Datum left, Datum right)
{
    ItemPointerData a;
    ItemPointerData b;
    BlockNumber block_a;
    BlockNumber block_b;

    memcpy(&a, DatumGetPointer(left), sizeof(a));
    memcpy(&b, DatumGetPointer(right), sizeof(b));
    block_a = ItemPointerGetBlockNumberNoCheck(&a);
    block_b = ItemPointerGetBlockNumberNoCheck(&b);
    if (block_a != block_b)
        return block_a < block_b ? -1 : 1;
    return (int) ItemPointerGetOffsetNumberNoCheck(&a) -
           (int) ItemPointerGetOffsetNumberNoCheck(&b);
}

#define COMPARE_TID(name, operator)                                                                \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(types_compare_tid(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) operator 0);      \
    }

COMPARE_TID(tideq, ==)
COMPARE_TID(tidne, !=)
COMPARE_TID(tidlt, <)
COMPARE_TID(tidle, <=)
COMPARE_TID(tidgt, >)
COMPARE_TID(tidge, >=)

SQL_FUNCTION(bttidcmp)
{
    PG_RETURN_INT32(types_compare_tid(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)));
}

SQL_FUNCTION(tidlarger)
{
    return types_compare_tid(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) >= 0 ? PG_GETARG_DATUM(0)
                                                                         : PG_GETARG_DATUM(1);
}

SQL_FUNCTION(tidsmaller)
{
    return types_compare_tid(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)) <= 0 ? PG_GETARG_DATUM(0)
                                                                         : PG_GETARG_DATUM(1);
}

/* ---- name: zero-padded, compared as bytes ---- */

#define COMPARE_NAME(name, operator)                                                               \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(strncmp(DatumGetPointer(PG_GETARG_DATUM(0)),                                \
                               DatumGetPointer(PG_GETARG_DATUM(1)), NAMEDATALEN) operator 0);      \
    }

COMPARE_NAME(nameeq, ==)
COMPARE_NAME(namene, !=)
COMPARE_NAME(namelt, <)
COMPARE_NAME(namele, <=)
COMPARE_NAME(namegt, >)
COMPARE_NAME(namege, >=)

SQL_FUNCTION(btnamecmp)
{
    PG_RETURN_INT32(strncmp(DatumGetPointer(PG_GETARG_DATUM(0)),
                            DatumGetPointer(PG_GETARG_DATUM(1)), NAMEDATALEN));
}

#define COMPARE_NAME_TEXT(name, name_first, operator)                                              \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(types_compare_name_text(PG_GETARG_DATUM(name_first ? 0 : 1),                \
                                               PG_GETARG_DATUM(name_first ? 1 : 0),                \
                                               name_first) operator 0);                            \
    }

/* Bytes of name against bytes of text; the result's sign is turned when the text stands first. */
static int
types_compare_name_text(Datum name, Datum string, bool name_first)
{
    const char *n = DatumGetPointer(name);
    text *t = DatumGetTextPP(string);
    int n_length = (int) strnlen(n, NAMEDATALEN);
    int t_length = (int) VARSIZE_ANY_EXHDR(t);
    int r = memcmp(n, VARDATA_ANY(t), Min(n_length, t_length));

    if (r == 0)
        r = n_length < t_length ? -1 : n_length > t_length;
    return name_first ? r : -r;
}

COMPARE_NAME_TEXT(nameeqtext, true, ==)
COMPARE_NAME_TEXT(namenetext, true, !=)
COMPARE_NAME_TEXT(namelttext, true, <)
COMPARE_NAME_TEXT(nameletext, true, <=)
COMPARE_NAME_TEXT(namegttext, true, >)
COMPARE_NAME_TEXT(namegetext, true, >=)
COMPARE_NAME_TEXT(texteqname, false, ==)
COMPARE_NAME_TEXT(textnename, false, !=)
COMPARE_NAME_TEXT(textltname, false, <)
COMPARE_NAME_TEXT(textlename, false, <=)
COMPARE_NAME_TEXT(textgtname, false, >)
COMPARE_NAME_TEXT(textgename, false, >=)

SQL_FUNCTION(btnametextcmp)
{
    PG_RETURN_INT32(types_compare_name_text(PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), true));
}

SQL_FUNCTION(bttextnamecmp)
{
    PG_RETURN_INT32(types_compare_name_text(PG_GETARG_DATUM(1), PG_GETARG_DATUM(0), false));
}
