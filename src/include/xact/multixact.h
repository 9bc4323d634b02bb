/*
 * multixact.h - sets of transactions that share a row: who locks it, how strongly, who updates
 *
 * pg_multixact/offsets  8 bytes per multixact: 48 bits first member, 16 bits member count
 * pg_multixact/members  8 bytes per member: 56 bits xid, 8 bits MultiXactStatus
 * Ids are 64-bit (48 on the page) and never wrap.
 */
#ifndef XACT_MULTIXACT_H
#define XACT_MULTIXACT_H

#include "base/base.h"

#define MULTIXACT_MEMBERS_MAX 65535

typedef enum MultiXactStatus {
    MultiXactStatusForKeyShare = 0,
    MultiXactStatusForShare = 1,
    MultiXactStatusForNoKeyUpdate = 2,
    MultiXactStatusForUpdate = 3,
    MultiXactStatusNoKeyUpdate = 4, /* an update that leaves the key alone */
    MultiXactStatusUpdate = 5,      /* other updates, and deletes */
} MultiXactStatus;
#define MaxMultiXactStatus MultiXactStatusUpdate
#define ISUPDATE_from_mxstatus(status) ((status) > MultiXactStatusForUpdate)

typedef struct MultiXactMember {
    TransactionId xid;
    MultiXactStatus status;
} MultiXactMember;

/* Before a tuple may get this process's xid into a multixact, once per transaction. */
void multixact_set_oldest_member(void);
/* At the end of each transaction; costs nothing if neither was set. */
void multixact_at_xact_end(void);

MultiXactId multixact_create(TransactionId xid1, MultiXactStatus status1, TransactionId xid2,
                             MultiXactStatus status2);
MultiXactId multixact_create_from_members(int count, const MultiXactMember *members);
/* A multixact with those members of `multi` that still matter, plus this one. */
MultiXactId multixact_expand(MultiXactId multi, TransactionId xid, MultiXactStatus status);
/* Some member runs. lockers_only: the caller knows there is no updater. */
bool multixact_is_running(MultiXactId multi, bool lockers_only);
/* Number of members, -1 when it is older than any that may still matter; palloc'd out. */
int multixact_members(MultiXactId multi, bool lockers_only, MultiXactMember **ret_members);
/* xid of the updating member, 0 if none. */
TransactionId multixact_updater(MultiXactId multi);

MultiXactId multixact_next(void);
/* No tuple that anybody may look at needs members of multixacts before this one to run. */
MultiXactId multixact_oldest_needed(void);
void multixact_truncate(MultiXactId oldest);

#endif
