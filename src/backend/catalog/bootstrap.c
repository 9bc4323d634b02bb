/*
 * bootstrap.c - the catalogs of a new cluster, from the generated arrays
 *
 * Done once, when the server is built: the result is the template image that initdb unpacks. The
 * process is alone. Rows go into the tables first, in one transaction, frozen; then every index is
 * built, so that its pages are full. template0 and postgres are copies of template1's directory,
 * made last (catalog_bootstrap_finish), after the system views exist.
 */
#include "catalog_int.h"

#include <unistd.h>

#include "btree/btree.h"
#include "file/file.h"
#include "recovery/recovery.h"

#define BOOTSTRAP_NULL "\1"
#define CATALOG_ACL "{postgres=arwdDxt/postgres,=r/postgres}"
#define SECRET_CATALOG_ACL "{postgres=arwdDxt/postgres}"
#define TEMPLATE_DATABASE_ACL "{=c/postgres,postgres=CTc/postgres}"

bool catalog_bootstrapping;

static struct {
    const char *superuser_name;
    int encoding;
    const char *locale;
} bootstrap;

/* ---- text to values ---- */

/* "{a,"b c",d}" in pieces, unquoted; palloc'd. */
static int
split_array(const char *text, char ***ret_parts)
{
    char **parts = palloc_array(char *, 512);
    int count = 0;
    const char *at = text + 1;

    Assert(text[0] == '{');
    while (*at && *at != '}') {
        StringInfoData part;
        bool quoted = false;

        initStringInfo(&part);
        for (; *at && (quoted || (*at != ',' && *at != '}')); at++) {
            if (*at == '"')
                quoted = !quoted;
            else {
                if (*at == '\\')
                    at++;
                appendStringInfoChar(&part, *at);
            }
        }
        Assert(count < 512);
        parts[count++] = part.data;
        if (*at == ',')
            at++;
    }
    *ret_parts = parts;
    return count;
}

static Oid
bootstrap_role(const char *name, Size length)
{
    static const struct {
        const char *name;
        Oid oid;
    } roles[] = {{"", 0},
                 {"postgres", BOOTSTRAP_SUPERUSERID},
                 {"pg_database_owner", ROLE_PG_DATABASE_OWNER},
                 {"pg_monitor", ROLE_PG_MONITOR},
                 {"pg_read_all_settings", ROLE_PG_READ_ALL_SETTINGS},
                 {"pg_read_all_stats", ROLE_PG_READ_ALL_STATS},
                 {"pg_stat_scan_tables", ROLE_PG_STAT_SCAN_TABLES}};

    for (int i = 0; i < (int)lengthof(roles); i++)
        if (strlen(roles[i].name) == length && strncmp(roles[i].name, name, length) == 0)
            return roles[i].oid;
    elog(ERROR, "unknown role in a built-in access control list: %s", name);
    return InvalidOid;
}

static Datum
read_aclitem(const char *text)
{
    AclItem *item = palloc0_object(AclItem);
    const char *equals = strchr(text, '=');
    const char *slash = strchr(text, '/');

    item->ai_grantee = bootstrap_role(text, (Size)(equals - text));
    item->ai_grantor = bootstrap_role(slash + 1, strlen(slash + 1));
    for (const char *at = equals + 1; at < slash; at++)
        item->ai_privs |= 1u << (strchr(ACLITEM_ALL_PRIVS_STR, *at) - ACLITEM_ALL_PRIVS_STR);
    return PointerGetDatum(item);
}

static Datum
read_vector(const char *text, Oid type)
{
    Oid oids[FUNC_MAX_ARGS];
    int16 numbers[FUNC_MAX_ARGS];
    int count = 0;

    while (*text) {
        char *end;

        oids[count] = (Oid)strtoul(text, &end, 10);
        numbers[count] = (int16)oids[count];
        count++;
        text = end;
        while (*text == ' ')
            text++;
    }
    return type == OIDVECTOROID ? catalog_oidvector(oids, count)
                                : catalog_int2vector(numbers, count);
}

static Datum read_value(const char *text, Oid type);

