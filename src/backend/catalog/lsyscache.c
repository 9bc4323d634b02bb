/*
 * lsyscache.c - shorthands over the typed caches, by published names
 */
#include "catalog_int.h"

/* ---- types ---- */

static const TypeInfo *
type_or_throw(Oid type)
{
    const TypeInfo *info = catalog_type(type);

    if (info == NULL)
        elog(ERROR, "cache lookup failed for type %u", type);
    return info;
}

int16
get_typlen(Oid type)
{
    const TypeInfo *info = catalog_type(type);
    return info ? info->typlen : 0;
}

bool
get_typbyval(Oid type)
{
    const TypeInfo *info = catalog_type(type);
    return info && info->typbyval;
}

void
get_typlenbyval(Oid type, int16 *typlen, bool *typbyval)
{
    const TypeInfo *info = type_or_throw(type);
    *typlen = info->typlen;
    *typbyval = info->typbyval;
}

void
get_typlenbyvalalign(Oid type, int16 *typlen, bool *typbyval, char *typalign)
{
    const TypeInfo *info = type_or_throw(type);
    *typlen = info->typlen;
    *typbyval = info->typbyval;
    *typalign = info->typalign;
}

char
get_typtype(Oid type)
{
    const TypeInfo *info = catalog_type(type);
    return info ? info->typtype : '\0';
}

char
get_typstorage(Oid type)
{
    const TypeInfo *info = catalog_type(type);
    return info ? info->typstorage : TYPSTORAGE_PLAIN;
}

void
get_type_category_preferred(Oid type, char *typcategory, bool *typispreferred)
{
    const TypeInfo *info = type_or_throw(type);
    *typcategory = info->typcategory;
    *typispreferred = info->typispreferred;
}

Oid
get_typcollation(Oid type)
{
    const TypeInfo *info = catalog_type(type);
    return info ? info->typcollation : InvalidOid;
}

bool
type_is_collatable(Oid type)
{
    return OidIsValid(get_typcollation(type));
}

bool
type_is_rowtype(Oid type)
{
    if (type == RECORDOID)
        return true;
    return get_typtype(getBaseType(type)) == TYPTYPE_COMPOSITE;
}

bool
type_is_enum(Oid type)
{
    return get_typtype(type) == TYPTYPE_ENUM;
}

bool
type_is_range(Oid type)
{
    return get_typtype(type) == TYPTYPE_RANGE;
}

Oid
get_typ_typrelid(Oid type)
{
    const TypeInfo *info = catalog_type(type);
    return info ? info->typrelid : InvalidOid;
}

Oid
get_element_type(Oid type)
{
    const TypeInfo *info = catalog_type(type);

    if (info && info->typsubscript == F_ARRAY_SUBSCRIPT_HANDLER)
        return info->typelem;
    return InvalidOid;
}

Oid
get_array_type(Oid type)
{
    const TypeInfo *info = catalog_type(type);
    return info ? info->typarray : InvalidOid;
}

Oid
get_promoted_array_type(Oid type)
{
    Oid array = get_array_type(type);

    if (OidIsValid(array))
        return array;
    return OidIsValid(get_element_type(type)) ? type : InvalidOid;
}

Oid
get_base_element_type(Oid type)
{
    return get_element_type(getBaseType(type));
}

Oid
getBaseType(Oid type)
{
    int32 typmod = -1;
    return getBaseTypeAndTypmod(type, &typmod);
}

Oid
getBaseTypeAndTypmod(Oid type, int32 *typmod)
{
    for (;;) {
        const TypeInfo *info = catalog_type(type);

        if (info == NULL || info->typtype != TYPTYPE_DOMAIN)
            return type;
        *typmod = info->typtypmod;
        type = info->typbasetype;
    }
}

Oid
getTypeIOParam(const TypeInfo *type)
{
    return OidIsValid(type->typelem) ? type->typelem : type->oid;
}

static const TypeInfo *
defined_type(Oid type)
{
    const TypeInfo *info = type_or_throw(type);

    if (!info->typisdefined)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("type %s is only a shell", format_type_be(type))));
    return info;
}

