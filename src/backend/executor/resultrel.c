/*
 * resultrel.c - a table that rows are put into: constraints checked, index entries made
 */
#include "base/base.h"
#include "catalog/catalog.h"
#include "catalog/lsyscache.h"
#include "catalog/relcache.h"
#include "catalog/user.h"
#include "memory/stringinfo.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"
#include "resultrel_int.h"

#define ROW_TEXT_BYTES_MAX 64 /* of one value in an error's detail */

/* ---- opening ---- */

static void
index_prepare(ResultIndex *index)
{
    Relation relation = index->relation;
    RelationCatalog *catalog = relation_catalog(relation);
    Form_pg_index form = relation->rd_index;

    index->unique = form->indisunique;
    index->column_count = form->indnatts;
    index->columns = (AttrNumber *) palloc(sizeof(AttrNumber) * (Size) form->indnatts);
    for (int i = 0; i < form->indnatts; i++)
        index->columns[i] = form->indkey.values[i];
    if (catalog->index_expressions != NULL) {
        List *expressions = (List *) stringToNode(catalog->index_expressions);
        ListCell *lc;

        index->expressions = (ExprState **) palloc(sizeof(ExprState *) *
                                                   (Size) list_length(expressions));
        foreach (lc, expressions)
            index->expressions[index->expression_count++] =
                expression_compile((Expr *) lfirst(lc), NULL);
    }
    if (catalog->index_predicate != NULL) {
        Node *predicate = (Node *) stringToNode(catalog->index_predicate);

        if (IsA(predicate, List))
            predicate = (Node *) make_andclause((List *) predicate);
        index->predicate = expression_compile((Expr *) predicate, NULL);
    }
}

static void
result_rel_open_indexes(ResultRelInfo *info)
{
    List *oids = RelationGetIndexList(info->relation);
    ListCell *lc;

    info->indexes = (ResultIndex *) palloc0(sizeof(ResultIndex) *
                                            (Size) (list_length(oids) + 1));
    foreach (lc, oids) {
        ResultIndex *index = &info->indexes[info->index_count];

        index->oid = lfirst_oid(lc);
        index->relation = index_open(index->oid, RowExclusiveLock);
        if (!index->relation->rd_index->indislive || !index->relation->rd_index->indisready) {
            index_close(index->relation, NoLock);
            continue;
        }
        index_prepare(index);
        info->index_count++;
    }
}

static void
result_rel_compile_checks(ResultRelInfo *info)
{
    const RelationCheck *checks;
    int count = relation_checks(info->relation, &checks);

    info->checks = (ExprState **) palloc0(sizeof(ExprState *) * (Size) (count + 1));
    info->check_names = (const char **) palloc0(sizeof(char *) * (Size) (count + 1));
    for (int i = 0; i < count; i++) {
        Node *expr = (Node *) stringToNode(checks[i].expression);

        info->checks[info->check_count] = expression_compile((Expr *) expr, NULL);
        info->check_names[info->check_count++] = pstrdup(checks[i].name);
    }
}

ResultRelInfo *
executor_open_result_relation(Relation relation)
{
    MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "result relation",
                                                  ALLOCSET_SMALL_SIZES);
    MemoryContext old = MemoryContextSwitchTo(context);
    ResultRelInfo *info = (ResultRelInfo *) palloc0(sizeof(ResultRelInfo));

    info->context = context;
    info->relation = relation;
    result_rel_open_indexes(info);
    result_rel_compile_checks(info);
    MemoryContextSwitchTo(old);
    return info;
}

void
result_rel_suspend(ResultRelInfo *info)
{
    for (int i = 0; i < info->index_count; i++) {
        if (info->indexes[i].relation != NULL)
            index_close(info->indexes[i].relation, NoLock);
        info->indexes[i].relation = NULL;
    }
    info->relation = NULL;
}

