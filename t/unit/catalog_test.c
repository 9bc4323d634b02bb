/*
 * catalog_test.c - built-in data is sound, a new cluster's catalogs can be read, DDL keeps them so
 *
 * Method: the generated arrays are checked against each other. Then a life bootstraps a cluster in
 * a temporary directory, and makes, changes and drops objects through the room's functions. SQL
 * functions stand in rooms above, so only the comparisons that catalog indexes need are real here.
 */
#include "storage_life.h"

#include "btree/btree.h"
#include "buffer/buffer.h"
#include "catalog/catalog.h"
#include "catalog/ddl.h"
#include "catalog/lsyscache.h"
#include "catalog/namespace.h"
#include "catalog/rows.h"
#include "catalog/start.h"
#include "catalog/typcache.h"
#include "catalog/user.h"
#include "heap/heap.h"
#include "lock/lock.h"
#include "recovery/recovery.h"
#include "wal/wal.h"
#include "xact/snapshot.h"
#include "xact/xact.h"

extern const ProcInfo catalog__procs[];
extern const int catalog__procs_count;
extern const OperatorInfo catalog__operators[];
extern const int catalog__operators_count;
extern const TypeInfo catalog__types[];
extern const int catalog__types_count;

static PGFunction *functions;

static Datum
not_here(PG_FUNCTION_ARGS)
{
    elog(ERROR, "function %u has no C code in this test", fcinfo->flinfo->fn_oid);
    return 0;
}

static Datum
compare_oidvectors(PG_FUNCTION_ARGS)
{
    const char *a = VARDATA_ANY(PG_GETARG_POINTER(0));
    const char *b = VARDATA_ANY(PG_GETARG_POINTER(1));
    Size la = VARSIZE_ANY_EXHDR(PG_GETARG_POINTER(0));
    Size lb = VARSIZE_ANY_EXHDR(PG_GETARG_POINTER(1));

    if (la != lb)
        PG_RETURN_INT32(la < lb ? -1 : 1);
    PG_RETURN_INT32(memcmp(a, b, la));
}

static void
register_functions(void)
{
    functions = malloc(sizeof(PGFunction) * (size_t)catalog__procs_count);
    for (int i = 0; i < catalog__procs_count; i++)
        functions[i] = not_here;
    functions[catalog_proc(F_BTOIDVECTORCMP) - catalog__procs] = compare_oidvectors;
    catalog_register_functions(functions, catalog__procs_count);
}

/* ---- the arrays ---- */

static void
test_arrays(void)
{
    int bad = 0;

    for (int i = 0; i < catalog__procs_count; i++) {
        const ProcInfo *p = &catalog__procs[i];

        bad += catalog_proc(p->oid) != p || !catalog_type(p->prorettype);
        for (int k = 0; k < p->pronargs; k++)
            bad += !catalog_type(p->proargtypes[k]);
    }
    tap_is_int(bad, 0, "every function is found by its number, and its types exist");
    bad = 0;
    for (int i = 0; i < catalog__operators_count; i++) {
        const OperatorInfo *o = &catalog__operators[i];

        bad += catalog_operator(o->oid) != o || !catalog_proc(o->oprcode);
        bad += o->oprcom && catalog_operator(o->oprcom)->oprcom != o->oid;
        bad += o->oprnegate && catalog_operator(o->oprnegate)->oprnegate != o->oid;
    }
    tap_is_int(bad, 0, "operators have functions; commutators and negators are mutual");
    bad = 0;
    for (int i = 0; i < catalog__types_count; i++) {
        const TypeInfo *t = &catalog__types[i];

        bad += catalog_type(t->oid) != t || !catalog_proc(t->typinput);
        bad += t->typarray && catalog_type(t->typarray)->typelem != t->oid;
        bad += catalog_type_by_name(NameStr(t->typname), PG_CATALOG_NAMESPACE) != t;
    }
    tap_is_int(bad, 0, "types are found by number and name; their arrays lead back");
}

