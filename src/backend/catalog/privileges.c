/*
 * privileges.c - has_table_privilege() and its kin: SQL's questions about rights
 *
 * Each kind of object has six forms: the role as name, as number, or the current one; the object
 * as name or number. A PRIVILEGES line below makes the six from one judge and one name lookup.
 * An object that does not exist (by number) answers NULL.
 */
#include "catalog_int.h"

#include "base/fmgr.h"

#define SQL_FUNCTION(name) Datum name(PG_FUNCTION_ARGS); Datum name(PG_FUNCTION_ARGS)

/* ---- what all share ---- */

static char *
text_arg(FunctionCallInfo fcinfo, int n)
{
    return catalog__cstring(PG_GETARG_DATUM(n));
}

static Oid
role_arg(const char *name)
{
    return strcmp(name, "public") == 0 ? InvalidOid : get_role_oid(name, false);
}

typedef struct RightName {
    const char *name;
    AclMode mode;
} RightName;

static const RightName right_names[] = {
    {"SELECT", ACL_SELECT},         {"INSERT", ACL_INSERT},   {"UPDATE", ACL_UPDATE},
    {"DELETE", ACL_DELETE},         {"TRUNCATE", ACL_TRUNCATE},
    {"REFERENCES", ACL_REFERENCES}, {"TRIGGER", ACL_TRIGGER}, {"EXECUTE", ACL_EXECUTE},
    {"USAGE", ACL_USAGE},           {"CREATE", ACL_CREATE},   {"TEMPORARY", ACL_CREATE_TEMP},
    {"TEMP", ACL_CREATE_TEMP},      {"CONNECT", ACL_CONNECT}, {"RULE", 0},
};

static AclMode
one_right(const char *name, AclMode possible)
{
    static const char option[] = " WITH GRANT OPTION";
    Size length = strlen(name);
    bool with_option = false;

    if (length > strlen(option) &&
        strcasecmp(name + length - strlen(option), option) == 0) {
        with_option = true;
        length -= strlen(option);
    }
    for (int i = 0; i < (int)lengthof(right_names); i++)
        if (strlen(right_names[i].name) == length &&
            strncasecmp(right_names[i].name, name, length) == 0 &&
            (right_names[i].mode & ~possible) == 0)
            return with_option ? right_names[i].mode << ACLITEM_GRANT_SHIFT : right_names[i].mode;
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("unrecognized privilege type: \"%s\"", name)));
    return 0;
}

/* Has the role any of the rights that the text lists, commas between? */
static bool
any_right(const char *list, AclMode possible, Oid object, Oid role,
          AclResult (*judge)(Oid object, Oid role, AclMode mode))
{
    char *copy = pstrdup(list);
    char *rest = copy;
    char *item;
    bool result = false;

    while ((item = strsep(&rest, ",")) != NULL) {
        char *end;

        while (*item == ' ' || *item == '\t')
            item++;
        for (end = item + strlen(item); end > item && (end[-1] == ' ' || end[-1] == '\t'); end--)
            end[-1] = '\0';
        result |= judge(object, role, one_right(item, possible)) == ACLCHECK_OK;
    }
    pfree(copy);
    return result;
}

/* "schema.name" in parts; the schema is NULL for a bare name. */
static void
split_name(char *text, char **ret_schema, char **ret_name)
{
    List *parts;

    if (!SplitIdentifierString(pstrdup(text), '.', &parts) || parts == NIL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_NAME), errmsg("invalid name syntax")));
    if (list_length(parts) > 2)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("improper relation name (too many dotted names): %s", text)));
    *ret_name = llast(parts);
    *ret_schema = list_length(parts) == 2 ? linitial(parts) : NULL;
}

static Oid
relation_by_text(char *text)
{
    char *schema, *name;

    split_name(text, &schema, &name);
    return catalog_relation_lock_by_name(schema, name, NoLock, false);
}

/* ---- kinds ---- */

static Oid
find_table(char *text)
{
    return relation_by_text(text);
}

static bool
table_exists(Oid oid)
{
    return get_rel_relkind(oid) != '\0';
}

