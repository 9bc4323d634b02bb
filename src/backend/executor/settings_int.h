/*
 * settings_int.h - settings that the executor reads
 */
#ifndef EXECUTOR_SETTINGS_INT_H
#define EXECUTOR_SETTINGS_INT_H

/* Rows of a batch at most; small ones force rare paths. */
extern int exec_batch_rows(void);
extern int exec_work_mem_kb(void);
/* Hash tables may use more: work_mem times hash_mem_multiplier. */
extern int exec_hash_mem_kb(void);

#endif
