/*
 * builtin.c - looking things up in the generated arrays
 *
 * Why        built-in objects never change, so a lookup is an array access by OID or a binary
 *            search by name, in memory all processes share; nothing is loaded or invalidated.
 * Errors     cannot fail: NULL or 0 for what is not there.
 */
#include "catalog_data.h"

#include "memory/memory.h"

#define LOOKUP(array, oid)                                                                         \
    ((oid) <= array##_max_oid && array##_by_oid[oid] != NO_POSITION                                \
         ? &array[array##_by_oid[oid]]                                                             \
         : NULL)

const TypeInfo *
catalog__builtin_type(Oid oid)
{
    return LOOKUP(catalog__types, oid);
}

const ProcInfo *
catalog_proc(Oid oid)
{
    return LOOKUP(catalog__procs, oid);
}

const OperatorInfo *
catalog_operator(Oid oid)
{
    return LOOKUP(catalog__operators, oid);
}

const CastInfo *
catalog_cast(Oid source, Oid target)
{
    int low = 0;
    int high = catalog__casts_count - 1;

    while (low <= high) {
        int middle = (low + high) / 2;
        const CastInfo *cast = &catalog__casts[middle];

        if (cast->castsource == source && cast->casttarget == target)
            return cast;
        if (cast->castsource < source ||
            (cast->castsource == source && cast->casttarget < target))
            low = middle + 1;
        else
            high = middle - 1;
    }
    return NULL;
}

const AggregateInfo *
catalog_aggregate(Oid aggfnoid)
{
    int low = 0;
    int high = catalog__aggregates_count - 1;

    while (low <= high) {
        int middle = (low + high) / 2;
        const AggregateInfo *aggregate = &catalog__aggregates[middle];

        if (aggregate->aggfnoid == aggfnoid)
            return aggregate;
        if (aggregate->aggfnoid < aggfnoid)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return NULL;
}

const OpclassInfo *
catalog_opclass(Oid oid)
{
    for (int i = 0; i < catalog__opclasses_count; i++)
        if (catalog__opclasses[i].oid == oid)
            return &catalog__opclasses[i];
    return NULL;
}

const OpfamilyInfo *
catalog_opfamily(Oid oid)
{
    for (int i = 0; i < catalog__opfamilies_count; i++)
        if (catalog__opfamilies[i].oid == oid)
            return &catalog__opfamilies[i];
    return NULL;
}

const CollationInfo *
catalog_collation(Oid oid)
{
    for (int i = 0; i < catalog__collations_count; i++)
        if (catalog__collations[i].oid == oid)
            return &catalog__collations[i];
    return NULL;
}

const char *
catalog_language_name(Oid oid)
{
    switch (oid) {
    case INTERNALlanguageId:
        return "internal";
    case ClanguageId:
        return "c";
    case SQLlanguageId:
        return "sql";
    default:
        return NULL;
    }
}

Oid
catalog_language_find(const char *name)
{
    for (Oid oid = INTERNALlanguageId; oid <= SQLlanguageId; oid++)
        if (strcmp(catalog_language_name(oid), name) == 0)
            return oid;
    return InvalidOid;
}

const char *
catalog_am_name(Oid oid)
{
    return oid == HEAP_TABLE_AM_OID ? "heap" : oid == BTREE_AM_OID ? "btree" : NULL;
}

Oid
catalog_am_find(const char *name)
{
    if (strcmp(name, "heap") == 0)
        return HEAP_TABLE_AM_OID;
    return strcmp(name, "btree") == 0 ? BTREE_AM_OID : InvalidOid;
}

/* ---- arguments and defaults of functions ---- */

static const ProcOutputIndex *
find_outputs(const ProcInfo *proc)
{
    int position = (int)(proc - catalog__procs);
    int low = 0;
    int high = catalog__proc_outputs_count - 1;

    while (low <= high) {
        int middle = (low + high) / 2;
        const ProcOutputIndex *found = &catalog__proc_outputs[middle];

        if (found->position == position)
            return found;
        if (found->position < position)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return NULL;
}

/* The arrays are made in the current memory context, but for the types. */
bool
catalog_proc_outputs(const ProcInfo *proc, ProcOutputs *ret_outputs)
{
    const ProcOutputIndex *index = proc->has_out_args ? find_outputs(proc) : NULL;
    const char *text;
    const char **names;
    char *modes;
    bool any_name = false;

    if (index == NULL)
        return false;
    text = catalog__proc_output_names + index->names;
    names = palloc_array(const char *, index->count);
    modes = palloc_array(char, index->count);
    for (int i = 0; i < index->count; i++) {
        modes[i] = text[0];
        names[i] = text + 1;
        any_name |= names[i][0] != '\0';
        text += strlen(text) + 1;
    }
    ret_outputs->count = index->count;
    ret_outputs->types = catalog__proc_output_types + index->types;
    ret_outputs->modes = modes;
    ret_outputs->names = any_name ? names : NULL;
    return true;
}

const char *
catalog_proc_default(const ProcInfo *proc, int index)
{
    int nth = index - (proc->pronargs - proc->pronargdefaults);
    int position = (int)(proc - catalog__procs);

    if (proc->pronargdefaults == 0 || nth < 0 || index >= proc->pronargs)
        return NULL;
    for (int i = 0; i < catalog__proc_defaults_count; i++) {
        const char *text = catalog__proc_defaults[i].text;
        const char *end;

        if (catalog__proc_defaults[i].position != position)
            continue;
        while (nth-- > 0)
            text = strstr(text, ", ") + 2;
        end = strstr(text, ", ");
        return end ? pnstrdup(text, (Size)(end - text)) : text;
    }
    return NULL;
}

/* ---- by name ---- */

/* First position in name order whose name is not less. */
#define LOWER_BOUND(array, column, wanted, ret)                                                    \
    do {                                                                                           \
        int low_ = 0, high_ = array##_count;                                                       \
        while (low_ < high_) {                                                                     \
            int middle_ = (low_ + high_) / 2;                                                      \
            if (strcmp(NameStr(array[array##_by_name[middle_]].column), (wanted)) < 0)             \
                low_ = middle_ + 1;                                                                \
            else                                                                                   \
                high_ = middle_;                                                                   \
        }                                                                                          \
        (ret) = low_;                                                                              \
    } while (0)

const TypeInfo *
catalog__builtin_type_by_name(const char *name)
{
    int at;
    const TypeInfo *type;

    LOWER_BOUND(catalog__types, typname, name, at);
    if (at == catalog__types_count)
        return NULL;
    type = &catalog__types[catalog__types_by_name[at]];
    return strcmp(NameStr(type->typname), name) == 0 ? type : NULL;
}

List *
catalog__builtin_procs_by_name(const char *name)
{
    List *found = NIL;
    int at;

    LOWER_BOUND(catalog__procs, proname, name, at);
    for (; at < catalog__procs_count; at++) {
        const ProcInfo *proc = &catalog__procs[catalog__procs_by_name[at]];

        if (strcmp(NameStr(proc->proname), name) != 0)
            break;
        found = lappend(found, (void *)proc);
    }
    return found;
}

List *
catalog__builtin_operators_by_name(const char *name, char kind)
{
    List *found = NIL;
    int at;

    LOWER_BOUND(catalog__operators, oprname, name, at);
    for (; at < catalog__operators_count; at++) {
        const OperatorInfo *op = &catalog__operators[catalog__operators_by_name[at]];

        if (strcmp(NameStr(op->oprname), name) != 0)
            break;
        if (op->oprkind == kind)
            found = lappend(found, (void *)op);
    }
    return found;
}

/* ---- operator classes ---- */

static bool
is_binary_coercible(Oid from, Oid to)
{
    const CastInfo *cast;

    if (from == to)
        return true;
    cast = catalog_cast(from, to);
    return cast && cast->castmethod == COERCION_METHOD_BINARY &&
           cast->castcontext == COERCION_CODE_IMPLICIT;
}

/* Exact type first, then a preferred one among the binary coercible, then any such. */
const OpclassInfo *
catalog_opclass_default(Oid type, Oid method)
{
    const OpclassInfo *coercible = NULL;
    const TypeInfo *info;

    for (int i = 0; i < catalog__opclasses_count; i++) {
        const OpclassInfo *opclass = &catalog__opclasses[i];

        if (opclass->opcmethod != method || !opclass->opcdefault)
            continue;
        if (opclass->opcintype == type)
            return opclass;
        if (is_binary_coercible(type, opclass->opcintype)) {
            const TypeInfo *into = catalog__builtin_type(opclass->opcintype);
            if (coercible == NULL || (into && into->typispreferred))
                coercible = opclass;
        }
    }
    if (coercible)
        return coercible;
    info = catalog_type(type);
    if (info == NULL)
        return NULL;
    if (info->typtype == TYPTYPE_DOMAIN)
        return catalog_opclass_default(info->typbasetype, method);
    if (info->typtype == TYPTYPE_COMPOSITE)
        return catalog_opclass_default(RECORDOID, method);
    if (info->typtype == TYPTYPE_ENUM && type != ANYENUMOID)
        return catalog_opclass_default(ANYENUMOID, method);
    if (info->typsubscript == F_ARRAY_SUBSCRIPT_HANDLER && type != ANYARRAYOID)
        return catalog_opclass_default(ANYARRAYOID, method);
    return NULL;
}

Oid
catalog_opclass_find(Oid method, const char *schema, const char *name)
{
    if (schema && strcmp(schema, "pg_catalog") != 0)
        return InvalidOid;
    for (int i = 0; i < catalog__opclasses_count; i++)
        if (catalog__opclasses[i].opcmethod == method &&
            strcmp(NameStr(catalog__opclasses[i].opcname), name) == 0)
            return catalog__opclasses[i].oid;
    return InvalidOid;
}

static int
compare4(Oid a1, Oid a2, Oid a3, int a4, Oid b1, Oid b2, Oid b3, int b4)
{
    if (a1 != b1)
        return a1 < b1 ? -1 : 1;
    if (a2 != b2)
        return a2 < b2 ? -1 : 1;
    if (a3 != b3)
        return a3 < b3 ? -1 : 1;
    return a4 < b4 ? -1 : a4 > b4;
}

Oid
catalog_opfamily_member(Oid family, Oid left, Oid right, int16 strategy)
{
    int low = 0;
    int high = catalog__amops_count - 1;

    while (low <= high) {
        int middle = (low + high) / 2;
        const AmopInfo *a = &catalog__amops[middle];
        int order = compare4(a->amopfamily, a->amoplefttype, a->amoprighttype, a->amopstrategy,
                             family, left, right, strategy);
        if (order == 0)
            return a->amopopr;
        if (order < 0)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return InvalidOid;
}

Oid
catalog_opfamily_proc(Oid family, Oid left, Oid right, int16 procnum)
{
    int low = 0;
    int high = catalog__amprocs_count - 1;

    while (low <= high) {
        int middle = (low + high) / 2;
        const AmprocInfo *a = &catalog__amprocs[middle];
        int order = compare4(a->amprocfamily, a->amproclefttype, a->amprocrighttype, a->amprocnum,
                             family, left, right, procnum);
        if (order == 0)
            return a->amproc;
        if (order < 0)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return InvalidOid;
}

int
catalog_operator_families(Oid op, const AmopInfo **ret_members, int max)
{
    int low = 0;
    int high = catalog__amops_count;
    int count = 0;

    while (low < high) {
        int middle = (low + high) / 2;
        if (catalog__amops[catalog__amops_by_operator[middle]].amopopr < op)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < catalog__amops_count && count < max; low++) {
        const AmopInfo *a = &catalog__amops[catalog__amops_by_operator[low]];
        if (a->amopopr != op)
            break;
        ret_members[count++] = a;
    }
    return count;
}

const AmopInfo *
catalog_operator_in_family(Oid op, Oid family)
{
    const AmopInfo *members[16];
    int count = catalog_operator_families(op, members, lengthof(members));

    for (int i = 0; i < count; i++)
        if (members[i]->amopfamily == family)
            return members[i];
    return NULL;
}

/* ---- the catalogs themselves ---- */

const CatalogTable *
catalog__table(Oid oid)
{
    int low = 0;
    int high = catalog__tables_count - 1;

    while (low <= high) {
        int middle = (low + high) / 2;

        if (catalog__tables[middle].oid == oid)
            return &catalog__tables[middle];
        if (catalog__tables[middle].oid < oid)
            low = middle + 1;
        else
            high = middle - 1;
    }
    return NULL;
}

const CatalogIndex *
catalog__index(Oid oid)
{
    if (oid >= FirstNormalObjectId)
        return NULL;
    for (int i = 0; i < catalog__indexes_count; i++)
        if (catalog__indexes[i].oid == oid)
            return &catalog__indexes[i];
    return NULL;
}

const CatalogTable *
catalog__toast_owner(Oid toast)
{
    if (toast == InvalidOid || toast >= FirstNormalObjectId)
        return NULL;
    for (int i = 0; i < catalog__tables_count; i++)
        if (catalog__tables[i].toast == toast || catalog__tables[i].toast_index == toast)
            return &catalog__tables[i];
    return NULL;
}