static Oid
find_sequence(char *text)
{
    Oid oid = relation_by_text(text);

    if (get_rel_relkind(oid) != RELKIND_SEQUENCE)
        ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                        errmsg("\"%s\" is not a sequence", text)));
    return oid;
}

static bool
sequence_exists(Oid oid)
{
    return get_rel_relkind(oid) == RELKIND_SEQUENCE;
}

static Oid
find_schema(char *text)
{
    return get_namespace_oid(text, false);
}

static bool
schema_exists(Oid oid)
{
    return catalog_namespace(oid) != NULL;
}

static Oid
find_database_oid(char *text)
{
    return get_database_oid(text, false);
}

static bool
database_exists(Oid oid)
{
    return catalog_database(oid) != NULL;
}

static Oid
find_tablespace(char *text)
{
    return get_tablespace_oid(text, false);
}

static bool
tablespace_exists(Oid oid)
{
    return catalog_tablespace(oid) != NULL;
}

static Oid
find_language(char *text)
{
    Oid oid = catalog_language_find(text);

    if (oid == InvalidOid)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_OBJECT),
                        errmsg("language \"%s\" does not exist", text)));
    return oid;
}

static bool
language_exists(Oid oid)
{
    return catalog_language_name(oid) != NULL;
}

/* Through the reg* input functions, which know the syntax of signatures and types. */
static Oid
find_function(char *text)
{
    return DatumGetObjectId(OidFunctionCall1(F_REGPROCEDUREIN, CStringGetDatum(text)));
}

static bool
function_exists(Oid oid)
{
    return catalog_proc(oid) != NULL;
}

static Oid
find_type(char *text)
{
    return DatumGetObjectId(OidFunctionCall1(F_REGTYPEIN, CStringGetDatum(text)));
}

static bool
type_exists(Oid oid)
{
    return catalog_type(oid) != NULL;
}

/* A right on all columns is a right on any; else one column with it is enough. */
static AclResult
any_column_aclcheck(Oid relid, Oid role, AclMode mode)
{
    Relation rel;
    AclResult result = pg_class_aclcheck(relid, role, mode);

    if (result == ACLCHECK_OK || (rel = try_relation_open(relid, NoLock)) == NULL)
        return result;
    for (int i = 0; i < rel->rd_att->natts && result != ACLCHECK_OK; i++)
        if (!TupleDescAttr(rel->rd_att, i)->attisdropped)
            result = pg_attribute_aclcheck(relid, (AttrNumber)(i + 1), role, mode);
    relation_close(rel, NoLock);
    return result;
}

static Datum
answer(FunctionCallInfo fcinfo, Oid role, Oid object, bool exists, const char *rights,
       AclMode possible, AclResult (*judge)(Oid, Oid, AclMode))
{
    if (!exists)
        PG_RETURN_NULL();
    PG_RETURN_BOOL(any_right(rights, possible, object, role, judge));
}

