/*
 * pages.h - what the files of sengi-pages share
 */
#ifndef TOOLS_PAGES_H
#define TOOLS_PAGES_H

#include "format/btree_page.h"
#include "format/map_page.h"
#include "format/page.h"
#include "format/tuple.h"

typedef enum PageKind {
    KIND_UNKNOWN,
    KIND_HEAP,
    KIND_BTREE,
    KIND_FSM,
    KIND_VM,
} PageKind;

extern void print_heap_items(const char *page, bool with_bytes);
extern void print_btree_page(const char *page, bool with_items, bool with_bytes);
extern void print_bytes(const char *bytes, unsigned length);

#endif