void
getTypeInputInfo(Oid type, Oid *typInput, Oid *typIOParam)
{
    const TypeInfo *info = defined_type(type);

    if (!OidIsValid(info->typinput))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("no input function available for type %s", format_type_be(type))));
    *typInput = info->typinput;
    *typIOParam = getTypeIOParam(info);
}

void
getTypeOutputInfo(Oid type, Oid *typOutput, bool *typIsVarlena)
{
    const TypeInfo *info = defined_type(type);

    if (!OidIsValid(info->typoutput))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_FUNCTION),
                        errmsg("no output function available for type %s", format_type_be(type))));
    *typOutput = info->typoutput;
    *typIsVarlena = !info->typbyval && info->typlen == -1;
}

void
getTypeBinaryInputInfo(Oid type, Oid *typReceive, Oid *typIOParam)
{
    const TypeInfo *info = defined_type(type);

    if (!OidIsValid(info->typreceive))
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_FUNCTION),
                 errmsg("no binary input function available for type %s", format_type_be(type))));
    *typReceive = info->typreceive;
    *typIOParam = getTypeIOParam(info);
}

void
getTypeBinaryOutputInfo(Oid type, Oid *typSend, bool *typIsVarlena)
{
    const TypeInfo *info = defined_type(type);

    if (!OidIsValid(info->typsend))
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_FUNCTION),
                 errmsg("no binary output function available for type %s", format_type_be(type))));
    *typSend = info->typsend;
    *typIsVarlena = !info->typbyval && info->typlen == -1;
}

Oid
get_typmodin(Oid type)
{
    const TypeInfo *info = catalog_type(type);
    return info ? info->typmodin : InvalidOid;
}

/* Without better knowledge: short strings half full, long ones guessed, 32 bytes for the rest. */
int32
get_typavgwidth(Oid type, int32 typmod)
{
    int typlen = get_typlen(type);
    int32 most;

    if (typlen > 0)
        return typlen;
    most = type_maximum_size(type, typmod);
    if (most <= 0)
        return 32;
    if (type == BPCHAROID || most <= 32)
        return most;
    return most < 1000 ? 32 + (most - 32) / 2 : 32 + (1000 - 32) / 2;
}

/* ---- functions ---- */

static const ProcInfo *
proc_or_throw(Oid function)
{
    const ProcInfo *info = catalog_proc(function);

    if (info == NULL)
        elog(ERROR, "cache lookup failed for function %u", function);
    return info;
}

char *
get_func_name(Oid function)
{
    const ProcInfo *info = catalog_proc(function);
    return info ? pstrdup(NameStr(info->proname)) : NULL;
}

Oid
get_func_namespace(Oid function)
{
    const ProcInfo *info = catalog_proc(function);
    return info ? info->pronamespace : InvalidOid;
}

Oid
get_func_rettype(Oid function)
{
    return proc_or_throw(function)->prorettype;
}

int
get_func_nargs(Oid function)
{
    return proc_or_throw(function)->pronargs;
}

bool
get_func_retset(Oid function)
{
    return proc_or_throw(function)->proretset;
}

bool
func_strict(Oid function)
{
    return proc_or_throw(function)->proisstrict;
}

char
func_volatile(Oid function)
{
    return proc_or_throw(function)->provolatile;
}

char
func_parallel(Oid function)
{
    return proc_or_throw(function)->proparallel;
}

char
get_func_prokind(Oid function)
{
    return proc_or_throw(function)->prokind;
}

bool
get_func_leakproof(Oid function)
{
    return proc_or_throw(function)->proleakproof;
}

/* ---- operators ---- */

Oid
get_opcode(Oid op)
{
    const OperatorInfo *info = catalog_operator(op);
    return info ? info->oprcode : InvalidOid;
}

char *
get_opname(Oid op)
{
    const OperatorInfo *info = catalog_operator(op);
    return info ? pstrdup(NameStr(info->oprname)) : NULL;
}

