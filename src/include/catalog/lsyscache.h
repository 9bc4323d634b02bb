/*
 * lsyscache.h - one question, one answer: shorthands over the typed caches, by published names
 *
 * Those that return a plain value throw XX000 "cache lookup failed" for an OID that does not
 * exist; those that return a name or an OID answer NULL or InvalidOid instead.
 */
#ifndef CATALOG_LSYSCACHE_H
#define CATALOG_LSYSCACHE_H

#include "catalog/catalog.h"

/* types */
extern int16 get_typlen(Oid type);
extern bool get_typbyval(Oid type);
extern void get_typlenbyval(Oid type, int16 *typlen, bool *typbyval);
extern void get_typlenbyvalalign(Oid type, int16 *typlen, bool *typbyval, char *typalign);
extern char get_typtype(Oid type);
extern char get_typstorage(Oid type);
extern void get_type_category_preferred(Oid type, char *typcategory, bool *typispreferred);
extern Oid get_typcollation(Oid type);
extern bool type_is_collatable(Oid type);
extern bool type_is_rowtype(Oid type);
extern bool type_is_enum(Oid type);
extern bool type_is_range(Oid type);
extern Oid get_typ_typrelid(Oid type);
extern Oid get_element_type(Oid type);      /* of a true array, else 0 */
extern Oid get_array_type(Oid type);
extern Oid get_promoted_array_type(Oid type);
extern Oid get_base_element_type(Oid type); /* of an array, looking through domains */
extern Oid getBaseType(Oid type);
extern Oid getBaseTypeAndTypmod(Oid type, int32 *typmod);
extern Oid getTypeIOParam(const TypeInfo *type);
extern void getTypeInputInfo(Oid type, Oid *typInput, Oid *typIOParam);
extern void getTypeOutputInfo(Oid type, Oid *typOutput, bool *typIsVarlena);
extern void getTypeBinaryInputInfo(Oid type, Oid *typReceive, Oid *typIOParam);
extern void getTypeBinaryOutputInfo(Oid type, Oid *typSend, bool *typIsVarlena);
extern Oid get_typmodin(Oid type);
extern int32 get_typavgwidth(Oid type, int32 typmod);

/* functions */
extern char *get_func_name(Oid function); /* palloc'd */
extern Oid get_func_namespace(Oid function);
extern Oid get_func_rettype(Oid function);
extern int get_func_nargs(Oid function);
extern bool get_func_retset(Oid function);
extern bool func_strict(Oid function);
extern char func_volatile(Oid function);
extern char func_parallel(Oid function);
extern char get_func_prokind(Oid function);
extern bool get_func_leakproof(Oid function);

/* operators */
extern Oid get_opcode(Oid op);
extern char *get_opname(Oid op);
extern Oid get_op_rettype(Oid op);
extern void op_input_types(Oid op, Oid *lefttype, Oid *righttype);
extern bool op_mergejoinable(Oid op, Oid inputtype);
extern bool op_hashjoinable(Oid op, Oid inputtype);
extern bool op_strict(Oid op);
extern char op_volatile(Oid op);
extern Oid get_commutator(Oid op);
extern Oid get_negator(Oid op);
extern Oid get_oprrest(Oid op);
extern Oid get_oprjoin(Oid op);
extern bool op_in_opfamily(Oid op, Oid family);
extern int get_op_opfamily_strategy(Oid op, Oid family); /* 0 if not a member */
extern void get_op_opfamily_properties(Oid op, Oid family, bool ordering_op, int *strategy,
                                       Oid *lefttype, Oid *righttype);
extern Oid get_opfamily_member(Oid family, Oid lefttype, Oid righttype, int16 strategy);
extern Oid get_opfamily_proc(Oid family, Oid lefttype, Oid righttype, int16 procnum);
/* For a btree < or > operator: its family, type and strategy. */
extern bool get_ordering_op_properties(Oid op, Oid *opfamily, Oid *opcintype, int16 *strategy);
extern Oid get_equality_op_for_ordering_op(Oid op, bool *reverse);
extern Oid get_ordering_op_for_equality_op(Oid op, bool use_lhs_type);
extern List *get_mergejoin_opfamilies(Oid op);
extern bool get_compatible_hash_operators(Oid op, Oid *lhs_op, Oid *rhs_op);
extern bool get_op_hash_functions(Oid op, Oid *lhs_function, Oid *rhs_function);
extern Oid get_opclass_family(Oid opclass);
extern Oid get_opclass_input_type(Oid opclass);

/* relations and columns */
extern char *get_rel_name(Oid relid);
extern Oid get_rel_namespace(Oid relid);
extern Oid get_rel_type_id(Oid relid);
extern char get_rel_relkind(Oid relid); /* 0 if there is none */
extern Oid get_rel_tablespace(Oid relid);
extern Oid get_relname_relid(const char *relname, Oid namespace_oid);
extern char *get_attname(Oid relid, AttrNumber attnum, bool missing_ok);
extern AttrNumber get_attnum(Oid relid, const char *attname); /* 0 if there is none */
extern void get_atttypetypmodcoll(Oid relid, AttrNumber attnum, Oid *type, int32 *typmod,
                                  Oid *collation);
extern char *get_constraint_name(Oid constraint);
extern Oid get_index_column_opclass(Oid index, int attno);

/* others */
extern char *get_namespace_name(Oid namespace_oid);
extern char *get_collation_name(Oid collation);
extern char *get_database_name(Oid database);
extern char *get_tablespace_name(Oid tablespace);
extern char *get_role_name(Oid role);
extern char *get_language_name(Oid language, bool missing_ok);
extern char *get_am_name(Oid am);
/* These throw 3F000, 42704, 3D000, 42704 with PostgreSQL's texts unless missing_ok. */
extern Oid get_namespace_oid(const char *name, bool missing_ok);
extern Oid get_role_oid(const char *name, bool missing_ok);
extern Oid get_database_oid(const char *name, bool missing_ok);
extern Oid get_tablespace_oid(const char *name, bool missing_ok);
/* The user's name; throws for a role that is gone unless noerr. */
extern char *GetUserNameFromId(Oid role, bool noerr);

#endif
