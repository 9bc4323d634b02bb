/*
 * inval.h - invalidation messages of the running transaction
 *
 * Messages queue up while a command runs. At the command's end they are applied to our own caches;
 * at commit they go into the commit record and to everybody through the ring (sync/sinval.h); at
 * abort those already applied are applied again, since the caches hold our undone changes.
 */
#ifndef XACT_INVAL_H
#define XACT_INVAL_H

#include "sync/sinval.h"

void inval_queue(const InvalMessage *message);
void inval_queue_relation(Oid database, Oid relation);
void inval_queue_catalog(Oid database, Oid catalog, uint32 hash);
void inval_queue_snapshot(Oid database, Oid catalog);
/* Not part of the transaction: sent at once (smgr truncation and drop). */
void inval_send_smgr(const RelFileLocator *locator);
/* A change in place: applied and sent at once even if the transaction aborts. */
void inval_send_now(const InvalMessage *message);

/* Called by xact.c. */
void inval__command_end(void);
int inval__commit_messages(const InvalMessage **ret_messages);
void inval__at_commit(void);
void inval__at_abort(void);
void inval__at_subcommit(int level);
void inval__at_subabort(int level);

#endif