void
result_rel_resume(ResultRelInfo *info, Relation relation)
{
    info->relation = relation;
    for (int i = 0; i < info->index_count; i++) {
        if (info->indexes[i].relation == NULL)
            info->indexes[i].relation = index_open(info->indexes[i].oid, RowExclusiveLock);
    }
}

void
executor_close_result_relation(ResultRelInfo *info)
{
    result_rel_suspend(info);
    MemoryContextDelete(info->context);
}

/* ---- constraints ---- */

/* "(1, abc, null)", or with rights on some columns only "(a, b) = (1, abc)"; NULL: none at all. */
static char *
describe_row(Relation relation, const Datum *values, const bool *nulls)
{
    TupleDesc desc = RelationGetDescr(relation);
    Oid relid = RelationGetRelid(relation);
    bool whole = pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
    bool any = whole;
    StringInfoData names, row;
    const char *separator = "";

    initStringInfo(&names);
    initStringInfo(&row);
    appendStringInfoChar(&names, '(');
    appendStringInfoChar(&row, '(');
    for (int i = 0; i < desc->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(desc, i);
        const char *text = "null";
        int length;

        if (att->attisdropped)
            continue;
        if (!whole) {
            if (pg_attribute_aclcheck(relid, att->attnum, GetUserId(), ACL_SELECT) !=
                ACLCHECK_OK)
                continue;
            any = true;
            appendStringInfo(&names, "%s%s", separator, NameStr(att->attname));
        }
        if (!nulls[i]) {
            Oid output;
            bool is_varlena;

            getTypeOutputInfo(att->atttypid, &output, &is_varlena);
            text = OidOutputFunctionCall(output, values[i]);
        }
        length = (int) strlen(text);
        appendStringInfoString(&row, separator);
        if (length <= ROW_TEXT_BYTES_MAX)
            appendStringInfoString(&row, text);
        else {
            int cut = ROW_TEXT_BYTES_MAX;

            while (cut > 0 && ((unsigned char) text[cut] & 0xC0) == 0x80)
                cut--;
            appendBinaryStringInfo(&row, text, cut);
            appendStringInfoString(&row, "...");
        }
        separator = ", ";
    }
    if (!any)
        return NULL;
    appendStringInfoChar(&row, ')');
    if (whole)
        return row.data;
    appendStringInfo(&names, ") = %s", row.data);
    return names.data;
}

static int
error_table(Relation relation)
{
    err_generic_string(PG_DIAG_SCHEMA_NAME, get_namespace_name(RelationGetNamespace(relation)));
    err_generic_string(PG_DIAG_TABLE_NAME, RelationGetRelationName(relation));
    return 0;
}

static pg_noreturn void
throw_not_null(Relation relation, Form_pg_attribute att, const Datum *values, const bool *nulls)
{
    char *row = describe_row(relation, values, nulls);

    ereport(ERROR,
            (errcode(ERRCODE_NOT_NULL_VIOLATION),
             errmsg("null value in column \"%s\" of relation \"%s\" violates not-null constraint",
                    NameStr(att->attname), RelationGetRelationName(relation)),
             row != NULL ? errdetail("Failing row contains %s.", row) : 0, error_table(relation),
             err_generic_string(PG_DIAG_COLUMN_NAME, NameStr(att->attname))));
}

static pg_noreturn void
throw_check(Relation relation, const char *name, const Datum *values, const bool *nulls)
{
    char *row = describe_row(relation, values, nulls);

    ereport(ERROR, (errcode(ERRCODE_CHECK_VIOLATION),
                    errmsg("new row for relation \"%s\" violates check constraint \"%s\"",
                           RelationGetRelationName(relation), name),
                    row != NULL ? errdetail("Failing row contains %s.", row) : 0,
                    error_table(relation), err_generic_string(PG_DIAG_CONSTRAINT_NAME, name)));
}

