/*
 * am.c - the room's face to the others: its method table, its start
 */
#include "btree_int.h"

const IndexAmRoutine btree_am_routine = {
    .name = "btree",
    .oid = BTREE_AM_OID,
    .support_count = 5,
    .can_order = true,
    .can_unique = true,
    .can_multicol = true,
    .can_backward = true,
    .can_include = true,
    .build_empty = btree_build_empty,
    .build = btree_build,
    .insert = btree_insert,
    .begin_scan = btree_begin_scan,
    .rescan = btree_rescan,
    .next = btree_next,
    .end_scan = btree_end_scan,
    .bulk_delete = btree_bulk_delete,
    .vacuum_cleanup = btree_vacuum_cleanup,
};

static const WalResourceManager btree_resource_manager = {
    .name = "Btree",
    .redo = btree__redo,
    .describe = btree__describe,
    .identify = btree__identify,
};

void
btree_register(void)
{
    wal_register_resource_manager(WAL_RMGR_BTREE, &btree_resource_manager);
    index_am_register(&btree_am_routine);
    btree_shmem_register();
}
