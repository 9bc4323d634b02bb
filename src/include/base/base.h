/*
 * base.h - the types and macros every file of the server starts from
 *
 * Names and meanings are the ones PostgreSQL publishes to extension authors. What differs:
 * TransactionId, MultiXactId and SubTransactionId's neighbours are 64 bits wide and never wrap,
 * and float8 and int8 are always passed by value.
 */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

/* Compiler */
#define likely(x) __builtin_expect((x) != 0, 1)
#define unlikely(x) __builtin_expect((x) != 0, 0)
#define pg_noreturn __attribute__((noreturn))
#define pg_attribute_noreturn() __attribute__((noreturn))
#define pg_attribute_printf(f, a) __attribute__((format(gnu_printf, f, a)))
#define pg_attribute_format_arg(a) __attribute__((format_arg(a)))
#define pg_attribute_always_inline __attribute__((always_inline)) inline
#define pg_attribute_unused() __attribute__((unused))
#define pg_attribute_packed() __attribute__((packed))
#define pg_attribute_aligned(a) __attribute__((aligned(a)))
#define pg_attribute_cold __attribute__((cold))
#define pg_attribute_hot __attribute__((hot))
#define pg_attribute_malloc __attribute__((malloc))
#define pg_nodiscard __attribute__((warn_unused_result))
#define pg_noinline __attribute__((noinline))
#define pg_unreachable() __builtin_unreachable()
#define PG_USED_FOR_ASSERTS_ONLY __attribute__((unused))
#define PGDLLEXPORT __attribute__((visibility("default")))
#define PGDLLIMPORT
#define FLEXIBLE_ARRAY_MEMBER

/* Numbers */
typedef int8_t int8;
typedef int16_t int16;
typedef int32_t int32;
typedef int64_t int64;
typedef uint8_t uint8;
typedef uint16_t uint16;
typedef uint32_t uint32;
typedef uint64_t uint64;
typedef __int128 int128;
typedef unsigned __int128 uint128;
typedef uint8 bits8;
typedef uint16 bits16;
typedef uint32 bits32;
typedef float float4;
typedef double float8;
typedef char *Pointer;
typedef size_t Size;
typedef unsigned int Index;
typedef signed int Offset;

#define PG_INT8_MIN INT8_MIN
#define PG_INT8_MAX INT8_MAX
#define PG_UINT8_MAX UINT8_MAX
#define PG_INT16_MIN INT16_MIN
#define PG_INT16_MAX INT16_MAX
#define PG_UINT16_MAX UINT16_MAX
#define PG_INT32_MIN INT32_MIN
#define PG_INT32_MAX INT32_MAX
#define PG_UINT32_MAX UINT32_MAX
#define PG_INT64_MIN INT64_MIN
#define PG_INT64_MAX INT64_MAX
#define PG_UINT64_MAX UINT64_MAX
#define INT64CONST(x) INT64_C(x)
#define UINT64CONST(x) UINT64_C(x)
#define INT64_FORMAT "%" PRId64
#define UINT64_FORMAT "%" PRIu64

/* Sizes fixed when the server is built */
#define BLCKSZ 8192
#define XLOG_BLCKSZ 8192
#define RELSEG_SIZE (1 << 17) /* blocks per segment file: 1 GB */
#define NAMEDATALEN 64
#define FUNC_MAX_ARGS 100
#define INDEX_MAX_KEYS 32
#define MAXPGPATH 1024
#define MAXIMUM_ALIGNOF 8
#define ALIGNOF_SHORT 2
#define ALIGNOF_INT 4
#define ALIGNOF_LONG 8
#define ALIGNOF_DOUBLE 8
#define PG_CACHE_LINE_SIZE 64
#define SIZEOF_DATUM 8
#define SENGI_VERSION "0.1.0"
#define PG_VERSION_COMPAT "15.18"
#define PG_VERSION_NUM 150018
#define PG_MAJORVERSION "15"

