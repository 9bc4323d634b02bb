/*
 * parse_column.c - names to columns, with PostgreSQL's errors where there is none
 */
#include "parse_int.h"

#include "catalog/relcache.h"

#define GUESS_DISTANCE_MAX 3

/* ---- system columns ------------------------------------------------------------------------- */

static const struct SystemColumn {
    const char *name;
    AttrNumber attnum;
    Oid type;
} system_columns[] = {
    {"ctid", SelfItemPointerAttributeNumber, TIDOID},
    {"xmin", MinTransactionIdAttributeNumber, XIDOID},
    {"cmin", MinCommandIdAttributeNumber, CIDOID},
    {"xmax", MaxTransactionIdAttributeNumber, XIDOID},
    {"cmax", MaxCommandIdAttributeNumber, CIDOID},
    {"tableoid", TableOidAttributeNumber, OIDOID},
};

int
system_column_number(const char *name)
{
    for (size_t i = 0; i < lengthof(system_columns); i++)
    {
        if (strcmp(system_columns[i].name, name) == 0)
            return system_columns[i].attnum;
    }
    return 0;
}

Oid
system_column_type(AttrNumber attnum)
{
    for (size_t i = 0; i < lengthof(system_columns); i++)
    {
        if (system_columns[i].attnum == attnum)
            return system_columns[i].type;
    }
    elog(ERROR, "invalid system attribute number %d", attnum);
    return InvalidOid;
}

const char *
system_column_name(AttrNumber attnum)
{
    for (size_t i = 0; i < lengthof(system_columns); i++)
    {
        if (system_columns[i].attnum == attnum)
            return system_columns[i].name;
    }
    return NULL;
}

int
relation_column_number(Relation rel, const char *name, bool system_ok)
{
    TupleDesc desc = rel->rd_att;

    for (int i = 0; i < desc->natts; i++)
    {
        Form_pg_attribute attr = TupleDescAttr(desc, i);

        if (!attr->attisdropped && strcmp(NameStr(attr->attname), name) == 0)
            return i + 1;
    }
    return system_ok ? system_column_number(name) : 0;
}

/* ---- finding a column ------------------------------------------------------------------------ */

static void
mark_rte_for_select(ParseState *pstate, int rtindex, AttrNumber attno)
{
    RangeTblEntry *rte = rt_fetch(rtindex, pstate->rtable);

    if (rte->rtekind == RTE_RELATION)
    {
        rte->requiredPerms |= ACL_SELECT;
        rte->selectedCols =
            bms_add_member(rte->selectedCols, attno - FirstLowInvalidHeapAttributeNumber);
    }
    else if (rte->rtekind == RTE_JOIN && attno == InvalidAttrNumber)
    {
        JoinExpr *join = rtindex <= list_length(pstate->joinexprs)
                             ? list_nth(pstate->joinexprs, rtindex - 1)
                             : NULL;
        Node *sides[2];

        if (join == NULL)
            return;
        sides[0] = join->larg;
        sides[1] = join->rarg;
        for (int i = 0; i < 2; i++)
        {
            if (IsA(sides[i], RangeTblRef))
                mark_rte_for_select(pstate, ((RangeTblRef *) sides[i])->rtindex,
                                    InvalidAttrNumber);
            else if (IsA(sides[i], JoinExpr))
                mark_rte_for_select(pstate, ((JoinExpr *) sides[i])->rtindex, InvalidAttrNumber);
        }
    }
}

void
mark_var_for_select(ParseState *pstate, Var *var)
{
    for (Index i = 0; i < var->varlevelsup; i++)
        pstate = pstate->parent;
    mark_rte_for_select(pstate, var->varno, var->varattno);
}

/* 0 none, else the attno; throws where the name stands twice. */
static int
find_in_names(ParseState *pstate, NsItem *item, const char *colname, int location)
{
    int attno = 0;
    int result = 0;

    foreach_ptr(String, name, item->names->colnames)
    {
        attno++;
        if (strcmp(strVal(name), colname) != 0)
            continue;
        if (result != 0)
            ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_COLUMN),
                            errmsg("column reference \"%s\" is ambiguous", colname),
                            parser_errposition(pstate, location)));
        result = attno;
    }
    if (result == 0 && item->rte->rtekind == RTE_RELATION && item->rte->relkind != RELKIND_VIEW)
        result = system_column_number(colname);
    return result;
}