static void
test_lookups(void)
{
    ProcOutputs outputs;
    Oid left, right;

    tap_is_int(catalog_cast(INT4OID, INT8OID)->castfunc, F_INT8_INT4, "cast int4 to int8");
    tap_ok(catalog_cast(INT4OID, DATEOID) == NULL, "no cast int4 to date");
    tap_is_int(catalog_aggregate(F_COUNT_)->aggtranstype, INT8OID, "count(*) counts in int8");
    tap_is_int(catalog_opclass_default(VARCHAROID, BTREE_AM_OID)->oid, TEXT_BTREE_OPS_OID,
           "varchar is indexed as text");
    tap_is_int(catalog_opclass_default(INT4ARRAYOID, BTREE_AM_OID)->opcintype, ANYARRAYOID,
           "int4[] is indexed as array");
    tap_is_int(catalog_opfamily_member(INTEGER_BTREE_FAM_OID, INT4OID, INT8OID, 1), OPR_INT48LT,
           "int4 < int8");
    tap_ok(get_op_hash_functions(OPR_INT4EQ, &left, &right) && left == F_HASHINT4,
       "= of int4 is hashed by hashint4");
    tap_is_int(get_ordering_op_for_equality_op(OPR_INT4EQ, true), OPR_INT4LT, "< that goes with =");
    tap_ok(op_mergejoinable(OPR_INT4EQ, INT4OID), "= of int4 can be merge joined");
    tap_is_int(lookup_type_cache(INT4ARRAYOID, TYPECACHE_CMP_PROC)->cmp_proc, F_BTARRAYCMP,
           "int4[] compares as array");
    tap_is_int(lookup_type_cache(JSONOID, TYPECACHE_EQ_OPR)->eq_opr, 0, "json has no equality");
    tap_ok(catalog_proc_outputs(catalog_proc(F_PG_LOCK_STATUS), &outputs) && outputs.count == 16 &&
           strcmp(outputs.names[15], "waitstart") == 0 && outputs.modes[15] == 'o',
       "output columns of pg_lock_status()");
    tap_is_string(catalog_proc_default(catalog_proc(F_MAKE_INTERVAL), 6), "0.0", "a default argument");
    tap_is_int(list_length(catalog_operator_candidates("pg_catalog", "~~", 'b')), 4, "LIKE has four forms");
}

static void
test_names(void)
{
    tap_is_string(format_type_be(INT4OID), "integer", "int4 is integer");
    tap_is_string(format_type_with_typemod(VARCHAROID, 14), "character varying(10)", "varchar(10)");
    tap_is_string(format_type_with_typemod(NUMERICOID, ((10 << 16) | 2) + 4), "numeric(10,2)",
           "numeric(10,2)");
    tap_is_string(format_type_with_typemod(TIMESTAMPTZARRAYOID, 3), "timestamp(3) with time zone[]",
           "timestamptz(3)[]");
    tap_is_string(quote_identifier("abc_1"), "abc_1", "a plain name needs no quotes");
    tap_is_string(quote_identifier("Abc"), "\"Abc\"", "upper case needs quotes");
    tap_is_string(quote_identifier("select"), "\"select\"", "a reserved word needs quotes");
    tap_is_string(quote_identifier("a\"b"), "\"a\"\"b\"", "quotes are doubled");
    tap_is_int(catalog_keyword_category("table"), 'R', "table is reserved");
    tap_is_int(catalog_keyword_category("pgbench"), 0, "pgbench is none");
}

/* ---- a cluster ---- */

static void
register_rooms(void)
{
    sync_shmem_register();
    lock_register();
    wal_shmem_register();
    buffer_shmem_register();
    xact_register();
    recovery_shmem_register();
    recovery_register_resource_managers();
    heap_register();
    btree_register();
    btree_shmem_register();
    catalog_register();
}

static void
attach_rooms(void)
{
    buffer_init_process();
    lock_attach();
    xact_attach();
    heap_attach();
    catalog_start_backend();
}

static long
count_rows(Oid catalog)
{
    CatalogScan *scan = catalog_scan_begin(catalog, InvalidOid, 0, NULL);
    long count = 0;

    while (catalog_scan_next(scan) != NULL)
        count++;
    catalog_scan_end(scan);
    return count;
}

static Oid
make_table(const char *name)
{
    TupleDesc desc = CreateTemplateTupleDesc(2);
    RelationSpec spec = {.name = name, .namespace_oid = PG_PUBLIC_NAMESPACE, .relkind = 'r',
                         .desc = desc};

    TupleDescInitEntry(desc, 1, "id", INT4OID, -1, 0);
    TupleDescInitEntry(desc, 2, "label", TEXTOID, -1, 0);
    return catalog_create_relation(&spec);
}

