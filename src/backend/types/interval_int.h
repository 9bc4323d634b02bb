/*
 * interval_int.h - units of time, as intervals, extract and date_trunc name them
 */
#ifndef INTERVAL_INT_H
#define INTERVAL_INT_H

#include "types_int.h"

typedef enum IntervalUnit
{
    UNIT_NONE,
    UNIT_MICROSECOND,
    UNIT_MILLISECOND,
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WEEK,
    UNIT_MONTH,
    UNIT_QUARTER,
    UNIT_YEAR,
    UNIT_DECADE,
    UNIT_CENTURY,
    UNIT_MILLENNIUM,
    UNIT_DOW,
    UNIT_ISODOW,
    UNIT_DOY,
    UNIT_ISOYEAR,
    UNIT_JULIAN,
    UNIT_EPOCH,
    UNIT_ZONE,
    UNIT_ZONE_HOUR,
    UNIT_ZONE_MINUTE,
} IntervalUnit;

#define INTERVAL_BIT_MONTH (1 << 1)
#define INTERVAL_BIT_YEAR (1 << 2)
#define INTERVAL_BIT_DAY (1 << 3)
#define INTERVAL_BIT_HOUR (1 << 10)
#define INTERVAL_BIT_MINUTE (1 << 11)
#define INTERVAL_BIT_SECOND (1 << 12)

IntervalUnit interval_find_unit(const char *word);
/* As interval_find_unit, with what only extract knows. */
IntervalUnit datetime_find_unit(const char *word);

#endif
