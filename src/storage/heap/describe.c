/*
 * describe.c - heap records in words, for sengi-waldump and error context
 */
#include "base/bytes.h"
#include "heap_int.h"
#include "memory/stringinfo.h"

static const char *const names[] = {
    [WAL_HEAP_INSERT] = "INSERT",   [WAL_HEAP_MULTI_INSERT] = "MULTI_INSERT",
    [WAL_HEAP_DELETE] = "DELETE",   [WAL_HEAP_UPDATE] = "UPDATE",
    [WAL_HEAP_LOCK] = "LOCK",       [WAL_HEAP_CONFIRM] = "CONFIRM",
    [WAL_HEAP_INPLACE] = "INPLACE", [WAL_HEAP_PRUNE] = "PRUNE",
    [WAL_HEAP_VACUUM] = "VACUUM",   [WAL_HEAP_FREEZE] = "FREEZE",
    [WAL_HEAP_VISIBLE] = "VISIBLE",
};

const char *
heap__identify(uint8 info)
{
    unsigned op = info & WAL_HEAP_OP_MASK;

    if (op == WAL_HEAP_UPDATE && (info & WAL_HEAP_HOT) != 0)
        return "HOT_UPDATE";
    if (op == WAL_HEAP_INSERT && (info & WAL_HEAP_INIT) != 0)
        return "INSERT+INIT";
    if (op == WAL_HEAP_MULTI_INSERT && (info & WAL_HEAP_INIT) != 0)
        return "MULTI_INSERT+INIT";
    return op < lengthof(names) ? names[op] : NULL;
}

void
heap__describe(StringInfo buf, const WalRecord *record)
{
    const char *data = record->data;

    switch (record->info & WAL_HEAP_OP_MASK) {
    case WAL_HEAP_INSERT: {
        WalHeapInsert rec;
        memcpy(&rec, data, sizeof(rec));
        appendStringInfo(buf, "off %u flags 0x%02X", rec.offset, rec.flags);
        break;
    }
    case WAL_HEAP_MULTI_INSERT: {
        WalHeapMultiInsert rec;
        memcpy(&rec, data, sizeof(rec));
        appendStringInfo(buf, "%u tuples flags 0x%02X", rec.count, rec.flags);
        break;
    }
    case WAL_HEAP_DELETE: {
        WalHeapDelete rec;
        memcpy(&rec, data, sizeof(rec));
        appendStringInfo(buf, "off %u xmax %llu flags 0x%02X", rec.offset,
                         (unsigned long long)bytes_get_xid(rec.xmax), rec.flags);
        break;
    }
    case WAL_HEAP_UPDATE: {
        WalHeapUpdate rec;
        memcpy(&rec, data, sizeof(rec));
        appendStringInfo(buf, "off %u xmax %llu flags 0x%02X; new off %u xmax %llu",
                         rec.old_offset, (unsigned long long)bytes_get_xid(rec.old_xmax),
                         rec.flags, rec.new_offset,
                         (unsigned long long)bytes_get_xid(rec.new_xmax));
        break;
    }
    case WAL_HEAP_LOCK: {
        WalHeapLock rec;
        memcpy(&rec, data, sizeof(rec));
        appendStringInfo(buf, "off %u xmax %llu infobits 0x%02X flags 0x%02X", rec.offset,
                         (unsigned long long)bytes_get_xid(rec.xmax), rec.infobits, rec.flags);
        break;
    }
    case WAL_HEAP_PRUNE: {
        WalHeapPrune rec;
        memcpy(&rec, data, sizeof(rec));
        appendStringInfo(buf, "latest removed xid %llu nredirected %u ndead %u nunused %u",
                         (unsigned long long)bytes_get_xid(rec.conflict_xid), rec.redirected,
                         rec.dead, rec.unused);
        break;
    }
    case WAL_HEAP_VACUUM:
    case WAL_HEAP_FREEZE:
    case WAL_HEAP_CONFIRM:
    case WAL_HEAP_INPLACE: {
        uint16 number;
        memcpy(&number, data, sizeof(number));
        appendStringInfo(buf, "%u", number);
        break;
    }
    case WAL_HEAP_VISIBLE: {
        WalHeapVisible rec;
        memcpy(&rec, data, sizeof(rec));
        appendStringInfo(buf, "cutoff xid %llu flags 0x%02X",
                         (unsigned long long)bytes_get_xid(rec.cutoff_xid), rec.bits);
        break;
    }
    default:
        break;
    }
}
