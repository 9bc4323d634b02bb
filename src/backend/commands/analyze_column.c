/*
 * analyze_column.c - what a sample of rows tells about one column
 *
 * Why        the number of distinct values is estimated as Haas and Stokes do ("Sampling-Based
 *            Estimation of the Number of Distinct Values of an Attribute", 1998):
 *            n d / (n - f1 + f1 n / N), for n sampled of N rows, d values, f1 of them seen once.
 *            A value is "common" if it is seen so often that chance does not explain it, the
 *            sample being drawn without replacement (hypergeometric distribution).
 */
#include "vacuum_int.h"

#include <math.h>

#include "catalog/typcache.h"

#define VALUE_BYTES_MAX 1024 /* wider ones are counted but not looked at */
#define DISTINCT_SCALES_ABOVE 0.1 /* of the rows: then the count grows with the table */

typedef struct SampledValue {
    Datum value;
    int row;
} SampledValue;

/* A value seen more than once. */
typedef struct CommonValue {
    int first; /* place among the sorted values */
    int count;
} CommonValue;

typedef struct ColumnSample {
    const FormData_pg_attribute *att;
    TypeCacheEntry *type;
    double table_rows;
    int sample_rows;
    int target;
    SampledValue *values; /* sorted */
    int value_count;
    int null_count;
    int wide_count;
    int distinct;
    int repeated; /* values seen more than once */
    double width_sum;
    double place_sum; /* of place times row, for the correlation */
    CommonValue *common;
    int common_count;
} ColumnSample;

static void
collect(ColumnSample *column, const HeapSample *sample, TupleDesc desc)
{
    const FormData_pg_attribute *att = column->att;

    column->values = palloc(sizeof(SampledValue) * (Size) Max(sample->count, 1));
    for (int row = 0; row < sample->count; row++) {
        bool isnull;
        Datum value = heap_getattr(sample->tuples[row], att->attnum, desc, &isnull);

        if (isnull) {
            column->null_count++;
            continue;
        }
        if (att->attlen == -1) {
            Size size = VARSIZE_ANY(DatumGetPointer(value));
            struct varlena *plain;

            column->width_sum += (double) size;
            if (VARATT_IS_EXTERNAL(DatumGetPointer(value)) || size > VALUE_BYTES_MAX) {
                column->wide_count++;
                continue;
            }
            plain = PG_DETOAST_DATUM(value);
            if (VARSIZE_ANY(plain) > VALUE_BYTES_MAX) {
                column->wide_count++;
                continue;
            }
            value = PointerGetDatum(plain);
        } else if (att->attlen == -2)
            column->width_sum += (double) strlen(DatumGetCString(value)) + 1;
        column->values[column->value_count++] = (SampledValue){value, row};
    }
}

static int
compare_values(const void *a, const void *b, void *arg)
{
    const SampledValue *left = a, *right = b;
    ColumnSample *column = arg;
    int result = DatumGetInt32(FunctionCall2Coll(&column->type->cmp_proc_finfo,
                                                 column->att->attcollation, left->value,
                                                 right->value));

    if (result != 0)
        return result;
    return (left->row > right->row) - (left->row < right->row);
}

static bool
same_value(ColumnSample *column, int a, int b)
{
    return DatumGetInt32(FunctionCall2Coll(&column->type->cmp_proc_finfo,
                                           column->att->attcollation, column->values[a].value,
                                           column->values[b].value)) == 0;
}

/* Keeps the most frequent values, most frequent first. */
static void
note_common(ColumnSample *column, int first, int count)
{
    int at = column->common_count;

    if (at == column->target) {
        if (count <= column->common[at - 1].count)
            return;
        at--;
    } else
        column->common_count++;
    for (; at > 0 && column->common[at - 1].count < count; at--)
        column->common[at] = column->common[at - 1];
    column->common[at] = (CommonValue){first, count};
}

