/*
 * dest.h - where a statement's rows go
 *
 * A receiver is a struct whose first member is DestReceiver. The protocol's printer, COPY TO and
 * CREATE TABLE AS bring their own; here are those that stay inside the server.
 */
#ifndef EXECUTOR_DEST_H
#define EXECUTOR_DEST_H

#include "base/base.h"
#include "executor/batch.h"
#include "executor/tuplestore.h"
#include "heap/tupdesc.h"

typedef enum CommandDest {
    DestNone,
    DestDebug,
    DestRemote,
    DestRemoteExecute,
    DestRemoteSimple,
    DestSPI,
    DestTuplestore,
    DestIntoRel,
    DestCopyOut,
    DestSQLFunction
} CommandDest;

typedef struct DestReceiver DestReceiver;
struct DestReceiver {
    /* Takes the selected rows of a batch (column count as the descriptor's; junk is gone).
     * False ends the execution early. */
    bool (*receive)(DestReceiver *self, Batch *batch);
    /* Once per executor_run before the first row; `operation` is a CmdType. */
    void (*startup)(DestReceiver *self, int operation, TupleDesc desc);
    void (*shutdown)(DestReceiver *self); /* once per executor_run, after the last row */
    void (*destroy)(DestReceiver *self);
    CommandDest mydest;
};

/* Drops all rows; static, need not be destroyed. */
extern DestReceiver *None_Receiver;

/* Appends to a tuplestore, which stays the caller's. Rows are copied; with `detoast`, values
 * stored out of line are fetched, as a held cursor needs. */
extern DestReceiver *dest_create_tuplestore(Tuplestorestate *store, bool detoast);

#endif
