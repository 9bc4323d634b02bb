/*
 * storage.h - relation files that come and go with a transaction
 *
 * Creating makes the file now and removes it again should the transaction abort; dropping removes
 * it when the transaction commits. The xact room puts smgr_pending_list() into its commit or abort
 * record, and calls smgr_pending_execute() after that record is durable.
 */
#ifndef BUFFER_STORAGE_H
#define BUFFER_STORAGE_H

#include "smgr/smgr.h"

/* Creates the main fork now, logs it, and drops it again should the transaction abort. */
extern SmgrRelation *smgr_create_relation(RelFileLocator locator);
/* Drops all files at commit. */
extern void smgr_register_pending_drop(RelFileLocator locator);
/* Forgets a pending drop at abort (at_commit false) or commit of this relation. */
extern void smgr_forget_pending(RelFileLocator locator, bool at_commit);
/*
 * Logs, then truncates main, fsm and vm fork to so many blocks; InvalidBlockNumber: leave as it
 * is. The caller holds an AccessExclusiveLock.
 */
extern void smgr_truncate_relation(SmgrRelation *rel, BlockNumber main_blocks,
                                   BlockNumber fsm_blocks, BlockNumber vm_blocks);
/* The WAL record of a fork's creation alone. */
extern void smgr_log_create(RelFileLocator locator, ForkNumber fork);

/* --- for the xact room --- */
extern void smgr_pending_set_level(int nest_level); /* at every (sub)transaction start and end */
/* Relations to name in the commit (or abort) record; palloc'd; returns their number. */
extern int smgr_pending_list(bool for_commit, RelFileLocator **ret_locators);
extern void smgr_pending_execute(bool is_commit); /* after the record, at the current level */
extern void smgr_pending_sub_commit(void);        /* hands them to the parent level */
extern void smgr_pending_forget_all(void);        /* PREPARE TRANSACTION; process exit */

extern void smgr_register_resource_manager(void); /* WAL_RMGR_SMGR redo */

#endif