static Datum
read_array(const char *text, Oid element)
{
    char **parts;
    int count = split_array(text, &parts);
    Datum *values = palloc_array(Datum, Max(count, 1));

    for (int i = 0; i < count; i++)
        values[i] = read_value(parts[i], element);
    return catalog_array_build(element, values, NULL, count);
}

static Datum
read_value(const char *text, Oid type)
{
    switch (type) {
    case BOOLOID:
        return BoolGetDatum(text[0] == 't');
    case CHAROID:
        return CharGetDatum(text[0]);
    case NAMEOID:
        return catalog__name(text);
    case INT2OID:
        return Int16GetDatum((int16)atoi(text));
    case INT4OID:
        return Int32GetDatum(atoi(text));
    case FLOAT4OID:
        return Float4GetDatum(strtof(text, NULL));
    case OIDOID:
    case REGPROCOID:
        return ObjectIdGetDatum((Oid)strtoul(text, NULL, 10));
    case TEXTOID:
    case PG_NODE_TREEOID:
        return catalog__text(text);
    case OIDVECTOROID:
    case INT2VECTOROID:
        return read_vector(text, type);
    case ACLITEMOID:
        return read_aclitem(text);
    case OIDARRAYOID:
        return read_array(text, OIDOID);
    case CHARARRAYOID:
        return read_array(text, CHAROID);
    case TEXTARRAYOID:
        return read_array(text, TEXTOID);
    case ACLITEMARRAYOID:
        return read_array(text, ACLITEMOID);
    default:
        elog(ERROR, "no value of type %u can stand in a built-in row", type);
        return 0;
    }
}

/* ---- files ---- */

static void
create_catalog_file(Oid relid)
{
    Relation rel = relation_open(relid, NoLock);

    smgr_create_relation(rel->rd_locator);
    relation_close(rel, NoLock);
}

static void
create_files(void)
{
    for (int i = 0; i < catalog__tables_count; i++) {
        const CatalogTable *table = &catalog__tables[i];

        create_catalog_file(table->oid);
        if (table->toast != InvalidOid) {
            create_catalog_file(table->toast);
            create_catalog_file(table->toast_index);
        }
    }
    for (int i = 0; i < catalog__indexes_count; i++)
        create_catalog_file(catalog__indexes[i].oid);
}

static void
build_index(Oid index_oid)
{
    Relation index = relation_open(index_oid, NoLock);
    Relation table = relation_open(index->rd_index->indrelid, NoLock);

    /* a file of no pages is an empty tree: most catalogs are empty */
    if (RelationGetNumberOfBlocks(table) > 0)
        btree_build(table, index, NULL, NULL);
    relation_close(table, NoLock);
    relation_close(index, NoLock);
}

static void
build_indexes(void)
{
    for (int i = 0; i < catalog__indexes_count; i++)
        build_index(catalog__indexes[i].oid);
    for (int i = 0; i < catalog__tables_count; i++)
        if (catalog__tables[i].toast_index != InvalidOid)
            build_index(catalog__tables[i].toast_index);
}

/* ---- rows ---- */

/* No index exists yet. */
static void
insert_frozen(Relation rel, const Datum *values, const bool *nulls)
{
    HeapTuple row = heap_form_tuple(rel->rd_att, values, nulls);

    heap_insert(rel, row, xact_current_command_id(true), HEAP_INSERT_FROZEN, NULL);
    heap_freetuple(row);
}

static void
override_value(Oid table, int column, const char **text)
{
    if (table == AuthIdRelationId && column == Anum_pg_authid_rolname &&
        strcmp(*text, "postgres") == 0)
        *text = bootstrap.superuser_name;
}

