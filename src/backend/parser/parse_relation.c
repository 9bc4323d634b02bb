/*
 * parse_relation.c - range table entries and the names that they make visible
 *
 * Locks      opening a named relation takes its lock until the end of the transaction.
 */
#include "parse_int.h"

#include "catalog/relcache.h"

#define LEVELS_MAX 1000

Alias *
raw_alias(const PgQuery__Alias *raw)
{
    Alias *alias;

    if (raw == NULL)
        return NULL;
    alias = makeAlias(raw->aliasname, NIL);
    for (size_t i = 0; i < raw->n_colnames; i++)
        alias->colnames = lappend(alias->colnames, makeString(RAW_STRVAL(raw->colnames[i])));
    return alias;
}

List *
raw_string_list(RawNode *const *items, size_t count)
{
    List *list = NIL;

    for (size_t i = 0; i < count; i++)
        list = lappend(list, makeString(RAW_STRVAL(items[i])));
    return list;
}

/* ---- finding names ------------------------------------------------------------------------ */

static void
check_lateral_ok(ParseState *pstate, NsItem *item, int location)
{
    if (!item->lateral_only || item->lateral_ok)
        return;
    ereport(ERROR,
            (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
             errmsg("invalid reference to FROM-clause entry for table \"%s\"",
                    item->names->aliasname),
             item->rte == (pstate->target_nsitem ? pstate->target_nsitem->rte : NULL)
                 ? errhint("There is an entry for table \"%s\", but it cannot be referenced from "
                           "this part of the query.",
                           item->names->aliasname)
                 : errdetail("The combining JOIN type must be INNER or LEFT for a LATERAL "
                             "reference."),
             parser_errposition(pstate, location)));
}

static NsItem *
find_by_alias(ParseState *pstate, const char *refname, int location)
{
    NsItem *found = NULL;

    foreach_ptr(NsItem, item, pstate->namespace)
    {
        if (!item->rel_visible || (item->lateral_only && !pstate->lateral_active))
            continue;
        if (strcmp(item->names->aliasname, refname) != 0)
            continue;
        if (found != NULL)
            ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_ALIAS),
                            errmsg("table reference \"%s\" is ambiguous", refname),
                            parser_errposition(pstate, location)));
        check_lateral_ok(pstate, item, location);
        found = item;
    }
    return found;
}

static NsItem *
find_by_relid(ParseState *pstate, Oid relid, int location)
{
    NsItem *found = NULL;

    foreach_ptr(NsItem, item, pstate->namespace)
    {
        if (!item->rel_visible || (item->lateral_only && !pstate->lateral_active))
            continue;
        if (item->rte->rtekind != RTE_RELATION || item->rte->relid != relid ||
            item->rte->alias != NULL)
            continue;
        if (found != NULL)
            ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_ALIAS),
                            errmsg("table reference %u is ambiguous", relid),
                            parser_errposition(pstate, location)));
        check_lateral_ok(pstate, item, location);
        found = item;
    }
    return found;
}

/* The nearest entry of that name, outer levels included; NULL if there is none. */
NsItem *
refname_nsitem(ParseState *pstate, const char *schema, const char *refname, int location,
               int *ret_levels_up)
{
    Oid relid = InvalidOid;
    int levels = 0;

    if (schema != NULL)
    {
        Oid namespace_oid = LookupExplicitNamespace(schema, true);

        if (!OidIsValid(namespace_oid))
            return NULL;
        relid = get_relname_relid(refname, namespace_oid);
        if (!OidIsValid(relid))
            return NULL;
    }
    for (; pstate != NULL; pstate = pstate->parent, levels++)
    {
        NsItem *item = OidIsValid(relid) ? find_by_relid(pstate, relid, location)
                                         : find_by_alias(pstate, refname, location);

        if (item != NULL)
        {
            *ret_levels_up = levels;
            return item;
        }
    }
    return NULL;
}

bool
scan_name_space_for_cte(ParseState *pstate, const char *refname, Index *ret_levels_up,
                        CommonTableExpr **ret_cte)
{
    Index levels = 0;

    for (; pstate != NULL; pstate = pstate->parent, levels++)
    {
        foreach_ptr(CommonTableExpr, cte, pstate->ctenamespace)
        {
            if (strcmp(cte->ctename, refname) == 0)
            {
                *ret_levels_up = levels;
                *ret_cte = cte;
                return true;
            }
        }
    }
    return false;
}

