/*
 * catalog.h - what the server knows about types, functions, operators and the like
 *
 * Why        one read-only struct per kind of object, the same for built-in objects (const arrays
 *            in read-only memory, generated from data/catalog) and for objects of users (rows of
 *            the catalog tables, cached and invalidated). Fields have the catalogs' column names.
 * Lifetime   a pointer to a built-in is good for ever; one to a user's object until the next
 *            chance to accept invalidations (any lock on a relation, any new command). Copy what
 *            you keep.
 * Errors     a lookup answers NULL (or InvalidOid) for what does not exist; the caller says what
 *            that means. Lookups of user objects need a transaction.
 */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "base/base.h"
#include "base/fmgr.h"
#include "catalog/catalog_oids.h"
#include "memory/list.h"

typedef struct TypeInfo {
    Oid oid;
    NameData typname;
    Oid typnamespace;
    Oid typowner;
    int16 typlen;
    bool typbyval;
    char typtype;     /* TYPTYPE_* */
    char typcategory; /* TYPCATEGORY_* */
    bool typispreferred;
    bool typisdefined;
    char typdelim;
    char typalign;
    char typstorage;
    bool typnotnull;
    Oid typrelid;
    Oid typsubscript;
    Oid typelem;
    Oid typarray;
    Oid typinput;
    Oid typoutput;
    Oid typreceive;
    Oid typsend;
    Oid typmodin;
    Oid typmodout;
    Oid typanalyze;
    Oid typbasetype;
    int32 typtypmod;
    int32 typndims;
    Oid typcollation;
} TypeInfo;

#define TYPTYPE_BASE 'b'
#define TYPTYPE_COMPOSITE 'c'
#define TYPTYPE_DOMAIN 'd'
#define TYPTYPE_ENUM 'e'
#define TYPTYPE_MULTIRANGE 'm'
#define TYPTYPE_PSEUDO 'p'
#define TYPTYPE_RANGE 'r'

#define TYPCATEGORY_INVALID '\0'
#define TYPCATEGORY_ARRAY 'A'
#define TYPCATEGORY_BOOLEAN 'B'
#define TYPCATEGORY_COMPOSITE 'C'
#define TYPCATEGORY_DATETIME 'D'
#define TYPCATEGORY_ENUM 'E'
#define TYPCATEGORY_GEOMETRIC 'G'
#define TYPCATEGORY_NETWORK 'I'
#define TYPCATEGORY_NUMERIC 'N'
#define TYPCATEGORY_PSEUDOTYPE 'P'
#define TYPCATEGORY_RANGE 'R'
#define TYPCATEGORY_STRING 'S'
#define TYPCATEGORY_TIMESPAN 'T'
#define TYPCATEGORY_USER 'U'
#define TYPCATEGORY_BITSTRING 'V'
#define TYPCATEGORY_UNKNOWN 'X'
#define TYPCATEGORY_INTERNAL 'Z'

#define TYPALIGN_CHAR 'c'
#define TYPALIGN_SHORT 's'
#define TYPALIGN_INT 'i'
#define TYPALIGN_DOUBLE 'd'

#define TYPSTORAGE_PLAIN 'p'
#define TYPSTORAGE_EXTERNAL 'e'
#define TYPSTORAGE_EXTENDED 'x'
#define TYPSTORAGE_MAIN 'm'

/* Argument types held inside the struct; a user's function may have more (up to FUNC_MAX_ARGS),
 * then the struct is allocated longer and the array simply goes on. */
#define PROC_INLINE_ARGS 8

typedef struct ProcInfo {
    Oid oid;
    NameData proname;
    Oid pronamespace;
    Oid proowner;
    Oid prolang;
    float4 procost;
    float4 prorows;
    Oid provariadic; /* element type of the VARIADIC array, 0 if none */
    Oid prosupport;
    char prokind; /* PROKIND_* */
    bool prosecdef;
    bool proleakproof;
    bool proisstrict;
    bool proretset;
    char provolatile; /* PROVOLATILE_* */
    char proparallel; /* s, r, u */
    bool has_out_args; /* catalog_proc_outputs() has more to say */
    int16 pronargs;
    int16 pronargdefaults;
    Oid prorettype;
    Oid proargtypes[PROC_INLINE_ARGS]; /* last */
} ProcInfo;