static void
insert_text_rows(const BootstrapRows *rows)
{
    Relation rel = relation_open(rows->table, NoLock);
    MemoryContext scratch =
        AllocSetContextCreate(CurrentMemoryContext, "built-in row", ALLOCSET_DEFAULT_SIZES);
    MemoryContext old = MemoryContextSwitchTo(scratch);
    const char *at = rows->text;

    for (int r = 0; r < rows->count; r++) {
        Datum values[CATALOG_COLUMNS_MAX] = {0};
        bool nulls[CATALOG_COLUMNS_MAX] = {false};

        for (int i = 0; i < rel->rd_att->natts; i++) {
            const char *text = at;

            at += strlen(at) + 1;
            nulls[i] = strcmp(text, BOOTSTRAP_NULL) == 0;
            if (nulls[i])
                continue;
            override_value(rows->table, i + 1, &text);
            values[i] = read_value(text, TupleDescAttr(rel->rd_att, i)->atttypid);
        }
        insert_frozen(rel, values, nulls);
        MemoryContextReset(scratch);
    }
    MemoryContextSwitchTo(old);
    MemoryContextDelete(scratch);
    relation_close(rel, NoLock);
}

static bool
is_secret(Oid catalog)
{
    return catalog == AuthIdRelationId || catalog == StatisticRelationId ||
           catalog == UserMappingRelationId || catalog == SubscriptionRelationId ||
           catalog == LargeObjectRelationId || catalog == 3429; /* pg_statistic_ext_data */
}

static void
describe_relation(Relation pg_class, Relation pg_attribute, Oid relid)
{
    Relation rel = relation_open(relid, NoLock);
    FormData_pg_class form = *rel->rd_rel;
    Datum acl = 0;

    form.reltuples = form.relkind == RELKIND_INDEX ? 0 : -1;
    if (form.relkind == RELKIND_INDEX)
        form.relfrozenxid = form.relminmxid = 0;
    if (form.relkind == RELKIND_RELATION)
        acl = read_value(is_secret(relid) ? SECRET_CATALOG_ACL : CATALOG_ACL, ACLITEMARRAYOID);
    catalog__insert_class_row(pg_class, &form, acl, 0);
    for (int i = 0; i < rel->rd_att->natts; i++)
        catalog__insert_attribute_row(pg_attribute, TupleDescAttr(rel->rd_att, i));
    if (form.relkind != RELKIND_INDEX)
        catalog__insert_system_attribute_rows(pg_attribute, relid);
    relation_close(rel, NoLock);
}

static void
describe_index(Oid index_oid)
{
    Relation index = relation_open(index_oid, NoLock);
    const CatalogIndex *builtin = catalog__index(index_oid);
    Oid opclasses[CATALOG_KEYS_MAX] = {OID_BTREE_OPS_OID, INT4_BTREE_OPS_OID};

    if (builtin)
        memcpy(opclasses, builtin->opclasses, sizeof(builtin->opclasses));
    catalog__insert_index_row(index->rd_index, opclasses, index->rd_indcollation,
                              index->rd_indoption, NULL, NULL);
    if (builtin && builtin->constraint != InvalidOid) {
        ConstraintRow row = {
            .oid = builtin->constraint,
            .name = NameStr(builtin->name),
            .namespace_oid = PG_CATALOG_NAMESPACE,
            .type = builtin->primary ? 'p' : 'u',
            .validated = true,
            .is_local = true,
            .no_inherit = true,
            .relid = builtin->table,
            .index = builtin->oid,
            .keys = builtin->attnums,
            .key_count = builtin->key_count,
        };

        catalog__insert_constraint_row(&row);
    }
    relation_close(index, NoLock);
}

static void
describe_catalogs(void)
{
    Relation pg_class = relation_open(RelationRelationId, NoLock);
    Relation pg_attribute = relation_open(AttributeRelationId, NoLock);

    for (int i = 0; i < catalog__tables_count; i++) {
        const CatalogTable *table = &catalog__tables[i];

        describe_relation(pg_class, pg_attribute, table->oid);
        if (table->toast == InvalidOid)
            continue;
        describe_relation(pg_class, pg_attribute, table->toast);
        describe_relation(pg_class, pg_attribute, table->toast_index);
        describe_index(table->toast_index);
    }
    for (int i = 0; i < catalog__indexes_count; i++) {
        describe_relation(pg_class, pg_attribute, catalog__indexes[i].oid);
        describe_index(catalog__indexes[i].oid);
    }
    relation_close(pg_attribute, NoLock);
    relation_close(pg_class, NoLock);
}