Oid
get_op_rettype(Oid op)
{
    const OperatorInfo *info = catalog_operator(op);
    return info ? info->oprresult : InvalidOid;
}

void
op_input_types(Oid op, Oid *lefttype, Oid *righttype)
{
    const OperatorInfo *info = catalog_operator(op);

    if (info == NULL)
        elog(ERROR, "cache lookup failed for operator %u", op);
    *lefttype = info->oprleft;
    *righttype = info->oprright;
}

/* Arrays and records are joinable only if what they hold is. */
bool
op_mergejoinable(Oid op, Oid inputtype)
{
    const OperatorInfo *info = catalog_operator(op);

    if (op == OPR_ARRAY_EQ)
        return lookup_type_cache(inputtype, TYPECACHE_CMP_PROC)->cmp_proc == F_BTARRAYCMP;
    if (op == OPR_RECORD_EQ)
        return lookup_type_cache(inputtype, TYPECACHE_CMP_PROC)->cmp_proc == F_BTRECORDCMP;
    return info && info->oprcanmerge;
}

bool
op_hashjoinable(Oid op, Oid inputtype)
{
    const OperatorInfo *info = catalog_operator(op);

    if (op == OPR_ARRAY_EQ)
        return lookup_type_cache(inputtype, TYPECACHE_HASH_PROC)->hash_proc == F_HASH_ARRAY;
    if (op == OPR_RECORD_EQ)
        return lookup_type_cache(inputtype, TYPECACHE_HASH_PROC)->hash_proc == F_HASH_RECORD;
    return info && info->oprcanhash;
}

bool
op_strict(Oid op)
{
    return func_strict(get_opcode(op));
}

char
op_volatile(Oid op)
{
    return func_volatile(get_opcode(op));
}

Oid
get_commutator(Oid op)
{
    const OperatorInfo *info = catalog_operator(op);
    return info ? info->oprcom : InvalidOid;
}

Oid
get_negator(Oid op)
{
    const OperatorInfo *info = catalog_operator(op);
    return info ? info->oprnegate : InvalidOid;
}

Oid
get_oprrest(Oid op)
{
    const OperatorInfo *info = catalog_operator(op);
    return info ? info->oprrest : InvalidOid;
}

Oid
get_oprjoin(Oid op)
{
    const OperatorInfo *info = catalog_operator(op);
    return info ? info->oprjoin : InvalidOid;
}

bool
op_in_opfamily(Oid op, Oid family)
{
    return catalog_operator_in_family(op, family) != NULL;
}

int
get_op_opfamily_strategy(Oid op, Oid family)
{
    const AmopInfo *member = catalog_operator_in_family(op, family);
    return member ? member->amopstrategy : 0;
}

void
get_op_opfamily_properties(Oid op, Oid family, bool ordering_op, int *strategy, Oid *lefttype,
                           Oid *righttype)
{
    const AmopInfo *member = catalog_operator_in_family(op, family);

    if (member == NULL || ordering_op)
        elog(ERROR, "operator %u is not a member of opfamily %u", op, family);
    *strategy = member->amopstrategy;
    *lefttype = member->amoplefttype;
    *righttype = member->amoprighttype;
}

Oid
get_opfamily_member(Oid family, Oid lefttype, Oid righttype, int16 strategy)
{
    return catalog_opfamily_member(family, lefttype, righttype, strategy);
}

Oid
get_opfamily_proc(Oid family, Oid lefttype, Oid righttype, int16 procnum)
{
    return catalog_opfamily_proc(family, lefttype, righttype, procnum);
}

#define FAMILIES_MAX 16

bool
get_ordering_op_properties(Oid op, Oid *opfamily, Oid *opcintype, int16 *strategy)
{
    const AmopInfo *members[FAMILIES_MAX];
    int count = catalog_operator_families(op, members, FAMILIES_MAX);

    for (int i = 0; i < count; i++) {
        const AmopInfo *m = members[i];

        if (m->amopmethod != BTREE_AM_OID || m->amoplefttype != m->amoprighttype)
            continue;
        if (m->amopstrategy != BTLessStrategyNumber && m->amopstrategy != BTGreaterStrategyNumber)
            continue;
        *opfamily = m->amopfamily;
        *opcintype = m->amoplefttype;
        *strategy = m->amopstrategy;
        return true;
    }
    *opfamily = *opcintype = InvalidOid;
    *strategy = 0;
    return false;
}

