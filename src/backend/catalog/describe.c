/*
 * describe.c - objects in words, as messages name them
 */
#include "catalog_int.h"

static char *
describe_relation(Oid relid)
{
    char *name = catalog_relation_display_name(relid);
    const char *kind;

    if (name == NULL)
        return NULL;
    switch (get_rel_relkind(relid)) {
    case RELKIND_INDEX:
    case RELKIND_PARTITIONED_INDEX:
        kind = "index";
        break;
    case RELKIND_SEQUENCE:
        kind = "sequence";
        break;
    case RELKIND_TOASTVALUE:
        kind = "toast table";
        break;
    case RELKIND_VIEW:
        kind = "view";
        break;
    case RELKIND_MATVIEW:
        kind = "materialized view";
        break;
    case RELKIND_COMPOSITE_TYPE:
        kind = "composite type";
        break;
    case RELKIND_FOREIGN_TABLE:
        kind = "foreign table";
        break;
    default:
        kind = "table";
        break;
    }
    return psprintf("%s %s", kind, name);
}

static char *
describe_column(Oid relid, AttrNumber attnum)
{
    char *relation = describe_relation(relid);
    char *column = relation ? get_attname(relid, attnum, true) : NULL;

    return column ? psprintf("column %s of %s", column, relation) : NULL;
}

static char *
describe_constraint(Oid oid)
{
    HeapTuple row =
        catalog_fetch1(ConstraintRelationId, PG_CONSTRAINT_OID_INDEX, ObjectIdGetDatum(oid));
    bool isnull;
    char *name;
    Oid relid;

    if (row == NULL)
        return NULL;
    name = NameStr(*DatumGetName(
        catalog_get(ConstraintRelationId, row, Anum_pg_constraint_conname, &isnull)));
    relid = catalog_get_oid(ConstraintRelationId, row, Anum_pg_constraint_conrelid);
    if (relid == InvalidOid)
        return psprintf("constraint %s", name);
    return psprintf("constraint %s on %s", name, describe_relation(relid));
}

static char *
describe_default(Oid oid)
{
    HeapTuple row =
        catalog_fetch1(AttrDefaultRelationId, PG_ATTRDEF_OID_INDEX, ObjectIdGetDatum(oid));
    bool isnull;
    AttrNumber attnum;

    if (row == NULL)
        return NULL;
    attnum = DatumGetInt16(catalog_get(AttrDefaultRelationId, row, Anum_pg_attrdef_adnum, &isnull));
    return psprintf("default value for %s",
                    describe_column(catalog_get_oid(AttrDefaultRelationId, row,
                                                    Anum_pg_attrdef_adrelid),
                                    attnum));
}

static char *
describe_rule(Oid oid)
{
    HeapTuple row = catalog_fetch1(RewriteRelationId, PG_REWRITE_OID_INDEX, ObjectIdGetDatum(oid));
    bool isnull;

    if (row == NULL)
        return NULL;
    return psprintf("rule %s on %s",
                    NameStr(*DatumGetName(catalog_get(RewriteRelationId, row,
                                                      Anum_pg_rewrite_rulename, &isnull))),
                    describe_relation(
                        catalog_get_oid(RewriteRelationId, row, Anum_pg_rewrite_ev_class)));
}

static char *
labelled(const char *label, const char *name)
{
    return name ? psprintf("%s %s", label, name) : NULL;
}

static char *
describe(const ObjectAddress *object)
{
    Oid oid = object->objectId;

    switch (object->classId) {
    case RelationRelationId:
        if (object->objectSubId != 0)
            return describe_column(oid, (AttrNumber)object->objectSubId);
        return describe_relation(oid);
    case ProcedureRelationId:
        return catalog_proc(oid) ? labelled("function", format_procedure(oid)) : NULL;
    case TypeRelationId:
        return catalog_type(oid) ? labelled("type", format_type_be(oid)) : NULL;
    case OperatorRelationId:
        return catalog_operator(oid) ? labelled("operator", format_operator(oid)) : NULL;
    case CollationRelationId:
        return labelled("collation", get_collation_name(oid));
    case ConstraintRelationId:
        return describe_constraint(oid);
    case AttrDefaultRelationId:
        return describe_default(oid);
    case RewriteRelationId:
        return describe_rule(oid);
    case NamespaceRelationId:
        return labelled("schema", get_namespace_name(oid));
    case AuthIdRelationId:
        return labelled("role", get_role_name(oid));
    case DatabaseRelationId:
        return labelled("database", get_database_name(oid));
    case TableSpaceRelationId:
        return labelled("tablespace", get_tablespace_name(oid));
    case LanguageRelationId:
        return labelled("language", catalog_language_name(oid));
    case AccessMethodRelationId:
        return labelled("access method", catalog_am_name(oid));
    case OperatorClassRelationId: {
        const OpclassInfo *opclass = catalog_opclass(oid);
        return opclass ? psprintf("operator class %s for access method %s",
                                  NameStr(opclass->opcname),
                                  opclass->opcmethod == BTREE_AM_OID ? "btree" : "hash")
                       : NULL;
    }
    default:
        return psprintf("object %u of catalog %u", oid, object->classId);
    }
}

char *
getObjectDescription(const ObjectAddress *object, bool missing_ok)
{
    char *text = describe(object);

    if (text == NULL && !missing_ok)
        elog(ERROR, "cache lookup failed for object %u of catalog %u", object->objectId,
             object->classId);
    return text;
}
