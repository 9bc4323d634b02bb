/*
 * dependency.c - pg_depend: recording, and dropping objects with what depends on them
 *
 * Why        dropping a table drops its indexes, defaults and types silently, refuses because of a
 *            view, or drops that too: pg_depend says which, by its kinds of dependency.
 * Way        walk() collects the objects to drop depth first, dependers before what they depend
 *            on; report() refuses or tells; then each is deleted in that order.
 * Invariants D1. a part (internal dependency) is dropped with its whole, never alone.
 *            D2. built-in objects (below FirstUnpinnedObjectId, schema public excepted) are pinned:
 *                nothing is recorded on them, and they cannot be dropped.
 */
#include "catalog_int.h"

#define TARGETS_MAX 100000
#define REPORT_LINES_MAX 100

/* How a target was reached. */
#define REACHED_ORIGINAL 0x1
#define REACHED_NORMAL 0x2
#define REACHED_AUTO 0x4
#define REACHED_INTERNAL 0x8
#define REACHED_SUBOBJECT 0x10

typedef struct Target {
    ObjectAddress object;
    ObjectAddress because; /* what it depends on */
    int flags;
} Target;

typedef struct Targets {
    Target *items;
    int count;
    int max;
} Targets;

/* The way from an original object down to the one looked at. */
typedef struct Visit {
    ObjectAddress object;
    int flags;
    struct Visit *up;
} Visit;

/* ---- recording ---- */

static bool
is_pinned(Oid classid, Oid objid)
{
    if (objid >= FirstUnpinnedObjectId || classid == DatabaseRelationId)
        return false;
    return !(classid == NamespaceRelationId && objid == PG_PUBLIC_NAMESPACE);
}

void
recordMultipleDependencies(const ObjectAddress *depender, const ObjectAddress *referenced,
                           int count, DependencyType behavior)
{
    Relation rel;
    Datum values[Natts_pg_depend];
    static const bool nulls[Natts_pg_depend];

    if (catalog_bootstrapping)
        return;
    rel = relation_open(DependRelationId, RowExclusiveLock);
    values[Anum_pg_depend_classid - 1] = ObjectIdGetDatum(depender->classId);
    values[Anum_pg_depend_objid - 1] = ObjectIdGetDatum(depender->objectId);
    values[Anum_pg_depend_objsubid - 1] = Int32GetDatum(depender->objectSubId);
    values[Anum_pg_depend_deptype - 1] = CharGetDatum((char)behavior);
    for (int i = 0; i < count; i++) {
        if (is_pinned(referenced[i].classId, referenced[i].objectId))
            continue;
        values[Anum_pg_depend_refclassid - 1] = ObjectIdGetDatum(referenced[i].classId);
        values[Anum_pg_depend_refobjid - 1] = ObjectIdGetDatum(referenced[i].objectId);
        values[Anum_pg_depend_refobjsubid - 1] = Int32GetDatum(referenced[i].objectSubId);
        catalog_insert_row(rel, values, nulls);
    }
    relation_close(rel, RowExclusiveLock);
}

void
recordDependencyOn(const ObjectAddress *depender, const ObjectAddress *referenced,
                   DependencyType behavior)
{
    recordMultipleDependencies(depender, referenced, 1, behavior);
}

/* subid 0: those of its columns too. */
static long
delete_records_of(const ObjectAddress *object)
{
    Relation rel = relation_open(DependRelationId, RowExclusiveLock);
    Datum keys[3] = {ObjectIdGetDatum(object->classId), ObjectIdGetDatum(object->objectId),
                     Int32GetDatum(object->objectSubId)};
    CatalogScan *scan = catalog_scan_begin(DependRelationId, PG_DEPEND_DEPENDER_INDEX,
                                           object->objectSubId ? 3 : 2, keys);
    HeapTuple row;
    long count = 0;

    while ((row = catalog_scan_next(scan)) != NULL) {
        catalog_delete_row(rel, row);
        count++;
    }
    catalog_scan_end(scan);
    relation_close(rel, RowExclusiveLock);
    return count;
}

