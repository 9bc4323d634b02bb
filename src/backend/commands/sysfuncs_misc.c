/*
 * sysfuncs_misc.c - what index methods can, key words, memory, option lists, array subscripts
 *
 * Errors     throws
 */
#include <string.h>
#include <strings.h>

#include "catalog/catalog.h"
#include "catalog/catalog_oids.h"
#include "catalog/lsyscache.h"
#include "catalog/namespace.h"
#include "catalog/relcache.h"
#include "catalog/rows.h"
#include "commands/sysfuncs.h"
#include "error/error.h"
#include "heap/relation.h"
#include "lock/lock.h"
#include "memory/memory.h"
#include "memory/stringinfo.h"
#include "shmem/shmem.h"
#include "sync/stop_point.h"
#include "types/array.h"
#include "types/builtins.h"
#include "types/datetime.h"
#include "types/funcapi.h"

#define BTREE_AM 403

static bool
is_one_of(const char *word, const char *const *list)
{
    for (; *list; list++)
        if (strcasecmp(word, *list) == 0)
            return true;
    return false;
}

/* ---- properties of btree, the one index method ---- */

SQL_FUNCTION(pg_indexam_has_property)
{
    static const char *const yes[] = {"can_order", "can_unique", "can_multi_col", "can_exclude",
                                      "can_include", NULL};

    if (PG_GETARG_OID(0) != BTREE_AM ||
        !is_one_of(text_to_cstring(PG_GETARG_TEXT_PP(1)), yes))
        PG_RETURN_NULL();
    PG_RETURN_BOOL(true);
}

SQL_FUNCTION(pg_index_has_property)
{
    static const char *const yes[] = {"clusterable", "index_scan", "bitmap_scan", "backward_scan",
                                      NULL};

    if (get_rel_relkind(PG_GETARG_OID(0)) != RELKIND_INDEX ||
        !is_one_of(text_to_cstring(PG_GETARG_TEXT_PP(1)), yes))
        PG_RETURN_NULL();
    PG_RETURN_BOOL(true);
}

SQL_FUNCTION(pg_index_column_has_property)
{
    static const char *const of_btree[] = {"orderable", "returnable", "search_array",
                                           "search_nulls", NULL};
    static const char *const not_of_btree[] = {"distance_orderable", NULL};
    char *property = text_to_cstring(PG_GETARG_TEXT_PP(2));
    int column = PG_GETARG_INT32(1);
    bool is_key, descending, nulls_first;
    Relation index;

    if (get_rel_relkind(PG_GETARG_OID(0)) != RELKIND_INDEX)
        PG_RETURN_NULL();
    index = relation_open(PG_GETARG_OID(0), AccessShareLock);
    is_key = column >= 1 && column <= index->rd_index->indnkeyatts;
    descending = is_key && (index->rd_indoption[column - 1] & INDOPTION_DESC);
    nulls_first = is_key && (index->rd_indoption[column - 1] & INDOPTION_NULLS_FIRST);
    if (column < 1 || column > index->rd_index->indnatts)
        column = 0;
    relation_close(index, AccessShareLock);
    if (column == 0)
        PG_RETURN_NULL();
    if (strcasecmp(property, "returnable") == 0)
        PG_RETURN_BOOL(true);
    if (strcasecmp(property, "orderable") == 0)
        PG_RETURN_BOOL(is_key);
    if (!is_key) {
        if (strcasecmp(property, "distance_orderable") == 0)
            PG_RETURN_BOOL(false);
        PG_RETURN_NULL();
    }
    if (strcasecmp(property, "asc") == 0)
        PG_RETURN_BOOL(!descending);
    if (strcasecmp(property, "desc") == 0)
        PG_RETURN_BOOL(descending);
    if (strcasecmp(property, "nulls_first") == 0)
        PG_RETURN_BOOL(nulls_first);
    if (strcasecmp(property, "nulls_last") == 0)
        PG_RETURN_BOOL(!nulls_first);
    if (is_one_of(property, of_btree))
        PG_RETURN_BOOL(true);
    if (is_one_of(property, not_of_btree))
        PG_RETURN_BOOL(false);
    PG_RETURN_NULL();
}

/* ---- updatability, partitions, replica identity ---- */

#define EVENTS_ALL 28 /* 1 << CMD_UPDATE | 1 << CMD_INSERT | 1 << CMD_DELETE */

SQL_FUNCTION(pg_relation_is_updatable)
{
    char kind = get_rel_relkind(PG_GETARG_OID(0));

    PG_RETURN_INT32(kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE ? EVENTS_ALL : 0);
}

SQL_FUNCTION(pg_column_is_updatable)
{
    char kind = get_rel_relkind(PG_GETARG_OID(0));

    PG_RETURN_BOOL(PG_GETARG_INT16(1) > 0 &&
                   (kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE));
}

static void
fill_nothing(SysRows *rows, FunctionCallInfo fcinfo)
{
}