static bool
is_future_cte(ParseState *pstate, const char *refname)
{
    for (; pstate != NULL; pstate = pstate->parent)
    {
        foreach_ptr(CommonTableExpr, cte, pstate->future_ctes)
        {
            if (strcmp(cte->ctename, refname) == 0)
                return true;
        }
    }
    return false;
}

Relation
open_named_relation(ParseState *pstate, const PgQuery__RangeVar *raw, int lockmode)
{
    char *schema = raw_string(raw->schemaname);
    Relation rel;

    if (raw_string(raw->catalogname) != NULL &&
        strcmp(raw->catalogname, get_database_name(MyDatabaseId)) != 0)
        ereport(ERROR,
                (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                 errmsg("cross-database references are not implemented: \"%s.%s.%s\"",
                        raw->catalogname, raw->schemaname, raw->relname),
                 parser_errposition(pstate, raw->location)));
    rel = relation_open_by_name(schema, raw->relname, lockmode, true);
    if (rel != NULL)
        return rel;
    if (schema != NULL)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation \"%s.%s\" does not exist", schema, raw->relname),
                        parser_errposition(pstate, raw->location)));
    if (is_future_cte(pstate, raw->relname))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("relation \"%s\" does not exist", raw->relname),
                        errdetail("There is a WITH item named \"%s\", but it cannot be referenced "
                                  "from this part of the query.",
                                  raw->relname),
                        errhint("Use WITH RECURSIVE, or re-order the WITH items to remove forward "
                                "references."),
                        parser_errposition(pstate, raw->location)));
    ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                    errmsg("relation \"%s\" does not exist", raw->relname),
                    parser_errposition(pstate, raw->location)));
    return NULL;
}

/* ---- building entries ----------------------------------------------------------------------- */

static NsItem *
make_nsitem(ParseState *pstate, RangeTblEntry *rte, NsColumn *columns)
{
    NsItem *item = palloc0(sizeof(NsItem));

    pstate->rtable = lappend(pstate->rtable, rte);
    item->names = rte->eref;
    item->rte = rte;
    item->rtindex = list_length(pstate->rtable);
    item->columns = columns;
    item->rel_visible = item->cols_visible = true;
    item->lateral_ok = true;
    return item;
}

static void
set_column(NsColumn *column, int attno, Oid type, int32 typmod, Oid collation)
{
    column->varno = column->varnosyn = 1; /* the entry's own index is filled by own_columns() */
    column->varattno = column->varattnosyn = (AttrNumber) attno;
    column->vartype = type;
    column->vartypmod = typmod;
    column->varcollid = collation;
}

/* Points the columns that are there at the new entry. */
static NsItem *
own_columns(NsItem *item, int count)
{
    for (int i = 0; i < count; i++)
    {
        if (item->columns[i].varno != 0)
            item->columns[i].varno = item->columns[i].varnosyn = (Index) item->rtindex;
    }
    return item;
}

static NsColumn *
columns_of_desc(TupleDesc desc, int extra)
{
    NsColumn *columns = palloc0(sizeof(NsColumn) * (desc->natts + extra + 1));

    for (int i = 0; i < desc->natts; i++)
    {
        Form_pg_attribute attr = TupleDescAttr(desc, i);

        if (!attr->attisdropped)
            set_column(&columns[i], i + 1, attr->atttypid, attr->atttypmod, attr->attcollation);
    }
    return columns;
}

static NsColumn *
columns_of_lists(List *types, List *typmods, List *collations)
{
    int count = list_length(types);
    NsColumn *columns = palloc0(sizeof(NsColumn) * (count + 1));

    for (int i = 0; i < count; i++)
        set_column(&columns[i], i + 1, list_nth_oid(types, i), list_nth_int(typmods, i),
                   list_nth_oid(collations, i));
    return columns;
}

/* The entry's column names: the alias's as far as they go, then the relation's. */
static void
name_relation_columns(TupleDesc desc, Alias *alias, Alias *eref)
{
    List *given = alias == NULL ? NIL : alias->colnames;
    int used = 0;

    for (int i = 0; i < desc->natts; i++)
    {
        Form_pg_attribute attr = TupleDescAttr(desc, i);
        char *name = attr->attisdropped ? "" : NameStr(attr->attname);

        if (!attr->attisdropped && used < list_length(given))
            name = strVal(list_nth(given, used++));
        eref->colnames = lappend(eref->colnames, makeString(pstrdup(name)));
    }
    if (used < list_length(given))
        ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                        errmsg("table \"%s\" has %d columns available but %d columns specified",
                               eref->aliasname, used, list_length(given))));
}