Node *
scan_nsitem_for_column(ParseState *pstate, NsItem *item, int levels_up, const char *colname,
                       int location)
{
    int attno = find_in_names(pstate, item, colname, location);
    Var *var;

    if (attno == 0)
        return NULL;
    if (attno < 0)
    {
        if (pstate->expr_kind == EXPR_KIND_CHECK_CONSTRAINT &&
            attno != TableOidAttributeNumber)
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("system column \"%s\" reference in check constraint is invalid",
                                   colname),
                            parser_errposition(pstate, location)));
        if (pstate->expr_kind == EXPR_KIND_GENERATED_COLUMN && attno != TableOidAttributeNumber)
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("cannot use system column \"%s\" in column generation "
                                   "expression",
                                   colname),
                            parser_errposition(pstate, location)));
        var = makeVar(item->rtindex, (AttrNumber) attno, system_column_type((AttrNumber) attno),
                      -1, InvalidOid, (Index) levels_up);
    }
    else
    {
        NsColumn *column = &item->columns[attno - 1];

        if (column->varno == 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" of relation \"%s\" does not exist", colname,
                                   item->names->aliasname)));
        var = makeVar((int) column->varno, column->varattno, column->vartype, column->vartypmod,
                      column->varcollid, (Index) levels_up);
        var->varnosyn = column->varnosyn;
        var->varattnosyn = column->varattnosyn;
    }
    var->location = location;
    mark_var_for_select(pstate, var);
    return (Node *) var;
}

/* NULL if no visible entry has such a column; throws if more than one of a level has. */
Node *
column_name_to_var(ParseState *pstate, const char *colname, int location, bool local_only)
{
    ParseState *origin = pstate;
    int levels_up = 0;

    for (; pstate != NULL; pstate = pstate->parent, levels_up++)
    {
        Node *result = NULL;

        foreach_ptr(NsItem, item, pstate->namespace)
        {
            Node *found;

            if (!item->cols_visible || (item->lateral_only && !pstate->lateral_active))
                continue;
            found = scan_nsitem_for_column(origin, item, levels_up, colname, location);
            if (found == NULL)
                continue;
            if (result != NULL)
                ereport(ERROR, (errcode(ERRCODE_AMBIGUOUS_COLUMN),
                                errmsg("column reference \"%s\" is ambiguous", colname),
                                parser_errposition(origin, location)));
            if (item->lateral_only && !item->lateral_ok)
                ereport(ERROR,
                        (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                         errmsg("invalid reference to FROM-clause entry for table \"%s\"",
                                item->names->aliasname),
                         errdetail("The combining JOIN type must be INNER or LEFT for a LATERAL "
                                   "reference."),
                         parser_errposition(origin, location)));
            result = found;
        }
        if (result != NULL || local_only)
            return result;
    }
    return NULL;
}

Node *
whole_row_var(ParseState *pstate, NsItem *item, int levels_up, int location)
{
    Var *var;

    if (item->names != item->rte->eref)
    {
        /* a USING alias: only its columns */
        RowExpr *row = makeNode(RowExpr);

        row->args = expand_nsitem_vars(pstate, item, levels_up, location, &row->colnames);
        row->row_typeid = RECORDOID;
        row->row_format = COERCE_IMPLICIT_CAST;
        row->location = location;
        return (Node *) row;
    }
    var = makeWholeRowVar(item->rte, item->rtindex, (Index) levels_up, true);
    var->location = location;
    mark_var_for_select(pstate, var);
    return (Node *) var;
}

/* Vars of all live columns, in order. */
List *
expand_nsitem_vars(ParseState *pstate, NsItem *item, int levels_up, int location,
                   List **ret_colnames)
{
    List *vars = NIL;
    int attno = 0;

    if (ret_colnames != NULL)
        *ret_colnames = NIL;
    foreach_ptr(String, name, item->names->colnames)
    {
        NsColumn *column = &item->columns[attno++];
        Var *var;

        if (column->varno == 0)
            continue;
        var = makeVar((int) column->varno, column->varattno, column->vartype, column->vartypmod,
                      column->varcollid, (Index) levels_up);
        var->varnosyn = column->varnosyn;
        var->varattnosyn = column->varattnosyn;
        var->location = location;
        vars = lappend(vars, var);
        if (ret_colnames != NULL)
            *ret_colnames = lappend(*ret_colnames, name);
    }
    return vars;
}