SQL_FUNCTION(pg_partition_tree)
{
    return sysfuncs_return_rows(fcinfo, fill_nothing);
}

SQL_FUNCTION(pg_partition_ancestors)
{
    return sysfuncs_return_rows(fcinfo, fill_nothing);
}

SQL_FUNCTION(pg_partition_root)
{
    PG_RETURN_NULL();
}

SQL_FUNCTION(pg_get_replica_identity_index)
{
    Relation rel = relation_open(PG_GETARG_OID(0), AccessShareLock);
    Oid index = InvalidOid;

    RelationGetIndexList(rel);
    if (rel->rd_rel->relreplident == 'd')
        index = rel->rd_pkindex;
    relation_close(rel, AccessShareLock);
    if (!OidIsValid(index))
        PG_RETURN_NULL();
    PG_RETURN_OID(index);
}

SQL_FUNCTION(pg_column_compression)
{
    PG_RETURN_NULL();
}

/* ---- key words ---- */

typedef struct Keyword {
    const char *word;
    char category;
    bool bare_label;
} Keyword;

static const Keyword keywords[] = {
#include "keywords_table.h"
};

static void
fill_keywords(SysRows *rows, FunctionCallInfo fcinfo)
{
    SysRow row = {0};

    for (int i = 0; i < lengthof(keywords); i++) {
        const Keyword *keyword = &keywords[i];

        sysrow_text(&row, keyword->word);
        sysrow_datum(&row, CharGetDatum(keyword->category));
        sysrow_bool(&row, keyword->bare_label);
        sysrow_text(&row, keyword->category == 'U'   ? "unreserved"
                          : keyword->category == 'C' ? "unreserved (cannot be function or type name)"
                          : keyword->category == 'T' ? "reserved (can be function or type name)"
                                                     : "reserved");
        sysrow_text(&row, keyword->bare_label ? "can be bare label" : "requires AS");
        sysrows_add(rows, &row);
    }
}

SQL_FUNCTION(pg_get_keywords)
{
    return sysfuncs_return_rows(fcinfo, fill_keywords);
}

/* ---- memory ---- */

static void
add_context(SysRows *rows, MemoryContext context, int level)
{
    MemoryContextCounters counters;
    SysRow row = {0};

    MemoryContextGetCounters(context, &counters);
    sysrow_text(&row, context->name);
    sysrow_text(&row, context->ident);
    sysrow_text(&row, context->parent ? context->parent->name : NULL);
    sysrow_int(&row, level);
    sysrow_bigint(&row, (int64)counters.totalspace);
    sysrow_bigint(&row, (int64)counters.nblocks);
    sysrow_bigint(&row, (int64)counters.freespace);
    sysrow_bigint(&row, (int64)counters.freechunks);
    sysrow_bigint(&row, (int64)(counters.totalspace - counters.freespace));
    sysrows_add(rows, &row);
    for (MemoryContext child = context->firstchild; child; child = child->nextchild)
        add_context(rows, child, level + 1);
}

static void
fill_memory_contexts(SysRows *rows, FunctionCallInfo fcinfo)
{
    add_context(rows, TopMemoryContext, 0);
}

SQL_FUNCTION(pg_get_backend_memory_contexts)
{
    return sysfuncs_return_rows(fcinfo, fill_memory_contexts);
}

static void
fill_shmem(SysRows *rows, FunctionCallInfo fcinfo)
{
    ShmemAreaInfo area;
    int position = 0;
    SysRow row = {0};

    while (shmem_next_area(&position, &area)) {
        sysrow_text(&row, area.name);
        if (area.has_offset)
            sysrow_bigint(&row, (int64)area.offset);
        else
            sysrow_null(&row);
        sysrow_bigint(&row, (int64)area.size);
        sysrow_bigint(&row, (int64)area.allocated_size);
        sysrows_add(rows, &row);
    }
}

SQL_FUNCTION(pg_get_shmem_allocations)
{
    return sysfuncs_return_rows(fcinfo, fill_shmem);
}

/* ---- option lists and subscripts ---- */

static void
fill_options(SysRows *rows, FunctionCallInfo fcinfo)
{
    Datum *values;
    bool *nulls;
    int count;
    SysRow row = {0};

    array_deconstruct(PG_GETARG_ARRAYTYPE_P(0), &values, &nulls, &count);
    for (int i = 0; i < count; i++) {
        char *option;
        char *equals;

        if (nulls[i])
            continue;
        option = TextDatumGetCString(values[i]);
        equals = strchr(option, '=');
        if (equals)
            *equals = '\0';
        sysrow_text(&row, option);
        sysrow_text(&row, equals ? equals + 1 : NULL);
        sysrows_add(rows, &row);
    }
}

SQL_FUNCTION(pg_options_to_table)
{
    return sysfuncs_return_rows(fcinfo, fill_options);
}

