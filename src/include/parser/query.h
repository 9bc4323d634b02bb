/*
 * query.h - the analyzed form of a statement
 *
 * Why        these are the structs that analysis makes and that planner, executor and commands
 *            read. Struct and field names are PostgreSQL 15's, so that people who know them are at
 *            home. Raw parse trees are not here: those are libpg_query's protobuf structs.
 * Invariants Q1. Every struct starts with its NodeTag, directly or through `Expr xpr`.
 *            Q2. A Var's varno indexes the range table of the query `varlevelsup` levels out, from
 *                1; its varattno is a column from 1, 0 for the whole row, negative for a system
 *                column.
 *            Q3. A tree that is done never holds type `unknown` outside of a bare Const of a
 *                target list that nobody resolved on purpose (INSERT sources, ORDER BY constants).
 * Generated  `gen_nodes.pl` reads the declarations below and writes copy, equal, out, read and the
 *            walkers. It understands: scalars, enums, char *, Node pointers, List *, Bitmapset *,
 *            and the marks NODE_ATTR(...). One field per line.
 *            Marks: `ignore` not copied, compared or stored; `as_scalar` pointer copied as it is;
 *            `equal_ignore` not compared; `array_size(field)` an array with that many members;
 *            `no_walk` the walkers do not enter.
 */
#ifndef PARSER_QUERY_H
#define PARSER_QUERY_H

#include "base/base.h"
#include "heap/lockoptions.h"
#include "memory/bitmapset.h"
#include "memory/list.h"
#include "memory/nodes.h"

#define NODE_ATTR(...)

struct PgQuery__Node;

typedef struct Alias Alias;
typedef struct FromExpr FromExpr;
typedef struct OnConflictExpr OnConflictExpr;

/* The head of every expression node. */
typedef struct Expr {
    NodeTag type;
} Expr;

typedef double Cost;        /* in units of one sequential page read */
typedef double Cardinality; /* rows */
typedef double Selectivity;

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

/* Column bitmaps of permissions hold attno minus this, so that system columns fit. */
#ifndef FirstLowInvalidHeapAttributeNumber
#define FirstLowInvalidHeapAttributeNumber (-7)
#endif

typedef enum CmdType {
    CMD_UNKNOWN,
    CMD_SELECT,
    CMD_UPDATE,
    CMD_INSERT,
    CMD_DELETE,
    CMD_MERGE,
    CMD_UTILITY,
    CMD_NOTHING
} CmdType;

typedef enum QuerySource {
    QSRC_ORIGINAL,
    QSRC_PARSER,
    QSRC_INSTEAD_RULE,
    QSRC_QUAL_INSTEAD_RULE,
    QSRC_NON_INSTEAD_RULE
} QuerySource;

typedef enum JoinType {
    JOIN_INNER,
    JOIN_LEFT,
    JOIN_FULL,
    JOIN_RIGHT,
    JOIN_SEMI,
    JOIN_ANTI,
    JOIN_UNIQUE_OUTER,
    JOIN_UNIQUE_INNER
} JoinType;

#define IS_OUTER_JOIN(jointype) \
    (((1 << (jointype)) & \
      ((1 << JOIN_LEFT) | (1 << JOIN_FULL) | (1 << JOIN_RIGHT) | (1 << JOIN_ANTI))) != 0)

typedef enum OverridingKind {
    OVERRIDING_NOT_SET = 0,
    OVERRIDING_USER_VALUE,
    OVERRIDING_SYSTEM_VALUE
} OverridingKind;

typedef enum OnConflictAction {
    ONCONFLICT_NONE,
    ONCONFLICT_NOTHING,
    ONCONFLICT_UPDATE
} OnConflictAction;

typedef enum LimitOption {
    LIMIT_OPTION_COUNT,
    LIMIT_OPTION_WITH_TIES,
    LIMIT_OPTION_DEFAULT
} LimitOption;

typedef enum SetOperation {
    SETOP_NONE = 0,
    SETOP_UNION,
    SETOP_INTERSECT,
    SETOP_EXCEPT
} SetOperation;