long
deleteDependencyRecordsFor(Oid classId, Oid objectId)
{
    return delete_records_of(&(ObjectAddress){classId, objectId, 0});
}

/* ---- reading pg_depend ---- */

typedef struct Dependency {
    ObjectAddress object;
    ObjectAddress referenced;
    char kind;
} Dependency;

static Dependency
read_dependency(HeapTuple row)
{
    Datum values[Natts_pg_depend];
    bool nulls[Natts_pg_depend];

    heap_deform_tuple(row, catalog_desc(DependRelationId), values, nulls);
    return (Dependency){
        .object = {DatumGetObjectId(values[Anum_pg_depend_classid - 1]),
                   DatumGetObjectId(values[Anum_pg_depend_objid - 1]),
                   DatumGetInt32(values[Anum_pg_depend_objsubid - 1])},
        .referenced = {DatumGetObjectId(values[Anum_pg_depend_refclassid - 1]),
                       DatumGetObjectId(values[Anum_pg_depend_refobjid - 1]),
                       DatumGetInt32(values[Anum_pg_depend_refobjsubid - 1])},
        .kind = DatumGetChar(values[Anum_pg_depend_deptype - 1]),
    };
}

/* All rows where `object` depends (or, by_reference, is depended upon); palloc'd. */
static Dependency *
read_dependencies(const ObjectAddress *object, bool by_reference, int *ret_count)
{
    Datum keys[3] = {ObjectIdGetDatum(object->classId), ObjectIdGetDatum(object->objectId),
                     Int32GetDatum(object->objectSubId)};
    CatalogScan *scan = catalog_scan_begin(
        DependRelationId, by_reference ? PG_DEPEND_REFERENCE_INDEX : PG_DEPEND_DEPENDER_INDEX,
        object->objectSubId ? 3 : 2, keys);
    Dependency *found = palloc_array(Dependency, 8);
    int max = 8;
    HeapTuple row;

    *ret_count = 0;
    while ((row = catalog_scan_next(scan)) != NULL) {
        if (*ret_count == max) {
            max *= 2;
            found = repalloc(found, sizeof(Dependency) * (Size)max);
        }
        found[(*ret_count)++] = read_dependency(row);
    }
    catalog_scan_end(scan);
    return found;
}

/* ---- collecting ---- */

static bool
same_object(const ObjectAddress *a, const ObjectAddress *b)
{
    return a->classId == b->classId && a->objectId == b->objectId &&
           a->objectSubId == b->objectSubId;
}

/* b is a, or a column of the relation a. */
static bool
covers(const ObjectAddress *a, const ObjectAddress *b)
{
    return a->classId == b->classId && a->objectId == b->objectId &&
           (a->objectSubId == b->objectSubId || a->objectSubId == 0);
}

static bool
on_the_way(Visit *visit, const ObjectAddress *object, int flags)
{
    for (Visit *v = visit; v; v = v->up) {
        if (same_object(&v->object, object)) {
            v->flags |= flags;
            return true;
        }
        if (covers(&v->object, object))
            return true;
    }
    return false;
}

static bool
is_target(Targets *targets, const ObjectAddress *object, int flags)
{
    bool found = false;

    for (int i = 0; i < targets->count; i++) {
        if (same_object(&targets->items[i].object, object)) {
            targets->items[i].flags |= flags;
            found = true;
        } else if (covers(&targets->items[i].object, object))
            found = true;
        else if (covers(object, &targets->items[i].object))
            targets->items[i].flags |= REACHED_SUBOBJECT; /* its whole will go anyway */
    }
    return found;
}

