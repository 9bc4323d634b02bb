/*
 * register.c - settings of the executor
 */
#include "base/base.h"
#include "config/settings.h"
#include "executor_int.h"
#include "settings_int.h"

int
exec_work_mem_kb(void)
{
    return work_mem;
}

int
exec_hash_mem_kb(void)
{
    double kb = (double) work_mem * hash_mem_multiplier;

    return kb > (double) INT32_MAX ? INT32_MAX : (int) kb;
}

void
executor_register(void)
{
    DefineCustomIntVariable("debug_batch_rows", "Rows of a batch at most.",
                            "Batches of 1 or 2 rows force rare paths of the executor.",
                            &exec_batch_rows_setting, BATCH_ROWS_MAX, 1, BATCH_ROWS_MAX,
                            PGC_USERSET, GUC_NOT_IN_SAMPLE, NULL, NULL, NULL);
}
