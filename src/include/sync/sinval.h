/*
 * sinval.h - the ring through which processes tell each other what in their caches is stale
 *
 * A writer appends; each attached process reads at its own pace. One that falls a whole ring
 * behind is told to drop everything. The check for news is one load and one compare.
 */
#ifndef SYNC_SINVAL_H
#define SYNC_SINVAL_H

#include "base/base.h"

typedef enum InvalKind {
    INVAL_NONE = 0,
    INVAL_RELATION, /* id: relation, 0 for all of the database; database 0: shared relation */
    INVAL_CATALOG,  /* id: catalogue relation, hash: of the row's key (0: all rows) */
    INVAL_SMGR,     /* locator: files went away or shrank */
    INVAL_SNAPSHOT, /* id: catalogue relation whose snapshot is stale */
    INVAL_RELMAP,   /* map of relations to files of the database */
    INVAL_SETTINGS, /* role or database settings */
} InvalKind;

typedef struct InvalMessage {
    uint8 kind;
    uint8 pad[3];
    Oid database; /* 0: concerns all */
    union {
        struct {
            Oid id;
            uint32 hash;
        };
        RelFileLocator locator;
    };
} InvalMessage;

_Static_assert(sizeof(InvalMessage) == 20, "in WAL commit records too");

#define SINVAL_RING_SIZE 4096 /* a power of two */

/* What the relation cache's room registers, once per process. */
typedef void (*SinvalApplyFunction)(const InvalMessage *message);
typedef void (*SinvalResetFunction)(void);
void sinval_register_handlers(SinvalApplyFunction apply, SinvalResetFunction reset);

void sinval_attach(void); /* part of proc_attach for those that keep caches */
void sinval_detach(void);
void sinval_send(const InvalMessage *messages, int count);
/* Runs one message through the handlers of this process. */
void sinval_apply_local(const InvalMessage *message);
void sinval_reset_local(void);
/* Reads all news and gives it to the handlers. Call after each lock on a relation is had. */
void sinval_accept_slow(void);

extern _Atomic uint64 *sinval_write_position;
extern uint64 sinval_read_position;

static inline void
sinval_accept(void)
{
    if (unlikely(sinval_write_position != NULL &&
                 __atomic_load_n((uint64 *)sinval_write_position, __ATOMIC_ACQUIRE) !=
                     sinval_read_position))
        sinval_accept_slow();
}

/* SIGUSR1 reason: someone lags; accept when idle. */
extern volatile bool catchup_interrupt_pending;
void sinval_handle_catchup_interrupt(void);  /* in the signal handler */
void sinval_process_catchup_interrupt(void); /* when idle, outside any transaction's work */

#endif