#define PROKIND_FUNCTION 'f'
#define PROKIND_AGGREGATE 'a'
#define PROKIND_WINDOW 'w'
#define PROKIND_PROCEDURE 'p'
#define PROVOLATILE_IMMUTABLE 'i'
#define PROVOLATILE_STABLE 's'
#define PROVOLATILE_VOLATILE 'v'
#define PROPARALLEL_SAFE 's'
#define PROPARALLEL_RESTRICTED 'r'
#define PROPARALLEL_UNSAFE 'u'

/* All arguments by name and mode, OUT and TABLE columns included. */
typedef struct ProcOutputs {
    int count;               /* of all arguments */
    const Oid *types;        /* proallargtypes, or proargtypes */
    const char *modes;       /* i, o, b, v, t each */
    const char *const *names; /* "" for one without name; NULL if none has one */
} ProcOutputs;

typedef struct OperatorInfo {
    Oid oid;
    NameData oprname;
    Oid oprnamespace;
    Oid oprowner;
    char oprkind; /* b, l */
    bool oprcanmerge;
    bool oprcanhash;
    Oid oprleft;
    Oid oprright;
    Oid oprresult;
    Oid oprcom;
    Oid oprnegate;
    Oid oprcode;
    Oid oprrest;
    Oid oprjoin;
} OperatorInfo;

typedef struct CastInfo {
    Oid oid;
    Oid castsource;
    Oid casttarget;
    Oid castfunc;
    char castcontext; /* e explicit, a assignment, i implicit */
    char castmethod;  /* f function, b binary coercible, i through text */
} CastInfo;

#define COERCION_CODE_IMPLICIT 'i'
#define COERCION_CODE_ASSIGNMENT 'a'
#define COERCION_CODE_EXPLICIT 'e'
#define COERCION_METHOD_FUNCTION 'f'
#define COERCION_METHOD_BINARY 'b'
#define COERCION_METHOD_INOUT 'i'

typedef struct AggregateInfo {
    Oid aggfnoid;
    char aggkind; /* n normal, o ordered-set, h hypothetical-set */
    int16 aggnumdirectargs;
    Oid aggtransfn;
    Oid aggfinalfn;
    Oid aggcombinefn;
    Oid aggserialfn;
    Oid aggdeserialfn;
    Oid aggmtransfn;
    Oid aggminvtransfn;
    Oid aggmfinalfn;
    bool aggfinalextra;
    bool aggmfinalextra;
    char aggfinalmodify;
    char aggmfinalmodify;
    Oid aggsortop;
    Oid aggtranstype;
    int32 aggtransspace;
    Oid aggmtranstype;
    int32 aggmtransspace;
    bool agginitval_isnull;
    bool aggminitval_isnull;
    char agginitval[40]; /* text of the first state */
    char aggminitval[40];
} AggregateInfo;

#define AGGKIND_NORMAL 'n'
#define AGGKIND_ORDERED_SET 'o'
#define AGGKIND_HYPOTHETICAL 'h'

typedef struct OpclassInfo {
    Oid oid;
    NameData opcname;
    Oid opcnamespace;
    Oid opcowner;
    Oid opcmethod; /* BTREE_AM_OID or HASH_AM_OID */
    Oid opcfamily;
    Oid opcintype;
    bool opcdefault;
    Oid opckeytype;
} OpclassInfo;

typedef struct OpfamilyInfo {
    Oid oid;
    NameData opfname;
    Oid opfmethod;
} OpfamilyInfo;

typedef struct AmopInfo {
    Oid oid;
    Oid amopfamily;
    Oid amoplefttype;
    Oid amoprighttype;
    int16 amopstrategy;
    Oid amopopr;
    Oid amopmethod;
} AmopInfo;

typedef struct AmprocInfo {
    Oid oid;
    Oid amprocfamily;
    Oid amproclefttype;
    Oid amprocrighttype;
    int16 amprocnum;
    Oid amproc;
} AmprocInfo;

