/*
 * lockoptions.h - how rows are locked: how strongly, and what to do about another's lock
 */
#ifndef HEAP_LOCKOPTIONS_H
#define HEAP_LOCKOPTIONS_H

typedef enum LockTupleMode {
    LockTupleKeyShare,
    LockTupleShare,
    LockTupleNoKeyExclusive,
    LockTupleExclusive,
} LockTupleMode;

typedef enum LockWaitPolicy {
    LockWaitBlock, /* wait for the holder */
    LockWaitSkip,  /* TM_WouldBlock */
    LockWaitError, /* 55P03 */
} LockWaitPolicy;

#endif