Oid
get_equality_op_for_ordering_op(Oid op, bool *reverse)
{
    Oid family, type;
    int16 strategy;

    if (!get_ordering_op_properties(op, &family, &type, &strategy))
        return InvalidOid;
    if (reverse)
        *reverse = strategy == BTGreaterStrategyNumber;
    return catalog_opfamily_member(family, type, type, BTEqualStrategyNumber);
}

Oid
get_ordering_op_for_equality_op(Oid op, bool use_lhs_type)
{
    const AmopInfo *members[FAMILIES_MAX];
    int count = catalog_operator_families(op, members, FAMILIES_MAX);

    for (int i = 0; i < count; i++) {
        const AmopInfo *m = members[i];
        Oid type = use_lhs_type ? m->amoplefttype : m->amoprighttype;
        Oid found;

        if (m->amopmethod != BTREE_AM_OID || m->amopstrategy != BTEqualStrategyNumber)
            continue;
        found = catalog_opfamily_member(m->amopfamily, type, type, BTLessStrategyNumber);
        if (OidIsValid(found))
            return found;
    }
    return InvalidOid;
}

List *
get_mergejoin_opfamilies(Oid op)
{
    const AmopInfo *members[FAMILIES_MAX];
    int count = catalog_operator_families(op, members, FAMILIES_MAX);
    List *families = NIL;

    for (int i = 0; i < count; i++)
        if (members[i]->amopmethod == BTREE_AM_OID &&
            members[i]->amopstrategy == BTEqualStrategyNumber)
            families = lappend_oid(families, members[i]->amopfamily);
    return families;
}

bool
get_compatible_hash_operators(Oid op, Oid *lhs_op, Oid *rhs_op)
{
    const AmopInfo *members[FAMILIES_MAX];
    int count = catalog_operator_families(op, members, FAMILIES_MAX);

    for (int i = 0; i < count; i++) {
        const AmopInfo *m = members[i];
        Oid left, right;

        if (m->amopmethod != HASH_AM_OID)
            continue;
        left = catalog_opfamily_member(m->amopfamily, m->amoplefttype, m->amoplefttype,
                                       HTEqualStrategyNumber);
        right = catalog_opfamily_member(m->amopfamily, m->amoprighttype, m->amoprighttype,
                                        HTEqualStrategyNumber);
        if (!OidIsValid(left) || !OidIsValid(right))
            continue;
        if (lhs_op)
            *lhs_op = left;
        if (rhs_op)
            *rhs_op = right;
        return true;
    }
    return false;
}

bool
get_op_hash_functions(Oid op, Oid *lhs_function, Oid *rhs_function)
{
    const AmopInfo *members[FAMILIES_MAX];
    int count = catalog_operator_families(op, members, FAMILIES_MAX);

    for (int i = 0; i < count; i++) {
        const AmopInfo *m = members[i];
        Oid left, right;

        if (m->amopmethod != HASH_AM_OID)
            continue;
        left = catalog_opfamily_proc(m->amopfamily, m->amoplefttype, m->amoplefttype,
                                     HASHSTANDARD_PROC);
        right = catalog_opfamily_proc(m->amopfamily, m->amoprighttype, m->amoprighttype,
                                      HASHSTANDARD_PROC);
        if (!OidIsValid(left) || !OidIsValid(right))
            continue;
        if (lhs_function)
            *lhs_function = left;
        if (rhs_function)
            *rhs_function = right;
        return true;
    }
    if (lhs_function)
        *lhs_function = InvalidOid;
    if (rhs_function)
        *rhs_function = InvalidOid;
    return false;
}

Oid
get_opclass_family(Oid opclass)
{
    const OpclassInfo *info = catalog_opclass(opclass);

    if (info == NULL)
        elog(ERROR, "cache lookup failed for opclass %u", opclass);
    return info->opcfamily;
}