static Oid
make_primary_key(Oid table)
{
    Relation heap = relation_open(table, ShareLock);
    TupleDesc desc = CreateTemplateTupleDesc(1);
    IndexSpec spec = {.name = "t_pkey", .method = BTREE_AM_OID, .key_count = 1, .column_count = 1,
                      .attnums = (AttrNumber[]){1}, .opclasses = (Oid[]){INT4_BTREE_OPS_OID},
                      .collations = (Oid[]){0}, .options = (int16[]){0}, .desc = desc,
                      .unique = true, .primary = true, .immediate = true, .is_constraint = true,
                      .is_valid = true};
    Relation index;
    Oid oid;

    TupleDescInitEntry(desc, 1, "id", INT4OID, -1, 0);
    oid = catalog_create_index(heap, &spec, NULL);
    index = relation_open(oid, NoLock);
    btree_build(heap, index, NULL, NULL);
    relation_close(index, NoLock);
    relation_close(heap, NoLock);
    return oid;
}

static char *
message_of(void (*action)(Oid), Oid argument)
{
    MemoryContext context = CurrentMemoryContext;
    char *text = "";

    PG_TRY();
    {
        action(argument);
    }
    PG_CATCH();
    {
        ErrorData *error;

        MemoryContextSwitchTo(context);
        error = CopyErrorData();
        FlushErrorState();
        text = psprintf("%s|%s", error->message, error->detail ? error->detail : "");
    }
    PG_END_TRY();
    return text;
}

static void
drop_restrict(Oid relid)
{
    performDeletion(&(ObjectAddress){RelationRelationId, relid, 0}, DROP_RESTRICT);
}

static void
drop_schema(Oid oid)
{
    performDeletion(&(ObjectAddress){NamespaceRelationId, oid, 0}, DROP_RESTRICT);
}

static void
test_bootstrapped(void)
{
    Relation rel;

    tap_is_int(count_rows(TypeRelationId), catalog__types_count, "pg_type has the built-in types");
    tap_is_int(count_rows(ProcedureRelationId), catalog__procs_count, "pg_proc the functions");
    tap_ok(count_rows(AttributeRelationId) > 1000, "pg_attribute has rows");
    tap_is_int(count_rows(DatabaseRelationId), 3, "three databases");
    tap_is_string(GetUserNameFromId(BOOTSTRAP_SUPERUSERID, false), "first", "the superuser's name");
    tap_is_int(catalog_relation_find(NULL, "pg_class"), RelationRelationId, "pg_class by name");
    tap_is_int(get_relname_relid("pg_class_oid_index", PG_CATALOG_NAMESPACE), PG_CLASS_OID_INDEX,
           "an index by name");
    rel = relation_open(RelationRelationId, AccessShareLock);
    tap_is_int(list_length(RelationGetIndexList(rel)), 3, "pg_class has three indexes");
    relation_close(rel, AccessShareLock);
    tap_is_string(catalog_relation_display_name(RelationRelationId), "pg_class", "regclass output");
    for (int i = 0; i < 3; i++) {
        Oid index = (Oid[]){PG_CLASS_OID_INDEX, PG_PROC_PRONAME_ARGS_NSP_INDEX,
                            PG_ATTRIBUTE_RELID_ATTNUM_INDEX}[i];
        Relation index_rel = relation_open(index, AccessShareLock);
        Relation table = relation_open(index_rel->rd_index->indrelid, AccessShareLock);

        btree_check(index_rel, table, BTREE_CHECK_ALL, NULL, NULL);
        relation_close(table, AccessShareLock);
        relation_close(index_rel, AccessShareLock);
    }
    tap_ok(true, "indexes agree with their tables");
}

static void
test_table(void)
{
    Oid table = make_table("t");
    Oid index = make_primary_key(table);
    Relation rel = relation_open(table, AccessShareLock);
    const RelationCheck *checks;

    tap_is_int(rel->rd_att->natts, 2, "a table has its columns");
    tap_is_int(RelationGetPrimaryKeyIndex(rel), index, "and its primary key");
    tap_ok(rel->rd_rel->reltoastrelid != InvalidOid, "and a TOAST table");
    tap_ok(rel->rd_createSubid != 0, "it is new in this transaction");
    tap_is_string(format_type_be(rel->rd_rel->reltype), "t", "its row type has its name");
    catalog_set_default(table, 2, "{A SERIALISED EXPRESSION}", NULL);
    catalog_add_check(rel, "t_check", "{CHECK}", bms_make_singleton(1 + 7), true, false, true);
    relation_close(rel, AccessShareLock);
    xact_command_counter_increment();
    rel = relation_open(table, AccessShareLock);
    tap_is_string(relation_default(rel, 2), "{A SERIALISED EXPRESSION}", "a default is read back");
    tap_is_int(relation_checks(rel, &checks), 1, "a check is read back");
    tap_is_string(checks[0].name, "t_check", "by its name");
    tap_ok(bms_is_member(1 + 7, relation_indexed_columns(rel)), "column 1 is indexed");
    relation_close(rel, AccessShareLock);
    tap_is_string(catalog_choose_relation_name("t", "id", "idx", PG_PUBLIC_NAMESPACE, false), "t_id_idx",
           "names of indexes are chosen");
    tap_is_string(message_of(drop_restrict, index), "cannot drop index t_pkey because constraint t_pkey on "
                                            "table t requires it|",
         "a constraint's index is not dropped alone");
    catalog_rename_relation(table, "renamed");
    tap_is_int(catalog_relation_find(NULL, "renamed"), table, "found under its new name");
    tap_is_int(catalog_relation_find(NULL, "t"), 0, "and not under the old");
    drop_restrict(table);
    tap_is_int(catalog_relation_find(NULL, "renamed"), 0, "dropped");
    tap_is_int(get_rel_relkind(index), 0, "its index too");
    tap_is_int(count_rows(ConstraintRelationId) - count_rows(IndexRelationId) < 0, 1,
           "no constraint is left over");
}

