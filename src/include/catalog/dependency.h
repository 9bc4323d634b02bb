/*
 * dependency.h - what depends on what, and dropping with all that does
 */
#ifndef CATALOG_DEPENDENCY_H
#define CATALOG_DEPENDENCY_H

#include "base/base.h"
#include "memory/list.h"

typedef struct ObjectAddress {
    Oid classId;       /* catalog that holds the object */
    Oid objectId;
    int32 objectSubId; /* column, or 0 */
} ObjectAddress;

#define ObjectAddressSet(address, class, object)                                                   \
    ((address) = (ObjectAddress){(class), (object), 0})

typedef enum DependencyType {
    DEPENDENCY_NORMAL = 'n',
    DEPENDENCY_AUTO = 'a',
    DEPENDENCY_INTERNAL = 'i',
    DEPENDENCY_PARTITION_PRI = 'P',
    DEPENDENCY_PARTITION_SEC = 'S',
    DEPENDENCY_EXTENSION = 'e',
    DEPENDENCY_AUTO_EXTENSION = 'x',
} DependencyType;

typedef enum DropBehavior { DROP_RESTRICT, DROP_CASCADE } DropBehavior;

extern void recordDependencyOn(const ObjectAddress *depender, const ObjectAddress *referenced,
                               DependencyType behavior);
extern void recordMultipleDependencies(const ObjectAddress *depender,
                                       const ObjectAddress *referenced, int count,
                                       DependencyType behavior);
extern long deleteDependencyRecordsFor(Oid classId, Oid objectId);
extern void recordDependencyOnOwner(Oid classId, Oid objectId, Oid owner);
extern void changeDependencyOnOwner(Oid classId, Oid objectId, Oid owner);
extern void deleteSharedDependencyRecordsFor(Oid classId, Oid objectId, int32 objectSubId);

/*
 * Drops the objects (each locked AccessExclusive by the caller) and all that depends on them.
 * RESTRICT: 2BP01 with PostgreSQL's text, detail and hint when something else depends; CASCADE:
 * NOTICE "drop cascades to ...". Relations, columns, constraints, defaults, types, schemas, rules
 * are dropped here; others throw 0A000. Increments the command counter.
 */
extern void performDeletion(const ObjectAddress *object, DropBehavior behavior);
extern void performMultipleDeletions(const ObjectAddress *objects, int count,
                                     DropBehavior behavior);
/* Nothing else is looked at, no notices: temporary work objects. */
extern void performDeletionQuietly(const ObjectAddress *object);

/* "table public.a", "column b of table a", "default value for column b of table a" ... NULL if it
 * does not exist. */
extern char *getObjectDescription(const ObjectAddress *object, bool missing_ok);

/* Sequence owned by a column, 0 if none; and the column a sequence is owned by. */
extern Oid catalog_owned_sequence(Oid relid, AttrNumber attnum);
extern bool catalog_sequence_owner(Oid sequence, char deptype, Oid *ret_table, int32 *ret_column);
extern Oid catalog_constraint_index(Oid constraint); /* the index behind it, or 0 */
extern Oid catalog_index_constraint(Oid index); /* constraint that the index implements, or 0 */

#endif