typedef enum LockClauseStrength {
    LCS_NONE,
    LCS_FORKEYSHARE,
    LCS_FORSHARE,
    LCS_FORNOKEYUPDATE,
    LCS_FORUPDATE
} LockClauseStrength;

/* Value nodes, used for names in lists. */
typedef struct Integer {
    NodeTag type;
    int ival;
} Integer;

typedef struct Float {
    NodeTag type;
    char *fval;
} Float;

typedef struct Boolean {
    NodeTag type;
    bool boolval;
} Boolean;

typedef struct String {
    NodeTag type;
    char *sval;
} String;

typedef struct BitString {
    NodeTag type;
    char *bsval;
} BitString;

#define intVal(v) (castNode(Integer, v)->ival)
#define strVal(v) (castNode(String, v)->sval)
#define boolVal(v) (castNode(Boolean, v)->boolval)

/* One statement of a query string, still raw. */
typedef struct RawStmt {
    NodeTag type;
    struct PgQuery__Node *stmt NODE_ATTR(as_scalar); /* lives as long as the parse's context */
    int stmt_location;                               /* byte offset in the text, -1 unknown */
    int stmt_len;                                    /* bytes; 0 means to the end of the text */
} RawStmt;

typedef struct Query {
    NodeTag type;
    CmdType commandType;
    QuerySource querySource;
    uint64 queryId NODE_ATTR(equal_ignore);
    bool canSetTag;
    struct PgQuery__Node *utilityStmt NODE_ATTR(utility); /* CMD_UTILITY only */
    struct Query *utilityQuery; /* the statement inside EXPLAIN, DECLARE, CREATE TABLE AS ... */
    int resultRelation;         /* range table index of the target, 0 for SELECT */
    bool hasAggs;
    bool hasWindowFuncs;
    bool hasTargetSRFs;
    bool hasSubLinks;
    bool hasDistinctOn;
    bool hasRecursive;
    bool hasModifyingCTE;
    bool hasForUpdate;
    bool hasRowSecurity;
    bool isReturn;
    List *cteList;    /* CommonTableExpr */
    List *rtable;     /* RangeTblEntry */
    FromExpr *jointree;
    List *mergeActionList;
    bool mergeUseOuterJoin;
    List *targetList; /* TargetEntry */
    OverridingKind override;
    OnConflictExpr *onConflict;
    List *returningList; /* TargetEntry */
    List *groupClause;   /* SortGroupClause */
    bool groupDistinct;
    List *groupingSets;  /* GroupingSet */
    Node *havingQual;
    List *windowClause;   /* WindowClause */
    List *distinctClause; /* SortGroupClause */
    List *sortClause;     /* SortGroupClause */
    Node *limitOffset;    /* int8 expression */
    Node *limitCount;     /* int8 expression */
    LimitOption limitOption;
    List *rowMarks;      /* RowMarkClause */
    Node *setOperations; /* SetOperationStmt tree at top of a set operation */
    List *constraintDeps NODE_ATTR(equal_ignore); /* pg_constraint oids that GROUP BY leans on */
    List *withCheckOptions;
    int stmt_location; /* as RawStmt's */
    int stmt_len;
} Query;

/* ---- range table -------------------------------------------------------------------------- */

typedef struct Alias {
    NodeTag type;
    char *aliasname;
    List *colnames; /* String */
} Alias;

typedef struct RangeVar {
    NodeTag type;
    char *catalogname;
    char *schemaname;
    char *relname;
    bool inh;
    char relpersistence;
    Alias *alias;
    int location;
} RangeVar;

typedef enum RTEKind {
    RTE_RELATION,
    RTE_SUBQUERY,
    RTE_JOIN,
    RTE_FUNCTION,
    RTE_TABLEFUNC,
    RTE_VALUES,
    RTE_CTE,
    RTE_NAMEDTUPLESTORE,
    RTE_RESULT
} RTEKind;