static void
test_objects(void)
{
    Oid schema = catalog_create_namespace("s", BOOTSTRAP_SUPERUSERID, 0);
    Oid role = catalog_create_role(&(RoleSpec){.name = "r", .inherit = true, .connlimit = -1});
    TupleDesc desc = CreateTemplateTupleDesc(1);
    RelationSpec spec = {.name = "v", .namespace_oid = schema, .relkind = 'r', .desc = desc};
    Oid table;

    TupleDescInitEntry(desc, 1, "a", INT8OID, -1, 0);
    table = catalog_create_relation(&spec);
    tap_is_string(message_of(drop_schema, schema),
         "cannot drop schema s because other objects depend on it|table s.v depends on schema s",
         "a schema with a table is not dropped");
    tap_is_int(pg_class_aclcheck(table, role, ACL_SELECT), ACLCHECK_NO_PRIV, "no right to select");
    catalog_grant(OBJECT_TABLE, RelationRelationId, table, 0, true, ACL_SELECT,
                  list_make1_oid(role), false, false);
    xact_command_counter_increment();
    tap_is_int(pg_class_aclcheck(table, role, ACL_SELECT), ACLCHECK_OK, "granted");
    tap_is_int(pg_class_aclcheck(table, role, ACL_INSERT), ACLCHECK_NO_PRIV, "only that");
    tap_is_string(message_of(catalog_drop_role, role),
         "role \"r\" cannot be dropped because some objects depend on it|privileges for table s.v",
         "a role with rights is not dropped");
    catalog_grant(OBJECT_TABLE, RelationRelationId, table, 0, false, ACL_SELECT,
                  list_make1_oid(role), false, false);
    xact_command_counter_increment();
    catalog_set_comment(RelationRelationId, table, 0, "a comment");
    xact_command_counter_increment();
    tap_is_string(catalog_comment(RelationRelationId, table, 0), "a comment", "a comment");
    performDeletion(&(ObjectAddress){NamespaceRelationId, schema, 0}, DROP_CASCADE);
    tap_ok(catalog_comment(RelationRelationId, table, 0) == NULL, "gone with its table");
    catalog_drop_role(role);
    tap_ok(catalog_role_by_name("r") == NULL, "the role is dropped");
}

/* The process is the server: what it prints is the result. */
static void
life(void)
{
    register_functions();
    NBuffers = 2000;
    begin_life(register_rooms);
    test_arrays();
    recovery_bootstrap(SYSTEM_ID, CATALOG_VERSION, FirstNormalTransactionId, 12000);
    xact_bootstrap();
    recovery_startup();
    attach_rooms();
    CurrentResourceOwner = NULL;
    catalog_bootstrap("first", 6, "C.UTF-8");
    tap_ok(true, "the catalogs are made");
    catalog_bootstrap_finish();
    tap_ok(access("base/5/1259", R_OK) == 0, "postgres is a copy of template1");
    test_lookups();
    test_names();
    xact_start_command();
    test_bootstrapped();
    xact_commit_command();
    debug_discard_caches = 0;
    xact_start_command();
    test_table();
    test_objects();
    xact_commit_command();
    debug_discard_caches = 1;
    xact_start_command();
    test_table();
    test_objects();
    xact_abort_out_of_any();
    debug_discard_caches = 0;
    xact_start_command();
    test_bootstrapped();
    xact_commit_command();
    fflush(stdout);
}

int
main(void)
{
    make_data_directory();
    life();
    chdir("/");
    rmtree(test_directory, true);
    return tap_done();
}