static void
count_distinct(ColumnSample *column)
{
    int first = 0;

    column->common = palloc(sizeof(CommonValue) * (Size) column->target);
    for (int i = 0; i < column->value_count; i++) {
        bool is_last = i + 1 == column->value_count || !same_value(column, i, i + 1);

        column->place_sum += (double) i * column->values[i].row;
        if (!is_last)
            continue;
        column->distinct++;
        if (i > first) {
            column->repeated++;
            note_common(column, first, i - first + 1);
        }
        first = i + 1;
    }
}

static double
estimate_distinct(const ColumnSample *column, double null_fraction)
{
    double once, seen, n, rows, estimate;

    if (column->repeated == 0)
        return -1.0 * (1.0 - null_fraction);
    if (column->wide_count == 0 && column->repeated == column->distinct)
        return column->distinct;
    once = column->distinct - column->repeated + column->wide_count;
    seen = once + column->repeated;
    n = column->sample_rows - column->null_count;
    rows = column->table_rows * (1.0 - null_fraction);
    estimate = rows > 0 ? n * seen / (n - once + once * n / rows) : 0;
    estimate = Max(estimate, seen);
    estimate = Min(estimate, rows);
    return floor(estimate + 0.5);
}

/* How many of the candidates are common beyond chance. */
static int
choose_common(const ColumnSample *column, double distinct, double null_fraction)
{
    double n = column->sample_rows, rows = column->table_rows;
    double values = distinct < 0 ? -distinct * rows : distinct;
    double count_sum = 0;
    int count = column->common_count;

    if (column->common_count == column->distinct && column->wide_count == 0 && distinct > 0)
        return count; /* all there are */
    if (count == 0 || n >= rows || rows <= 1)
        return count;
    for (int i = 0; i < count - 1; i++)
        count_sum += column->common[i].count;
    while (count > 0) {
        double share = 1.0 - count_sum / n - null_fraction;
        double others = values - (count - 1);
        double seen = column->common[count - 1].count;
        double in_table = rows * seen / n;
        double variance = n * in_table * (rows - in_table) * (rows - n) /
                          (rows * rows * (rows - 1));

        share = Min(Max(share, 0.0), 1.0);
        if (others > 1)
            share /= others;
        if (seen > share * n + 2 * sqrt(Max(variance, 0)) + 0.5)
            break;
        count--;
        if (count > 0)
            count_sum -= column->common[count - 1].count;
    }
    return count;
}

static void
make_common(const ColumnSample *column, int count, StatisticSlot *slot)
{
    float4 *numbers = palloc(sizeof(float4) * (Size) count);
    Datum *values = palloc(sizeof(Datum) * (Size) count);

    for (int i = 0; i < count; i++) {
        values[i] = column->values[column->common[i].first].value;
        numbers[i] = (float4) ((double) column->common[i].count / column->sample_rows);
    }
    *slot = (StatisticSlot){.kind = STATISTIC_KIND_MCV,
                            .op = column->type->eq_opr,
                            .collation = column->att->attcollation,
                            .numbers = numbers,
                            .number_count = count,
                            .values = values,
                            .value_count = count,
                            .value_type = column->att->atttypid};
}

static int
compare_places(const void *a, const void *b)
{
    const CommonValue *left = a, *right = b;

    return (left->first > right->first) - (left->first < right->first);
}