NsItem *
add_rte_relation(ParseState *pstate, Relation rel, int lockmode, Alias *alias, bool inh,
                 bool in_from)
{
    RangeTblEntry *rte = makeNode(RangeTblEntry);

    rte->rtekind = RTE_RELATION;
    rte->alias = alias;
    rte->relid = RelationGetRelid(rel);
    rte->relkind = rel->rd_rel->relkind;
    rte->rellockmode = lockmode;
    rte->eref = makeAlias(alias ? alias->aliasname : RelationGetRelationName(rel), NIL);
    name_relation_columns(rel->rd_att, alias, rte->eref);
    rte->inh = inh;
    rte->inFromCl = in_from;
    rte->requiredPerms = ACL_SELECT;
    return own_columns(make_nsitem(pstate, rte, columns_of_desc(rel->rd_att, 0)),
                       rel->rd_att->natts);
}

/* Fills eref from the alias, taking names of `names` for what the alias leaves out. */
static void
complete_eref(Alias *eref, List *names, const char *kind)
{
    int given = list_length(eref->colnames);

    if (given > list_length(names))
        ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                        errmsg("%s \"%s\" has %d columns available but %d columns specified", kind,
                               eref->aliasname, list_length(names), given)));
    for (int i = given; i < list_length(names); i++)
        eref->colnames = lappend(eref->colnames, list_nth(names, i));
}

NsItem *
add_rte_subquery(ParseState *pstate, Query *subquery, Alias *alias, bool lateral, bool in_from)
{
    RangeTblEntry *rte = makeNode(RangeTblEntry);
    List *names = NIL;
    List *types = NIL;
    List *typmods = NIL;
    List *collations = NIL;

    rte->rtekind = RTE_SUBQUERY;
    rte->subquery = subquery;
    rte->alias = alias;
    rte->eref = alias ? copyObject(alias) : makeAlias("unnamed_subquery", NIL);
    foreach_ptr(TargetEntry, tle, subquery->targetList)
    {
        if (tle->resjunk)
            continue;
        names = lappend(names, makeString(pstrdup(tle->resname)));
        types = lappend_oid(types, exprType((Node *) tle->expr));
        typmods = lappend_int(typmods, exprTypmod((Node *) tle->expr));
        collations = lappend_oid(collations, exprCollation((Node *) tle->expr));
    }
    complete_eref(rte->eref, names, "table");
    rte->lateral = lateral;
    rte->inFromCl = in_from;
    return own_columns(make_nsitem(pstate, rte, columns_of_lists(types, typmods, collations)),
                       list_length(types));
}

NsItem *
add_rte_values(ParseState *pstate, List *exprs, List *coltypes, List *coltypmods,
               List *colcollations, Alias *alias, bool lateral, bool in_from)
{
    RangeTblEntry *rte = makeNode(RangeTblEntry);
    List *names = NIL;

    rte->rtekind = RTE_VALUES;
    rte->values_lists = exprs;
    rte->coltypes = coltypes;
    rte->coltypmods = coltypmods;
    rte->colcollations = colcollations;
    rte->alias = alias;
    rte->eref = alias ? copyObject(alias) : makeAlias("*VALUES*", NIL);
    for (int i = 1; i <= list_length(linitial(exprs)); i++)
        names = lappend(names, makeString(psprintf("column%d", i)));
    complete_eref(rte->eref, names, "VALUES lists");
    rte->lateral = lateral;
    rte->inFromCl = in_from;
    return own_columns(
        make_nsitem(pstate, rte, columns_of_lists(coltypes, coltypmods, colcollations)),
        list_length(coltypes));
}

NsItem *
add_rte_join(ParseState *pstate, List *colnames, NsColumn *columns, JoinType jointype,
             int merged_count, List *aliasvars, List *leftcols, List *rightcols,
             Alias *using_alias, Alias *alias)
{
    RangeTblEntry *rte = makeNode(RangeTblEntry);

    if (list_length(aliasvars) > MaxAttrNumber)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("joins can have at most %d columns", MaxAttrNumber)));
    rte->rtekind = RTE_JOIN;
    rte->jointype = jointype;
    rte->joinmergedcols = merged_count;
    rte->joinaliasvars = aliasvars;
    rte->joinleftcols = leftcols;
    rte->joinrightcols = rightcols;
    rte->join_using_alias = using_alias;
    rte->alias = alias;
    rte->eref = alias ? copyObject(alias) : makeAlias("unnamed_join", NIL);
    complete_eref(rte->eref, colnames, "join expression");
    rte->inFromCl = true;
    return make_nsitem(pstate, rte, columns);
}

