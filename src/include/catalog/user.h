/*
 * user.h - who runs the statement, and what may they do
 */
#ifndef CATALOG_USER_H
#define CATALOG_USER_H

#include "base/base.h"
#include "memory/list.h"

extern Oid GetUserId(void);
extern Oid GetSessionUserId(void);
extern Oid GetAuthenticatedUserId(void);
extern Oid GetOuterUserId(void);
extern bool GetSessionUserIsSuperuser(void);
extern void catalog_set_session_user(Oid role, bool is_superuser); /* SET SESSION AUTHORIZATION */
extern void catalog_set_current_role(Oid role, bool is_superuser); /* SET ROLE; 0: NONE */
extern void GetUserIdAndSecContext(Oid *userid, int *sec_context);
extern void SetUserIdAndSecContext(Oid userid, int sec_context);

extern bool superuser(void);
extern bool superuser_arg(Oid role);
/* member inherits the rights of role, directly or not (superusers: all). */
extern bool has_privs_of_role(Oid member, Oid role);
extern bool is_member_of_role(Oid member, Oid role);
extern bool is_member_of_role_nosuper(Oid member, Oid role);
extern bool is_admin_of_role(Oid member, Oid role);
extern void check_is_member_of_role(Oid member, Oid role); /* 42501 must be member of role */
/* SET ROLE: 42501 unless the session user is a member. */

/* ---- access control lists ---- */

typedef uint32 AclMode;
#define ACL_INSERT (1 << 0)
#define ACL_SELECT (1 << 1)
#define ACL_UPDATE (1 << 2)
#define ACL_DELETE (1 << 3)
#define ACL_TRUNCATE (1 << 4)
#define ACL_REFERENCES (1 << 5)
#define ACL_TRIGGER (1 << 6)
#define ACL_EXECUTE (1 << 7)
#define ACL_USAGE (1 << 8)
#define ACL_CREATE (1 << 9)
#define ACL_CREATE_TEMP (1 << 10)
#define ACL_CONNECT (1 << 11)
#define ACL_SET (1 << 12)
#define ACL_ALTER_SYSTEM (1 << 13)
#define N_ACL_RIGHTS 14
#define ACL_NO_RIGHTS 0
#define ACL_SELECT_FOR_UPDATE ACL_UPDATE
#define ACL_ALL_RIGHTS_RELATION                                                                    \
    (ACL_INSERT | ACL_SELECT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE | ACL_REFERENCES |           \
     ACL_TRIGGER)
#define ACL_ALL_RIGHTS_SEQUENCE (ACL_USAGE | ACL_SELECT | ACL_UPDATE)
#define ACL_ALL_RIGHTS_DATABASE (ACL_CREATE | ACL_CREATE_TEMP | ACL_CONNECT)
#define ACL_ALL_RIGHTS_SCHEMA (ACL_USAGE | ACL_CREATE)
#define ACL_ALL_RIGHTS_FUNCTION (ACL_EXECUTE)
#define ACL_ALL_RIGHTS_LANGUAGE (ACL_USAGE)
#define ACL_ALL_RIGHTS_TABLESPACE (ACL_CREATE)
#define ACL_ALL_RIGHTS_TYPE (ACL_USAGE)

/* One aclitem: 12 bytes, as stored; grant options in the upper half of ai_privs (16 bits on). */
typedef struct AclItem {
    Oid ai_grantee; /* 0: PUBLIC */
    Oid ai_grantor;
    AclMode ai_privs;
} AclItem;
#define ACLITEM_GRANT_SHIFT 16
#define ACLITEM_ALL_PRIVS_STR "arwdDxtXUCTcsA"

typedef enum AclResult { ACLCHECK_OK = 0, ACLCHECK_NO_PRIV, ACLCHECK_NOT_OWNER } AclResult;

/* Kinds of object for texts, ACLs, comments, owners. */
typedef enum ObjectType {
    OBJECT_ACCESS_METHOD,
    OBJECT_AGGREGATE,
    OBJECT_CAST,
    OBJECT_COLUMN,
    OBJECT_COLLATION,
    OBJECT_CONVERSION,
    OBJECT_DATABASE,
    OBJECT_DEFAULT,
    OBJECT_DOMAIN,
    OBJECT_EXTENSION,
    OBJECT_FUNCTION,
    OBJECT_INDEX,
    OBJECT_LANGUAGE,
    OBJECT_LARGEOBJECT,
    OBJECT_MATVIEW,
    OBJECT_OPCLASS,
    OBJECT_OPERATOR,
    OBJECT_OPFAMILY,
    OBJECT_POLICY,
    OBJECT_PROCEDURE,
    OBJECT_PUBLICATION,
    OBJECT_ROLE,
    OBJECT_ROUTINE,
    OBJECT_RULE,
    OBJECT_SCHEMA,
    OBJECT_SEQUENCE,
    OBJECT_TABCONSTRAINT,
    OBJECT_TABLE,
    OBJECT_TABLESPACE,
    OBJECT_TRIGGER,
    OBJECT_TYPE,
    OBJECT_VIEW,
} ObjectType;

/* Which of the wanted rights role has (mask), ownership and superuser included. */
extern AclMode pg_class_aclmask(Oid relid, Oid role, AclMode mask);
extern AclMode pg_attribute_aclmask(Oid relid, AttrNumber attnum, Oid role, AclMode mask);
extern AclResult pg_class_aclcheck(Oid relid, Oid role, AclMode mode);       /* all bits */
extern AclResult pg_attribute_aclcheck(Oid relid, AttrNumber attnum, Oid role, AclMode mode);
extern AclResult pg_namespace_aclcheck(Oid oid, Oid role, AclMode mode);
extern AclResult pg_database_aclcheck(Oid oid, Oid role, AclMode mode);
extern AclResult pg_proc_aclcheck(Oid oid, Oid role, AclMode mode);
extern AclResult pg_type_aclcheck(Oid oid, Oid role, AclMode mode);
extern AclResult pg_language_aclcheck(Oid oid, Oid role, AclMode mode);
extern AclResult pg_tablespace_aclcheck(Oid oid, Oid role, AclMode mode);
extern bool pg_class_ownercheck(Oid relid, Oid role);
extern bool pg_namespace_ownercheck(Oid oid, Oid role);
extern bool pg_database_ownercheck(Oid oid, Oid role);
extern bool pg_type_ownercheck(Oid oid, Oid role);
extern bool pg_proc_ownercheck(Oid oid, Oid role);
/* 42501 "permission denied for table x" or "must be owner of table x". */
pg_noreturn extern void aclcheck_error(AclResult result, ObjectType type, const char *name);
extern ObjectType get_relkind_objtype(char relkind);

/* Default rights of a new object of that kind; items palloc'd, returns count. */
extern int catalog_acl_default(ObjectType type, Oid owner, AclItem **ret_items);
/* Text of one aclitem, and back (throws 22P02 and others). */
extern char *catalog_aclitem_out(const AclItem *item);
extern AclItem catalog_aclitem_in(const char *text);
/* GRANT and REVOKE on one object (class: RelationRelationId, NamespaceRelationId,
 * DatabaseRelationId, ProcedureRelationId, TypeRelationId, LanguageRelationId,
 * TableSpaceRelationId). rights 0: all of the kind; grantees: OIDs, 0 for PUBLIC. */
extern void catalog_grant(ObjectType type, Oid classid, Oid objid, AttrNumber attnum,
                          bool is_grant, AclMode rights, List *grantees, bool grant_option,
                          bool cascade);

#endif