static void
insert_database(Oid oid, const char *name, bool is_template, bool allow_connections,
                const char *comment)
{
    Relation rel = relation_open(DatabaseRelationId, NoLock);
    Relation comments = relation_open(SharedDescriptionRelationId, NoLock);
    Datum values[Natts_pg_database] = {0};
    bool nulls[Natts_pg_database] = {false};
    Datum comment_values[Natts_pg_shdescription] = {
        ObjectIdGetDatum(oid), ObjectIdGetDatum(DatabaseRelationId), catalog__text(comment)};
    static const bool no_nulls[Natts_pg_shdescription];

    values[Anum_pg_database_oid - 1] = ObjectIdGetDatum(oid);
    values[Anum_pg_database_datname - 1] = catalog__name(name);
    values[Anum_pg_database_datdba - 1] = ObjectIdGetDatum(BOOTSTRAP_SUPERUSERID);
    values[Anum_pg_database_encoding - 1] = Int32GetDatum(bootstrap.encoding);
    values[Anum_pg_database_datlocprovider - 1] = CharGetDatum('c');
    values[Anum_pg_database_datistemplate - 1] = BoolGetDatum(is_template);
    values[Anum_pg_database_datallowconn - 1] = BoolGetDatum(allow_connections);
    values[Anum_pg_database_datconnlimit - 1] = Int32GetDatum(-1);
    values[Anum_pg_database_datfrozenxid - 1] = UInt32GetDatum((uint32)FirstNormalTransactionId);
    values[Anum_pg_database_datminmxid - 1] = UInt32GetDatum((uint32)FirstMultiXactId);
    values[Anum_pg_database_dattablespace - 1] = ObjectIdGetDatum(DEFAULTTABLESPACE_OID);
    values[Anum_pg_database_datcollate - 1] = catalog__text(bootstrap.locale);
    values[Anum_pg_database_datctype - 1] = catalog__text(bootstrap.locale);
    nulls[Anum_pg_database_daticulocale - 1] = true;
    nulls[Anum_pg_database_datcollversion - 1] = true;
    nulls[Anum_pg_database_datacl - 1] = !is_template;
    if (is_template)
        values[Anum_pg_database_datacl - 1] = read_value(TEMPLATE_DATABASE_ACL, ACLITEMARRAYOID);
    insert_frozen(rel, values, nulls);
    insert_frozen(comments, comment_values, no_nulls);
    relation_close(comments, NoLock);
    relation_close(rel, NoLock);
}

static void
write_version_file(const char *directory)
{
    char *path = psprintf("%s/PG_VERSION", directory);
    FILE *file = AllocateFile(path, "w");

    if (file == NULL || fputs(PG_MAJORVERSION "\n", file) < 0 || FreeFile(file) != 0)
        ereport(ERROR, (errcode_for_file_access(),
                        errmsg("could not write file \"%s\": %m", path)));
}

static void
make_directories(void)
{
    static const char *const directories[] = {"base", "base/1", "global"};

    for (int i = 0; i < (int)lengthof(directories); i++)
        if (MakePGDirectory(directories[i]) != 0 && errno != EEXIST)
            ereport(ERROR, (errcode_for_file_access(),
                            errmsg("could not create directory \"%s\": %m", directories[i])));
    write_version_file("base/1");
}

/* Inside the data directory; the counter of oids, WAL and transactions are up. */
void
catalog_bootstrap(const char *superuser_name, int encoding, const char *locale)
{
    bootstrap.superuser_name = superuser_name;
    bootstrap.encoding = encoding;
    bootstrap.locale = locale;
    catalog_bootstrapping = true;
    MyDatabaseId = TemplateDbOid;
    MyDatabaseTableSpace = DEFAULTTABLESPACE_OID;
    make_directories();
    xact_start_command();
    create_files();
    catalog__defer_index_inserts(true);
    for (int i = 0; i < catalog__bootstrap_rows_count; i++)
        insert_text_rows(&catalog__bootstrap_rows[i]);
    describe_catalogs();
    insert_database(TemplateDbOid, "template1", true, true,
                    "default template for new databases");
    insert_database(Template0DbOid, "template0", true, false, "unmodifiable empty database");
    insert_database(PostgresDbOid, "postgres", false, true,
                    "default administrative connection database");
    catalog__defer_index_inserts(false);
    xact_command_counter_increment();
    build_indexes();
    xact_commit_command();
}

