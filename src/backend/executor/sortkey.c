/*
 * sortkey.c - comparing and hashing Datums by an operator, without a call where the type is known
 */
#include <math.h>

#include "base/base.h"
#include "base/hash.h"
#include "base/varlena.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "executor_int.h"
#include "sortkey_int.h"
#include "types/collation.h"

/* Kind by the comparison function's OID. */
static KeyKind
kind_of_cmp(Oid cmp, Oid collation)
{
    switch (cmp) {
    case 350:
        return KEY_INT16;
    case 351:
    case 1092:
        return KEY_INT32;
    case 842:
    case 2045:
    case 1314:
    case 1107:
        return KEY_INT64;
    case 356:
        return KEY_UINT32;
    case 354:
        return KEY_FLOAT4;
    case 355:
        return KEY_FLOAT8;
    case 1693:
        return KEY_BOOL;
    case 358:
        return KEY_CHAR;
    case 360:
        return lc_collate_is_c(collation) ? KEY_TEXT_C : KEY_GENERIC;
    case 359:
        return lc_collate_is_c(collation) ? KEY_NAME_C : KEY_GENERIC;
    default:
        return KEY_GENERIC;
    }
}

static FunctionCallInfo
call_create(Oid function, FmgrInfo *flinfo, int arg_count, Oid collation)
{
    FunctionCallInfo call;

    fmgr_info(function, flinfo);
    call = (FunctionCallInfo) palloc0(SizeForFunctionCallInfo(arg_count));
    InitFunctionCallInfoData(*call, flinfo, arg_count, collation, NULL, NULL);
    return call;
}

static Datum
call_2(FunctionCallInfo call, Datum a, Datum b)
{
    call->args[0].value = a;
    call->args[0].isnull = false;
    call->args[1].value = b;
    call->args[1].isnull = false;
    call->isnull = false;
    return FunctionCallInvoke(call);
}

void
sort_key_init_cmp(SortKey *key, int column, Oid cmp_proc, Oid collation)
{
    if (!OidIsValid(cmp_proc))
        elog(ERROR, "missing comparison function");
    memset(key, 0, sizeof(*key));
    key->column = column;
    key->collation = collation;
    key->kind = kind_of_cmp(cmp_proc, collation);
    key->call = call_create(cmp_proc, &key->cmp, 2, collation);
}

void
sort_key_init(SortKey *key, int column, Oid sort_operator, Oid collation, bool nulls_first)
{
    Oid family, type;
    int16 strategy;

    if (!get_ordering_op_properties(sort_operator, &family, &type, &strategy))
        elog(ERROR, "operator %u is not a valid ordering operator", sort_operator);
    sort_key_init_cmp(key, column, get_opfamily_proc(family, type, type, BTORDER_PROC), collation);
    key->reverse = strategy == BTGreaterStrategyNumber;
    key->nulls_first = nulls_first;
}

static int
compare_double(double a, double b)
{
    if (isnan(a))
        return isnan(b) ? 0 : 1;
    if (isnan(b))
        return -1;
    return a < b ? -1 : a > b;
}

static int
compare_text(Datum x, Datum y)
{
    struct varlena *a = PG_DETOAST_DATUM_PACKED(x);
    struct varlena *b = PG_DETOAST_DATUM_PACKED(y);
    Size alen = VARSIZE_ANY_EXHDR(a);
    Size blen = VARSIZE_ANY_EXHDR(b);
    int order = memcmp(VARDATA_ANY(a), VARDATA_ANY(b), Min(alen, blen));

    return order != 0 ? order : alen < blen ? -1 : alen > blen;
}

#define COMPARE(a, b) ((a) < (b) ? -1 : (a) > (b))

