/*
 * fsm.h - free space map: which page has room for so many bytes
 *
 * A fork of one byte per heap page, in a tree, so that a page with enough room is found in three
 * page reads. Not logged: it is a hint, which readers check and correct.
 */
#ifndef HEAP_FSM_H
#define HEAP_FSM_H

#include "heap/relation.h"

/* A page that probably has `size` bytes; InvalidBlockNumber if none. */
extern BlockNumber fsm_find(Relation rel, Size size);
/* The page given had only `free` bytes: corrects that, and finds another. */
extern BlockNumber fsm_record_and_find(Relation rel, BlockNumber block, Size free, Size needed);
extern void fsm_record(Relation rel, BlockNumber block, Size free);
/* Upper levels after many fsm_record: pages [first, limit). */
extern void fsm_vacuum_range(Relation rel, BlockNumber first, BlockNumber limit);
extern Size fsm_get(Relation rel, BlockNumber block);
extern void fsm_record_in_recovery(RelFileLocator locator, BlockNumber block, Size free);
/* Blocks the fork keeps when the heap is cut to `heap_blocks`; clears what is beyond.
 * InvalidBlockNumber: there is no such fork, or nothing to cut. */
extern BlockNumber fsm_prepare_truncate(Relation rel, BlockNumber heap_blocks);

/* Indexes: whole pages are free or not. */
extern BlockNumber fsm_index_get(Relation rel); /* takes one out */
extern void fsm_index_put(Relation rel, BlockNumber block);
extern void fsm_index_vacuum(Relation rel);

#endif