List *
expand_nsitem_targets(ParseState *pstate, NsItem *item, int levels_up, bool require_privilege,
                      int location)
{
    List *names;
    List *vars = expand_nsitem_vars(pstate, item, levels_up, location, &names);
    List *targets = NIL;
    ListCell *name;
    ListCell *cell;

    if (item->rte->rtekind == RTE_RELATION)
        item->rte->requiredPerms |= ACL_SELECT;
    forboth (cell, vars, name, names)
    {
        if (require_privilege)
            mark_var_for_select(pstate, lfirst(cell));
        targets = lappend(targets, makeTargetEntry(lfirst(cell), (AttrNumber) pstate->next_resno++,
                                                   strVal(lfirst(name)), false));
    }
    return targets;
}

/* ---- errors ----------------------------------------------------------------------------------- */

void
error_missing_rte(ParseState *pstate, const char *schema, const char *relname, int location)
{
    NsItem *bad = NULL;
    bool by_relation = false;

    /* an entry that exists but is not visible from here, or whose alias hides its name */
    for (ParseState *level = pstate; level != NULL && bad == NULL; level = level->parent)
    {
        foreach_ptr(RangeTblEntry, rte, level->rtable)
        {
            if (rte->eref == NULL)
                continue;
            if (rte->rtekind == RTE_RELATION && rte->alias != NULL &&
                strcmp(get_rel_name(rte->relid), relname) == 0 &&
                strcmp(rte->eref->aliasname, relname) != 0)
                by_relation = true;
            else if (strcmp(rte->eref->aliasname, relname) != 0)
                continue;
            bad = palloc0(sizeof(NsItem));
            bad->rte = rte;
            break;
        }
    }
    if (bad == NULL)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_TABLE),
                        errmsg("missing FROM-clause entry for table \"%s\"", relname),
                        parser_errposition(pstate, location)));
    ereport(ERROR,
            (errcode(ERRCODE_UNDEFINED_TABLE),
             errmsg("invalid reference to FROM-clause entry for table \"%s\"", relname),
             by_relation ? errhint("Perhaps you meant to reference the table alias \"%s\".",
                                   bad->rte->eref->aliasname)
                         : errhint("There is an entry for table \"%s\", but it cannot be "
                                   "referenced from this part of the query.",
                                   bad->rte->eref->aliasname),
             parser_errposition(pstate, location)));
    abort();
}