int
sort_key_compare_raw(SortKey *key, Datum a, Datum b)
{
    switch (key->kind) {
    case KEY_INT16:
        return COMPARE(DatumGetInt16(a), DatumGetInt16(b));
    case KEY_INT32:
        return COMPARE(DatumGetInt32(a), DatumGetInt32(b));
    case KEY_INT64:
        return COMPARE(DatumGetInt64(a), DatumGetInt64(b));
    case KEY_UINT32:
        return COMPARE(DatumGetUInt32(a), DatumGetUInt32(b));
    case KEY_FLOAT4:
        return compare_double(DatumGetFloat4(a), DatumGetFloat4(b));
    case KEY_FLOAT8:
        return compare_double(DatumGetFloat8(a), DatumGetFloat8(b));
    case KEY_BOOL:
        return (int) DatumGetBool(a) - (int) DatumGetBool(b);
    case KEY_CHAR:
        return (int) (uint8) DatumGetChar(a) - (int) (uint8) DatumGetChar(b);
    case KEY_TEXT_C:
        return compare_text(a, b);
    case KEY_NAME_C:
        return strncmp((const char *) DatumGetPointer(a), (const char *) DatumGetPointer(b),
                       NAMEDATALEN);
    case KEY_GENERIC:
        break;
    }
    return DatumGetInt32(call_2(key->call, a, b));
}

int
sort_key_compare(SortKey *key, Datum a, bool anull, Datum b, bool bnull)
{
    int order;

    if (anull || bnull) {
        if (anull && bnull)
            return 0;
        return anull == key->nulls_first ? -1 : 1;
    }
    order = sort_key_compare_raw(key, a, b);
    return key->reverse ? (order < 0 ? 1 : order > 0 ? -1 : 0) : order;
}

/* First eight bytes, the first most significant, zeros behind the end. */
static uint64
prefix_number(const char *bytes, Size length)
{
    uint64 number = 0;

    memcpy(&number, bytes, Min(length, 8));
    return __builtin_bswap64(number);
}

static uint64
double_number(double value)
{
    uint64 bits;

    if (isnan(value))
        return UINT64_MAX;
    if (value == 0.0)
        value = 0.0;
    memcpy(&bits, &value, sizeof(bits));
    if (bits == UINT64_C(0x8000000000000000))
        bits = 0;
    return bits >> 63 ? ~bits : bits | UINT64_C(0x8000000000000000);
}

#define SIGN_FLIP(v) ((uint64) (int64) (v) ^ UINT64_C(0x8000000000000000))