#define BTLessStrategyNumber 1
#define BTLessEqualStrategyNumber 2
#define BTEqualStrategyNumber 3
#define BTGreaterEqualStrategyNumber 4
#define BTGreaterStrategyNumber 5
#define BTMaxStrategyNumber 5
#define HTEqualStrategyNumber 1
#define BTORDER_PROC 1
#define BTINRANGE_PROC 3
#define HASHSTANDARD_PROC 1

typedef struct CollationInfo {
    Oid oid;
    NameData collname;
    Oid collnamespace;
    Oid collowner;
    char collprovider; /* d default, c libc, i ICU */
    bool collisdeterministic;
    int32 collencoding;
    char collcollate[64]; /* "" for the default collation: the database's */
    char collctype[64];
    char colliculocale[64];
} CollationInfo;

typedef struct NamespaceInfo {
    Oid oid;
    NameData nspname;
    Oid nspowner;
} NamespaceInfo;

typedef struct RoleInfo {
    Oid oid;
    NameData rolname;
    bool rolsuper;
    bool rolinherit;
    bool rolcreaterole;
    bool rolcreatedb;
    bool rolcanlogin;
    bool rolreplication;
    bool rolbypassrls;
    int32 rolconnlimit;
    const char *rolpassword; /* NULL if none */
    bool rolvaliduntil_is_set;
    TimestampTz rolvaliduntil;
} RoleInfo;

typedef struct DatabaseInfo {
    Oid oid;
    NameData datname;
    Oid datdba;
    int32 encoding;
    char datlocprovider;
    bool datistemplate;
    bool datallowconn;
    int32 datconnlimit;
    Oid dattablespace;
    char datcollate[64];
    char datctype[64];
} DatabaseInfo;

typedef struct TablespaceInfo {
    Oid oid;
    NameData spcname;
    Oid spcowner;
} TablespaceInfo;

/* ---- by OID -------------------------------------------------------------------------------- */

extern const TypeInfo *catalog_type(Oid oid);
extern const ProcInfo *catalog_proc(Oid oid);
extern const OperatorInfo *catalog_operator(Oid oid);
extern const CastInfo *catalog_cast(Oid source, Oid target);
extern const AggregateInfo *catalog_aggregate(Oid aggfnoid);
extern const OpclassInfo *catalog_opclass(Oid oid);
extern const OpfamilyInfo *catalog_opfamily(Oid oid);
extern const CollationInfo *catalog_collation(Oid oid);
extern const NamespaceInfo *catalog_namespace(Oid oid);
extern const RoleInfo *catalog_role(Oid oid);
extern const DatabaseInfo *catalog_database(Oid oid);
extern const TablespaceInfo *catalog_tablespace(Oid oid);
extern const char *catalog_language_name(Oid oid); /* NULL if none */
extern const char *catalog_am_name(Oid oid);       /* NULL if none */

/* False where the function has neither OUT arguments nor names. */
extern bool catalog_proc_outputs(const ProcInfo *proc, ProcOutputs *ret_outputs);
/* SQL text of the default of argument `index` (from 0), NULL if it has none. */
extern const char *catalog_proc_default(const ProcInfo *proc, int index);

/* ---- by name; schema NULL means along the search path (catalog/namespace.h) ------------------ */

extern Oid catalog_type_find(const char *schema, const char *name);
/* Only inside one namespace. */
extern const TypeInfo *catalog_type_by_name(const char *name, Oid namespace_oid);

/* Functions of that name as List of const ProcInfo *, nearest schema first; one hidden by a nearer
 * one with the same argument types is left out. The list is the caller's. */
extern List *catalog_proc_candidates(const char *schema, const char *name);
extern const ProcInfo *catalog_proc_exact(const char *schema, const char *name, int nargs,
                                          const Oid *argtypes);
/* Operators as List of const OperatorInfo *; kind 'b' or 'l'. */
extern List *catalog_operator_candidates(const char *schema, const char *name, char kind);
/* left 0 for a prefix operator. */
extern const OperatorInfo *catalog_operator_exact(const char *schema, const char *name, Oid left,
                                                  Oid right);
extern Oid catalog_collation_find(const char *schema, const char *name);
extern Oid catalog_am_find(const char *name);
extern Oid catalog_language_find(const char *name);
extern const NamespaceInfo *catalog_namespace_by_name(const char *name);
extern const RoleInfo *catalog_role_by_name(const char *name);
extern const DatabaseInfo *catalog_database_by_name(const char *name);
extern const TablespaceInfo *catalog_tablespace_by_name(const char *name);

