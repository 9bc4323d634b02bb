/*
 * acl.c - who may do what: reading, judging and changing access control lists
 *
 * A NULL list in a catalog stands for the kind's default. Rights reach a role through its own
 * items, PUBLIC's, and those of roles it inherits from; the owner and superusers need none.
 */
#include "catalog_int.h"

#include <ctype.h>

#define ACL_ITEMS_MAX 1024

/* Where objects of a kind keep owner and list. */
typedef struct AclPlace {
    Oid classid;
    Oid index;
    AttrNumber name;
    AttrNumber owner;
    AttrNumber acl;
    ObjectType type;
    AclMode all_rights;
} AclPlace;

static const AclPlace places[] = {
    {RelationRelationId, PG_CLASS_OID_INDEX, Anum_pg_class_relname, Anum_pg_class_relowner,
     Anum_pg_class_relacl, OBJECT_TABLE, ACL_ALL_RIGHTS_RELATION},
    {NamespaceRelationId, PG_NAMESPACE_OID_INDEX, Anum_pg_namespace_nspname,
     Anum_pg_namespace_nspowner, Anum_pg_namespace_nspacl, OBJECT_SCHEMA, ACL_ALL_RIGHTS_SCHEMA},
    {DatabaseRelationId, PG_DATABASE_OID_INDEX, Anum_pg_database_datname, Anum_pg_database_datdba,
     Anum_pg_database_datacl, OBJECT_DATABASE, ACL_ALL_RIGHTS_DATABASE},
    {ProcedureRelationId, PG_PROC_OID_INDEX, Anum_pg_proc_proname, Anum_pg_proc_proowner,
     Anum_pg_proc_proacl, OBJECT_FUNCTION, ACL_ALL_RIGHTS_FUNCTION},
    {TypeRelationId, PG_TYPE_OID_INDEX, Anum_pg_type_typname, Anum_pg_type_typowner,
     Anum_pg_type_typacl, OBJECT_TYPE, ACL_ALL_RIGHTS_TYPE},
    {LanguageRelationId, PG_LANGUAGE_OID_INDEX, Anum_pg_language_lanname,
     Anum_pg_language_lanowner, Anum_pg_language_lanacl, OBJECT_LANGUAGE,
     ACL_ALL_RIGHTS_LANGUAGE},
    {TableSpaceRelationId, PG_TABLESPACE_OID_INDEX, Anum_pg_tablespace_spcname,
     Anum_pg_tablespace_spcowner, Anum_pg_tablespace_spcacl, OBJECT_TABLESPACE,
     ACL_ALL_RIGHTS_TABLESPACE},
};

static const AclPlace *
find_place(Oid classid)
{
    for (int i = 0; i < (int)lengthof(places); i++)
        if (places[i].classid == classid)
            return &places[i];
    elog(ERROR, "no access control for objects of catalog %u", classid);
    return NULL;
}

/* ---- items ---- */

static Datum
item_datum(const AclItem *item)
{
    return PointerGetDatum(item);
}

static int
read_items(Datum array, AclItem **ret_items)
{
    Datum *elements;
    int count = catalog_array_elements(array, ACLITEMOID, &elements, NULL);
    AclItem *items = palloc_array(AclItem, count + 1);

    for (int i = 0; i < count; i++)
        memcpy(&items[i], DatumGetPointer(elements[i]), sizeof(AclItem));
    *ret_items = items;
    return count;
}

static Datum
write_items(const AclItem *items, int count)
{
    Datum *elements = palloc_array(Datum, Max(count, 1));

    for (int i = 0; i < count; i++)
        elements[i] = item_datum(&items[i]);
    return catalog_array_build(ACLITEMOID, elements, NULL, count);
}

int
catalog_acl_default(ObjectType type, Oid owner, AclItem **ret_items)
{
    AclMode world = ACL_NO_RIGHTS;
    AclMode own = ACL_NO_RIGHTS;
    AclItem *items = palloc_array(AclItem, 2);
    int count = 0;

    switch (type) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
        own = ACL_ALL_RIGHTS_RELATION;
        break;
    case OBJECT_SEQUENCE:
        own = ACL_ALL_RIGHTS_SEQUENCE;
        break;
    case OBJECT_DATABASE:
        world = ACL_CREATE_TEMP | ACL_CONNECT;
        own = ACL_ALL_RIGHTS_DATABASE;
        break;
    case OBJECT_FUNCTION:
        world = ACL_EXECUTE;
        own = ACL_ALL_RIGHTS_FUNCTION;
        break;
    case OBJECT_LANGUAGE:
        world = ACL_USAGE;
        own = ACL_ALL_RIGHTS_LANGUAGE;
        break;
    case OBJECT_SCHEMA:
        own = ACL_ALL_RIGHTS_SCHEMA;
        break;
    case OBJECT_TABLESPACE:
        own = ACL_ALL_RIGHTS_TABLESPACE;
        break;
    case OBJECT_TYPE:
        world = ACL_USAGE;
        own = ACL_ALL_RIGHTS_TYPE;
        break;
    default:
        break;
    }
    if (world)
        items[count++] = (AclItem){InvalidOid, owner, world};
    if (own)
        items[count++] = (AclItem){owner, owner, own};
    *ret_items = items;
    return count;
}