typedef struct RangeTblEntry {
    NodeTag type;
    RTEKind rtekind;

    /* RTE_RELATION; the lock mode is the one analysis took */
    Oid relid;
    char relkind;
    int rellockmode;
    struct TableSampleClause *tablesample;

    /* RTE_SUBQUERY; a view that was expanded keeps its relid above for the permission check */
    Query *subquery;
    bool security_barrier;

    /* RTE_JOIN: one alias Var (or COALESCE) per output column; zero in joinleftcols or
     * joinrightcols where the column comes from the other side only */
    JoinType jointype;
    int joinmergedcols;
    List *joinaliasvars;
    List *joinleftcols;  /* int */
    List *joinrightcols; /* int */
    Alias *join_using_alias;

    /* RTE_FUNCTION */
    List *functions; /* RangeTblFunction */
    bool funcordinality;

    /* RTE_TABLEFUNC is not supported */

    /* RTE_VALUES */
    List *values_lists; /* list of expression lists */

    /* RTE_CTE */
    char *ctename;
    Index ctelevelsup;
    bool self_reference;

    /* columns of VALUES, CTE and tuplestore entries (functions hold their own) */
    List *coltypes;      /* oid */
    List *coltypmods;    /* int */
    List *colcollations; /* oid */

    char *enrname;
    Cardinality enrtuples;

    /* all kinds */
    Alias *alias; /* as the user wrote it */
    Alias *eref;  /* name and column names in effect */
    bool lateral;
    bool inh;
    bool inFromCl;
    AclMode requiredPerms;
    Oid checkAsUser; /* 0: the current user */
    Bitmapset *selectedCols;
    Bitmapset *insertedCols;
    Bitmapset *updatedCols;
    Bitmapset *extraUpdatedCols;
    List *securityQuals;
} RangeTblEntry;

typedef struct RangeTblFunction {
    NodeTag type;
    Node *funcexpr;
    int funccolcount;
    List *funccolnames;      /* from a column definition list: String */
    List *funccoltypes;      /* oid */
    List *funccoltypmods;    /* int */
    List *funccolcollations; /* oid */
    Bitmapset *funcparams;
} RangeTblFunction;

typedef struct TableSampleClause {
    NodeTag type;
    Oid tsmhandler;
    List *args;
    Expr *repeatable;
} TableSampleClause;

typedef struct RangeTblRef {
    NodeTag type;
    int rtindex;
} RangeTblRef;

typedef struct JoinExpr {
    NodeTag type;
    JoinType jointype;
    bool isNatural;
    Node *larg;
    Node *rarg;
    List *usingClause; /* String */
    Alias *join_using_alias;
    Node *quals;
    Alias *alias;
    int rtindex; /* 0 where the planner made the join */
} JoinExpr;

typedef struct FromExpr {
    NodeTag type;
    List *fromlist; /* RangeTblRef, JoinExpr, FromExpr */
    Node *quals;
} FromExpr;

typedef struct OnConflictExpr {
    NodeTag type;
    OnConflictAction action;
    List *arbiterElems;  /* InferenceElem */
    Node *arbiterWhere;
    Oid constraint;
    List *onConflictSet; /* TargetEntry */
    Node *onConflictWhere;
    int exclRelIndex;
    List *exclRelTlist;
} OnConflictExpr;

typedef struct MergeAction {
    NodeTag type;
    bool matched;
    CmdType commandType;
    OverridingKind override;
    Node *qual;
    List *targetList;
    List *updateColnos;
} MergeAction;

typedef struct TargetEntry {
    Expr xpr;
    Expr *expr;
    AttrNumber resno;      /* from 1; in UPDATE the column's number */
    char *resname;
    Index ressortgroupref; /* nonzero where a sort, group or window clause names it */
    Oid resorigtbl;        /* column's source table, 0 if computed */
    AttrNumber resorigcol;
    bool resjunk;
} TargetEntry;

typedef struct SortGroupClause {
    NodeTag type;
    Index tleSortGroupRef;
    Oid eqop;
    Oid sortop; /* the ordering operator, or 0 where it can only hash */
    bool nulls_first;
    bool hashable;
} SortGroupClause;