/* Plain edit distance with unit costs. */
static int
edit_distance(const char *a, const char *b)
{
    int alen = (int) strlen(a);
    int blen = (int) strlen(b);
    int row[NAMEDATALEN + 1];

    if (alen >= NAMEDATALEN || blen >= NAMEDATALEN)
        return NAMEDATALEN;
    for (int j = 0; j <= blen; j++)
        row[j] = j;
    for (int i = 1; i <= alen; i++)
    {
        int diagonal = row[0];

        row[0] = i;
        for (int j = 1; j <= blen; j++)
        {
            int above = row[j];
            int best = Min(row[j - 1], above) + 1;

            row[j] = Min(best, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[blen];
}

typedef struct ColumnGuess {
    int distance;
    RangeTblEntry *first;
    const char *first_column;
    RangeTblEntry *second;
    const char *second_column;
    RangeTblEntry *exact; /* has the very column, but is not visible under that qualifier */
} ColumnGuess;

static void
consider_guess(ColumnGuess *guess, RangeTblEntry *rte, const char *column, int distance)
{
    if (distance < guess->distance)
    {
        guess->distance = distance;
        guess->first = rte;
        guess->first_column = column;
        guess->second = NULL;
    }
    else if (distance == guess->distance && guess->first != NULL)
    {
        /* three candidates are no help */
        if (guess->second != NULL)
        {
            guess->first = NULL;
            guess->second = NULL;
            guess->distance = distance - 1;
        }
        else
        {
            guess->second = rte;
            guess->second_column = column;
        }
    }
}

static void
guess_columns(ParseState *pstate, const char *relname, const char *colname, ColumnGuess *guess)
{
    for (; pstate != NULL; pstate = pstate->parent)
    {
        foreach_ptr(RangeTblEntry, rte, pstate->rtable)
        {
            int penalty = 0;

            if (rte->rtekind == RTE_JOIN || rte->eref == NULL)
                continue;
            if (relname != NULL)
                penalty = edit_distance(relname, rte->eref->aliasname);
            foreach_ptr(String, name, rte->eref->colnames)
            {
                int distance;

                if (strVal(name)[0] == '\0')
                    continue;
                distance = edit_distance(colname, strVal(name));
                if (distance == 0 && relname == NULL)
                    guess->exact = rte;
                if (distance > (int) strlen(colname) / 2)
                    continue;
                distance += penalty;
                if (distance <= GUESS_DISTANCE_MAX)
                    consider_guess(guess, rte, strVal(name), distance);
            }
        }
    }
}

void
error_missing_column(ParseState *pstate, const char *relname, const char *colname, int location)
{
    ColumnGuess guess = {GUESS_DISTANCE_MAX + 1, NULL, NULL, NULL, NULL, NULL};

    guess_columns(pstate, relname, colname, &guess);
    ereport(
        ERROR,
        (errcode(ERRCODE_UNDEFINED_COLUMN),
         relname ? errmsg("column %s.%s does not exist", relname, colname)
                 : errmsg("column \"%s\" does not exist", colname),
         guess.exact != NULL
             ? errhint("There is a column named \"%s\" in table \"%s\", but it cannot be "
                       "referenced from this part of the query.",
                       colname, guess.exact->eref->aliasname)
         : guess.first == NULL ? 0
         : guess.second == NULL
             ? errhint("Perhaps you meant to reference the column \"%s.%s\".",
                       guess.first->eref->aliasname, guess.first_column)
             : errhint("Perhaps you meant to reference the column \"%s.%s\" or the column "
                       "\"%s.%s\".",
                       guess.first->eref->aliasname, guess.first_column,
                       guess.second->eref->aliasname, guess.second_column),
         parser_errposition(pstate, location)));
    abort();
}

/* ---- row types --------------------------------------------------------------------------------- */

static TupleDesc
desc_of_outputs(const ProcInfo *proc, Oid actual_poly)
{
    ProcOutputs outputs;
    TupleDesc desc;
    int count = 0;

    if (!proc->has_out_args || !catalog_proc_outputs(proc, &outputs) || outputs.modes == NULL)
        return NULL;
    for (int i = 0; i < outputs.count; i++)
        count += strchr("obt", outputs.modes[i]) != NULL;
    if (count < 2 && proc->prorettype != RECORDOID)
        return NULL;
    if (count == 0)
        return NULL;
    desc = CreateTemplateTupleDesc(count);
    count = 0;
    for (int i = 0; i < outputs.count; i++)
    {
        Oid type = outputs.types[i];
        const char *name = outputs.names == NULL ? "" : outputs.names[i];

        if (strchr("obt", outputs.modes[i]) == NULL)
            continue;
        if (IsPolymorphicType(type) && OidIsValid(actual_poly))
            type = actual_poly;
        count++;
        TupleDescInitEntry(desc, (AttrNumber) count,
                           name[0] != '\0' ? name : psprintf("column%d", count), type, -1, 0);
        TupleDescInitEntryCollation(desc, (AttrNumber) count, get_typcollation(type));
    }
    return desc;
}

/* What anyelement-like OUT columns mean in this call: the element or array type of an input. */
static Oid
actual_output_type(const ProcInfo *proc, FuncExpr *func)
{
    for (int i = 0; i < list_length(func->args) && i < proc->pronargs; i++)
    {
        Oid actual = exprType(list_nth(func->args, i));

        if (proc->proargtypes[i] == ANYARRAYOID || proc->proargtypes[i] == ANYCOMPATIBLEARRAYOID)
            return get_base_element_type(actual);
        if (proc->proargtypes[i] == ANYELEMENTOID || proc->proargtypes[i] == ANYCOMPATIBLEOID)
            return actual;
    }
    return InvalidOid;
}

static TupleDesc
desc_of_row_expr(RowExpr *row)
{
    TupleDesc desc = CreateTemplateTupleDesc(list_length(row->args));

    for (int i = 0; i < list_length(row->args); i++)
    {
        Node *arg = list_nth(row->args, i);
        char *name = i < list_length(row->colnames) ? strVal(list_nth(row->colnames, i))
                                                    : psprintf("f%d", i + 1);

        TupleDescInitEntry(desc, (AttrNumber) (i + 1), name, exprType(arg), exprTypmod(arg), 0);
        TupleDescInitEntryCollation(desc, (AttrNumber) (i + 1), exprCollation(arg));
    }
    return desc;
}

/* The row of a whole range table entry. */
TupleDesc
rte_row_desc(ParseState *pstate, RangeTblEntry *rte, int levels_up)
{
    List *types = NIL;
    List *names = rte->eref->colnames;
    TupleDesc desc;

    switch (rte->rtekind)
    {
        case RTE_SUBQUERY:
            foreach_ptr(TargetEntry, tle, rte->subquery->targetList)
            {
                if (!tle->resjunk)
                    types = lappend(types, tle->expr);
            }
            break;
        case RTE_JOIN:
            types = rte->joinaliasvars;
            break;
        case RTE_VALUES:
        case RTE_CTE:
            desc = CreateTemplateTupleDesc(list_length(rte->coltypes));
            for (int i = 0; i < list_length(rte->coltypes); i++)
            {
                TupleDescInitEntry(desc, (AttrNumber) (i + 1), strVal(list_nth(names, i)),
                                   list_nth_oid(rte->coltypes, i),
                                   list_nth_int(rte->coltypmods, i), 0);
                TupleDescInitEntryCollation(desc, (AttrNumber) (i + 1),
                                            list_nth_oid(rte->colcollations, i));
            }
            return desc;
        case RTE_FUNCTION:
        {
            RangeTblFunction *function = linitial(rte->functions);

            if (list_length(rte->functions) > 1 || rte->funcordinality)
                return NULL;
            if (function->funccoltypes == NIL)
                return rowtype_of_expr(pstate, function->funcexpr, true);
            desc = CreateTemplateTupleDesc(list_length(function->funccoltypes));
            for (int i = 0; i < desc->natts; i++)
                TupleDescInitEntry(desc, (AttrNumber) (i + 1), strVal(list_nth(names, i)),
                                   list_nth_oid(function->funccoltypes, i),
                                   list_nth_int(function->funccoltypmods, i), 0);
            return desc;
        }
        default:
            return NULL;
    }
    desc = CreateTemplateTupleDesc(list_length(types));
    for (int i = 0; i < list_length(types); i++)
    {
        Node *expr = list_nth(types, i);

        TupleDescInitEntry(desc, (AttrNumber) (i + 1), strVal(list_nth(names, i)), exprType(expr),
                           exprTypmod(expr), 0);
        TupleDescInitEntryCollation(desc, (AttrNumber) (i + 1), exprCollation(expr));
    }
    return desc;
}

/* The columns of a composite value; NULL (or 42809) where they are not known or there are none. */
TupleDesc
rowtype_of_expr(ParseState *pstate, Node *expr, bool missing_ok)
{
    Oid type = exprType(expr);
    TupleDesc desc = NULL;

    if (type == RECORDOID)
    {
        if (IsA(expr, RowExpr))
            desc = desc_of_row_expr((RowExpr *) expr);
        else if (IsA(expr, FuncExpr))
        {
            const ProcInfo *proc = catalog_proc(((FuncExpr *) expr)->funcid);

            if (proc != NULL)
                desc = desc_of_outputs(proc, actual_output_type(proc, (FuncExpr *) expr));
        }
        else if (IsA(expr, Var) && ((Var *) expr)->varattno == 0 && pstate != NULL)
        {
            Var *var = (Var *) expr;

            desc = rte_row_desc(pstate, rte_by_index(pstate, var->varno, (int) var->varlevelsup),
                                (int) var->varlevelsup);
        }
        else if (IsA(expr, Var) && pstate != NULL)
        {
            Var *var = (Var *) expr;
            RangeTblEntry *rte = rte_by_index(pstate, var->varno, (int) var->varlevelsup);

            if (rte->rtekind == RTE_SUBQUERY && var->varattno > 0)
            {
                TargetEntry *tle = get_tle_by_resno(rte->subquery->targetList, var->varattno);
                ParseState inner = {.parent = pstate, .rtable = rte->subquery->rtable};

                desc = rowtype_of_expr(&inner, (Node *) tle->expr, true);
            }
        }
    }
    else if (type_is_rowtype(type))
        desc = lookup_rowtype_tupdesc_copy(getBaseType(type), -1);
    if (desc == NULL && !missing_ok)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("type %s is not composite", format_type_be(type))));
    return desc;
}