static void
append_role_name(StringInfo text, Oid role)
{
    char *name = get_role_name(role);

    if (name == NULL) {
        appendStringInfo(text, "%u", role);
        return;
    }
    for (const char *p = name; *p; p++)
        if (!isalnum((unsigned char)*p) && *p != '_' && !((unsigned char)*p & 0x80)) {
            appendStringInfoChar(text, '"');
            for (p = name; *p; p++) {
                if (*p == '"')
                    appendStringInfoChar(text, '"');
                appendStringInfoChar(text, *p);
            }
            appendStringInfoChar(text, '"');
            return;
        }
    appendStringInfoString(text, name);
}

char *
catalog_aclitem_out(const AclItem *item)
{
    StringInfoData text;

    initStringInfo(&text);
    if (item->ai_grantee != InvalidOid)
        append_role_name(&text, item->ai_grantee);
    appendStringInfoChar(&text, '=');
    for (int i = 0; i < N_ACL_RIGHTS; i++) {
        if (item->ai_privs & (1u << i))
            appendStringInfoChar(&text, ACLITEM_ALL_PRIVS_STR[i]);
        if (item->ai_privs & (1u << (i + ACLITEM_GRANT_SHIFT)))
            appendStringInfoChar(&text, '*');
    }
    appendStringInfoChar(&text, '/');
    append_role_name(&text, item->ai_grantor);
    return text.data;
}

/* A role name, quoted or not; NULL for none. Moves *at behind it. */
static char *
take_name(const char **at)
{
    StringInfoData name;
    bool quoted = false;

    initStringInfo(&name);
    for (; **at; (*at)++) {
        char c = **at;

        if (c == '"' && quoted && (*at)[1] == '"')
            (*at)++;
        else if (c == '"') {
            quoted = !quoted;
            continue;
        } else if (!quoted && !isalnum((unsigned char)c) && c != '_' && !((unsigned char)c & 0x80))
            break;
        appendStringInfoChar(&name, c);
    }
    return name.len ? name.data : NULL;
}

static AclMode
take_rights(const char **at)
{
    AclMode rights = ACL_NO_RIGHTS;
    AclMode last = ACL_NO_RIGHTS;

    for (; **at && **at != '/'; (*at)++) {
        const char *letter = strchr(ACLITEM_ALL_PRIVS_STR, **at);

        if (**at == '*')
            rights |= last << ACLITEM_GRANT_SHIFT;
        else if (letter == NULL)
            ereport(ERROR,
                    (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                     errmsg("invalid mode character: must be one of \"%s\"",
                            ACLITEM_ALL_PRIVS_STR)));
        else
            rights |= last = 1u << (letter - ACLITEM_ALL_PRIVS_STR);
    }
    return rights;
}

AclItem
catalog_aclitem_in(const char *text)
{
    AclItem item = {0};
    char *name = take_name(&text);

    if (name && (strcmp(name, "group") == 0 || strcmp(name, "user") == 0) && *text == ' ') {
        while (*text == ' ')
            text++;
        name = take_name(&text);
    }
    if (*text != '=')
        ereport(ERROR,
                (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), errmsg("missing \"=\" sign")));
    text++;
    if (name)
        item.ai_grantee = get_role_oid(name, false);
    item.ai_privs = take_rights(&text);
    item.ai_grantor = BOOTSTRAP_SUPERUSERID;
    if (*text == '/') {
        text++;
        name = take_name(&text);
        if (name == NULL)
            ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                            errmsg("a name must follow the \"/\" sign")));
        item.ai_grantor = get_role_oid(name, false);
    }
    return item;
}

/* ---- judging ---- */