Oid
get_opclass_input_type(Oid opclass)
{
    const OpclassInfo *info = catalog_opclass(opclass);

    if (info == NULL)
        elog(ERROR, "cache lookup failed for opclass %u", opclass);
    return info->opcintype;
}

/* ---- relations and columns: through the relation cache, without a lock ---- */

static Relation
peek(Oid relid)
{
    if (relid == InvalidOid)
        return NULL;
    return try_relation_open(relid, NoLock);
}

char *
get_rel_name(Oid relid)
{
    Relation rel = peek(relid);
    char *name;

    if (rel == NULL)
        return NULL;
    name = pstrdup(RelationGetRelationName(rel));
    relation_close(rel, NoLock);
    return name;
}

static FormData_pg_class
class_form(Oid relid)
{
    Relation rel = peek(relid);
    FormData_pg_class form;

    memset(&form, 0, sizeof(form));
    if (rel) {
        form = *rel->rd_rel;
        relation_close(rel, NoLock);
    }
    return form;
}

Oid
get_rel_namespace(Oid relid)
{
    return class_form(relid).relnamespace;
}

Oid
get_rel_type_id(Oid relid)
{
    return class_form(relid).reltype;
}

char
get_rel_relkind(Oid relid)
{
    return class_form(relid).relkind;
}

Oid
get_rel_tablespace(Oid relid)
{
    return class_form(relid).reltablespace;
}

static const char *const system_columns[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};

char *
get_attname(Oid relid, AttrNumber attnum, bool missing_ok)
{
    Relation rel = peek(relid);
    char *name = NULL;

    if (rel) {
        if (attnum < 0 && attnum > FirstLowInvalidHeapAttributeNumber)
            name = pstrdup(system_columns[-attnum - 1]);
        else if (attnum > 0 && attnum <= rel->rd_att->natts)
            name = pstrdup(NameStr(TupleDescAttr(rel->rd_att, attnum - 1)->attname));
        relation_close(rel, NoLock);
    }
    if (name == NULL && !missing_ok)
        elog(ERROR, "cache lookup failed for attribute %d of relation %u", attnum, relid);
    return name;
}

static AttrNumber
find_column(Relation rel, const char *attname)
{
    for (int i = 0; i < rel->rd_att->natts; i++) {
        Form_pg_attribute att = TupleDescAttr(rel->rd_att, i);

        if (!att->attisdropped && strcmp(NameStr(att->attname), attname) == 0)
            return att->attnum;
    }
    for (int i = 0; i < (int)lengthof(system_columns); i++)
        if (strcmp(system_columns[i], attname) == 0 && rel->rd_rel->relkind != RELKIND_VIEW)
            return (AttrNumber)(-i - 1);
    return InvalidAttrNumber;
}

AttrNumber
get_attnum(Oid relid, const char *attname)
{
    Relation rel = peek(relid);
    AttrNumber attnum;

    if (rel == NULL)
        return InvalidAttrNumber;
    attnum = find_column(rel, attname);
    relation_close(rel, NoLock);
    return attnum;
}

void
get_atttypetypmodcoll(Oid relid, AttrNumber attnum, Oid *type, int32 *typmod, Oid *collation)
{
    static const Oid system_types[] = {TIDOID, XIDOID, CIDOID, XIDOID, CIDOID, OIDOID};
    Relation rel = relation_open(relid, NoLock);

    *typmod = -1;
    *collation = InvalidOid;
    if (attnum < 0 && attnum > FirstLowInvalidHeapAttributeNumber)
        *type = system_types[-attnum - 1];
    else if (attnum > 0 && attnum <= rel->rd_att->natts) {
        Form_pg_attribute att = TupleDescAttr(rel->rd_att, attnum - 1);

        *type = att->atttypid;
        *typmod = att->atttypmod;
        *collation = att->attcollation;
    } else
        elog(ERROR, "cache lookup failed for attribute %d of relation %u", attnum, relid);
    relation_close(rel, NoLock);
}

