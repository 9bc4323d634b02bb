/*
 * datetime_int.h - what reading dates and times yields
 */
#ifndef DATETIME_INT_H
#define DATETIME_INT_H

#include "types_int.h"
#include "types/datetime.h"

typedef enum DatetimeError
{
    DATETIME_OK = 0,
    DATETIME_BAD_FORMAT,
    DATETIME_FIELD_OVERFLOW,
    DATETIME_DAY_OVERFLOW, /* the order of day and month may be the cause */
    DATETIME_INTERVAL_OVERFLOW,
    DATETIME_ZONE_OVERFLOW,
} DatetimeError;

typedef enum DatetimeKind
{
    DATETIME_DATE, /* what was read is in tm, fsec, zone */
    DATETIME_EARLY,
    DATETIME_LATE,
    DATETIME_EPOCH,
} DatetimeKind;

typedef struct DatetimeParts
{
    DatetimeKind kind;
    struct pg_tm tm;
    fsec_t fsec;
    bool has_date;
    bool has_time;
    bool has_zone;
    int zone; /* seconds west */
    bool now; /* the moment of the transaction was asked for */
} DatetimeParts;

/* time_only: what time and timetz take; a date may be missing. */
DatetimeError datetime_parse(const char *text, bool time_only, DatetimeParts *ret);
pg_noreturn void datetime_throw(DatetimeError error, const char *text, const char *type);
/* Fills day and month names, and checks; for make_date and friends. */
bool datetime_date_valid(int year, int month, int day);
Datum datetime_typmod_in(FunctionCallInfo fcinfo, const char *type, bool zone);
char *datetime_typmod_out(int32 typmod, bool zone);

/* datetime_out.c: buffers of 128 bytes */
void datetime_encode_date(const struct pg_tm *tm, char *ret_text);
void datetime_encode_time(const struct pg_tm *tm, fsec_t fsec, bool print_zone, int zone,
                          char *ret_text);
void datetime_encode(const struct pg_tm *tm, fsec_t fsec, bool print_zone, int zone,
                     const char *zone_name, int style, char *ret_text);
void datetime_encode_interval(const struct pg_itm *itm, int style, char *ret_text);
char *datetime_put_seconds(char *p, int seconds, fsec_t fsec, bool fill_zeros);

#endif