static AclMode
judge(const AclItem *items, int count, Oid owner, Oid role, AclMode mask)
{
    AclMode held = ACL_NO_RIGHTS;

    if (has_privs_of_role(role, owner)) /* owners may grant what they have given away */
        held |= mask & ((AclMode)0xFFFF << ACLITEM_GRANT_SHIFT);
    for (int i = 0; i < count; i++)
        if (items[i].ai_grantee == InvalidOid || items[i].ai_grantee == role)
            held |= items[i].ai_privs & mask;
    for (int i = 0; i < count && (held & mask) != mask; i++)
        if ((items[i].ai_privs & mask & ~held) && items[i].ai_grantee != InvalidOid &&
            items[i].ai_grantee != role && has_privs_of_role(role, items[i].ai_grantee))
            held |= items[i].ai_privs & mask;
    return held;
}

typedef struct AclRow {
    Oid owner;
    int count;
    AclItem *items;
    char relkind;
} AclRow;

static bool
read_row(const AclPlace *place, Oid oid, AclRow *ret_row)
{
    HeapTuple row = catalog_fetch1(place->classid, place->index, ObjectIdGetDatum(oid));
    ObjectType type = place->type;
    bool isnull;
    Datum acl;

    if (row == NULL)
        return false;
    ret_row->owner = catalog_get_oid(place->classid, row, place->owner);
    ret_row->relkind = '\0';
    if (place->classid == RelationRelationId) {
        ret_row->relkind =
            DatumGetChar(catalog_get(place->classid, row, Anum_pg_class_relkind, &isnull));
        type = get_relkind_objtype(ret_row->relkind);
    }
    acl = catalog_get(place->classid, row, place->acl, &isnull);
    ret_row->count = isnull ? catalog_acl_default(type, ret_row->owner, &ret_row->items)
                            : read_items(acl, &ret_row->items);
    return true;
}

static AclMode
aclmask(Oid classid, Oid oid, Oid role, AclMode mask)
{
    AclRow row;

    if (superuser_arg(role))
        return mask;
    if (!read_row(find_place(classid), oid, &row))
        return ACL_NO_RIGHTS;
    return judge(row.items, row.count, row.owner, role, mask);
}

static AclResult
check(AclMode held, AclMode mode)
{
    return (held & mode) == mode ? ACLCHECK_OK : ACLCHECK_NO_PRIV;
}

AclMode
pg_class_aclmask(Oid relid, Oid role, AclMode mask)
{
    AclMode held;

    if (superuser_arg(role))
        return mask;
    held = aclmask(RelationRelationId, relid, role, mask);
    /* catalogs are changed by DDL only */
    if (relid < FirstUnpinnedObjectId)
        held &= ~(AclMode)(ACL_INSERT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE);
    if ((mask & ACL_SELECT & ~held) && has_privs_of_role(role, ROLE_PG_READ_ALL_DATA))
        held |= ACL_SELECT;
    if ((mask & ~held & (ACL_INSERT | ACL_UPDATE | ACL_DELETE)) &&
        has_privs_of_role(role, ROLE_PG_WRITE_ALL_DATA))
        held |= mask & (ACL_INSERT | ACL_UPDATE | ACL_DELETE);
    return held;
}

AclMode
pg_attribute_aclmask(Oid relid, AttrNumber attnum, Oid role, AclMode mask)
{
    HeapTuple row;
    bool isnull;
    Datum acl;
    AclItem *items;
    int count;

    if (superuser_arg(role))
        return mask;
    row = catalog_fetch2(AttributeRelationId, PG_ATTRIBUTE_RELID_ATTNUM_INDEX,
                         ObjectIdGetDatum(relid), Int16GetDatum(attnum));
    if (row == NULL)
        return ACL_NO_RIGHTS;
    acl = catalog_get(AttributeRelationId, row, Anum_pg_attribute_attacl, &isnull);
    if (isnull)
        return ACL_NO_RIGHTS;
    count = read_items(acl, &items);
    return judge(items, count, InvalidOid, role, mask);
}

AclResult
pg_class_aclcheck(Oid relid, Oid role, AclMode mode)
{
    return check(pg_class_aclmask(relid, role, mode), mode);
}

AclResult
pg_attribute_aclcheck(Oid relid, AttrNumber attnum, Oid role, AclMode mode)
{
    return check(pg_attribute_aclmask(relid, attnum, role, mode), mode);
}