static void
fill_elements(SysRows *rows, FunctionCallInfo fcinfo)
{
    ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
    Datum *values;
    bool *nulls;
    int count;
    int lower;
    SysRow row = {0};

    if (ARR_NDIM(array) == 0)
        return;
    lower = ARR_LBOUND(array)[0];
    array_deconstruct(array, &values, &nulls, &count);
    for (int i = 0; i < count; i++) {
        if (nulls[i])
            sysrow_null(&row);
        else
            sysrow_datum(&row, values[i]);
        sysrow_int(&row, lower + i);
        sysrows_add(rows, &row);
    }
}

/* information_schema's: elements with their subscripts and their place from 1. */
SQL_FUNCTION(pg_expandarray)
{
    return sysfuncs_return_rows(fcinfo, fill_elements);
}

/* One line of words, if there are any. */
static void
put_function_options(StringInfo text, const ProcInfo *proc)
{
    int before = text->len;

    if (proc->prokind == PROKIND_WINDOW)
        appendStringInfoString(text, " WINDOW");
    if (proc->provolatile != PROVOLATILE_VOLATILE)
        appendStringInfoString(text, proc->provolatile == PROVOLATILE_IMMUTABLE ? " IMMUTABLE"
                                                                                : " STABLE");
    if (proc->proparallel != PROPARALLEL_UNSAFE)
        appendStringInfoString(text, proc->proparallel == PROPARALLEL_SAFE ? " PARALLEL SAFE"
                                                                           : " PARALLEL RESTRICTED");
    if (proc->proisstrict)
        appendStringInfoString(text, " STRICT");
    if (proc->prosecdef)
        appendStringInfoString(text, " SECURITY DEFINER");
    if (proc->proleakproof)
        appendStringInfoString(text, " LEAKPROOF");
    if (proc->procost != 1)
        appendStringInfo(text, " COST %g", proc->procost);
    if (proc->prorows > 0 && proc->prorows != 1000)
        appendStringInfo(text, " ROWS %g", proc->prorows);
    if (text->len > before)
        appendStringInfoChar(text, '\n');
}

/* There are no sequences, so no relation has a last value. */
SQL_FUNCTION(pg_sequence_last_value)
{
    char *name = get_rel_name(PG_GETARG_OID(0));

    if (!name)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("could not open relation with OID %u", PG_GETARG_OID(0))));
    ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is not a sequence", name)));
}

/* The text of CREATE FUNCTION; all functions are built in, and all are written in C. */
SQL_FUNCTION(pg_get_functiondef)
{
    Datum oid = PG_GETARG_DATUM(0);
    const ProcInfo *proc = catalog_proc(PG_GETARG_OID(0));
    HeapTuple source;
    StringInfoData out;
    bool isnull;
    Datum body;

    if (!proc)
        PG_RETURN_NULL();
    if (proc->prokind == PROKIND_AGGREGATE)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is an aggregate function", NameStr(proc->proname))));
    source = catalog_fetch1(ProcedureRelationId, PG_PROC_OID_INDEX, oid);
    initStringInfo(&out);
    appendStringInfo(&out, "CREATE OR REPLACE FUNCTION %s(%s)\n RETURNS %s\n LANGUAGE %s\n",
                     quote_qualified_identifier(get_namespace_name(proc->pronamespace),
                                                NameStr(proc->proname)),
                     TextDatumGetCString(OidFunctionCall1(F_PG_GET_FUNCTION_ARGUMENTS, oid)),
                     TextDatumGetCString(OidFunctionCall1(F_PG_GET_FUNCTION_RESULT, oid)),
                     catalog_language_name(proc->prolang));
    put_function_options(&out, proc);
    body = catalog_get(ProcedureRelationId, source, Anum_pg_proc_prosrc, &isnull);
    appendStringInfo(&out, "AS $function$%s$function$\n", TextDatumGetCString(body));
    PG_RETURN_TEXT_P(cstring_to_text(out.data));
}

/* ---- literals of any type, through its output function ---- */

static char *
argument_text(FunctionCallInfo fcinfo)
{
    Oid output;
    bool is_varlena;

    getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, 0), &output, &is_varlena);
    return OidOutputFunctionCall(output, PG_GETARG_DATUM(0));
}

SQL_FUNCTION(sql_quote_literal_anyelement)
{
    PG_RETURN_TEXT_P(cstring_to_text(quote_literal_cstr(argument_text(fcinfo))));
}

SQL_FUNCTION(sql_quote_nullable_anyelement)
{
    if (PG_ARGISNULL(0))
        PG_RETURN_TEXT_P(cstring_to_text("NULL"));
    PG_RETURN_TEXT_P(cstring_to_text(quote_literal_cstr(argument_text(fcinfo))));
}

/* ---- stop points ---- */

#ifdef USE_STOP_POINTS
SQL_FUNCTION(sengi_stop_point)
{
    char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
    char *action = text_to_cstring(PG_GETARG_TEXT_PP(1));

    if (strcmp(action, "release") == 0 || strcmp(action, "off") == 0)
        stop_point_release(name);
    else
        stop_point_set_by_name(name, action, 0);
    PG_RETURN_VOID();
}
#endif