/* ---- operator classes ------------------------------------------------------------------------ */

/* Default class of the type for the method, a binary coercible type's included; NULL if none. */
extern const OpclassInfo *catalog_opclass_default(Oid type, Oid method);
extern Oid catalog_opclass_find(Oid method, const char *schema, const char *name);
/* 0 where the family has no such member. */
extern Oid catalog_opfamily_member(Oid family, Oid left, Oid right, int16 strategy);
extern Oid catalog_opfamily_proc(Oid family, Oid left, Oid right, int16 procnum);
/* The member that op is in family; NULL if it is none. */
extern const AmopInfo *catalog_operator_in_family(Oid op, Oid family);
/* All btree and hash family members with this operator: returns count, at most max. */
extern int catalog_operator_families(Oid op, const AmopInfo **ret_members, int max);

/* ---- functions ------------------------------------------------------------------------------- */

/*
 * Where built-in functions live: rooms above. `functions` runs parallel to the generated function
 * array; NULL for one that no room defines. Registered by main before anything is called.
 */
extern void catalog_register_functions(const PGFunction *functions, int count);
/* Throws 0A000 for a function nobody implements, XX000 "cache lookup failed" for no such oid. */
extern void fmgr_info(Oid function, FmgrInfo *ret_info);
extern void fmgr_info_cxt(Oid function, FmgrInfo *ret_info, MemoryContext context);
/* The C function of a built-in, NULL if it has none. */
extern PGFunction catalog_builtin_function(Oid function);
/* "name(type, type)" for messages. */
extern char *catalog_proc_signature(const char *name, int nargs, const Oid *argtypes);

extern Datum OidFunctionCall0Coll(Oid function, Oid collation);
extern Datum OidFunctionCall1Coll(Oid function, Oid collation, Datum arg1);
extern Datum OidFunctionCall2Coll(Oid function, Oid collation, Datum arg1, Datum arg2);
extern Datum OidFunctionCall3Coll(Oid function, Oid collation, Datum arg1, Datum arg2, Datum arg3);
#define OidFunctionCall0(f) OidFunctionCall0Coll(f, InvalidOid)
#define OidFunctionCall1(f, a) OidFunctionCall1Coll(f, InvalidOid, a)
#define OidFunctionCall2(f, a, b) OidFunctionCall2Coll(f, InvalidOid, a, b)
#define OidFunctionCall3(f, a, b, c) OidFunctionCall3Coll(f, InvalidOid, a, b, c)
extern Datum OidInputFunctionCall(Oid function, char *str, Oid typioparam, int32 typmod);
extern char *OidOutputFunctionCall(Oid function, Datum value);

/* ---- statistics ------------------------------------------------------------------------------ */

#define STATISTIC_NUM_SLOTS 5
#define STATISTIC_KIND_MCV 1
#define STATISTIC_KIND_HISTOGRAM 2
#define STATISTIC_KIND_CORRELATION 3
#define STATISTIC_KIND_MCELEM 4
#define STATISTIC_KIND_DECHIST 5

typedef struct StatisticSlot {
    int16 kind; /* 0: unused */
    Oid op;
    Oid collation;
    int number_count;
    const float4 *numbers;
    int value_count;
    const Datum *values;
    Oid value_type;
} StatisticSlot;

typedef struct StatisticInfo {
    float4 nullfrac;
    int32 width;
    float4 distinct; /* below 0: a negated fraction of the rows */
    StatisticSlot slots[STATISTIC_NUM_SLOTS];
} StatisticInfo;

/* NULL if the column was never analyzed. */
extern const StatisticInfo *catalog_statistics(Oid relation, AttrNumber attnum, bool inherited);
extern const StatisticSlot *catalog_statistics_slot(const StatisticInfo *info, int16 kind);
/* What ANALYZE stores: replaces the column's row. */
extern void catalog_store_statistics(Oid relation, AttrNumber attnum, bool inherited,
                                     const StatisticInfo *info);
extern void catalog_remove_statistics(Oid relation, AttrNumber attnum); /* 0: all columns */

#endif