AclResult
pg_namespace_aclcheck(Oid oid, Oid role, AclMode mode)
{
    AclMode held;

    if (superuser_arg(role) || (oid == PG_CATALOG_NAMESPACE && mode == ACL_USAGE))
        return ACLCHECK_OK;
    held = aclmask(NamespaceRelationId, oid, role, mode);
    if ((mode & ACL_USAGE & ~held) && (has_privs_of_role(role, ROLE_PG_READ_ALL_DATA) ||
                                       has_privs_of_role(role, ROLE_PG_WRITE_ALL_DATA)))
        held |= ACL_USAGE;
    return check(held, mode);
}

AclResult
pg_database_aclcheck(Oid oid, Oid role, AclMode mode)
{
    return check(aclmask(DatabaseRelationId, oid, role, mode), mode);
}

AclResult
pg_proc_aclcheck(Oid oid, Oid role, AclMode mode)
{
    return check(aclmask(ProcedureRelationId, oid, role, mode), mode);
}

AclResult
pg_type_aclcheck(Oid oid, Oid role, AclMode mode)
{
    const TypeInfo *type = catalog_type(oid);

    if (type && OidIsValid(type->typelem) && type->typlen == -1) /* arrays: as their elements */
        oid = type->typelem;
    return check(aclmask(TypeRelationId, oid, role, mode), mode);
}

AclResult
pg_language_aclcheck(Oid oid, Oid role, AclMode mode)
{
    return check(aclmask(LanguageRelationId, oid, role, mode), mode);
}

AclResult
pg_tablespace_aclcheck(Oid oid, Oid role, AclMode mode)
{
    if (oid == GLOBALTABLESPACE_OID && !superuser_arg(role))
        return ACLCHECK_NO_PRIV;
    return check(aclmask(TableSpaceRelationId, oid, role, mode), mode);
}

static bool
ownercheck(Oid classid, Oid oid, Oid role)
{
    AclRow row;

    if (superuser_arg(role))
        return true;
    return read_row(find_place(classid), oid, &row) && has_privs_of_role(role, row.owner);
}

bool
pg_class_ownercheck(Oid relid, Oid role)
{
    return ownercheck(RelationRelationId, relid, role);
}

bool
pg_namespace_ownercheck(Oid oid, Oid role)
{
    return ownercheck(NamespaceRelationId, oid, role);
}

bool
pg_database_ownercheck(Oid oid, Oid role)
{
    return ownercheck(DatabaseRelationId, oid, role);
}

bool
pg_type_ownercheck(Oid oid, Oid role)
{
    return ownercheck(TypeRelationId, oid, role);
}

bool
pg_proc_ownercheck(Oid oid, Oid role)
{
    return ownercheck(ProcedureRelationId, oid, role);
}

/* ---- errors ---- */

static const char *
kind_name(ObjectType type)
{
    static const char *const names[] = {
        [OBJECT_ACCESS_METHOD] = "access method", [OBJECT_AGGREGATE] = "aggregate",
        [OBJECT_CAST] = "cast", [OBJECT_COLUMN] = "relation", [OBJECT_COLLATION] = "collation",
        [OBJECT_CONVERSION] = "conversion", [OBJECT_DATABASE] = "database",
        [OBJECT_DEFAULT] = "default value", [OBJECT_DOMAIN] = "type",
        [OBJECT_EXTENSION] = "extension", [OBJECT_FUNCTION] = "function",
        [OBJECT_INDEX] = "index", [OBJECT_LANGUAGE] = "language",
        [OBJECT_LARGEOBJECT] = "large object", [OBJECT_MATVIEW] = "materialized view",
        [OBJECT_OPCLASS] = "operator class", [OBJECT_OPERATOR] = "operator",
        [OBJECT_OPFAMILY] = "operator family", [OBJECT_POLICY] = "policy",
        [OBJECT_PROCEDURE] = "procedure", [OBJECT_PUBLICATION] = "publication",
        [OBJECT_ROLE] = "role", [OBJECT_ROUTINE] = "routine", [OBJECT_RULE] = "rule",
        [OBJECT_SCHEMA] = "schema", [OBJECT_SEQUENCE] = "sequence",
        [OBJECT_TABCONSTRAINT] = "constraint", [OBJECT_TABLE] = "table",
        [OBJECT_TABLESPACE] = "tablespace", [OBJECT_TRIGGER] = "trigger",
        [OBJECT_TYPE] = "type", [OBJECT_VIEW] = "view",
    };

    return names[type];
}

void
aclcheck_error(AclResult result, ObjectType type, const char *name)
{
    if (result == ACLCHECK_NOT_OWNER)
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be owner of %s %s", kind_name(type), name)));
    Assert(result == ACLCHECK_NO_PRIV);
    ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                    errmsg("permission denied for %s %s", kind_name(type), name)));
    pg_unreachable();
}

