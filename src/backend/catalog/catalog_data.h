/*
 * catalog_data.h - the generated arrays, private to this room
 *
 * All are sorted by OID unless said otherwise. `x_by_oid` maps an OID to a position (65535: none),
 * `x_by_name` lists positions in name order.
 */
#ifndef CATALOG_DATA_H
#define CATALOG_DATA_H

#include "catalog/catalog.h"

#define NO_POSITION 65535

extern const TypeInfo catalog__types[];
extern const int catalog__types_count;
extern const uint16 catalog__types_by_oid[];
extern const uint32 catalog__types_max_oid;
extern const uint16 catalog__types_by_name[];

extern const ProcInfo catalog__procs[];
extern const int catalog__procs_count;
extern const uint16 catalog__procs_by_oid[];
extern const uint32 catalog__procs_max_oid;
extern const uint16 catalog__procs_by_name[];

/* Arguments with modes and names: `names` is an offset of "i name\0" strings, mode first. */
typedef struct ProcOutputIndex {
    uint16 position;
    uint16 count;
    uint16 types;
    uint32 names;
} ProcOutputIndex;
extern const ProcOutputIndex catalog__proc_outputs[];
extern const int catalog__proc_outputs_count;
extern const Oid catalog__proc_output_types[];
extern const char catalog__proc_output_names[];

typedef struct ProcDefaults {
    uint16 position;
    char text[60]; /* SQL, separated by ", " */
} ProcDefaults;
extern const ProcDefaults catalog__proc_defaults[];
extern const int catalog__proc_defaults_count;

extern const OperatorInfo catalog__operators[];
extern const int catalog__operators_count;
extern const uint16 catalog__operators_by_oid[];
extern const uint32 catalog__operators_max_oid;
extern const uint16 catalog__operators_by_name[];

extern const CastInfo catalog__casts[]; /* by source, target */
extern const int catalog__casts_count;
extern const AggregateInfo catalog__aggregates[]; /* by aggfnoid */
extern const int catalog__aggregates_count;
extern const OpclassInfo catalog__opclasses[];
extern const int catalog__opclasses_count;
extern const OpfamilyInfo catalog__opfamilies[];
extern const int catalog__opfamilies_count;
extern const AmopInfo catalog__amops[]; /* by family, left, right, strategy */
extern const int catalog__amops_count;
extern const uint16 catalog__amops_by_operator[];
extern const AmprocInfo catalog__amprocs[]; /* by family, left, right, number */
extern const int catalog__amprocs_count;
extern const CollationInfo catalog__collations[];
extern const int catalog__collations_count;
extern const char catalog__keywords[]; /* category, t or f, word, NUL; sorted by word */
extern const int catalog__keywords_count;

typedef struct CatalogColumn {
    NameData name;
    Oid type;
    int16 len;
    bool byval;
    char align;
    char storage;
    bool notnull;
    int8 ndims;
    Oid collation;
} CatalogColumn;
extern const CatalogColumn catalog__columns[]; /* table after table */
extern const int catalog__columns_count;

typedef struct CatalogIndex {
    Oid oid;
    NameData name;
    Oid table;
    bool unique;
    bool primary;
    Oid constraint;
    int16 key_count;
    int16 attnums[4];
    Oid opclasses[4];
} CatalogIndex;
extern const CatalogIndex catalog__indexes[]; /* table after table, by oid inside */
extern const int catalog__indexes_count;

typedef struct CatalogTable {
    Oid oid;
    NameData name;
    Oid rowtype;
    Oid arraytype;
    bool shared;
    Oid toast;
    Oid toast_index;
    uint16 first_column;
    uint16 column_count;
    uint16 first_index;
    uint16 index_count;
} CatalogTable;
extern const CatalogTable catalog__tables[];
extern const int catalog__tables_count;

/* Rows of a new cluster: values as NUL-terminated text, "\1" alone for NULL. */
typedef struct BootstrapRows {
    Oid table;
    int count;
    const char *text;
} BootstrapRows;
extern const BootstrapRows catalog__bootstrap_rows[];
extern const int catalog__bootstrap_rows_count;

extern const CatalogTable *catalog__table(Oid oid);      /* NULL if it is none */
extern const CatalogIndex *catalog__index(Oid oid);
extern const CatalogTable *catalog__toast_owner(Oid toast); /* of a TOAST table or its index */

/* Built-in objects only; NULL if none. */
extern const TypeInfo *catalog__builtin_type(Oid oid);
extern const TypeInfo *catalog__builtin_type_by_name(const char *name);
extern List *catalog__builtin_procs_by_name(const char *name);
extern List *catalog__builtin_operators_by_name(const char *name, char kind);

#endif
