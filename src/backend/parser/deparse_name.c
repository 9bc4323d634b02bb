/*
 * deparse_name.c - names of relations, functions, operators and collations as SQL needs them
 */
#include "deparse_int.h"

#include "catalog/relcache.h"
#include "error/error.h"

char *
generate_relation_name(Oid relid)
{
    char *name = get_rel_name(relid);

    if (name == NULL)
        elog(ERROR, "cache lookup failed for relation %u", relid);
    if (RelationIsVisible(relid))
        return quote_qualified_identifier(NULL, name);
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

char *
generate_qualified_relation_name(Oid relid)
{
    char *name = get_rel_name(relid);

    if (name == NULL)
        elog(ERROR, "cache lookup failed for relation %u", relid);
    return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

char *
generate_collation_name(Oid collid)
{
    char *name = get_collation_name(collid);
    const CollationInfo *info = catalog_collation(collid);

    if (name == NULL || info == NULL)
        elog(ERROR, "cache lookup failed for collation %u", collid);
    if (CollationIsVisible(collid))
        return quote_qualified_identifier(NULL, name);
    return quote_qualified_identifier(get_namespace_name(info->collnamespace), name);
}

/* Bare where the search path finds this very operator for the types, else OPERATOR(schema.op). */
char *
generate_operator_name(Oid operid, Oid arg1, Oid arg2)
{
    const OperatorInfo *op = catalog_operator(operid);
    const OperatorInfo *found;

    if (op == NULL)
        elog(ERROR, "cache lookup failed for operator %u", operid);
    found = catalog_operator_exact(NULL, NameStr(op->oprname), op->oprleft, op->oprright);
    if (found != NULL && found->oid == operid)
        return pstrdup(NameStr(op->oprname));
    return psprintf("OPERATOR(%s.%s)", quote_identifier(get_namespace_name(op->oprnamespace)),
                    NameStr(op->oprname));
}

char *
deparse_function_name(Oid funcid, int nargs, const Oid *argtypes, bool has_variadic,
                      bool *ret_use_variadic)
{
    const ProcInfo *proc = catalog_proc(funcid);
    bool visible;
    bool variadic = has_variadic;

    if (proc == NULL)
        elog(ERROR, "cache lookup failed for function %u", funcid);
    if (ret_use_variadic != NULL)
    {
        /* VARIADIC "any" was already spelled out argument by argument */
        variadic = has_variadic && OidIsValid(proc->provariadic);
        *ret_use_variadic = variadic;
    }
    visible = FunctionIsVisible(funcid);
    if (!visible && proc->pronamespace == 11)
    {
        List *candidates = catalog_proc_candidates(NULL, NameStr(proc->proname));

        foreach_ptr(const ProcInfo, candidate, candidates)
            visible = visible || candidate->oid == funcid;
    }
    /* names that the grammar takes for something else are qualified */
    return quote_qualified_identifier(
        visible ? NULL : get_namespace_name(proc->pronamespace), NameStr(proc->proname));
}