ObjectType
get_relkind_objtype(char relkind)
{
    switch (relkind) {
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX:
        return OBJECT_INDEX;
    case RELKIND_SEQUENCE:
        return OBJECT_SEQUENCE;
    case RELKIND_VIEW:
        return OBJECT_VIEW;
    case RELKIND_MATVIEW:
        return OBJECT_MATVIEW;
    default:
        return OBJECT_TABLE;
    }
}

/* ---- GRANT and REVOKE ---- */

static int
find_item(const AclItem *items, int count, Oid grantee, Oid grantor)
{
    for (int i = 0; i < count; i++)
        if (items[i].ai_grantee == grantee && items[i].ai_grantor == grantor)
            return i;
    return -1;
}

static int
grant_to(AclItem *items, int count, Oid grantee, Oid grantor, AclMode rights, bool grant_option)
{
    int i = find_item(items, count, grantee, grantor);

    if (i < 0) {
        if (count == ACL_ITEMS_MAX)
            ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                            errmsg("too many items in an access control list")));
        i = count++;
        items[i] = (AclItem){grantee, grantor, ACL_NO_RIGHTS};
    }
    items[i].ai_privs |= rights;
    if (grant_option)
        items[i].ai_privs |= rights << ACLITEM_GRANT_SHIFT;
    return count;
}

/* What others were granted on the strength of grant options that are taken away. */
static int
revoke_dependent(AclItem *items, int count, Oid grantee, AclMode rights, bool cascade)
{
    for (int i = 0; i < count; i++) {
        if (items[i].ai_grantor != grantee || !(items[i].ai_privs & rights) ||
            items[i].ai_grantee == grantee)
            continue;
        if (!cascade)
            ereport(ERROR, (errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
                            errmsg("dependent privileges exist"),
                            errhint("Use CASCADE to revoke them too.")));
        items[i].ai_privs &= ~(rights | rights << ACLITEM_GRANT_SHIFT);
        count = revoke_dependent(items, count, items[i].ai_grantee, rights, cascade);
    }
    return count;
}

static int
drop_empty(AclItem *items, int count)
{
    int kept = 0;

    for (int i = 0; i < count; i++)
        if (items[i].ai_privs != ACL_NO_RIGHTS)
            items[kept++] = items[i];
    return kept;
}

static int
revoke_from(AclItem *items, int count, Oid grantee, Oid grantor, AclMode rights,
            bool option_only, bool cascade)
{
    int i = find_item(items, count, grantee, grantor);
    AclMode lost_options;

    if (i < 0)
        return count;
    lost_options = (items[i].ai_privs >> ACLITEM_GRANT_SHIFT) & rights;
    items[i].ai_privs &= ~(rights << ACLITEM_GRANT_SHIFT);
    if (!option_only)
        items[i].ai_privs &= ~rights;
    if (lost_options)
        count = revoke_dependent(items, count, grantee, lost_options, cascade);
    return drop_empty(items, count);
}

/* Who grants: the owner, for him and for superusers, else the current user by his options. */
static Oid
choose_grantor(const AclPlace *place, const AclRow *row, AclMode rights, const char *name,
               AclMode *ret_allowed)
{
    Oid me = GetUserId();
    AclMode options;

    *ret_allowed = rights;
    if (has_privs_of_role(me, row->owner))
        return row->owner;
    options = judge(row->items, row->count, row->owner, me, rights << ACLITEM_GRANT_SHIFT) >>
              ACLITEM_GRANT_SHIFT;
    if (options == ACL_NO_RIGHTS &&
        judge(row->items, row->count, row->owner, me, rights) == ACL_NO_RIGHTS)
        aclcheck_error(ACLCHECK_NO_PRIV,
                       row->relkind ? get_relkind_objtype(row->relkind) : place->type, name);
    if (options == ACL_NO_RIGHTS)
        ereport(WARNING, (errcode(ERRCODE_WARNING_PRIVILEGE_NOT_GRANTED),
                          errmsg("no privileges were granted for \"%s\"", name)));
    *ret_allowed = options;
    return me;
}

