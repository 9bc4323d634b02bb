/*
 * instrument.h - what EXPLAIN ANALYZE counts per plan node
 */
#ifndef EXECUTOR_INSTRUMENT_H
#define EXECUTOR_INSTRUMENT_H

#include "base/base.h"

typedef enum InstrumentOption {
    INSTRUMENT_NONE = 0,
    INSTRUMENT_TIMER = 1 << 0,
    INSTRUMENT_BUFFERS = 1 << 1,
    INSTRUMENT_ROWS = 1 << 2,
    INSTRUMENT_WAL = 1 << 3,
    INSTRUMENT_ALL = 0x7fffffff
} InstrumentOption;

typedef struct Instrumentation {
    bool need_timer;
    bool running;         /* this loop has begun */
    int64 loop_start_ns;
    int64 first_row_ns;   /* of this loop */
    int64 elapsed_ns;     /* of this loop */
    double loop_rows;     /* of this loop */
    double startup_s;     /* sums over finished loops */
    double total_s;
    double ntuples;
    double ntuples2;      /* ModifyTable: conflicting rows */
    double nloops;
    double nfiltered1;    /* rows removed by scan or join quals */
    double nfiltered2;    /* rows removed by other quals or rechecks */
    int64 shared_hit;     /* buffers, this node and below */
    int64 shared_read;
    int64 shared_dirtied;
    int64 shared_written;
} Instrumentation;

#endif