typedef enum GroupingSetKind {
    GROUPING_SET_EMPTY,
    GROUPING_SET_SIMPLE,
    GROUPING_SET_ROLLUP,
    GROUPING_SET_CUBE,
    GROUPING_SET_SETS
} GroupingSetKind;

typedef struct GroupingSet {
    NodeTag type;
    GroupingSetKind kind;
    List *content;
    int location;
} GroupingSet;

#define FRAMEOPTION_NONDEFAULT 0x00001
#define FRAMEOPTION_RANGE 0x00002
#define FRAMEOPTION_ROWS 0x00004
#define FRAMEOPTION_GROUPS 0x00008
#define FRAMEOPTION_BETWEEN 0x00010
#define FRAMEOPTION_START_UNBOUNDED_PRECEDING 0x00020
#define FRAMEOPTION_END_UNBOUNDED_PRECEDING 0x00040
#define FRAMEOPTION_START_UNBOUNDED_FOLLOWING 0x00080
#define FRAMEOPTION_END_UNBOUNDED_FOLLOWING 0x00100
#define FRAMEOPTION_START_CURRENT_ROW 0x00200
#define FRAMEOPTION_END_CURRENT_ROW 0x00400
#define FRAMEOPTION_START_OFFSET_PRECEDING 0x00800
#define FRAMEOPTION_END_OFFSET_PRECEDING 0x01000
#define FRAMEOPTION_START_OFFSET_FOLLOWING 0x02000
#define FRAMEOPTION_END_OFFSET_FOLLOWING 0x04000
#define FRAMEOPTION_EXCLUDE_CURRENT_ROW 0x08000
#define FRAMEOPTION_EXCLUDE_GROUP 0x10000
#define FRAMEOPTION_EXCLUDE_TIES 0x20000
#define FRAMEOPTION_START_OFFSET \
    (FRAMEOPTION_START_OFFSET_PRECEDING | FRAMEOPTION_START_OFFSET_FOLLOWING)
#define FRAMEOPTION_END_OFFSET \
    (FRAMEOPTION_END_OFFSET_PRECEDING | FRAMEOPTION_END_OFFSET_FOLLOWING)
#define FRAMEOPTION_EXCLUSION \
    (FRAMEOPTION_EXCLUDE_CURRENT_ROW | FRAMEOPTION_EXCLUDE_GROUP | FRAMEOPTION_EXCLUDE_TIES)
#define FRAMEOPTION_DEFAULTS \
    (FRAMEOPTION_RANGE | FRAMEOPTION_START_UNBOUNDED_PRECEDING | FRAMEOPTION_END_CURRENT_ROW)

typedef struct WindowClause {
    NodeTag type;
    char *name;
    char *refname;
    List *partitionClause; /* SortGroupClause */
    List *orderClause;     /* SortGroupClause */
    int frameOptions;
    Node *startOffset;
    Node *endOffset;
    List *runCondition;
    Oid startInRangeFunc;
    Oid endInRangeFunc;
    Oid inRangeColl;
    bool inRangeAsc;
    bool inRangeNullsFirst;
    Index winref;
    bool copiedOrder;
} WindowClause;

typedef struct RowMarkClause {
    NodeTag type;
    Index rti;
    LockClauseStrength strength;
    LockWaitPolicy waitPolicy;
    bool pushedDown;
} RowMarkClause;

typedef struct WithCheckOption {
    NodeTag type;
    int kind;
    char *relname;
    char *polname;
    Node *qual;
    bool cascaded;
} WithCheckOption;

typedef enum CTEMaterialize {
    CTEMaterializeDefault,
    CTEMaterializeAlways,
    CTEMaterializeNever
} CTEMaterialize;

typedef struct CommonTableExpr {
    NodeTag type;
    char *ctename;
    List *aliascolnames; /* String */
    CTEMaterialize ctematerialized;
    Node *ctequery; /* Query once analyzed */
    Node *search_clause;
    Node *cycle_clause;
    int location;
    bool cterecursive;
    int cterefcount NODE_ATTR(equal_ignore);
    List *ctecolnames;      /* String */
    List *ctecoltypes;      /* oid */
    List *ctecoltypmods;    /* int */
    List *ctecolcollations; /* oid */
} CommonTableExpr;