static void
check_cte_modifies(ParseState *pstate, CommonTableExpr *cte)
{
    Query *query = (Query *) cte->ctequery;

    if (IsA(query, Query) && query->commandType != CMD_SELECT && query->returningList == NIL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("WITH query \"%s\" does not have a RETURNING clause",
                               cte->ctename)));
}

NsItem *
add_rte_cte(ParseState *pstate, CommonTableExpr *cte, Index levels_up, Alias *alias, bool in_from)
{
    RangeTblEntry *rte = makeNode(RangeTblEntry);

    rte->rtekind = RTE_CTE;
    rte->ctename = cte->ctename;
    rte->ctelevelsup = levels_up;
    rte->self_reference = cte->ctequery == NULL || !IsA(cte->ctequery, Query);
    if (!rte->self_reference)
        check_cte_modifies(pstate, cte);
    cte->cterefcount++;
    rte->coltypes = list_copy(cte->ctecoltypes);
    rte->coltypmods = list_copy(cte->ctecoltypmods);
    rte->colcollations = list_copy(cte->ctecolcollations);
    rte->alias = alias;
    rte->eref = alias ? copyObject(alias) : makeAlias(cte->ctename, NIL);
    complete_eref(rte->eref, cte->ctecolnames, "table");
    rte->inFromCl = in_from;
    return own_columns(make_nsitem(pstate, rte, columns_of_lists(rte->coltypes, rte->coltypmods,
                                                                 rte->colcollations)),
                       list_length(rte->coltypes));
}

/* ---- functions in FROM ------------------------------------------------------------------------ */

static TupleDesc
desc_of_column_list(ParseState *pstate, RangeTblFunction *function, List *coldefs)
{
    int count = list_length(coldefs);
    TupleDesc desc = CreateTemplateTupleDesc(count);
    AttrNumber attno = 1;

    foreach_ptr(PgQuery__ColumnDef, def, coldefs)
    {
        int32 typmod;
        Oid type;
        Oid collation;

        if (def->type_name->setof)
            ereport(ERROR, (errcode(ERRCODE_INVALID_TABLE_DEFINITION),
                            errmsg("column \"%s\" cannot be declared SETOF", def->colname),
                            parser_errposition(pstate, def->location)));
        type = type_name_oid(pstate, def->type_name, &typmod, false);
        collation = column_def_collation(pstate, def, type);
        TupleDescInitEntry(desc, attno, def->colname, type, typmod, 0);
        TupleDescInitEntryCollation(desc, attno, collation);
        function->funccolnames = lappend(function->funccolnames, makeString(pstrdup(def->colname)));
        function->funccoltypes = lappend_oid(function->funccoltypes, type);
        function->funccoltypmods = lappend_int(function->funccoltypmods, typmod);
        function->funccolcollations = lappend_oid(function->funccolcollations, collation);
        attno++;
    }
    return desc;
}

static TupleDesc
scalar_desc(Node *expr, const char *name)
{
    TupleDesc desc = CreateTemplateTupleDesc(1);

    TupleDescInitEntry(desc, 1, name, exprType(expr), exprTypmod(expr), 0);
    TupleDescInitEntryCollation(desc, 1, exprCollation(expr));
    return desc;
}

/* A scalar function's column bears its OUT parameter's name, the alias, or the function's name. */
static char *
scalar_column_name(Node *expr, const char *funcname, Alias *alias, int nfuncs)
{
    if (IsA(expr, FuncExpr))
    {
        const ProcInfo *proc = catalog_proc(((FuncExpr *) expr)->funcid);
        ProcOutputs outputs;

        if (proc != NULL && proc->has_out_args && catalog_proc_outputs(proc, &outputs) &&
            outputs.names != NULL)
        {
            for (int i = 0; i < outputs.count; i++)
            {
                if (strchr("obt", outputs.modes[i]) != NULL && outputs.names[i][0] != '\0')
                    return pstrdup(outputs.names[i]);
            }
        }
    }
    if (nfuncs == 1 && alias != NULL)
        return alias->aliasname;
    return (char *) funcname;
}

