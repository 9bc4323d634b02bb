/*
 * combocid.c - both command ids of a row made and deleted by the same transaction
 *
 * A tuple has room for one command id. Only its own transaction needs cmin and cmax, so a row that
 * has both bears a key to this process's list of pairs instead (HEAP_COMBOCID).
 *
 * Invariants C1. The list is empty between transactions. C2. A pair has one key only.
 */
#include "error/error.h"
#include "heap/heap.h"
#include "heap_int.h"
#include "memory/hsearch.h"
#include "memory/memory.h"

#define COMBOCID_MAX (1u << 24)

typedef struct CidPair {
    CommandId cmin;
    CommandId cmax;
} CidPair;

typedef struct CidEntry {
    CidPair pair; /* hash key */
    CommandId combo;
} CidEntry;

static struct {
    HTAB *keys; /* in TopTransactionContext; NULL if no pair was made */
    CidPair *pairs;
    uint32 used, size;
} combocid;

void
combocid_at_xact_end(void)
{
    combocid.keys = NULL; /* memory goes with its context */
    combocid.pairs = NULL;
    combocid.used = combocid.size = 0;
}

static void
combocid_begin(void)
{
    HASHCTL ctl = {.keysize = sizeof(CidPair), .entrysize = sizeof(CidEntry),
                   .hcxt = TopTransactionContext};

    combocid.size = 64;
    combocid.used = 0;
    combocid.pairs = MemoryContextAlloc(TopTransactionContext, combocid.size * sizeof(CidPair));
    combocid.keys = hash_create("combo command ids", 64, &ctl,
                                HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

static CommandId
combocid_of(CommandId cmin, CommandId cmax)
{
    CidPair pair = {cmin, cmax};
    CidEntry *entry;
    bool found;

    if (combocid.keys == NULL)
        combocid_begin();
    if (combocid.used >= COMBOCID_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("too many commands changed the same rows in one transaction")));
    if (combocid.used == combocid.size) {
        combocid.pairs = repalloc(combocid.pairs, combocid.size * 2 * sizeof(CidPair));
        combocid.size *= 2;
    }
    entry = hash_search(combocid.keys, &pair, HASH_ENTER, &found);
    if (!found) {
        entry->combo = combocid.used;
        combocid.pairs[combocid.used++] = pair;
    }
    return entry->combo;
}

CommandId
HeapTupleHeaderGetCmin(HeapTupleHeader tup)
{
    CommandId cid = heap_tuple_raw_cid(tup);

    if ((heap_tuple_infomask(tup) & HEAP_COMBOCID) == 0)
        return cid;
    Assert(cid < combocid.used);
    return combocid.pairs[cid].cmin;
}

CommandId
HeapTupleHeaderGetCmax(HeapTupleHeader tup)
{
    CommandId cid = heap_tuple_raw_cid(tup);

    if ((heap_tuple_infomask(tup) & HEAP_COMBOCID) == 0)
        return cid;
    Assert(cid < combocid.used);
    return combocid.pairs[cid].cmax;
}

/* What to store as cid of a tuple that the current transaction deletes with *cmax. */
void
HeapTupleHeaderAdjustCmax(HeapTupleHeader tup, CommandId *cmax, bool *iscombo)
{
    *iscombo = false;
    if (!heap_tuple_xmin_committed(tup) && xact_is_current(heap_tuple_raw_xmin(tup))) {
        CommandId cmin = HeapTupleHeaderGetCmin(tup);
        *cmax = combocid_of(cmin, *cmax);
        *iscombo = true;
    }
}

Size
combocid_serialized_size(void)
{
    return sizeof(uint32) + combocid.used * sizeof(CidPair);
}

void
combocid_serialize(char *to)
{
    memcpy(to, &combocid.used, sizeof(uint32));
    if (combocid.used > 0)
        memcpy(to + sizeof(uint32), combocid.pairs, combocid.used * sizeof(CidPair));
}

void
combocid_restore(const char *from)
{
    uint32 count;

    memcpy(&count, from, sizeof(count));
    for (uint32 i = 0; i < count; i++) {
        CidPair pair;
        memcpy(&pair, from + sizeof(count) + i * sizeof(pair), sizeof(pair));
        (void) combocid_of(pair.cmin, pair.cmax);
    }
}