/* Values at equal distances among those that are not common; false where there are too few. */
static bool
make_histogram(ColumnSample *column, int common_count, StatisticSlot *slot)
{
    int bounds = Min(column->distinct - common_count, column->target + 1);
    int kept = 0, next = 0;
    CommonValue *common;
    Datum *values, *chosen;

    if (bounds < 2)
        return false;
    common = palloc(sizeof(CommonValue) * (Size) Max(common_count, 1));
    memcpy(common, column->common, sizeof(CommonValue) * (Size) common_count);
    qsort(common, (size_t) common_count, sizeof(CommonValue), compare_places);
    values = palloc(sizeof(Datum) * (Size) column->value_count);
    for (int i = 0; i < column->value_count; i++) {
        if (next < common_count && common[next].first == i) {
            i += common[next++].count - 1;
            continue;
        }
        values[kept++] = column->values[i].value;
    }
    chosen = palloc(sizeof(Datum) * (Size) bounds);
    for (int i = 0; i < bounds; i++)
        chosen[i] = values[(int64) i * (kept - 1) / (bounds - 1)];
    *slot = (StatisticSlot){.kind = STATISTIC_KIND_HISTOGRAM,
                            .op = column->type->lt_opr,
                            .collation = column->att->attcollation,
                            .values = chosen,
                            .value_count = bounds,
                            .value_type = column->att->atttypid};
    return true;
}

/* Of the order of values with the order of rows. */
static void
make_correlation(const ColumnSample *column, StatisticSlot *slot)
{
    double n = column->value_count;
    double sum = (n - 1) * n / 2, square_sum = (n - 1) * n * (2 * n - 1) / 6;
    float4 *number = palloc(sizeof(float4));

    *number = (float4) ((n * column->place_sum - sum * sum) / (n * square_sum - sum * sum));
    *slot = (StatisticSlot){.kind = STATISTIC_KIND_CORRELATION,
                            .op = column->type->lt_opr,
                            .collation = column->att->attcollation,
                            .numbers = number,
                            .number_count = 1};
}

/* Correlation counts rows with values only: numbers them anew in row order. */
static void
number_rows(ColumnSample *column)
{
    for (int i = 0; i < column->value_count; i++)
        column->values[i].row = i;
}

static void
fill_ordered(ColumnSample *column, double null_fraction, StatisticInfo *info)
{
    double distinct;
    int common, slot = 0;

    number_rows(column);
    qsort_r(column->values, (size_t) column->value_count, sizeof(SampledValue), compare_values,
            column);
    count_distinct(column);
    distinct = estimate_distinct(column, null_fraction);
    if (distinct > DISTINCT_SCALES_ABOVE * column->table_rows)
        distinct = -(distinct / column->table_rows);
    info->distinct = (float4) distinct;
    common = choose_common(column, distinct, null_fraction);
    if (common > 0)
        make_common(column, common, &info->slots[slot++]);
    if (make_histogram(column, common, &info->slots[slot]))
        slot++;
    if (column->value_count > 1)
        make_correlation(column, &info->slots[slot++]);
}

bool
analyze_column(const HeapSample *sample, TupleDesc desc, AttrNumber attnum, int target,
               StatisticInfo *ret_info)
{
    ColumnSample column = {.att = TupleDescAttr(desc, attnum - 1), .target = target};
    double null_fraction;
    int present;

    if (target <= 0)
        return false;
    column.type = lookup_type_cache(column.att->atttypid,
                                    TYPECACHE_EQ_OPR | TYPECACHE_LT_OPR |
                                        TYPECACHE_CMP_PROC_FINFO);
    column.sample_rows = sample->count;
    column.table_rows = Max(sample->live, sample->count);
    collect(&column, sample, desc);
    memset(ret_info, 0, sizeof(*ret_info));
    present = column.sample_rows - column.null_count;
    null_fraction = (double) column.null_count / column.sample_rows;
    ret_info->nullfrac = (float4) null_fraction;
    if (column.att->attlen > 0)
        ret_info->width = column.att->attlen;
    else
        ret_info->width = present > 0 ? (int32) (column.width_sum / present) : 0;
    if (present == 0)
        ret_info->distinct = 0;
    else if (column.value_count == 0) /* all too wide: no two alike, as far as we know */
        ret_info->distinct = (float4) (-1.0 * (1.0 - null_fraction));
    else if (column.type->lt_opr != InvalidOid && column.type->eq_opr != InvalidOid &&
             column.type->cmp_proc_finfo.fn_addr != NULL)
        fill_ordered(&column, null_fraction, ret_info);
    return true;
}
