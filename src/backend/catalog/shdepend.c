/*
 * shdepend.c - pg_shdepend: which roles the objects of all databases need
 *
 * Kinds: 'o' the role owns the object, 'a' the object's access control list names it. Pinned roles
 * (built-in ones) are not recorded.
 */
#include "catalog_int.h"

#define SHARED_DEPENDENCY_OWNER 'o'
#define SHARED_DEPENDENCY_ACL 'a'

static Oid
database_of(Oid classid)
{
    return catalog__is_shared(classid) ? InvalidOid : MyDatabaseId;
}

static void
record(Oid classid, Oid objid, int32 subid, Oid role, char kind)
{
    Relation rel;
    Datum values[Natts_pg_shdepend];
    static const bool nulls[Natts_pg_shdepend];

    if (role < FirstUnpinnedObjectId || catalog_bootstrapping)
        return;
    lock_object(InvalidOid, AuthIdRelationId, role, 0, AccessShareLock);
    if (catalog_role(role) == NULL)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("role %u was concurrently dropped", role)));
    rel = relation_open(SharedDependRelationId, RowExclusiveLock);
    values[Anum_pg_shdepend_dbid - 1] = ObjectIdGetDatum(database_of(classid));
    values[Anum_pg_shdepend_classid - 1] = ObjectIdGetDatum(classid);
    values[Anum_pg_shdepend_objid - 1] = ObjectIdGetDatum(objid);
    values[Anum_pg_shdepend_objsubid - 1] = Int32GetDatum(subid);
    values[Anum_pg_shdepend_refclassid - 1] = ObjectIdGetDatum(AuthIdRelationId);
    values[Anum_pg_shdepend_refobjid - 1] = ObjectIdGetDatum(role);
    values[Anum_pg_shdepend_deptype - 1] = CharGetDatum(kind);
    catalog_insert_row(rel, values, nulls);
    relation_close(rel, RowExclusiveLock);
}

/* subid -1: all; kind 0: all. */
static void
delete_rows(Oid classid, Oid objid, int32 subid, char kind)
{
    Relation rel = relation_open(SharedDependRelationId, RowExclusiveLock);
    Datum keys[4] = {ObjectIdGetDatum(database_of(classid)), ObjectIdGetDatum(classid),
                     ObjectIdGetDatum(objid), Int32GetDatum(subid)};
    CatalogScan *scan = catalog_scan_begin(SharedDependRelationId, PG_SHDEPEND_DEPENDER_INDEX,
                                           subid >= 0 ? 4 : 3, keys);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL) {
        bool isnull;
        char found = DatumGetChar(
            catalog_get(SharedDependRelationId, row, Anum_pg_shdepend_deptype, &isnull));

        if (kind == '\0' || found == kind)
            catalog_delete_row(rel, row);
    }
    catalog_scan_end(scan);
    relation_close(rel, RowExclusiveLock);
}

void
recordDependencyOnOwner(Oid classId, Oid objectId, Oid owner)
{
    record(classId, objectId, 0, owner, SHARED_DEPENDENCY_OWNER);
}

void
changeDependencyOnOwner(Oid classId, Oid objectId, Oid owner)
{
    delete_rows(classId, objectId, 0, SHARED_DEPENDENCY_OWNER);
    record(classId, objectId, 0, owner, SHARED_DEPENDENCY_OWNER);
}

void
deleteSharedDependencyRecordsFor(Oid classId, Oid objectId, int32 objectSubId)
{
    delete_rows(classId, objectId, objectSubId == 0 ? -1 : objectSubId, '\0');
}

void
catalog__set_acl_dependencies(Oid classid, Oid objid, int32 subid, Oid owner,
                              const AclItem *items, int count)
{
    delete_rows(classid, objid, subid, SHARED_DEPENDENCY_ACL);
    for (int i = 0; i < count; i++) {
        bool seen = items[i].ai_grantee == owner;

        for (int k = 0; k < i && !seen; k++)
            seen = items[k].ai_grantee == items[i].ai_grantee;
        if (!seen)
            record(classid, objid, subid, items[i].ai_grantee, SHARED_DEPENDENCY_ACL);
    }
}

static void
describe_dependent(StringInfo detail, HeapTuple row, int *others)
{
    Datum values[Natts_pg_shdepend];
    bool nulls[Natts_pg_shdepend];
    ObjectAddress object;
    Oid database;
    char *name;

    heap_deform_tuple(row, catalog_desc(SharedDependRelationId), values, nulls);
    database = DatumGetObjectId(values[Anum_pg_shdepend_dbid - 1]);
    if (database != InvalidOid && database != MyDatabaseId) {
        (*others)++;
        return;
    }
    object = (ObjectAddress){DatumGetObjectId(values[Anum_pg_shdepend_classid - 1]),
                             DatumGetObjectId(values[Anum_pg_shdepend_objid - 1]),
                             DatumGetInt32(values[Anum_pg_shdepend_objsubid - 1])};
    name = getObjectDescription(&object, true);
    if (name == NULL)
        return;
    if (detail->len > 0)
        appendStringInfoChar(detail, '\n');
    if (DatumGetChar(values[Anum_pg_shdepend_deptype - 1]) == SHARED_DEPENDENCY_OWNER)
        appendStringInfo(detail, "owner of %s", name);
    else
        appendStringInfo(detail, "privileges for %s", name);
}

/* DETAIL for "role cannot be dropped because some objects depend on it"; NULL if none do. */
char *
catalog__role_dependents(Oid role)
{
    Datum keys[2] = {ObjectIdGetDatum(AuthIdRelationId), ObjectIdGetDatum(role)};
    CatalogScan *scan =
        catalog_scan_begin(SharedDependRelationId, PG_SHDEPEND_REFERENCE_INDEX, 2, keys);
    StringInfoData detail;
    int others = 0;
    HeapTuple row;

    initStringInfo(&detail);
    while ((row = catalog_scan_next(scan)) != NULL)
        describe_dependent(&detail, row, &others);
    catalog_scan_end(scan);
    if (others > 0)
        appendStringInfo(&detail, "%s%d object%s in other databases", detail.len ? "\n" : "",
                         others, others == 1 ? "" : "s");
    return detail.len ? detail.data : NULL;
}
