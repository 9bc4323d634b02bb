/*
 * subtrans.h - the parent of each subtransaction id: 8 bytes per id, in pg_subtrans
 *
 * Needed only while the transaction runs, so nothing here outlives a start.
 */
#ifndef XACT_SUBTRANS_H
#define XACT_SUBTRANS_H

#include "base/base.h"

void subtrans_set_parent(TransactionId xid, TransactionId parent);
TransactionId subtrans_parent(TransactionId xid); /* 0: none known */
TransactionId subtrans_topmost(TransactionId xid);

#endif