uint64
sort_key_abbreviate(const SortKey *key, Datum value)
{
    uint64 number = 0;

    switch (key->kind) {
    case KEY_INT16:
        number = SIGN_FLIP(DatumGetInt16(value));
        break;
    case KEY_INT32:
        number = SIGN_FLIP(DatumGetInt32(value));
        break;
    case KEY_INT64:
        number = SIGN_FLIP(DatumGetInt64(value));
        break;
    case KEY_UINT32:
        number = DatumGetUInt32(value);
        break;
    case KEY_FLOAT4:
        number = double_number(DatumGetFloat4(value));
        break;
    case KEY_FLOAT8:
        number = double_number(DatumGetFloat8(value));
        break;
    case KEY_BOOL:
        number = DatumGetBool(value);
        break;
    case KEY_CHAR:
        number = (uint8) DatumGetChar(value);
        break;
    case KEY_TEXT_C: {
        struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

        number = prefix_number(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
        break;
    }
    case KEY_NAME_C: {
        const char *name = (const char *) DatumGetPointer(value);

        number = prefix_number(name, strnlen(name, 8));
        break;
    }
    case KEY_GENERIC:
        return 0;
    }
    return key->reverse ? ~number : number;
}

bool
sort_key_is_exact(const SortKey *key)
{
    return key->kind != KEY_GENERIC && key->kind != KEY_TEXT_C && key->kind != KEY_NAME_C;
}

/* ---- equality ---- */

/* Kind by the equality function's OID; only for operators over one type. */
static KeyKind
kind_of_eq(Oid eq, bool *ret_text)
{
    *ret_text = false;
    switch (eq) {
    case 63:
        return KEY_INT16;
    case 65:
    case 1086:
        return KEY_INT32;
    case 467:
    case 1145:
    case 1152:
    case 2052:
        return KEY_INT64;
    case 184:
        return KEY_UINT32;
    case 60:
        return KEY_BOOL;
    case 61:
        return KEY_CHAR;
    case 67:
        *ret_text = true;
        return KEY_TEXT_C;
    default:
        return KEY_GENERIC;
    }
}

void
equal_key_init(EqualKey *key, int column, Oid eq_operator, Oid collation, bool hashed, bool left)
{
    Oid function = get_opcode(eq_operator);
    bool is_text;

    if (!OidIsValid(function))
        elog(ERROR, "cache lookup failed for operator %u", eq_operator);
    memset(key, 0, sizeof(*key));
    key->column = column;
    key->collation = collation;
    key->kind = kind_of_eq(function, &is_text);
    key->bitwise = key->kind != KEY_GENERIC;
    key->hash_by_kind = key->bitwise;
    key->eq_call = call_create(function, &key->eq, 2, collation);
    if (hashed && !key->hash_by_kind) {
        Oid left_hash, right_hash;

        if (!get_op_hash_functions(eq_operator, &left_hash, &right_hash))
            elog(ERROR, "could not find hash function for hash operator %u", eq_operator);
        key->hash_call = call_create(left ? left_hash : right_hash, &key->hash, 1, collation);
    }
}

bool
equal_key_equal(EqualKey *key, Datum a, Datum b)
{
    switch (key->kind) {
    case KEY_INT16:
        return DatumGetInt16(a) == DatumGetInt16(b);
    case KEY_INT32:
        return DatumGetInt32(a) == DatumGetInt32(b);
    case KEY_INT64:
        return DatumGetInt64(a) == DatumGetInt64(b);
    case KEY_UINT32:
        return DatumGetUInt32(a) == DatumGetUInt32(b);
    case KEY_BOOL:
        return DatumGetBool(a) == DatumGetBool(b);
    case KEY_CHAR:
        return DatumGetChar(a) == DatumGetChar(b);
    case KEY_TEXT_C:
        return compare_text(a, b) == 0;
    default:
        return DatumGetBool(call_2(key->eq_call, a, b));
    }
}

bool
equal_key_same(EqualKey *key, Datum a, bool anull, Datum b, bool bnull)
{
    if (anull || bnull)
        return anull && bnull;
    return equal_key_equal(key, a, b);
}

EqualKey *
equal_keys_create(int count, const AttrNumber *columns, const Oid *operators,
                  const Oid *collations, bool hashed)
{
    EqualKey *keys = (EqualKey *) palloc0(sizeof(EqualKey) * (Size) Max(count, 1));

    for (int i = 0; i < count; i++)
        equal_key_init(&keys[i], columns[i] - 1, operators[i], collations[i], hashed, true);
    return keys;
}

static inline uint32
hash_integer(int64 value)
{
    uint64 h = (uint64) value * UINT64_C(0x9E3779B97F4A7C15);

    h ^= h >> 32;
    h *= UINT64_C(0xD6E8FEB86659FD93);
    return (uint32) (h >> 32);
}

uint32
equal_key_hash(EqualKey *key, Datum value)
{
    switch (key->kind) {
    case KEY_INT16:
        return hash_integer(DatumGetInt16(value));
    case KEY_INT32:
        return hash_integer(DatumGetInt32(value));
    case KEY_INT64:
        return hash_integer(DatumGetInt64(value));
    case KEY_UINT32:
        return hash_integer(DatumGetUInt32(value));
    case KEY_BOOL:
        return hash_integer(DatumGetBool(value));
    case KEY_CHAR:
        return hash_integer((uint8) DatumGetChar(value));
    case KEY_TEXT_C: {
        struct varlena *text = PG_DETOAST_DATUM_PACKED(value);

        return hash_bytes(VARDATA_ANY(text), VARSIZE_ANY_EXHDR(text));
    }
    default:
        break;
    }
    key->hash_call->args[0].value = value;
    key->hash_call->args[0].isnull = false;
    key->hash_call->isnull = false;
    return DatumGetUInt32(FunctionCallInvoke(key->hash_call));
}

void
equal_key_hash_column(EqualKey *key, const ColumnVector *vector, const uint16 *sel, int count,
                      uint32 *hashes)
{
    for (int k = 0; k < count; k++) {
        int i = sel != NULL ? sel[k] : k;
        uint32 hash = vector->nulls[i] ? 0 : equal_key_hash(key, vector->values[i]);

        hashes[i] = hash_mix(hashes[i], hash);
    }
}