static void
add_target(Targets *targets, const ObjectAddress *object, const ObjectAddress *because, int flags)
{
    if (targets->count == TARGETS_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("too many objects depend on what is to be dropped")));
    if (targets->count == targets->max) {
        targets->max = targets->max ? targets->max * 2 : 32;
        targets->items = targets->items
                             ? repalloc(targets->items, sizeof(Target) * (Size)targets->max)
                             : palloc(sizeof(Target) * (Size)targets->max);
    }
    targets->items[targets->count++] = (Target){*object, *because, flags};
}

/* The whole that `object` is a part of; false if it stands alone. */
static bool
find_owner(const ObjectAddress *object, ObjectAddress *ret_owner)
{
    int count;
    Dependency *found = read_dependencies(object, false, &count);
    bool has_owner = false;

    for (int i = 0; i < count && !has_owner; i++)
        if (found[i].kind == DEPENDENCY_INTERNAL &&
            found[i].object.objectSubId == object->objectSubId) {
            *ret_owner = found[i].referenced;
            has_owner = true;
        }
    pfree(found);
    return has_owner;
}

static void
lock_target(const ObjectAddress *object)
{
    if (object->classId == RelationRelationId)
        lock_relation(object->objectId, AccessExclusiveLock);
    else
        lock_object(MyDatabaseId, object->classId, object->objectId, 0, AccessExclusiveLock);
}

static int
flags_of_kind(char kind)
{
    switch (kind) {
    case DEPENDENCY_NORMAL:
        return REACHED_NORMAL;
    case DEPENDENCY_AUTO:
    case DEPENDENCY_AUTO_EXTENSION:
        return REACHED_AUTO;
    case DEPENDENCY_INTERNAL:
        return REACHED_INTERNAL;
    default:
        elog(ERROR, "dependency type '%c' is not supported", kind);
        return 0;
    }
}

/* Newest first: later objects are likelier to depend on earlier ones. */
static int
compare_dependencies(const void *a, const void *b)
{
    const ObjectAddress *x = &((const Dependency *)a)->object;
    const ObjectAddress *y = &((const Dependency *)b)->object;

    if (x->objectId != y->objectId)
        return x->objectId > y->objectId ? -1 : 1;
    if (x->classId != y->classId)
        return x->classId < y->classId ? -1 : 1;
    return (x->objectSubId > y->objectSubId) - (x->objectSubId < y->objectSubId);
}

static void walk(const ObjectAddress *object, const ObjectAddress *because, int flags, Visit *up,
                 Targets *targets);

/* D1: returns true if the whole was walked in the part's place. */
static bool
redirect_to_owner(const ObjectAddress *object, const ObjectAddress *because, int flags, Visit *up,
                  Targets *targets)
{
    ObjectAddress owner;

    if (!find_owner(object, &owner))
        return false;
    if (on_the_way(up, &owner, 0) || is_target(targets, &owner, 0))
        return false;
    if (flags & REACHED_ORIGINAL) {
        char *part = getObjectDescription(object, false);
        char *whole = getObjectDescription(&owner, false);

        ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                        errmsg("cannot drop %s because %s requires it", part, whole),
                        errhint("You can drop %s instead.", whole)));
    }
    if (flags & REACHED_INTERNAL)
        return false;
    walk(&owner, because, flags, up, targets);
    return true;
}

static void
walk(const ObjectAddress *object, const ObjectAddress *because, int flags, Visit *up,
     Targets *targets)
{
    Visit visit = {.object = *object, .flags = flags, .up = up};
    Dependency *dependers;
    int count;

    if (on_the_way(up, object, flags) || is_target(targets, object, flags))
        return;
    if (is_pinned(object->classId, object->objectId))
        ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                        errmsg("cannot drop %s because it is required by the database system",
                               getObjectDescription(object, false))));
    if (redirect_to_owner(object, because, flags, up, targets))
        return;
    if (!(flags & REACHED_ORIGINAL))
        lock_target(object);
    dependers = read_dependencies(object, true, &count);
    qsort(dependers, (size_t)count, sizeof(Dependency), compare_dependencies);
    for (int i = 0; i < count; i++) {
        int how = flags_of_kind(dependers[i].kind);

        CHECK_FOR_INTERRUPTS();
        if (covers(object, &dependers[i].object)) /* a column of the relation itself */
            continue;
        walk(&dependers[i].object, object, how, &visit, targets);
    }
    pfree(dependers);
    add_target(targets, object, because, visit.flags);
}