#define GetCTETargetList(cte) \
    (((Query *) (cte)->ctequery)->commandType == CMD_SELECT \
         ? ((Query *) (cte)->ctequery)->targetList \
         : ((Query *) (cte)->ctequery)->returningList)

typedef struct SetOperationStmt {
    NodeTag type;
    SetOperation op;
    bool all;
    Node *larg; /* RangeTblRef or SetOperationStmt */
    Node *rarg;
    List *colTypes;      /* oid */
    List *colTypmods;    /* int */
    List *colCollations; /* oid */
    List *groupClauses;  /* SortGroupClause; empty for ALL */
} SetOperationStmt;

/* ---- expressions -------------------------------------------------------------------------- */

typedef enum CoercionContext {
    COERCION_IMPLICIT,
    COERCION_ASSIGNMENT,
    COERCION_PLPGSQL,
    COERCION_EXPLICIT
} CoercionContext;

/* How a function call or cast shows when the tree is printed. */
typedef enum CoercionForm {
    COERCE_EXPLICIT_CALL,
    COERCE_EXPLICIT_CAST,
    COERCE_IMPLICIT_CAST,
    COERCE_SQL_SYNTAX
} CoercionForm;

/* varno values of plan expressions */
#define INNER_VAR (-1)
#define OUTER_VAR (-2)
#define INDEX_VAR (-3)
#define ROWID_VAR (-4)
#define IS_SPECIAL_VARNO(varno) ((int) (varno) < 0)

#define PRS2_OLD_VARNO 1
#define PRS2_NEW_VARNO 2

typedef struct Var {
    Expr xpr;
    int varno;
    AttrNumber varattno;
    Oid vartype;
    int32 vartypmod;
    Oid varcollid;
    Index varlevelsup;
    Index varnosyn NODE_ATTR(equal_ignore);
    AttrNumber varattnosyn NODE_ATTR(equal_ignore);
    int location;
} Var;

typedef struct Const {
    Expr xpr;
    Oid consttype;
    int32 consttypmod;
    Oid constcollid;
    int constlen;
    Datum constvalue;
    bool constisnull;
    bool constbyval;
    int location;
} Const;

typedef enum ParamKind {
    PARAM_EXTERN,
    PARAM_EXEC,
    PARAM_SUBLINK,
    PARAM_MULTIEXPR
} ParamKind;

typedef struct Param {
    Expr xpr;
    ParamKind paramkind;
    int paramid;
    Oid paramtype;
    int32 paramtypmod;
    Oid paramcollid;
    int location;
} Param;

#define AGGKIND_NORMAL 'n'
#define AGGKIND_ORDERED_SET 'o'
#define AGGKIND_HYPOTHETICAL 'h'
#define AGGKIND_IS_ORDERED_SET(kind) ((kind) != AGGKIND_NORMAL)

#define AGGSPLITOP_COMBINE 0x01
#define AGGSPLITOP_SKIPFINAL 0x02
#define AGGSPLITOP_SERIALIZE 0x04
#define AGGSPLITOP_DESERIALIZE 0x08

typedef enum AggSplit {
    AGGSPLIT_SIMPLE = 0,
    AGGSPLIT_INITIAL_SERIAL = AGGSPLITOP_SKIPFINAL | AGGSPLITOP_SERIALIZE,
    AGGSPLIT_FINAL_DESERIAL = AGGSPLITOP_COMBINE | AGGSPLITOP_DESERIALIZE
} AggSplit;

#define DO_AGGSPLIT_COMBINE(as) (((as) &AGGSPLITOP_COMBINE) != 0)
#define DO_AGGSPLIT_SKIPFINAL(as) (((as) &AGGSPLITOP_SKIPFINAL) != 0)
#define DO_AGGSPLIT_SERIALIZE(as) (((as) &AGGSPLITOP_SERIALIZE) != 0)
#define DO_AGGSPLIT_DESERIALIZE(as) (((as) &AGGSPLITOP_DESERIALIZE) != 0)

