/*
 * int.c - int2, int4, int8: text, binary, arithmetic, casts
 *
 * Why        PostgreSQL has a function for each pair of widths; one template per operation writes
 *            them, so that a rule (overflow, division by zero) stands once.
 * Errors     22003 on overflow, 22012 on division by zero
 */
#include "types_int.h"

#define RANGE_int16 "smallint out of range"
#define RANGE_int32 "integer out of range"
#define RANGE_int64 "bigint out of range"
#define GET_int16 PG_GETARG_INT16
#define GET_int32 PG_GETARG_INT32
#define GET_int64 PG_GETARG_INT64
#define RETURN_int16 PG_RETURN_INT16
#define RETURN_int32 PG_RETURN_INT32
#define RETURN_int64 PG_RETURN_INT64

#define INT_OVERFLOWING(name, left, right, result, builtin)                                        \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        result a = GET_##left(0);                                                                  \
        result b = GET_##right(1);                                                                 \
        result r;                                                                                  \
        if (unlikely(builtin(a, b, &r)))                                                           \
            types_throw_range(RANGE_##result);                                                     \
        RETURN_##result(r);                                                                        \
    }

#define INT_DIVIDE(name, left, right, result)                                                      \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        result a = GET_##left(0);                                                                  \
        result b = GET_##right(1);                                                                 \
        result r;                                                                                  \
        if (unlikely(b == 0))                                                                      \
            types_throw_division_by_zero();                                                        \
        if (b != -1)                                                                               \
            RETURN_##result(a / b);                                                                \
        if (unlikely(__builtin_sub_overflow((result) 0, a, &r)))                                   \
            types_throw_range(RANGE_##result);                                                     \
        RETURN_##result(r);                                                                        \
    }