static TupleDesc
function_desc(ParseState *pstate, RangeTblFunction *function, List *coldefs, const char *funcname,
              Alias *alias, int nfuncs)
{
    Node *expr = function->funcexpr;
    Oid type = exprType(expr);
    TupleDesc desc = rowtype_of_expr(pstate, expr, true);

    if (coldefs != NIL)
    {
        if (desc != NULL && type != RECORDOID)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("a column definition list is redundant for a function returning "
                                   "a named composite type"),
                            parser_errposition(pstate, exprLocation(expr))));
        if (desc != NULL)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("a column definition list is redundant for a function with OUT "
                                   "parameters"),
                            parser_errposition(pstate, exprLocation(expr))));
        if (type != RECORDOID)
            ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                            errmsg("a column definition list is only allowed for functions "
                                   "returning \"record\""),
                            parser_errposition(pstate, exprLocation(expr))));
        return desc_of_column_list(pstate, function, coldefs);
    }
    if (desc == NULL && type == RECORDOID)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("a column definition list is required for functions returning "
                               "\"record\""),
                        parser_errposition(pstate, exprLocation(expr))));
    if (desc != NULL)
        return desc;
    if (get_typtype(type) == TYPTYPE_PSEUDO && type != VOIDOID && type != CSTRINGOID)
        ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                        errmsg("function \"%s\" in FROM has unsupported return type %s", funcname,
                               format_type_be(type)),
                        parser_errposition(pstate, exprLocation(expr))));
    return scalar_desc(expr, scalar_column_name(expr, funcname, alias, nfuncs));
}

NsItem *
add_rte_function(ParseState *pstate, List *names, List *funcexprs, List *coldeflists,
                 PgQuery__RangeFunction *raw, bool lateral, bool in_from)
{
    RangeTblEntry *rte = makeNode(RangeTblEntry);
    Alias *alias = raw_alias(raw->alias);
    int nfuncs = list_length(funcexprs);
    int total = 0;
    TupleDesc desc;
    TupleDesc *parts = palloc(sizeof(TupleDesc) * nfuncs);

    rte->rtekind = RTE_FUNCTION;
    rte->funcordinality = raw->ordinality;
    rte->alias = alias;
    rte->eref = makeAlias(alias ? alias->aliasname : linitial(names), NIL);
    for (int i = 0; i < nfuncs; i++)
    {
        RangeTblFunction *function = makeNode(RangeTblFunction);

        function->funcexpr = list_nth(funcexprs, i);
        parts[i] = function_desc(pstate, function, list_nth(coldeflists, i), list_nth(names, i),
                                 alias, nfuncs);
        function->funccolcount = parts[i]->natts;
        total += parts[i]->natts;
        rte->functions = lappend(rte->functions, function);
    }
    desc = CreateTemplateTupleDesc(total + (raw->ordinality ? 1 : 0));
    total = 0;
    for (int i = 0; i < nfuncs; i++)
    {
        for (int j = 0; j < parts[i]->natts; j++)
            TupleDescCopyEntry(desc, (AttrNumber) ++total, parts[i], (AttrNumber) (j + 1));
    }
    if (raw->ordinality)
        TupleDescInitEntry(desc, (AttrNumber) (total + 1), "ordinality", INT8OID, -1, 0);
    name_relation_columns(desc, alias, rte->eref);
    rte->lateral = lateral;
    rte->inFromCl = in_from;
    return own_columns(make_nsitem(pstate, rte, columns_of_desc(desc, 0)), desc->natts);
}

void
add_nsitem(ParseState *pstate, NsItem *item, bool to_joinlist, bool rel_visible, bool cols_visible)
{
    if (to_joinlist)
    {
        RangeTblRef *ref = makeNode(RangeTblRef);

        ref->rtindex = item->rtindex;
        pstate->joinlist = lappend(pstate->joinlist, ref);
    }
    if (!rel_visible && !cols_visible)
        return;
    item->rel_visible = rel_visible;
    item->cols_visible = cols_visible;
    item->lateral_only = false;
    item->lateral_ok = true;
    pstate->namespace = lappend(pstate->namespace, item);
}

RangeTblEntry *
rte_by_index(ParseState *pstate, int varno, int levels_up)
{
    while (levels_up-- > 0)
        pstate = pstate->parent;
    return rt_fetch(varno, pstate->rtable);
}

CommonTableExpr *
cte_of_rte(ParseState *pstate, RangeTblEntry *rte, int levels_up)
{
    levels_up += (int) rte->ctelevelsup;
    while (levels_up-- > 0)
        pstate = pstate->parent;
    foreach_ptr(CommonTableExpr, cte, pstate->ctenamespace)
    {
        if (strcmp(cte->ctename, rte->ctename) == 0)
            return cte;
    }
    elog(ERROR, "could not find CTE \"%s\"", rte->ctename);
    return NULL;
}