void
executor_check_constraints(ResultRelInfo *info, const Datum *values, const bool *nulls)
{
    TupleDesc desc = RelationGetDescr(info->relation);

    for (int i = 0; i < desc->natts; i++) {
        if (unlikely(nulls[i]) && TupleDescAttr(desc, i)->attnotnull)
            throw_not_null(info->relation, TupleDescAttr(desc, i), values, nulls);
    }
    for (int i = 0; i < info->check_count; i++) {
        bool isnull;
        Datum result = expression_eval_row(info->checks[i], values, nulls, &isnull);

        if (!isnull && !DatumGetBool(result))
            throw_check(info->relation, info->check_names[i], values, nulls);
    }
}

/* ---- index entries ---- */

bool
result_rel_index_values(ResultIndex *index, const Datum *values, const bool *nulls,
                        Datum *ret_values, bool *ret_nulls)
{
    int expression = 0;

    if (index->predicate != NULL) {
        bool isnull;
        Datum result = expression_eval_row(index->predicate, values, nulls, &isnull);

        if (isnull || !DatumGetBool(result))
            return false;
    }
    for (int i = 0; i < index->column_count; i++) {
        AttrNumber column = index->columns[i];

        if (column > 0) {
            ret_values[i] = values[column - 1];
            ret_nulls[i] = nulls[column - 1];
        } else if (column == 0)
            ret_values[i] = expression_eval_row(index->expressions[expression++], values, nulls,
                                                &ret_nulls[i]);
        else
            elog(ERROR, "an index on a system column is not supported");
    }
    return true;
}

bool
result_rel_is_arbiter(const ResultIndex *index, List *arbiters)
{
    if (!index->unique)
        return false;
    return arbiters == NIL || list_member_oid(arbiters, index->oid);
}

static bool
insert_entries(ResultRelInfo *info, HeapTuple tuple, const Datum *values, const bool *nulls,
               bool arbitrated, List *arbiters)
{
    bool unique = true;

    for (int i = 0; i < info->index_count; i++) {
        ResultIndex *index = &info->indexes[i];
        Datum keys[INDEX_MAX_KEYS];
        bool key_nulls[INDEX_MAX_KEYS];
        IndexUniqueCheck check = index->unique ? UNIQUE_CHECK_YES : UNIQUE_CHECK_NO;

        if (!result_rel_index_values(index, values, nulls, keys, key_nulls))
            continue;
        if (arbitrated && result_rel_is_arbiter(index, arbiters))
            check = UNIQUE_CHECK_PARTIAL;
        if (!btree_insert(index->relation, keys, key_nulls, &tuple->t_self, info->relation, check,
                          false) &&
            check == UNIQUE_CHECK_PARTIAL)
            unique = false;
    }
    return unique;
}

void
executor_insert_index_entries(ResultRelInfo *info, HeapTuple tuple, const Datum *values,
                              const bool *nulls)
{
    if (info->index_count > 0)
        (void) insert_entries(info, tuple, values, nulls, false, NIL);
}

bool
result_rel_insert_arbitrated(ResultRelInfo *info, HeapTuple tuple, const Datum *values,
                             const bool *nulls, List *arbiters)
{
    return insert_entries(info, tuple, values, nulls, true, arbiters);
}

void
executor_insert_rows(ResultRelInfo *info, HeapTuple *tuples, int tuple_count, CommandId cid,
                     int heap_options)
{
    TupleDesc desc = RelationGetDescr(info->relation);
    Datum *values;
    bool *nulls;

    if (tuple_count == 1)
        heap_insert(info->relation, tuples[0], cid, heap_options, NULL);
    else
        heap_multi_insert(info->relation, tuples, tuple_count, cid, heap_options, NULL);
    if (info->index_count == 0)
        return;
    values = (Datum *) palloc(sizeof(Datum) * (Size) Max(desc->natts, 1));
    nulls = (bool *) palloc(sizeof(bool) * (Size) Max(desc->natts, 1));
    for (int i = 0; i < tuple_count; i++) {
        heap_deform_tuple(tuples[i], desc, values, nulls);
        executor_insert_index_entries(info, tuples[i], values, nulls);
    }
    pfree(values);
    pfree(nulls);
}