typedef struct Aggref {
    Expr xpr;
    Oid aggfnoid;
    Oid aggtype;
    Oid aggcollid;
    Oid inputcollid;
    Oid aggtranstype NODE_ATTR(equal_ignore); /* the planner sets it */
    List *aggargtypes;   /* oid */
    List *aggdirectargs; /* expressions of an ordered-set aggregate */
    List *args;          /* TargetEntry */
    List *aggorder;      /* SortGroupClause */
    List *aggdistinct;   /* SortGroupClause */
    Expr *aggfilter;
    bool aggstar;
    bool aggvariadic;
    char aggkind;
    Index agglevelsup;
    AggSplit aggsplit;
    int aggno NODE_ATTR(equal_ignore);
    int aggtransno NODE_ATTR(equal_ignore);
    int location;
} Aggref;

typedef struct GroupingFunc {
    Expr xpr;
    List *args NODE_ATTR(equal_ignore);
    List *refs; /* int */
    List *cols NODE_ATTR(equal_ignore);
    Index agglevelsup;
    int location;
} GroupingFunc;

typedef struct WindowFunc {
    Expr xpr;
    Oid winfnoid;
    Oid wintype;
    Oid wincollid;
    Oid inputcollid;
    List *args;
    Expr *aggfilter;
    Index winref;
    bool winstar;
    bool winagg;
    int location;
} WindowFunc;

typedef struct SubscriptingRef {
    Expr xpr;
    Oid refcontainertype;
    Oid refelemtype;
    Oid refrestype;
    int32 reftypmod;
    Oid refcollid;
    List *refupperindexpr; /* a NULL member is an omitted bound */
    List *reflowerindexpr; /* NIL for a plain subscript */
    Expr *refexpr;
    Expr *refassgnexpr; /* NULL where the element is read */
} SubscriptingRef;

typedef struct FuncExpr {
    Expr xpr;
    Oid funcid;
    Oid funcresulttype;
    bool funcretset;
    bool funcvariadic;
    CoercionForm funcformat NODE_ATTR(equal_ignore);
    Oid funccollid;
    Oid inputcollid;
    List *args;
    int location;
} FuncExpr;

typedef struct NamedArgExpr {
    Expr xpr;
    Expr *arg;
    char *name;
    int argnumber;
    int location;
} NamedArgExpr;

typedef struct OpExpr {
    Expr xpr;
    Oid opno;
    Oid opfuncid NODE_ATTR(equal_ignore);
    Oid opresulttype;
    bool opretset;
    Oid opcollid;
    Oid inputcollid;
    List *args;
    int location;
} OpExpr;

/* same struct, other tag: the read and equal code treats each by its own name */
typedef OpExpr DistinctExpr;
typedef OpExpr NullIfExpr;

typedef struct ScalarArrayOpExpr {
    Expr xpr;
    Oid opno;
    Oid opfuncid NODE_ATTR(equal_ignore);
    Oid hashfuncid NODE_ATTR(equal_ignore);
    Oid negfuncid NODE_ATTR(equal_ignore);
    bool useOr; /* ANY, else ALL */
    Oid inputcollid;
    List *args;
    int location;
} ScalarArrayOpExpr;

typedef enum BoolExprType {
    AND_EXPR,
    OR_EXPR,
    NOT_EXPR
} BoolExprType;

typedef struct BoolExpr {
    Expr xpr;
    BoolExprType boolop;
    List *args;
    int location;
} BoolExpr;

typedef enum SubLinkType {
    EXISTS_SUBLINK,
    ALL_SUBLINK,
    ANY_SUBLINK,
    ROWCOMPARE_SUBLINK,
    EXPR_SUBLINK,
    MULTIEXPR_SUBLINK,
    ARRAY_SUBLINK,
    CTE_SUBLINK
} SubLinkType;

