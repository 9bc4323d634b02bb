/*
 * server.c - puts the rooms together
 *
 * The one place that names every room. Order is that of the rooms: each may use what those before
 * it registered.
 */
#include "server.h"

#include "btree/btree.h"
#include "buffer/buffer.h"
#include "catalog/catalog.h"
#include "catalog/start.h"
#include "commands/commands.h"
#include "executor/executor.h"
#include "file/file.h"
#include "file/sync_request.h"
#include "heap/relation.h"
#include "lock/lock.h"
#include "parser/start.h"
#include "planner/planner.h"
#include "protocol/backend.h"
#include "recovery/recovery.h"
#include "sync/sync.h"
#include "wal/wal.h"
#include "xact/xact.h"

extern const PGFunction builtin_functions[];
extern const int builtin_functions_count;

void
server_register(void)
{
    sync_register();
    sync_shmem_register();
    wal_shmem_register();
    buffer_shmem_register();
    lock_register();
    xact_register();
    recovery_shmem_register();
    recovery_register_resource_managers();
    heap_register();
    btree_register();
    btree_shmem_register();
    catalog_register();
    catalog_register_functions(builtin_functions, builtin_functions_count);
    parser_start();
    planner_register();
    executor_register();
    commands_register();
    protocol_register();
    file_init();
}