/* Arithmetic on sizes and arrays */
#define Min(x, y) ((x) < (y) ? (x) : (y))
#define Max(x, y) ((x) > (y) ? (x) : (y))
#define Abs(x) ((x) >= 0 ? (x) : -(x))
#define lengthof(array) (sizeof(array) / sizeof((array)[0]))
#define StaticAssertStmt(condition, message) static_assert(condition, message)
#define StaticAssertDecl(condition, message) static_assert(condition, message)
#define TYPEALIGN(a, n) (((uintptr_t) (n) + ((a) - 1)) & ~((uintptr_t) ((a) - 1)))
#define TYPEALIGN_DOWN(a, n) ((uintptr_t) (n) & ~((uintptr_t) ((a) - 1)))
#define SHORTALIGN(n) TYPEALIGN(ALIGNOF_SHORT, (n))
#define INTALIGN(n) TYPEALIGN(ALIGNOF_INT, (n))
#define LONGALIGN(n) TYPEALIGN(ALIGNOF_LONG, (n))
#define DOUBLEALIGN(n) TYPEALIGN(ALIGNOF_DOUBLE, (n))
#define MAXALIGN(n) TYPEALIGN(MAXIMUM_ALIGNOF, (n))
#define MAXALIGN_DOWN(n) TYPEALIGN_DOWN(MAXIMUM_ALIGNOF, (n))
#define CACHELINEALIGN(n) TYPEALIGN(PG_CACHE_LINE_SIZE, (n))
#define PointerIsValid(p) ((p) != NULL)
#define PointerIsAligned(p, type) ((uintptr_t) (p) % sizeof(type) == 0)
#define OffsetToPointer(base, off) ((void *) ((char *) (base) + (off)))
#define MemSet(start, value, len) memset((start), (value), (len))
#define unconstify(type, expr) ((type) (expr))
#define CppAsString(x) #x
#define CppAsString2(x) CppAsString(x)
#define container_of(ptr, type, member) ((type *) ((char *) (ptr) - offsetof(type, member)))
#define gettext_noop(s) (s)
#define _(s) (s)

/* A bug found at run time: writes one line to stderr and aborts. */
pg_noreturn void ExceptionalCondition(const char *condition, const char *file, int line);