/* ---- telling ---- */

static bool
goes_silently(const Target *target)
{
    return (target->flags &
            (REACHED_ORIGINAL | REACHED_AUTO | REACHED_INTERNAL | REACHED_SUBOBJECT)) != 0;
}

static void
report(const Targets *targets, const ObjectAddress *original, bool is_single,
       DropBehavior behavior)
{
    StringInfoData detail;
    int count = 0;

    initStringInfo(&detail);
    for (int i = targets->count - 1; i >= 0; i--) {
        const Target *target = &targets->items[i];
        char *name;

        if (goes_silently(target))
            continue;
        count++;
        if (count > REPORT_LINES_MAX)
            continue;
        name = getObjectDescription(&target->object, false);
        if (detail.len > 0)
            appendStringInfoChar(&detail, '\n');
        if (behavior == DROP_RESTRICT)
            appendStringInfo(&detail, "%s depends on %s", name,
                             getObjectDescription(&target->because, false));
        else
            appendStringInfo(&detail, "drop cascades to %s", name);
    }
    if (count > REPORT_LINES_MAX)
        appendStringInfo(&detail, "\nand %d other objects (see server log for list)",
                         count - REPORT_LINES_MAX);
    if (count == 0)
        return;
    if (behavior == DROP_RESTRICT && is_single)
        ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                        errmsg("cannot drop %s because other objects depend on it",
                               getObjectDescription(original, false)),
                        errdetail_internal("%s", detail.data),
                        errhint("Use DROP ... CASCADE to drop the dependent objects too.")));
    if (behavior == DROP_RESTRICT)
        ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                        errmsg("cannot drop desired object(s) because other objects depend on "
                               "them"),
                        errdetail_internal("%s", detail.data),
                        errhint("Use DROP ... CASCADE to drop the dependent objects too.")));
    if (count == 1)
        ereport(NOTICE, (errmsg_internal("%s", detail.data)));
    else
        ereport(NOTICE, (errmsg("drop cascades to %d other objects", count),
                         errdetail_internal("%s", detail.data)));
}

/* ---- deleting ---- */

static void
delete_simple_row(Oid catalog, Oid index, Oid oid)
{
    Relation rel = relation_open(catalog, RowExclusiveLock);
    HeapTuple row = catalog_fetch1(catalog, index, ObjectIdGetDatum(oid));

    if (row == NULL)
        elog(ERROR, "cache lookup failed for object %u of catalog %u", oid, catalog);
    catalog_delete_row(rel, row);
    relation_close(rel, RowExclusiveLock);
}

static void
delete_object(const ObjectAddress *object)
{
    switch (object->classId) {
    case RelationRelationId:
        if (object->objectSubId != 0)
            catalog__remove_column(object->objectId, (AttrNumber)object->objectSubId);
        else
            catalog__remove_relation(object->objectId);
        break;
    case TypeRelationId:
        delete_simple_row(TypeRelationId, PG_TYPE_OID_INDEX, object->objectId);
        break;
    case ConstraintRelationId:
        catalog__remove_constraint(object->objectId);
        break;
    case AttrDefaultRelationId:
        catalog__remove_default(object->objectId);
        break;
    case RewriteRelationId:
        delete_simple_row(RewriteRelationId, PG_REWRITE_OID_INDEX, object->objectId);
        break;
    case NamespaceRelationId:
        delete_simple_row(NamespaceRelationId, PG_NAMESPACE_OID_INDEX, object->objectId);
        break;
    default:
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("dropping %s is not supported",
                               getObjectDescription(object, false))));
    }
}

