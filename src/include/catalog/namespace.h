/*
 * namespace.h - schemas, the search path, names of types as text
 */
#ifndef CATALOG_NAMESPACE_H
#define CATALOG_NAMESPACE_H

#include "base/base.h"
#include "memory/list.h"

/* Schemas searched in order, OIDs; pg_catalog first unless named, only those that exist and that
 * the user may use. The list is the caller's. */
extern List *fetch_search_path(bool includeImplicit);
/* Where CREATE puts a new object: schema given, or the first of the path; throws 3F000. */
extern Oid catalog_creation_namespace(const char *schema);
/* OID of a schema; throws 3F000 'schema "x" does not exist' unless missing_ok. Checks USAGE. */
extern Oid LookupExplicitNamespace(const char *nspname, bool missing_ok);

/* A relation by name, without a lock: 0 if there is none. schema NULL: along the path. */
extern Oid catalog_relation_find(const char *schema, const char *name);

/* Is the object found first under its bare name? False if it does not exist. */
extern bool RelationIsVisible(Oid relid);
extern bool TypeIsVisible(Oid type);
extern bool FunctionIsVisible(Oid function);
extern bool OperatorIsVisible(Oid op);
extern bool OpclassIsVisible(Oid opclass);
extern bool OpfamilyIsVisible(Oid opfamily);
extern bool CollationIsVisible(Oid collation);

/* ---- names as text ---- */

/* Quotes when needed; may return its argument. */
extern const char *quote_identifier(const char *ident);
extern char *quote_qualified_identifier(const char *qualifier, const char *ident);

#define FORMAT_TYPE_TYPEMOD_GIVEN 0x01
#define FORMAT_TYPE_ALLOW_INVALID 0x02
#define FORMAT_TYPE_FORCE_QUALIFY 0x04
#define FORMAT_TYPE_INVALID_AS_NULL 0x08
extern char *format_type_extended(Oid type, int32 typmod, uint16 flags);
extern char *format_type_be(Oid type);
extern char *format_type_be_qualified(Oid type);
extern char *format_type_with_typemod(Oid type, int32 typmod);
/* Bytes a column of that declared length may need at most, -1 if unknown. */
extern int32 type_maximum_size(Oid type, int32 typmod);

/* "schema.name" or "name", quoted, qualified when not visible: what regclass prints. */
extern char *catalog_relation_display_name(Oid relid); /* NULL if there is none */
extern char *format_procedure(Oid function);            /* name(argtypes) */
extern char *format_procedure_qualified(Oid function);
extern char *format_operator(Oid op);
extern char *format_operator_qualified(Oid op);

/* SQL's key words: category U, C, T or R as pg_get_keywords() says; 0 if it is none. */
extern char catalog_keyword_category(const char *word);
typedef struct KeywordInfo {
    const char *word;
    char category;
    bool bare_label;
} KeywordInfo;
extern int catalog_keyword_count(void);
extern KeywordInfo catalog_keyword(int index);

#endif