typedef struct SubLink {
    Expr xpr;
    SubLinkType subLinkType;
    int subLinkId;
    Node *testexpr; /* ALL, ANY, ROWCOMPARE: compares with PARAM_SUBLINK params */
    List *operName; /* String, as written */
    Node *subselect; /* Query */
    int location;
} SubLink;

typedef struct SubPlan {
    Expr xpr;
    SubLinkType subLinkType;
    Node *testexpr;
    List *paramIds; /* int */
    int plan_id;    /* index from 1 into PlannedStmt.subplans */
    char *plan_name;
    Oid firstColType;
    int32 firstColTypmod;
    Oid firstColCollation;
    bool useHashTable;
    bool unknownEqFalse;
    bool parallel_safe;
    List *setParam; /* int: initplan's outputs */
    List *parParam; /* int: inputs from the parent */
    List *args;     /* expressions for parParam */
    Cost startup_cost;
    Cost per_call_cost;
} SubPlan;

typedef struct AlternativeSubPlan {
    Expr xpr;
    List *subplans;
} AlternativeSubPlan;

typedef struct FieldSelect {
    Expr xpr;
    Expr *arg;
    AttrNumber fieldnum;
    Oid resulttype;
    int32 resulttypmod;
    Oid resultcollid;
} FieldSelect;

typedef struct FieldStore {
    Expr xpr;
    Expr *arg;
    List *newvals;
    List *fieldnums; /* int */
    Oid resulttype;
} FieldStore;

typedef struct RelabelType {
    Expr xpr;
    Expr *arg;
    Oid resulttype;
    int32 resulttypmod;
    Oid resultcollid;
    CoercionForm relabelformat NODE_ATTR(equal_ignore);
    int location;
} RelabelType;

typedef struct CoerceViaIO {
    Expr xpr;
    Expr *arg;
    Oid resulttype;
    Oid resultcollid;
    CoercionForm coerceformat NODE_ATTR(equal_ignore);
    int location;
} CoerceViaIO;

typedef struct ArrayCoerceExpr {
    Expr xpr;
    Expr *arg;
    Expr *elemexpr; /* reads its element through CaseTestExpr */
    Oid resulttype;
    int32 resulttypmod;
    Oid resultcollid;
    CoercionForm coerceformat NODE_ATTR(equal_ignore);
    int location;
} ArrayCoerceExpr;

typedef struct ConvertRowtypeExpr {
    Expr xpr;
    Expr *arg;
    Oid resulttype;
    CoercionForm convertformat NODE_ATTR(equal_ignore);
    int location;
} ConvertRowtypeExpr;

/* Only between parsing and planning: the planner drops it. */
typedef struct CollateExpr {
    Expr xpr;
    Expr *arg;
    Oid collOid;
    int location;
} CollateExpr;

typedef struct CaseExpr {
    Expr xpr;
    Oid casetype;
    Oid casecollid;
    Expr *arg;  /* NULL for the searched form */
    List *args; /* CaseWhen */
    Expr *defresult;
    int location;
} CaseExpr;

typedef struct CaseWhen {
    Expr xpr;
    Expr *expr;
    Expr *result;
    int location;
} CaseWhen;

typedef struct CaseTestExpr {
    Expr xpr;
    Oid typeId;
    int32 typeMod;
    Oid collation;
} CaseTestExpr;

typedef struct ArrayExpr {
    Expr xpr;
    Oid array_typeid;
    Oid array_collid;
    Oid element_typeid;
    List *elements;
    bool multidims; /* the members are arrays themselves */
    int location;
} ArrayExpr;

typedef struct RowExpr {
    Expr xpr;
    List *args;
    Oid row_typeid;
    CoercionForm row_format NODE_ATTR(equal_ignore);
    List *colnames; /* String, or NIL */
    int location;
} RowExpr;

typedef enum RowCompareType {
    ROWCOMPARE_LT = 1,
    ROWCOMPARE_LE = 2,
    ROWCOMPARE_EQ = 3,
    ROWCOMPARE_GE = 4,
    ROWCOMPARE_GT = 5,
    ROWCOMPARE_NE = 6
} RowCompareType;

