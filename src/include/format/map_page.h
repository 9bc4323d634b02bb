/*
 * map_page.h - the bytes of free space map and visibility map pages
 *
 * Free space map (fork _fsm), after the page header
 *   offset size field
 *        0    4 next       slot where the next search begins
 *        4 4095 inner      nodes of a binary tree in an array: the greater of both children
 *     4099 4000 slots      leaves: bytes free / 32 of a heap page, or the root of a page below
 * Three levels of such pages; a page stands before those below it, depth first. Page 0 is the top.
 *
 * Visibility map (fork _vm), after the page header
 *        0 8160 bits       2 for each heap block, lowest first: all-visible, all-frozen
 */
#ifndef FORMAT_MAP_PAGE_H
#define FORMAT_MAP_PAGE_H

#include "format/page.h"

#define FSM_CLASS_BYTES 32
#define FSM_INNER 4095
#define FSM_SLOTS 4000
#define FSM_NODES (FSM_INNER + FSM_SLOTS)
#define FSM_LEVELS 3

typedef struct FsmPage {
    uint32 next;
    uint8 nodes[FSM_NODES];
} FsmPage;
_Static_assert(PAGE_HEADER_SIZE + sizeof(FsmPage) <= BLCKSZ, "the tree fits in a page");

#define VM_ALL_VISIBLE 0x01
#define VM_ALL_FROZEN 0x02
#define VM_VALID_BITS 0x03
#define VM_BYTES 8160
#define VM_BLOCKS_PER_BYTE 4
#define VM_BLOCKS_PER_PAGE (VM_BYTES * VM_BLOCKS_PER_BYTE)
_Static_assert(PAGE_HEADER_SIZE + VM_BYTES <= BLCKSZ, "map fits in a page");

#endif