char *
get_constraint_name(Oid constraint)
{
    HeapTuple row = catalog_fetch1(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX,
                                   ObjectIdGetDatum(constraint));
    bool isnull;

    if (row == NULL)
        return NULL;
    return pstrdup(NameStr(*DatumGetName(
        catalog_get(ConstraintRelationId, row, Anum_pg_constraint_conname, &isnull))));
}

Oid
get_index_column_opclass(Oid index, int attno)
{
    HeapTuple row =
        catalog_fetch1(IndexRelationId, PG_INDEX_INDEXRELID_INDEX, ObjectIdGetDatum(index));
    bool isnull;
    Datum vector;
    Oid opclass;

    if (row == NULL || attno < 1)
        return InvalidOid;
    if (attno > DatumGetInt16(catalog_get(IndexRelationId, row, Anum_pg_index_indnkeyatts,
                                          &isnull)))
        return InvalidOid;
    vector = catalog_get(IndexRelationId, row, Anum_pg_index_indclass, &isnull);
    memcpy(&opclass, catalog__vector_data(vector) + sizeof(Oid) * (Size)(attno - 1), sizeof(Oid));
    return opclass;
}

/* ---- others ---- */

char *
get_namespace_name(Oid namespace_oid)
{
    const NamespaceInfo *info = catalog_namespace(namespace_oid);
    return info ? pstrdup(NameStr(info->nspname)) : NULL;
}

char *
get_collation_name(Oid collation)
{
    const CollationInfo *info = catalog_collation(collation);
    return info ? pstrdup(NameStr(info->collname)) : NULL;
}

char *
get_database_name(Oid database)
{
    const DatabaseInfo *info = catalog_database(database);
    return info ? pstrdup(NameStr(info->datname)) : NULL;
}

char *
get_tablespace_name(Oid tablespace)
{
    const TablespaceInfo *info = catalog_tablespace(tablespace);
    return info ? pstrdup(NameStr(info->spcname)) : NULL;
}

char *
get_role_name(Oid role)
{
    const RoleInfo *info = catalog_role(role);
    return info ? pstrdup(NameStr(info->rolname)) : NULL;
}

char *
get_language_name(Oid language, bool missing_ok)
{
    const char *name = catalog_language_name(language);

    if (name == NULL && !missing_ok)
        elog(ERROR, "cache lookup failed for language %u", language);
    return name ? pstrdup(name) : NULL;
}

char *
get_am_name(Oid am)
{
    const char *name = catalog_am_name(am);
    return name ? pstrdup(name) : NULL;
}

Oid
get_namespace_oid(const char *name, bool missing_ok)
{
    const NamespaceInfo *info = catalog_namespace_by_name(name);

    if (info == NULL && !missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_SCHEMA),
                        errmsg("schema \"%s\" does not exist", name)));
    return info ? info->oid : InvalidOid;
}

Oid
get_role_oid(const char *name, bool missing_ok)
{
    const RoleInfo *info = catalog_role_by_name(name);

    if (info == NULL && !missing_ok)
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("role \"%s\" does not exist", name)));
    return info ? info->oid : InvalidOid;
}

Oid
get_database_oid(const char *name, bool missing_ok)
{
    const DatabaseInfo *info = catalog_database_by_name(name);

    if (info == NULL && !missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_DATABASE),
                        errmsg("database \"%s\" does not exist", name)));
    return info ? info->oid : InvalidOid;
}

Oid
get_tablespace_oid(const char *name, bool missing_ok)
{
    const TablespaceInfo *info = catalog_tablespace_by_name(name);

    if (info == NULL && !missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("tablespace \"%s\" does not exist", name)));
    return info ? info->oid : InvalidOid;
}

char *
GetUserNameFromId(Oid role, bool noerr)
{
    char *name = get_role_name(role);

    if (name == NULL && !noerr)
        ereport(ERROR,
                (errcode(ERRCODE_UNDEFINED_OBJECT), errmsg("invalid role OID: %u", role)));
    return name;
}