typedef struct RowCompareExpr {
    Expr xpr;
    RowCompareType rctype;
    List *opnos;        /* oid */
    List *opfamilies;   /* oid */
    List *inputcollids; /* oid */
    List *largs;
    List *rargs;
} RowCompareExpr;

typedef struct CoalesceExpr {
    Expr xpr;
    Oid coalescetype;
    Oid coalescecollid;
    List *args;
    int location;
} CoalesceExpr;

typedef enum MinMaxOp {
    IS_GREATEST,
    IS_LEAST
} MinMaxOp;

typedef struct MinMaxExpr {
    Expr xpr;
    Oid minmaxtype;
    Oid minmaxcollid;
    Oid inputcollid;
    MinMaxOp op;
    List *args;
    int location;
} MinMaxExpr;

typedef enum SQLValueFunctionOp {
    SVFOP_CURRENT_DATE,
    SVFOP_CURRENT_TIME,
    SVFOP_CURRENT_TIME_N,
    SVFOP_CURRENT_TIMESTAMP,
    SVFOP_CURRENT_TIMESTAMP_N,
    SVFOP_LOCALTIME,
    SVFOP_LOCALTIME_N,
    SVFOP_LOCALTIMESTAMP,
    SVFOP_LOCALTIMESTAMP_N,
    SVFOP_CURRENT_ROLE,
    SVFOP_CURRENT_USER,
    SVFOP_USER,
    SVFOP_SESSION_USER,
    SVFOP_CURRENT_CATALOG,
    SVFOP_CURRENT_SCHEMA
} SQLValueFunctionOp;

typedef struct SQLValueFunction {
    Expr xpr;
    SQLValueFunctionOp op;
    Oid type;
    int32 typmod;
    int location;
} SQLValueFunction;

typedef enum NullTestType {
    IS_NULL,
    IS_NOT_NULL
} NullTestType;

typedef struct NullTest {
    Expr xpr;
    Expr *arg;
    NullTestType nulltesttype;
    bool argisrow;
    int location;
} NullTest;

typedef enum BoolTestType {
    IS_TRUE,
    IS_NOT_TRUE,
    IS_FALSE,
    IS_NOT_FALSE,
    IS_UNKNOWN,
    IS_NOT_UNKNOWN
} BoolTestType;

typedef struct BooleanTest {
    Expr xpr;
    Expr *arg;
    BoolTestType booltesttype;
    int location;
} BooleanTest;

typedef struct CoerceToDomain {
    Expr xpr;
    Expr *arg;
    Oid resulttype;
    int32 resulttypmod;
    Oid resultcollid;
    CoercionForm coercionformat NODE_ATTR(equal_ignore);
    int location;
} CoerceToDomain;

typedef struct CoerceToDomainValue {
    Expr xpr;
    Oid typeId;
    int32 typeMod;
    Oid collation;
    int location;
} CoerceToDomainValue;

typedef struct SetToDefault {
    Expr xpr;
    Oid typeId;
    int32 typeMod;
    Oid collation;
    int location;
} SetToDefault;

typedef struct CurrentOfExpr {
    Expr xpr;
    Index cvarno;
    char *cursor_name;
    int cursor_param;
} CurrentOfExpr;

typedef struct NextValueExpr {
    Expr xpr;
    Oid seqid;
    Oid typeId;
} NextValueExpr;

typedef struct InferenceElem {
    Expr xpr;
    Node *expr;
    Oid infercollid;
    Oid inferopclass;
} InferenceElem;

/* ---- parameters from outside ---------------------------------------------------------------- */

#define PARAM_FLAG_CONST 0x0001

typedef struct ParamExternData {
    Datum value;
    bool isnull;
    uint16 pflags;
    Oid ptype;
} ParamExternData;

typedef struct ParamListInfoData {
    int numParams;
    ParamExternData params[];
} ParamListInfoData;

typedef ParamListInfoData *ParamListInfo;

extern ParamListInfo makeParamList(int numParams);

#endif