/* ---- after the views ---- */

/* pg_dump compares rights with those that came with the system: pg_init_privs. */
static void
record_initial_rights(Oid catalog, AttrNumber oid_column, AttrNumber acl_column)
{
    Relation rel = relation_open(InitPrivsRelationId, RowExclusiveLock);
    CatalogScan *scan = catalog_scan_begin(catalog, InvalidOid, 0, NULL);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL) {
        bool isnull;
        Datum acl = catalog_get(catalog, row, acl_column, &isnull);
        Datum values[Natts_pg_init_privs];
        static const bool nulls[Natts_pg_init_privs];
        Oid oid = catalog_get_oid(catalog, row, oid_column);

        if (isnull || (catalog == NamespaceRelationId && oid == PG_PUBLIC_NAMESPACE))
            continue;
        values[Anum_pg_init_privs_objoid - 1] = ObjectIdGetDatum(oid);
        values[Anum_pg_init_privs_classoid - 1] = ObjectIdGetDatum(catalog);
        values[Anum_pg_init_privs_objsubid - 1] = Int32GetDatum(0);
        values[Anum_pg_init_privs_privtype - 1] = CharGetDatum('i');
        values[Anum_pg_init_privs_initprivs - 1] = acl;
        catalog_insert_row(rel, (Datum *)values, nulls);
    }
    catalog_scan_end(scan);
    relation_close(rel, RowExclusiveLock);
}

/* Catalogs and system views without a list of their own may be read by everybody. */
static void
open_for_reading(void)
{
    CatalogScan *scan = catalog_scan_begin(RelationRelationId, InvalidOid, 0, NULL);
    Datum acl = read_value(CATALOG_ACL, ACLITEMARRAYOID);
    HeapTuple row;

    while ((row = catalog_scan_next(scan)) != NULL) {
        bool isnull;
        char kind = DatumGetChar(
            catalog_get(RelationRelationId, row, Anum_pg_class_relkind, &isnull));

        catalog_get(RelationRelationId, row, Anum_pg_class_relacl, &isnull);
        if (isnull && (kind == RELKIND_RELATION || kind == RELKIND_VIEW))
            catalog__change_class(catalog_get_oid(RelationRelationId, row, Anum_pg_class_oid), 1,
                                  &(ColumnChange){Anum_pg_class_relacl, acl, false});
    }
    catalog_scan_end(scan);
    xact_command_counter_increment();
}

/* They are only hints, and made again at need: the image is smaller without. */
static void
remove_free_space_maps(const char *directory)
{
    DIR *dir = AllocateDir(directory);
    struct dirent *entry;

    while ((entry = ReadDir(dir, directory)) != NULL) {
        Size length = strlen(entry->d_name);

        if (length > 4 && strcmp(entry->d_name + length - 4, "_fsm") == 0)
            durable_unlink(psprintf("%s/%s", directory, entry->d_name), ERROR);
    }
    FreeDir(dir);
}

void
catalog_bootstrap_finish(void)
{
    static const char *const copies[] = {"base/4", "base/5"};

    xact_start_command();
    open_for_reading();
    record_initial_rights(RelationRelationId, Anum_pg_class_oid, Anum_pg_class_relacl);
    record_initial_rights(NamespaceRelationId, Anum_pg_namespace_oid, Anum_pg_namespace_nspacl);
    record_initial_rights(ProcedureRelationId, Anum_pg_proc_oid, Anum_pg_proc_proacl);
    xact_commit_command();
    recovery_checkpoint(CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE | CHECKPOINT_FLUSH_ALL);
    remove_free_space_maps("base/1");
    remove_free_space_maps("global");
    for (int i = 0; i < (int)lengthof(copies); i++)
        copy_dir("base/1", copies[i]);
    file_sync_tree("base");
    catalog_set_next_oid(FirstNormalObjectId);
    catalog_bootstrapping = false;
}
