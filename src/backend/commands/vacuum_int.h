/*
 * vacuum_int.h - what VACUUM and ANALYZE share
 */
#ifndef COMMANDS_VACUUM_INT_H
#define COMMANDS_VACUUM_INT_H

#include "commands_int.h"

#include "heap/heap.h"

typedef struct VacuumOptions {
    bool vacuum;
    bool analyze;
    bool freeze;
    bool verbose;
    bool skip_locked;
    bool disable_page_skipping;
    bool process_toast;
    int truncate;      /* -1: the table's option */
    int index_cleanup; /* -1: the table's option */
} VacuumOptions;

/*
 * Opens for VACUUM or ANALYZE, locked ShareUpdateExclusive; NULL, with a warning where it deserves
 * one, if the table is gone, locked by others, not the user's, or no table.
 */
extern Relation vacuum_open(Oid relid, const char *name, const VacuumOptions *options,
                            bool is_analyze, bool is_listed);

/* ---- analyze.c ---- */
/* Statistics of the columns (names as char *, NIL: all) and the row count; inside a transaction. */
extern void analyze_table(Oid relid, const char *name, List *columns,
                          const VacuumOptions *options, bool is_listed);

/* ---- analyze_column.c ---- */
/* What a sample tells about one column; false where its type has no equality or no rows are left.
 * Results live in the current context. */
extern bool analyze_column(const HeapSample *sample, TupleDesc desc, AttrNumber attnum,
                           int target, StatisticInfo *ret_info);

#endif
