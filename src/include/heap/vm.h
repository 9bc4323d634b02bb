/*
 * vm.h - visibility map: two bits a heap page
 *
 * Invariants  V1. ALL_VISIBLE set: the heap page has PAGE_ALL_VISIBLE and all its rows are seen by
 *                 everybody. Whoever changes the page clears both in the same critical section.
 *             V2. ALL_FROZEN implies ALL_VISIBLE.
 */
#ifndef HEAP_VM_H
#define HEAP_VM_H

#include "buffer/buffer.h"
#include "format/map_page.h"
#include "heap/relation.h"

/* Makes sure the map page of the heap block is pinned in *buffer; do it before locking the heap. */
extern void vm_pin(Relation rel, BlockNumber heap_block, Buffer *buffer);
extern bool vm_pin_ok(BlockNumber heap_block, Buffer buffer);
/* Clears bits; the heap buffer is exclusively locked. True if any were set. No WAL of its own. */
extern bool vm_clear(Relation rel, BlockNumber heap_block, Buffer vm_buffer, uint8 bits);
/* Sets bits, logged. Heap buffer locked exclusively, PAGE_ALL_VISIBLE set by the caller. */
extern void vm_set(Relation rel, BlockNumber heap_block, Buffer heap_buffer, XLogRecPtr lsn,
                   Buffer vm_buffer, TransactionId cutoff_xid, uint8 bits);
/* *buffer: pin kept between calls (InvalidBuffer at first; release it at the end). No lock. */
extern uint8 vm_status(Relation rel, BlockNumber heap_block, Buffer *buffer);
extern void vm_count(Relation rel, BlockNumber *ret_all_visible, BlockNumber *ret_all_frozen);
extern BlockNumber vm_prepare_truncate(Relation rel, BlockNumber heap_blocks);

#define VM_IS_ALL_VISIBLE(rel, block, buffer) ((vm_status(rel, block, buffer) & VM_ALL_VISIBLE) != 0)

#endif
