/*
 * statistics.c - sums over records, by resource manager or by kind
 */
#include <stdio.h>

#include "waldump.h"

typedef struct Sum {
    uint64 count, record_bytes, image_bytes;
    char name[64];
} Sum;

static Sum sums[WAL_RMGR_COUNT][256];

void
statistics_add(const WalRecord *record)
{
    Sum *sum = &sums[record->rmgr][record->info];

    sum->count++;
    sum->image_bytes += image_bytes(record);
    sum->record_bytes += record->length - image_bytes(record);
    snprintf(sum->name, sizeof(sum->name), "%s/%s", rmgr_name(record->rmgr), info_name(record));
}

static double
percent(uint64 part, uint64 whole)
{
    return whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
}

static void
print_row(const char *name, const Sum *row, const Sum *total)
{
    printf("%-27s %20" PRIu64 " (%6.02f) %20" PRIu64 " (%6.02f) %20" PRIu64
           " (%6.02f) %20" PRIu64 " (%6.02f)\n",
           name, row->count, percent(row->count, total->count), row->record_bytes,
           percent(row->record_bytes, total->record_bytes), row->image_bytes,
           percent(row->image_bytes, total->image_bytes), row->record_bytes + row->image_bytes,
           percent(row->record_bytes + row->image_bytes,
                   total->record_bytes + total->image_bytes));
}

static void
add(Sum *to, const Sum *what)
{
    to->count += what->count;
    to->record_bytes += what->record_bytes;
    to->image_bytes += what->image_bytes;
}

void
statistics_print(XLogRecPtr start, XLogRecPtr end, bool per_record)
{
    Sum total = {0};

    for (int rmgr = 0; rmgr < WAL_RMGR_COUNT; rmgr++)
        for (int info = 0; info < 256; info++)
            add(&total, &sums[rmgr][info]);
    printf("WAL statistics between %X/%X and %X/%X:\n", LSN_FORMAT_ARGS(start),
           LSN_FORMAT_ARGS(end));
    printf("%-27s %20s %8s %20s %8s %20s %8s %20s %8s\n", "Type", "N", "(%)", "Record size", "(%)",
           "FPI size", "(%)", "Combined size", "(%)");
    for (int rmgr = 1; rmgr < WAL_RMGR_COUNT; rmgr++) {
        Sum of_rmgr = {0};
        for (int info = 0; info < 256; info++) {
            if (sums[rmgr][info].count == 0)
                continue;
            add(&of_rmgr, &sums[rmgr][info]);
            if (per_record)
                print_row(sums[rmgr][info].name, &sums[rmgr][info], &total);
        }
        if (!per_record && of_rmgr.count > 0)
            print_row(rmgr_name((uint8)rmgr), &of_rmgr, &total);
    }
    print_row("Total", &total, &total);
}
