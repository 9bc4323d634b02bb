/*
 * estate.c - the state that all nodes of one execution share
 */
#include "base/base.h"
#include "catalog/relcache.h"
#include "executor_int.h"
#include "settings_int.h"

EState *
exec_create_estate(QueryDesc *qd)
{
    PlannedStmt *stmt = qd->plannedstmt;
    EState *estate = (EState *) palloc0(sizeof(EState));
    ListCell *lc;
    int i = 0;

    estate->context = CurrentMemoryContext;
    estate->qd = qd;
    estate->plannedstmt = stmt;
    estate->sourceText = qd->sourceText;
    estate->snapshot = qd->snapshot;
    estate->params = qd->params;
    estate->instrument_options = qd->instrument_options;
    estate->batch_rows = exec_batch_rows();

    estate->rte_count = list_length(stmt->rtable);
    estate->rtes = (RangeTblEntry **) palloc0(sizeof(RangeTblEntry *) *
                                              (Size) Max(estate->rte_count, 1));
    foreach (lc, stmt->rtable)
        estate->rtes[i++] = (RangeTblEntry *) lfirst(lc);
    estate->relations = (Relation *) palloc0(sizeof(Relation) * (Size) Max(estate->rte_count, 1));
    estate->relation_descs = (TupleDesc *) palloc0(sizeof(TupleDesc) *
                                                   (Size) Max(estate->rte_count, 1));

    estate->param_count = list_length(stmt->paramExecTypes);
    estate->rewind_slot = estate->param_count;
    estate->param_words = (estate->param_count + 1 + 63) / 64;
    estate->param_exec = (ParamExec *) palloc0(sizeof(ParamExec) *
                                               (Size) (estate->param_count + 1));
    for (i = 0; i < estate->param_count; i++)
        estate->param_exec[i].isnull = true;
    estate->work_tables = (struct WorkTable **) palloc0(sizeof(void *) *
                                                        (Size) (estate->param_count + 1));
    estate->subplan_count = list_length(stmt->subplans);
    estate->subplan_states = (PlanState **) palloc0(sizeof(PlanState *) *
                                                    (Size) (estate->subplan_count + 1));
    estate->ctes = (struct CteShared **) palloc0(sizeof(void *) *
                                                 (Size) (estate->subplan_count + 1));
    return estate;
}

/* Subqueries come before what uses them; those that use others come later in the list. */
void
exec_init_subplans(EState *estate)
{
    int i = 0;
    ListCell *lc;

    foreach (lc, estate->plannedstmt->subplans) {
        estate->subplan_states[i] = exec_init_node((const Plan *) lfirst(lc), estate,
                                                   estate->eflags);
        i++;
    }
}

RangeTblEntry *
exec_rte(EState *estate, Index rti)
{
    Assert(rti >= 1 && (int) rti <= estate->rte_count);
    return estate->rtes[rti - 1];
}

/* The open relation of a range table entry, locked as the statement needs it. */
Relation
exec_relation(EState *estate, Index rti)
{
    Relation relation = estate->relations[rti - 1];

    if (relation == NULL) {
        RangeTblEntry *rte = exec_rte(estate, rti);

        if (rte->rtekind != RTE_RELATION)
            elog(ERROR, "range table entry %u is no relation", rti);
        relation = relation_open(rte->relid,
                                 rte->rellockmode != 0 ? rte->rellockmode : AccessShareLock);
        estate->relations[rti - 1] = relation;
        estate->relation_descs[rti - 1] = RelationGetDescr(relation);
    }
    return relation;
}

void
exec_close_relations(EState *estate)
{
    for (int i = 0; i < estate->rte_count; i++) {
        if (estate->relations[i] != NULL)
            relation_close(estate->relations[i], NoLock);
        estate->relations[i] = NULL;
    }
}

bool
exec_reopen_relations(EState *estate)
{
    for (int i = 0; i < estate->rte_count; i++) {
        TupleDesc desc = estate->relation_descs[i];

        if (desc == NULL || estate->relations[i] != NULL)
            continue;
        if (RelationGetDescr(exec_relation(estate, (Index) i + 1)) != desc)
            return false;
    }
    return true;
}
