/*
 * rows.h - rows of catalog tables: find, insert, update, delete
 *
 * Values are Datums in column order, as heap_form_tuple takes them. Writers keep the catalog's
 * indexes right and queue the invalidations that other processes need. A change is visible to
 * this process's next reads only after xact_command_counter_increment().
 */
#ifndef CATALOG_ROWS_H
#define CATALOG_ROWS_H

#include "catalog/catalog_oids.h"
#include "catalog/relcache.h"
#include "heap/tuple.h"

#define CATALOG_KEYS_MAX 4
#define CATALOG_COLUMNS_MAX 64

/* Equality on the leading columns of an index, rows in index order. */
typedef struct CatalogScan CatalogScan;
/* index 0: the whole table. Keys are Datums of the index columns' types. */
extern CatalogScan *catalog_scan_begin(Oid catalog, Oid index, int key_count, const Datum *keys);
/* The tuple is good until the next call. NULL at the end. */
extern HeapTuple catalog_scan_next(CatalogScan *scan);
extern void catalog_scan_end(CatalogScan *scan);

/* The one row with these keys, copied into CurrentMemoryContext; NULL if there is none. */
extern HeapTuple catalog_fetch(Oid catalog, Oid index, int key_count, const Datum *keys);
extern HeapTuple catalog_fetch1(Oid catalog, Oid index, Datum key);
extern HeapTuple catalog_fetch2(Oid catalog, Oid index, Datum key1, Datum key2);

extern TupleDesc catalog_desc(Oid catalog);
extern Datum catalog_get(Oid catalog, HeapTuple row, AttrNumber attnum, bool *ret_isnull);
extern Oid catalog_get_oid(Oid catalog, HeapTuple row, AttrNumber attnum); /* 0 for NULL */

/* The relation is open with RowExclusiveLock. */
extern void catalog_insert_row(Relation rel, Datum *values, const bool *nulls);
/* Columns with replace[i] get the new value; the row is one that a fetch or scan gave. */
extern void catalog_update_row(Relation rel, HeapTuple row, const Datum *values,
                               const bool *nulls, const bool *replace);
extern void catalog_delete_row(Relation rel, HeapTuple row);
/* Replaces a row's fixed-width columns in place, outside of transactions (VACUUM's counts). */
extern void catalog_update_in_place(Relation rel, HeapTuple row, const Datum *values,
                                    const bool *nulls, const bool *replace);

/* A new OID for column oid of the catalog, unused in it. */
extern Oid catalog_new_oid(Relation rel, Oid oid_index);

/* ---- arrays as catalogs hold them ---- */
extern Datum catalog_array_build(Oid element_type, const Datum *elements, const bool *nulls,
                                 int count); /* a one-dimensional array */
extern int catalog_array_elements(Datum array, Oid element_type, Datum **ret_elements,
                                  bool **ret_nulls);
extern Datum catalog_oidvector(const Oid *oids, int count);
extern Datum catalog_int2vector(const int16 *numbers, int count);

#endif
