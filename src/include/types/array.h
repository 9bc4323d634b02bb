/*
 * array.h - arrays: PostgreSQL's layout, building and taking apart
 *
 * Bytes of an array after its 4-byte length word:
 *   4  dimensions (0..6)   4  offset of the data, 0 if no null bitmap   4  element type
 *   4n lengths             4n lower bounds          [null bitmap]       aligned data
 * DatumGetArrayTypeP gives an aligned value with a 4-byte header: it copies where it must.
 */
#ifndef TYPES_ARRAY_H
#define TYPES_ARRAY_H

#include "base/base.h"
#include "base/varlena.h"
#include "base/fmgr.h"

#define MAXDIM 6
#define MaxArraySize ((Size) (1024 * 1024 * 1024 - 1) / sizeof(Datum))

typedef struct ArrayType
{
    int32 vl_len_;
    int ndim;
    int32 dataoffset;
    Oid elemtype;
} ArrayType;

typedef struct ArrayMetaState
{
    Oid element_type;
    int16 typlen;
    bool typbyval;
    char typalign;
    char typdelim;
    Oid typioparam;
    Oid typiofunc;
    FmgrInfo proc;
} ArrayMetaState;

/* Elements being gathered, in their own memory. */
typedef struct ArrayBuildState
{
    MemoryContext mcontext;
    Datum *dvalues;
    bool *dnulls;
    int alen;
    int nelems;
    Oid element_type;
    int16 typlen;
    bool typbyval;
    char typalign;
    bool private_cxt;
} ArrayBuildState;

#define ARR_SIZE(a) VARSIZE(a)
#define ARR_NDIM(a) ((a)->ndim)
#define ARR_HASNULL(a) ((a)->dataoffset != 0)
#define ARR_ELEMTYPE(a) ((a)->elemtype)
#define ARR_DIMS(a) ((int *) ((char *) (a) + sizeof(ArrayType)))
#define ARR_LBOUND(a) ((int *) ((char *) (a) + sizeof(ArrayType) + sizeof(int) * ARR_NDIM(a)))
#define ARR_NULLBITMAP(a)                                                                          \
    (ARR_HASNULL(a)                                                                                \
         ? (uint8 *) ((char *) (a) + sizeof(ArrayType) + 2 * sizeof(int) * ARR_NDIM(a))            \
         : (uint8 *) NULL)
#define ARR_OVERHEAD_NONULLS(ndims) MAXALIGN(sizeof(ArrayType) + 2 * sizeof(int) * (ndims))
#define ARR_OVERHEAD_WITHNULLS(ndims, nitems)                                                      \
    MAXALIGN(sizeof(ArrayType) + 2 * sizeof(int) * (ndims) + ((nitems) + 7) / 8)
#define ARR_DATA_OFFSET(a) (ARR_HASNULL(a) ? (a)->dataoffset : ARR_OVERHEAD_NONULLS(ARR_NDIM(a)))
#define ARR_DATA_PTR(a) (((char *) (a)) + ARR_DATA_OFFSET(a))

extern ArrayType *array_aligned(Datum value);
#define DatumGetArrayTypeP(X) array_aligned(X)
#define DatumGetArrayTypePCopy(X) ((ArrayType *) array_copy(X))
#define PG_GETARG_ARRAYTYPE_P(n) DatumGetArrayTypeP(PG_GETARG_DATUM(n))
#define PG_RETURN_ARRAYTYPE_P(x) PG_RETURN_POINTER(x)
extern ArrayType *array_copy(Datum value);

extern int ArrayGetNItems(int ndim, const int *dims);
extern void ArrayCheckBounds(int ndim, const int *dims, const int *lb);
extern int ArrayGetOffset(int n, const int *dim, const int *lb, const int *indx);
extern int32 *ArrayGetIntegerTypmods(ArrayType *array, int *ret_count);
extern bool array_contains_nulls(ArrayType *array);

extern ArrayType *construct_array(Datum *elems, int nelems, Oid elmtype, int elmlen, bool elmbyval,
                                  char elmalign);
extern ArrayType *construct_md_array(Datum *elems, bool *nulls, int ndims, int *dims, int *lbs,
                                     Oid elmtype, int elmlen, bool elmbyval, char elmalign);
extern ArrayType *construct_empty_array(Oid elmtype);
extern void deconstruct_array(ArrayType *array, Oid elmtype, int elmlen, bool elmbyval,
                              char elmalign, Datum **elemsp, bool **nullsp, int *nelemsp);
/* As the above with what the catalog says of the element type. */
extern ArrayType *array_construct_of(Oid elmtype, Datum *elems, bool *nulls, int nelems);
extern void array_deconstruct(ArrayType *array, Datum **ret_elems, bool **ret_nulls,
                              int *ret_count);

extern Datum array_get_element(Datum arraydatum, int nSubscripts, int *indx, int arraytyplen,
                               int elmlen, bool elmbyval, char elmalign, bool *isNull);
extern Datum array_set_element(Datum arraydatum, int nSubscripts, int *indx, Datum dataValue,
                               bool isNull, int arraytyplen, int elmlen, bool elmbyval,
                               char elmalign);
extern Datum array_get_slice(Datum arraydatum, int nSubscripts, int *upperIndx, int *lowerIndx,
                             bool *upperProvided, bool *lowerProvided, int arraytyplen, int elmlen,
                             bool elmbyval, char elmalign);
extern Datum array_set_slice(Datum arraydatum, int nSubscripts, int *upperIndx, int *lowerIndx,
                             bool *upperProvided, bool *lowerProvided, Datum srcArrayDatum,
                             bool isNull, int arraytyplen, int elmlen, bool elmbyval,
                             char elmalign);

extern ArrayBuildState *initArrayResult(Oid element_type, MemoryContext rcontext, bool subcontext);
extern ArrayBuildState *accumArrayResult(ArrayBuildState *astate, Datum dvalue, bool disnull,
                                         Oid element_type, MemoryContext rcontext);
extern Datum makeArrayResult(ArrayBuildState *astate, MemoryContext rcontext);
extern Datum makeMdArrayResult(ArrayBuildState *astate, int ndims, int *dims, int *lbs,
                               MemoryContext rcontext, bool release);

/* Walks elements in storage order; the array must stay. */
typedef struct ArrayWalk
{
    const char *data;
    const uint8 *nulls;
    int index;
    int count;
    int16 typlen;
    bool typbyval;
    char typalign;
} ArrayWalk;

extern void array_walk_begin(ArrayWalk *walk, ArrayType *array, int16 typlen, bool typbyval,
                             char typalign);
extern bool array_walk_next(ArrayWalk *walk, Datum *ret_value, bool *ret_null);

/*
 * scalar op ANY (array), or ALL: equality-like function called for each element. *ret_null when the
 * result is unknown.
 */
extern bool array_any_all(FmgrInfo *function, Oid collation, Datum scalar, bool scalar_null,
                          ArrayType *array, bool any, bool *ret_null);

#endif