#define PRIVILEGES(prefix, find, exists, judge, possible)                                          \
    SQL_FUNCTION(prefix##_name_name)                                                               \
    {                                                                                              \
        return answer(fcinfo, role_arg(NameStr(*PG_GETARG_NAME(0))), find(text_arg(fcinfo, 1)),    \
                      true, text_arg(fcinfo, 2), possible, judge);                                 \
    }                                                                                              \
    SQL_FUNCTION(prefix##_name_id)                                                                 \
    {                                                                                              \
        return answer(fcinfo, role_arg(NameStr(*PG_GETARG_NAME(0))), PG_GETARG_OID(1),             \
                      exists(PG_GETARG_OID(1)), text_arg(fcinfo, 2), possible, judge);             \
    }                                                                                              \
    SQL_FUNCTION(prefix##_id_name)                                                                 \
    {                                                                                              \
        return answer(fcinfo, PG_GETARG_OID(0), find(text_arg(fcinfo, 1)), true,                   \
                      text_arg(fcinfo, 2), possible, judge);                                       \
    }                                                                                              \
    SQL_FUNCTION(prefix##_id_id)                                                                   \
    {                                                                                              \
        return answer(fcinfo, PG_GETARG_OID(0), PG_GETARG_OID(1), exists(PG_GETARG_OID(1)),        \
                      text_arg(fcinfo, 2), possible, judge);                                       \
    }                                                                                              \
    SQL_FUNCTION(prefix##_name)                                                                    \
    {                                                                                              \
        return answer(fcinfo, GetUserId(), find(text_arg(fcinfo, 0)), true, text_arg(fcinfo, 1),   \
                      possible, judge);                                                            \
    }                                                                                              \
    SQL_FUNCTION(prefix##_id)                                                                      \
    {                                                                                              \
        return answer(fcinfo, GetUserId(), PG_GETARG_OID(0), exists(PG_GETARG_OID(0)),             \
                      text_arg(fcinfo, 1), possible, judge);                                       \
    }

#define COLUMN_RIGHTS (ACL_SELECT | ACL_INSERT | ACL_UPDATE | ACL_REFERENCES)

PRIVILEGES(has_table_privilege, find_table, table_exists, pg_class_aclcheck,
           ACL_ALL_RIGHTS_RELATION)
PRIVILEGES(has_any_column_privilege, find_table, table_exists, any_column_aclcheck, COLUMN_RIGHTS)
PRIVILEGES(has_sequence_privilege, find_sequence, sequence_exists, pg_class_aclcheck,
           ACL_ALL_RIGHTS_SEQUENCE)
PRIVILEGES(has_schema_privilege, find_schema, schema_exists, pg_namespace_aclcheck,
           ACL_ALL_RIGHTS_SCHEMA)
PRIVILEGES(has_database_privilege, find_database_oid, database_exists, pg_database_aclcheck,
           ACL_ALL_RIGHTS_DATABASE)
PRIVILEGES(has_tablespace_privilege, find_tablespace, tablespace_exists, pg_tablespace_aclcheck,
           ACL_ALL_RIGHTS_TABLESPACE)
PRIVILEGES(has_language_privilege, find_language, language_exists, pg_language_aclcheck,
           ACL_ALL_RIGHTS_LANGUAGE)
PRIVILEGES(has_function_privilege, find_function, function_exists, pg_proc_aclcheck,
           ACL_ALL_RIGHTS_FUNCTION)
PRIVILEGES(has_type_privilege, find_type, type_exists, pg_type_aclcheck, ACL_ALL_RIGHTS_TYPE)

/* ---- columns ---- */

/* The column of the question being answered: the judge is only given its table. */
static AttrNumber asked_column;

static AclResult
column_aclcheck(Oid relid, Oid role, AclMode mode)
{
    AclResult result = pg_class_aclcheck(relid, role, mode);

    return result == ACLCHECK_OK ? result
                                 : pg_attribute_aclcheck(relid, asked_column, role, mode);
}

static AttrNumber
column_by_name(Oid relid, const char *name)
{
    AttrNumber attnum = get_attnum(relid, name);

    if (attnum == InvalidAttrNumber && table_exists(relid))
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                        errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                               get_rel_name(relid))));
    return attnum;
}

static Datum
answer_column(FunctionCallInfo fcinfo, Oid role, Oid relid, AttrNumber attnum, const char *rights)
{
    bool exists = table_exists(relid) && attnum != InvalidAttrNumber &&
                  get_attname(relid, attnum, true) != NULL;

    asked_column = attnum;
    return answer(fcinfo, role, relid, exists, rights, COLUMN_RIGHTS, column_aclcheck);
}

#define COLUMN_PRIVILEGES(suffix, first, role, relid)                                              \
    SQL_FUNCTION(has_column_privilege_##suffix##_name)                                             \
    {                                                                                              \
        Oid table = relid;                                                                         \
        return answer_column(fcinfo, role, table,                                                  \
                             column_by_name(table, text_arg(fcinfo, first + 1)),                   \
                             text_arg(fcinfo, first + 2));                                         \
    }                                                                                              \
    SQL_FUNCTION(has_column_privilege_##suffix##_attnum)                                           \
    {                                                                                              \
        return answer_column(fcinfo, role, relid, PG_GETARG_INT16(first + 1),                      \
                             text_arg(fcinfo, first + 2));                                         \
    }

COLUMN_PRIVILEGES(name_name, 1, role_arg(NameStr(*PG_GETARG_NAME(0))),
                  relation_by_text(text_arg(fcinfo, 1)))
COLUMN_PRIVILEGES(name_id, 1, role_arg(NameStr(*PG_GETARG_NAME(0))), PG_GETARG_OID(1))
COLUMN_PRIVILEGES(id_name, 1, PG_GETARG_OID(0), relation_by_text(text_arg(fcinfo, 1)))
COLUMN_PRIVILEGES(id_id, 1, PG_GETARG_OID(0), PG_GETARG_OID(1))
COLUMN_PRIVILEGES(name, 0, GetUserId(), relation_by_text(text_arg(fcinfo, 0)))
COLUMN_PRIVILEGES(id, 0, GetUserId(), PG_GETARG_OID(0))

/* ---- roles ---- */

static bool
one_role_right(Oid member, Oid role, const char *right)
{
    if (strcasecmp(right, "USAGE") == 0)
        return has_privs_of_role(member, role);
    if (strcasecmp(right, "MEMBER") == 0)
        return is_member_of_role(member, role);
    if (strcasecmp(right, "USAGE WITH GRANT OPTION") == 0 ||
        strcasecmp(right, "USAGE WITH ADMIN OPTION") == 0 ||
        strcasecmp(right, "MEMBER WITH GRANT OPTION") == 0 ||
        strcasecmp(right, "MEMBER WITH ADMIN OPTION") == 0)
        return is_admin_of_role(member, role);
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                    errmsg("unrecognized privilege type: \"%s\"", right)));
    return false;
}

static Datum
answer_role(Oid member, Oid role, char *rights)
{
    bool result = false;
    char *item;

    while ((item = strsep(&rights, ",")) != NULL) {
        while (*item == ' ')
            item++;
        result |= one_role_right(member, role, item);
    }
    return BoolGetDatum(result);
}

#define ROLE_NAME(n) get_role_oid(NameStr(*PG_GETARG_NAME(n)), false)

SQL_FUNCTION(pg_has_role_name_name)
{
    return answer_role(ROLE_NAME(0), ROLE_NAME(1), text_arg(fcinfo, 2));
}

SQL_FUNCTION(pg_has_role_name_id)
{
    return answer_role(ROLE_NAME(0), PG_GETARG_OID(1), text_arg(fcinfo, 2));
}

SQL_FUNCTION(pg_has_role_id_name)
{
    return answer_role(PG_GETARG_OID(0), ROLE_NAME(1), text_arg(fcinfo, 2));
}

SQL_FUNCTION(pg_has_role_id_id)
{
    return answer_role(PG_GETARG_OID(0), PG_GETARG_OID(1), text_arg(fcinfo, 2));
}

SQL_FUNCTION(pg_has_role_name)
{
    return answer_role(GetUserId(), ROLE_NAME(0), text_arg(fcinfo, 1));
}

SQL_FUNCTION(pg_has_role_id)
{
    return answer_role(GetUserId(), PG_GETARG_OID(0), text_arg(fcinfo, 1));
}

/* ---- others ---- */

/* There are no row policies. */
SQL_FUNCTION(row_security_active)
{
    PG_RETURN_BOOL(false);
}

SQL_FUNCTION(row_security_active_name)
{
    relation_by_text(text_arg(fcinfo, 0));
    PG_RETURN_BOOL(false);
}

SQL_FUNCTION(pg_describe_object)
{
    ObjectAddress object = {PG_GETARG_OID(0), PG_GETARG_OID(1), PG_GETARG_INT32(2)};
    char *text;

    if (object.classId == InvalidOid && object.objectId == InvalidOid)
        PG_RETURN_NULL();
    text = getObjectDescription(&object, true);
    if (text == NULL)
        PG_RETURN_NULL();
    return catalog__text(text);
}