#ifdef USE_ASSERT_CHECKING
#define Assert(condition)                                                                          \
    do                                                                                             \
    {                                                                                              \
        if (unlikely(!(condition)))                                                                \
            ExceptionalCondition(#condition, __FILE__, __LINE__);                                  \
    } while (0)
#define AssertMacro(condition)                                                                     \
    ((void) ((condition) || (ExceptionalCondition(#condition, __FILE__, __LINE__), 0)))
#else
#define Assert(condition) ((void) sizeof((condition) ? 1 : 0))
#define AssertMacro(condition) ((void) 0)
#endif
#define AssertArg(condition) Assert(condition)
#define AssertState(condition) Assert(condition)
#define AssertPointerAlignment(p, bytes) Assert(TYPEALIGN(bytes, (uintptr_t) (p)) == (uintptr_t) (p))

/* Identifiers */
typedef unsigned int Oid;
#define InvalidOid ((Oid) 0)
#define OID_MAX UINT_MAX
#define OidIsValid(oid) ((oid) != InvalidOid)
#define FirstGenbkiObjectId 10000
#define FirstUnpinnedObjectId 12000
#define FirstNormalObjectId 16384
typedef Oid regproc;
typedef regproc RegProcedure;
#define RegProcedureIsValid(p) OidIsValid(p)

typedef uint64 TransactionId; /* never wraps; 6 bytes on a page */
typedef uint64 MultiXactId;
typedef uint64 MultiXactOffset;
typedef uint32 SubTransactionId;
typedef uint32 CommandId;
#define InvalidTransactionId ((TransactionId) 0)
#define BootstrapTransactionId ((TransactionId) 1)
#define FrozenTransactionId ((TransactionId) 2)
#define FirstNormalTransactionId ((TransactionId) 3)
#define MaxTransactionId ((TransactionId) ((UINT64CONST(1) << 48) - 1))
#define TransactionIdIsValid(xid) ((xid) != InvalidTransactionId)
#define TransactionIdIsNormal(xid) ((xid) >= FirstNormalTransactionId)
#define TransactionIdEquals(a, b) ((a) == (b))
#define TransactionIdPrecedes(a, b) ((a) < (b))
#define TransactionIdPrecedesOrEquals(a, b) ((a) <= (b))
#define TransactionIdFollows(a, b) ((a) > (b))
#define TransactionIdFollowsOrEquals(a, b) ((a) >= (b))
#define InvalidMultiXactId ((MultiXactId) 0)
#define FirstMultiXactId ((MultiXactId) 1)
#define MultiXactIdIsValid(multi) ((multi) != InvalidMultiXactId)
#define InvalidSubTransactionId ((SubTransactionId) 0)
#define TopSubTransactionId ((SubTransactionId) 1)
#define FirstCommandId ((CommandId) 0)
#define InvalidCommandId (~(CommandId) 0)

typedef uint32 BlockNumber;
#define InvalidBlockNumber ((BlockNumber) 0xFFFFFFFF)
#define MaxBlockNumber ((BlockNumber) 0xFFFFFFFE)
#define BlockNumberIsValid(block) ((block) != InvalidBlockNumber)

typedef uint16 OffsetNumber; /* counts line pointers from 1 */
#define InvalidOffsetNumber ((OffsetNumber) 0)
#define FirstOffsetNumber ((OffsetNumber) 1)
#define MaxOffsetNumber ((OffsetNumber) (BLCKSZ / 4))
#define OffsetNumberIsValid(n) ((n) != InvalidOffsetNumber && (n) <= MaxOffsetNumber)
#define OffsetNumberNext(n) ((OffsetNumber) (1 + (n)))
#define OffsetNumberPrev(n) ((OffsetNumber) (-1 + (n)))

typedef int16 AttrNumber;
#define InvalidAttrNumber ((AttrNumber) 0)
#define MaxAttrNumber 32767
#define AttributeNumberIsValid(n) ((n) != InvalidAttrNumber)
#define AttrNumberIsForUserDefinedAttr(n) ((n) > 0)

typedef uint64 XLogRecPtr; /* byte position in the WAL */
typedef uint64 XLogSegNo;
typedef uint32 TimeLineID;
typedef uint16 RepOriginId;
#define InvalidXLogRecPtr ((XLogRecPtr) 0)
#define XLogRecPtrIsInvalid(r) ((r) == InvalidXLogRecPtr)
#define LSN_FORMAT_ARGS(lsn) ((uint32) ((lsn) >> 32)), ((uint32) (lsn))

typedef Oid RelFileNumber;
#define InvalidRelFileNumber ((RelFileNumber) InvalidOid)
typedef struct RelFileLocator
{
    Oid spcOid;
    Oid dbOid; /* 0 for relations shared by all databases */
    RelFileNumber relNumber;
} RelFileLocator;
#define RelFileLocatorEquals(a, b)                                                                 \
    ((a).relNumber == (b).relNumber && (a).dbOid == (b).dbOid && (a).spcOid == (b).spcOid)

typedef enum ForkNumber
{
    InvalidForkNumber = -1,
    MAIN_FORKNUM = 0,
    FSM_FORKNUM,
    VISIBILITYMAP_FORKNUM,
    INIT_FORKNUM,
} ForkNumber;
#define MAX_FORKNUM INIT_FORKNUM

/* Block number split in halves, so that an ItemPointerData needs only 2-byte alignment. */
typedef struct BlockIdData
{
    uint16 bi_hi;
    uint16 bi_lo;
} BlockIdData;

typedef struct ItemPointerData
{
    BlockIdData ip_blkid;
    OffsetNumber ip_posid;
} ItemPointerData;
typedef ItemPointerData *ItemPointer;
static_assert(sizeof(ItemPointerData) == 6, "an item pointer takes six bytes");

static inline void
BlockIdSet(BlockIdData *id, BlockNumber block)
{
    id->bi_hi = (uint16) (block >> 16);
    id->bi_lo = (uint16) (block & 0xffff);
}

static inline BlockNumber
BlockIdGetBlockNumber(const BlockIdData *id)
{
    return ((BlockNumber) id->bi_hi << 16) | id->bi_lo;
}

static inline BlockNumber
ItemPointerGetBlockNumberNoCheck(const ItemPointerData *tid)
{
    return BlockIdGetBlockNumber(&tid->ip_blkid);
}

static inline OffsetNumber
ItemPointerGetOffsetNumberNoCheck(const ItemPointerData *tid)
{
    return tid->ip_posid;
}

static inline bool
ItemPointerIsValid(const ItemPointerData *tid)
{
    return tid != NULL && tid->ip_posid != InvalidOffsetNumber;
}

static inline BlockNumber
ItemPointerGetBlockNumber(const ItemPointerData *tid)
{
    Assert(ItemPointerIsValid(tid));
    return BlockIdGetBlockNumber(&tid->ip_blkid);
}

static inline OffsetNumber
ItemPointerGetOffsetNumber(const ItemPointerData *tid)
{
    Assert(ItemPointerIsValid(tid));
    return tid->ip_posid;
}

static inline void
ItemPointerSet(ItemPointerData *tid, BlockNumber block, OffsetNumber offset)
{
    BlockIdSet(&tid->ip_blkid, block);
    tid->ip_posid = offset;
}

static inline void
ItemPointerSetBlockNumber(ItemPointerData *tid, BlockNumber block)
{
    BlockIdSet(&tid->ip_blkid, block);
}

static inline void
ItemPointerSetOffsetNumber(ItemPointerData *tid, OffsetNumber offset)
{
    tid->ip_posid = offset;
}

static inline void
ItemPointerSetInvalid(ItemPointerData *tid)
{
    ItemPointerSet(tid, InvalidBlockNumber, InvalidOffsetNumber);
}

static inline void
ItemPointerCopy(const ItemPointerData *from, ItemPointerData *to)
{
    *to = *from;
}

/* Order by block, then offset: negative, zero or positive. */
static inline int
ItemPointerCompare(const ItemPointerData *a, const ItemPointerData *b)
{
    uint64 x = ((uint64) BlockIdGetBlockNumber(&a->ip_blkid) << 16) | a->ip_posid;
    uint64 y = ((uint64) BlockIdGetBlockNumber(&b->ip_blkid) << 16) | b->ip_posid;
    return (x > y) - (x < y);
}

static inline bool
ItemPointerEquals(const ItemPointerData *a, const ItemPointerData *b)
{
    return ItemPointerCompare(a, b) == 0;
}

/* Time */
typedef int64 Timestamp;   /* microseconds since 2000-01-01 00:00 */
typedef int64 TimestampTz; /* the same, in UTC */
typedef int64 TimeOffset;
typedef int64 TimeADT; /* microseconds since midnight */
typedef int32 DateADT; /* days since 2000-01-01 */
typedef int32 fsec_t;
typedef int64 pg_time_t; /* seconds since 1970-01-01 UTC */

typedef struct NameData
{
    char data[NAMEDATALEN];
} NameData;
typedef NameData *Name;
#define NameStr(name) ((name).data)

/* Types defined by higher rooms that lower headers mention by pointer. */
typedef struct MemoryContextData *MemoryContext;
typedef struct Node Node;
typedef struct List List;
typedef struct StringInfoData *StringInfo;

/*
 * Datum: one SQL value in 8 bytes. By-value types are held in it, sign- or zero-extended;
 * the others are a pointer to bytes that may be unaligned.
 */
typedef uintptr_t Datum;
typedef struct NullableDatum
{
    Datum value;
    bool isnull;
} NullableDatum;

static inline bool DatumGetBool(Datum d) { return (d & 0xff) != 0; }
static inline Datum BoolGetDatum(bool v) { return v ? 1 : 0; }
static inline char DatumGetChar(Datum d) { return (char) d; }
static inline Datum CharGetDatum(char v) { return (Datum) (int8) v; }
static inline int8 DatumGetInt8(Datum d) { return (int8) d; }
static inline Datum Int8GetDatum(int8 v) { return (Datum) v; }
static inline uint8 DatumGetUInt8(Datum d) { return (uint8) d; }
static inline Datum UInt8GetDatum(uint8 v) { return v; }
static inline int16 DatumGetInt16(Datum d) { return (int16) d; }
static inline Datum Int16GetDatum(int16 v) { return (Datum) v; }
static inline uint16 DatumGetUInt16(Datum d) { return (uint16) d; }
static inline Datum UInt16GetDatum(uint16 v) { return v; }
static inline int32 DatumGetInt32(Datum d) { return (int32) d; }
static inline Datum Int32GetDatum(int32 v) { return (Datum) v; }
static inline uint32 DatumGetUInt32(Datum d) { return (uint32) d; }
static inline Datum UInt32GetDatum(uint32 v) { return v; }
static inline int64 DatumGetInt64(Datum d) { return (int64) d; }
static inline Datum Int64GetDatum(int64 v) { return (Datum) v; }
static inline uint64 DatumGetUInt64(Datum d) { return d; }
static inline Datum UInt64GetDatum(uint64 v) { return v; }
static inline Oid DatumGetObjectId(Datum d) { return (Oid) d; }
static inline Datum ObjectIdGetDatum(Oid v) { return v; }
static inline TransactionId DatumGetTransactionId(Datum d) { return d; }
static inline Datum TransactionIdGetDatum(TransactionId v) { return v; }
static inline CommandId DatumGetCommandId(Datum d) { return (CommandId) d; }
static inline Datum CommandIdGetDatum(CommandId v) { return v; }
static inline Datum PointerGetDatum(const void *p) { return (Datum) p; }
static inline Datum CStringGetDatum(const char *s) { return (Datum) s; }
static inline Datum NameGetDatum(const NameData *n) { return (Datum) n; }

#define DatumGetPointer(d) ((Pointer) (d))
#define DatumGetCString(d) ((char *) (d))
#define DatumGetName(d) ((Name) (d))
#define DatumGetTimestamp(d) ((Timestamp) (d))
#define DatumGetTimestampTz(d) ((TimestampTz) (d))
#define TimestampGetDatum(v) Int64GetDatum(v)
#define TimestampTzGetDatum(v) Int64GetDatum(v)
#define DatumGetDateADT(d) ((DateADT) (d))
#define DateADTGetDatum(v) Int32GetDatum(v)
#define DatumGetTimeADT(d) ((TimeADT) (d))
#define TimeADTGetDatum(v) Int64GetDatum(v)
#define DatumGetItemPointer(d) ((ItemPointer) (d))
#define ItemPointerGetDatum(p) PointerGetDatum(p)
#define Int64GetDatumFast(v) Int64GetDatum(v)
#define Float8GetDatumFast(v) Float8GetDatum(v)

static inline float4
DatumGetFloat4(Datum d)
{
    int32 bits = (int32) d;
    float4 value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline Datum
Float4GetDatum(float4 value)
{
    int32 bits;
    memcpy(&bits, &value, sizeof(bits));
    return Int32GetDatum(bits);
}

static inline float8
DatumGetFloat8(Datum d)
{
    float8 value;
    memcpy(&value, &d, sizeof(value));
    return value;
}

static inline Datum
Float8GetDatum(float8 value)
{
    Datum d;
    memcpy(&d, &value, sizeof(d));
    return d;
}

/* Copy at most size - 1 bytes and always terminate; returns the length of the source. */
Size strlcpy(char *to, const char *from, Size size);
Size strlcat(char *to, const char *from, Size size);

/* Fill a NameData from a C string, cut to NAMEDATALEN - 1 bytes and padded with zeros. */
void namestrcpy(Name name, const char *from);
int namestrcmp(const NameData *name, const char *string);

#endif