static void
delete_target(const ObjectAddress *object)
{
    /* first: a relation's rows go with its columns' */
    delete_records_of(object);
    delete_object(object);
    deleteSharedDependencyRecordsFor(object->classId, object->objectId, object->objectSubId);
    catalog__remove_comments(object->classId, object->objectId, object->objectSubId);
    xact_command_counter_increment();
}

static void
delete_all(const ObjectAddress *objects, int count, DropBehavior behavior, bool quiet)
{
    Targets targets = {0};
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "objects to drop", ALLOCSET_DEFAULT_SIZES);
    MemoryContext old = MemoryContextSwitchTo(scratch);
    Visit *originals = NULL;

    /* All originals count as on the way: one may depend on another. */
    for (int i = 0; i < count; i++)
        walk(&objects[i], &objects[i], REACHED_ORIGINAL, originals, &targets);
    for (int i = 0; i < targets.count; i++)
        for (int k = 0; k < count; k++)
            if (covers(&objects[k], &targets.items[i].object))
                targets.items[i].flags |= REACHED_ORIGINAL;
    if (!quiet)
        report(&targets, &objects[0], count == 1, behavior);
    MemoryContextSwitchTo(old);
    for (int i = 0; i < targets.count; i++)
        if (!(targets.items[i].flags & REACHED_SUBOBJECT) ||
            targets.items[i].object.objectSubId == 0)
            delete_target(&targets.items[i].object);
    MemoryContextDelete(scratch);
}

void
performDeletion(const ObjectAddress *object, DropBehavior behavior)
{
    delete_all(object, 1, behavior, false);
}

void
performMultipleDeletions(const ObjectAddress *objects, int count, DropBehavior behavior)
{
    if (count > 0)
        delete_all(objects, count, behavior, false);
}

void
performDeletionQuietly(const ObjectAddress *object)
{
    delete_all(object, 1, DROP_CASCADE, true);
}

/* ---- questions ---- */

Oid
catalog_owned_sequence(Oid relid, AttrNumber attnum)
{
    ObjectAddress column = {RelationRelationId, relid, attnum};
    int count;
    Dependency *found = read_dependencies(&column, true, &count);
    Oid sequence = InvalidOid;

    for (int i = 0; i < count && sequence == InvalidOid; i++)
        if (found[i].object.classId == RelationRelationId && found[i].object.objectSubId == 0 &&
            (found[i].kind == DEPENDENCY_AUTO || found[i].kind == DEPENDENCY_INTERNAL) &&
            get_rel_relkind(found[i].object.objectId) == RELKIND_SEQUENCE)
            sequence = found[i].object.objectId;
    pfree(found);
    return sequence;
}

bool
catalog_sequence_owner(Oid sequence, char deptype, Oid *ret_table, int32 *ret_column)
{
    ObjectAddress object = {RelationRelationId, sequence, 0};
    int count;
    Dependency *found = read_dependencies(&object, false, &count);
    bool is_owned = false;

    for (int i = 0; i < count && !is_owned; i++)
        if (found[i].referenced.classId == RelationRelationId && found[i].kind == deptype) {
            *ret_table = found[i].referenced.objectId;
            *ret_column = found[i].referenced.objectSubId;
            is_owned = true;
        }
    pfree(found);
    return is_owned;
}

Oid
catalog_index_constraint(Oid index)
{
    ObjectAddress object = {RelationRelationId, index, 0};
    int count;
    Dependency *found;
    Oid constraint = InvalidOid;
    const CatalogIndex *builtin = catalog__index(index);

    if (builtin)
        return builtin->constraint;
    found = read_dependencies(&object, false, &count);
    for (int i = 0; i < count; i++)
        if (found[i].referenced.classId == ConstraintRelationId &&
            found[i].kind == DEPENDENCY_INTERNAL)
            constraint = found[i].referenced.objectId;
    pfree(found);
    return constraint;
}