#define INT_ARITHMETIC(prefix, left, right, result)                                                \
    INT_OVERFLOWING(prefix##pl, left, right, result, __builtin_add_overflow)                       \
    INT_OVERFLOWING(prefix##mi, left, right, result, __builtin_sub_overflow)                       \
    INT_OVERFLOWING(prefix##mul, left, right, result, __builtin_mul_overflow)                      \
    INT_DIVIDE(prefix##div, left, right, result)

#define INT_BINARY(name, left, right, result, expression)                                          \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        left a = GET_##left(0);                                                                    \
        right b = GET_##right(1);                                                                  \
        RETURN_##result(expression);                                                               \
    }

#define INT_UNARY(name, type, expression)                                                          \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        type a = GET_##type(0);                                                                    \
        RETURN_##type(expression);                                                                 \
    }

#define INT_FAMILY(prefix, type, min, mask)                                                         \
    INT_ARITHMETIC(prefix, type, type, type)                                                       \
    SQL_FUNCTION(prefix##mod)                                                                      \
    {                                                                                              \
        type a = GET_##type(0);                                                                    \
        type b = GET_##type(1);                                                                    \
        if (unlikely(b == 0))                                                                      \
            types_throw_division_by_zero();                                                        \
        RETURN_##type(b == -1 ? 0 : a % b);                                                        \
    }                                                                                              \
    SQL_FUNCTION(prefix##um)                                                                       \
    {                                                                                              \
        type a = GET_##type(0);                                                                    \
        if (unlikely(a == min))                                                                    \
            types_throw_range(RANGE_##type);                                                       \
        RETURN_##type(-a);                                                                         \
    }                                                                                              \
    SQL_FUNCTION(prefix##abs)                                                                      \
    {                                                                                              \
        type a = GET_##type(0);                                                                    \
        if (unlikely(a == min))                                                                    \
            types_throw_range(RANGE_##type);                                                       \
        RETURN_##type(a < 0 ? -a : a);                                                             \
    }                                                                                              \
    INT_UNARY(prefix##up, type, a)                                                                 \
    INT_UNARY(prefix##not, type, ~a)                                                               \
    INT_BINARY(prefix##and, type, type, type, a & b)                                               \
    INT_BINARY(prefix##or, type, type, type, a | b)                                                \
    INT_BINARY(prefix##xor, type, type, type, a ^ b)                                               \
    INT_BINARY(prefix##shl, type, int32, type, (type) ((uint64) a << (b & mask)))                  \
    INT_BINARY(prefix##shr, type, int32, type, (type) (a >> (b & mask)))                           \
    INT_BINARY(prefix##larger, type, type, type, a > b ? a : b)                                    \
    INT_BINARY(prefix##smaller, type, type, type, a < b ? a : b)

INT_FAMILY(int2, int16, PG_INT16_MIN, 31)
INT_FAMILY(int4, int32, PG_INT32_MIN, 31)
INT_FAMILY(int8, int64, PG_INT64_MIN, 63)
INT_ARITHMETIC(int24, int16, int32, int32)
INT_ARITHMETIC(int42, int32, int16, int32)
INT_ARITHMETIC(int28, int16, int64, int64)
INT_ARITHMETIC(int82, int64, int16, int64)
INT_ARITHMETIC(int48, int32, int64, int64)
INT_ARITHMETIC(int84, int64, int32, int64)

/* ---- casts between widths ---- */

#define INT_CAST(name, from, to)                                                                   \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        from a = GET_##from(0);                                                                    \
        if (unlikely((from) (to) a != a))                                                          \
            types_throw_range(RANGE_##to);                                                         \
        RETURN_##to((to) a);                                                                       \
    }

INT_CAST(i2toi4, int16, int32)
INT_CAST(i4toi2, int32, int16)
INT_CAST(int48, int32, int64)
INT_CAST(int84, int64, int32)
INT_CAST(int28, int16, int64)
INT_CAST(int82, int64, int16)

SQL_FUNCTION(int4_bool)
{
    PG_RETURN_BOOL(PG_GETARG_INT32(0) != 0);
}

SQL_FUNCTION(bool_int4)
{
    PG_RETURN_INT32(PG_GETARG_BOOL(0) ? 1 : 0);
}

SQL_FUNCTION(i8tooid)
{
    int64 a = PG_GETARG_INT64(0);

    if (a != (int64) (Oid) a)
        types_throw_range("OID out of range");
    PG_RETURN_OID((Oid) a);
}

SQL_FUNCTION(oidtoi8)
{
    PG_RETURN_INT64((int64) PG_GETARG_OID(0));
}

/* ---- text and binary ---- */

SQL_FUNCTION(int2in)
{
    PG_RETURN_INT16(pg_strtoint16(PG_GETARG_CSTRING(0)));
}

SQL_FUNCTION(int4in)
{
    PG_RETURN_INT32(pg_strtoint32(PG_GETARG_CSTRING(0)));
}

SQL_FUNCTION(int8in)
{
    PG_RETURN_INT64(pg_strtoint64(PG_GETARG_CSTRING(0)));
}

SQL_FUNCTION(int2out)
{
    char *text = palloc(8);

    pg_itoa(PG_GETARG_INT16(0), text);
    PG_RETURN_CSTRING(text);
}

SQL_FUNCTION(int4out)
{
    char *text = palloc(12);

    pg_ltoa(PG_GETARG_INT32(0), text);
    PG_RETURN_CSTRING(text);
}

SQL_FUNCTION(int8out)
{
    char *text = palloc(24);

    pg_lltoa(PG_GETARG_INT64(0), text);
    PG_RETURN_CSTRING(text);
}

SQL_FUNCTION(int2recv)
{
    PG_RETURN_INT16((int16) pq_getmsgint((StringInfo) PG_GETARG_POINTER(0), 2));
}

SQL_FUNCTION(int4recv)
{
    PG_RETURN_INT32((int32) pq_getmsgint((StringInfo) PG_GETARG_POINTER(0), 4));
}

SQL_FUNCTION(int8recv)
{
    PG_RETURN_INT64(pq_getmsgint64((StringInfo) PG_GETARG_POINTER(0)));
}

SQL_FUNCTION(int2send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendint16(&buf, PG_GETARG_INT16(0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(int4send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendint32(&buf, PG_GETARG_INT32(0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

SQL_FUNCTION(int8send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    pq_sendint64(&buf, PG_GETARG_INT64(0));
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---- counting, and the last of arithmetic ---- */

SQL_FUNCTION(int4inc)
{
    int32 r;

    if (unlikely(__builtin_add_overflow(PG_GETARG_INT32(0), 1, &r)))
        types_throw_range(RANGE_int32);
    PG_RETURN_INT32(r);
}

SQL_FUNCTION(int8inc)
{
    int64 r;

    if (unlikely(__builtin_add_overflow(PG_GETARG_INT64(0), (int64) 1, &r)))
        types_throw_range(RANGE_int64);
    PG_RETURN_INT64(r);
}

SQL_FUNCTION(int8dec)
{
    int64 r;

    if (unlikely(__builtin_sub_overflow(PG_GETARG_INT64(0), (int64) 1, &r)))
        types_throw_range(RANGE_int64);
    PG_RETURN_INT64(r);
}

SQL_FUNCTION(int8inc_any)
{
    return int8inc(fcinfo);
}

SQL_FUNCTION(int8dec_any)
{
    return int8dec(fcinfo);
}

SQL_FUNCTION(int8inc_float8_float8)
{
    return int8inc(fcinfo);
}

static uint64
int_gcd(uint64 a, uint64 b)
{
    while (b != 0)
    {
        uint64 rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

static uint64
int_magnitude(int64 a)
{
    return a < 0 ? 0 - (uint64) a : (uint64) a;
}

SQL_FUNCTION(int4gcd)
{
    uint64 r = int_gcd(int_magnitude(PG_GETARG_INT32(0)), int_magnitude(PG_GETARG_INT32(1)));

    if (r > PG_INT32_MAX)
        types_throw_range(RANGE_int32);
    PG_RETURN_INT32((int32) r);
}

SQL_FUNCTION(int8gcd)
{
    uint64 r = int_gcd(int_magnitude(PG_GETARG_INT64(0)), int_magnitude(PG_GETARG_INT64(1)));

    if (r > PG_INT64_MAX)
        types_throw_range(RANGE_int64);
    PG_RETURN_INT64((int64) r);
}

static uint64
int_lcm(int64 a, int64 b, uint64 max, const char *message)
{
    uint64 x = int_magnitude(a);
    uint64 y = int_magnitude(b);
    uint64 r;

    if (a == 0 || b == 0)
        return 0;
    if (__builtin_mul_overflow(x / int_gcd(x, y), y, &r) || r > max)
        types_throw_range(message);
    return r;
}

SQL_FUNCTION(int4lcm)
{
    PG_RETURN_INT32((int32) int_lcm(PG_GETARG_INT32(0), PG_GETARG_INT32(1), PG_INT32_MAX,
                                    RANGE_int32));
}

SQL_FUNCTION(int8lcm)
{
    PG_RETURN_INT64((int64) int_lcm(PG_GETARG_INT64(0), PG_GETARG_INT64(1), PG_INT64_MAX,
                                    RANGE_int64));
}

/* ---- window frames: is value within offset of base? ---- */

static bool
int_in_range(int64 value, int64 base, int64 offset, bool preceding, bool less)
{
    int64 sum;

    if (offset < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PRECEDING_OR_FOLLOWING_SIZE),
                        errmsg("invalid preceding or following size in window function")));
    if (__builtin_add_overflow(base, preceding ? -offset : offset, &sum))
        return preceding ? !less : less;
    return less ? value <= sum : value >= sum;
}

#define INT_IN_RANGE(name, type, offset)                                                           \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(int_in_range(GET_##type(0), GET_##type(1), GET_##offset(2),                 \
                                    PG_GETARG_BOOL(3), PG_GETARG_BOOL(4)));                        \
    }

INT_IN_RANGE(in_range_int2_int2, int16, int16)
INT_IN_RANGE(in_range_int2_int4, int16, int32)
INT_IN_RANGE(in_range_int2_int8, int16, int64)
INT_IN_RANGE(in_range_int4_int2, int32, int16)
INT_IN_RANGE(in_range_int4_int4, int32, int32)
INT_IN_RANGE(in_range_int4_int8, int32, int64)
INT_IN_RANGE(in_range_int8_int8, int64, int64)
