/*
 * number_input.c - integers from text, throwing PostgreSQL's errors for bad input
 */
#include "error/number_input.h"

#include "error/error.h"

static void
check_status(NumberStatus status, const char *s, const char *type_name)
{
    if (likely(status == NUMBER_OK))
        return;
    if (status == NUMBER_OUT_OF_RANGE)
        ereport(ERROR, (errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
                        errmsg("value \"%s\" is out of range for type %s", s, type_name)));
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("invalid input syntax for type %s: \"%s\"", type_name, s)));
}

int16
pg_strtoint16(const char *s)
{
    int16 value = 0;
    check_status(number_parse_int16(s, &value), s, "smallint");
    return value;
}

int32
pg_strtoint32(const char *s)
{
    int32 value = 0;
    check_status(number_parse_int32(s, &value), s, "integer");
    return value;
}

int64
pg_strtoint64(const char *s)
{
    int64 value = 0;
    check_status(number_parse_int64(s, &value), s, "bigint");
    return value;
}

Oid
pg_strtooid(const char *s)
{
    uint32 value = 0;
    check_status(number_parse_uint32(s, &value), s, "oid");
    return value;
}