static int
change_items(AclItem *items, int count, Oid grantor, bool is_grant, AclMode rights,
             List *grantees, bool grant_option, bool cascade)
{
    ListCell *cell;

    foreach (cell, grantees) {
        Oid grantee = lfirst_oid(cell);

        if (is_grant && grant_option && grantee == InvalidOid)
            ereport(ERROR, (errcode(ERRCODE_INVALID_GRANT_OPERATION),
                            errmsg("grant options can only be granted to roles")));
        count = is_grant ? grant_to(items, count, grantee, grantor, rights, grant_option)
                         : revoke_from(items, count, grantee, grantor, rights, grant_option,
                                       cascade);
    }
    return count;
}

/* Roles named in the list, so that they cannot be dropped. */
static void
record_acl_roles(Oid classid, Oid objid, int32 subid, Oid owner, const AclItem *items, int count)
{
    catalog__set_acl_dependencies(classid, objid, subid, owner, items, count);
}

static void
grant_on_column(Oid relid, AttrNumber attnum, bool is_grant, AclMode rights, List *grantees,
                bool grant_option, bool cascade)
{
    Relation rel = relation_open(AttributeRelationId, RowExclusiveLock);
    HeapTuple row = catalog_fetch2(AttributeRelationId, PG_ATTRIBUTE_RELID_ATTNUM_INDEX,
                                   ObjectIdGetDatum(relid), Int16GetDatum(attnum));
    Datum values[Natts_pg_attribute];
    bool nulls[Natts_pg_attribute];
    bool replace[Natts_pg_attribute] = {false};
    AclItem *items = palloc_array(AclItem, ACL_ITEMS_MAX);
    AclItem *old = NULL;
    AclRow table;
    int count = 0;

    if (row == NULL || !read_row(find_place(RelationRelationId), relid, &table))
        elog(ERROR, "cache lookup failed for attribute %d of relation %u", attnum, relid);
    heap_deform_tuple(row, rel->rd_att, values, nulls);
    if (!nulls[Anum_pg_attribute_attacl - 1])
        count = read_items(values[Anum_pg_attribute_attacl - 1], &old);
    if (count > 0)
        memcpy(items, old, sizeof(AclItem) * (Size)count);
    count = change_items(items, count, table.owner, is_grant, rights, grantees, grant_option,
                         cascade);
    replace[Anum_pg_attribute_attacl - 1] = true;
    nulls[Anum_pg_attribute_attacl - 1] = count == 0;
    values[Anum_pg_attribute_attacl - 1] = count ? write_items(items, count) : 0;
    catalog_update_row(rel, row, values, nulls, replace);
    record_acl_roles(RelationRelationId, relid, attnum, table.owner, items, count);
    relation_close(rel, RowExclusiveLock);
}

void
catalog_grant(ObjectType type, Oid classid, Oid objid, AttrNumber attnum, bool is_grant,
              AclMode rights, List *grantees, bool grant_option, bool cascade)
{
    const AclPlace *place = find_place(classid);
    Relation rel;
    HeapTuple row;
    Datum values[CATALOG_COLUMNS_MAX];
    bool nulls[CATALOG_COLUMNS_MAX];
    bool replace[CATALOG_COLUMNS_MAX] = {false};
    AclItem *items = palloc_array(AclItem, ACL_ITEMS_MAX);
    AclRow old;
    Oid grantor;
    int count;

    if (rights == ACL_NO_RIGHTS)
        rights = type == OBJECT_SEQUENCE ? ACL_ALL_RIGHTS_SEQUENCE
                 : attnum != 0           ? ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_REFERENCES
                                         : place->all_rights;
    if (attnum != 0) {
        grant_on_column(objid, attnum, is_grant, rights, grantees, grant_option, cascade);
        return;
    }
    rel = relation_open(classid, RowExclusiveLock);
    row = catalog_fetch1(classid, place->index, ObjectIdGetDatum(objid));
    if (row == NULL || !read_row(place, objid, &old))
        elog(ERROR, "cache lookup failed for object %u of catalog %u", objid, classid);
    heap_deform_tuple(row, rel->rd_att, values, nulls);
    grantor = choose_grantor(place, &old, rights, NameStr(*DatumGetName(values[place->name - 1])),
                             &rights);
    count = Min(old.count, ACL_ITEMS_MAX);
    memcpy(items, old.items, sizeof(AclItem) * (Size)count);
    count = change_items(items, count, grantor, is_grant, rights, grantees, grant_option, cascade);
    replace[place->acl - 1] = true;
    nulls[place->acl - 1] = false;
    values[place->acl - 1] = write_items(items, count);
    catalog_update_row(rel, row, values, nulls, replace);
    record_acl_roles(classid, objid, 0, old.owner, items, count);
    relation_close(rel, RowExclusiveLock);
}
