/*
 * vm.c - visibility map
 *
 * Two bits a heap block, four blocks a byte, from the page header on. Setting is logged; clearing is
 * part of the heap change's record (WHF_*_ALL_VISIBLE_CLEARED), whose redo clears by block number.
 * A map page that does not check reads as zeros, which is always safe: a cleared bit promises nothing.
 *
 * Locks      the heap page first, then the map page.
 */
#include "heap_int.h"
#include "recovery/recovery.h"
#include "xact/inval.h"

#define map_page(block) ((block) / VM_BLOCKS_PER_PAGE)
#define map_byte(block) (((block) % VM_BLOCKS_PER_PAGE) / VM_BLOCKS_PER_BYTE)
#define map_shift(block) (((block) % VM_BLOCKS_PER_BYTE) * 2)

static uint8 *
map_of(Buffer buffer)
{
    return (uint8 *)buffer_page(buffer) + PAGE_HEADER_SIZE;
}

static Buffer
read_page(Relation rel, BlockNumber page, bool extend)
{
    SmgrRelation *smgr = relation_smgr(rel);
    BlockNumber known = smgr->cached_nblocks[VISIBILITYMAP_FORKNUM];
    Buffer buffer;

    if (known == InvalidBlockNumber || (page >= known && extend)) {
        known = smgr_exists(smgr, VISIBILITYMAP_FORKNUM) ? smgr_nblocks(smgr, VISIBILITYMAP_FORKNUM)
                                                         : 0;
        smgr->cached_nblocks[VISIBILITYMAP_FORKNUM] = known;
    }
    if (page >= known) {
        if (!extend)
            return InvalidBuffer; /* others tell us when they make it longer */
        if (!smgr_exists(smgr, VISIBILITYMAP_FORKNUM))
            smgr_create(smgr, VISIBILITYMAP_FORKNUM, false);
        buffer_extend_to(smgr, VISIBILITYMAP_FORKNUM, page + 1);
        if (!InRecovery)
            inval_send_smgr(&rel->rd_locator);
    }
    buffer = buffer_read(smgr, VISIBILITYMAP_FORKNUM, page, BUFFER_READ_ZERO_ON_ERROR, NULL);
    if (page_is_new(buffer_page(buffer))) {
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
        if (page_is_new(buffer_page(buffer)))
            page_init(buffer_page(buffer), 0);
        buffer_unlock(buffer);
    }
    return buffer;
}

void
vm_pin(Relation rel, BlockNumber heap_block, Buffer *buffer)
{
    if (BufferIsValid(*buffer)) {
        if (buffer_block(*buffer) == map_page(heap_block))
            return;
        buffer_release(*buffer);
        *buffer = InvalidBuffer;
    }
    *buffer = read_page(rel, map_page(heap_block), true);
}

bool
vm_pin_ok(BlockNumber heap_block, Buffer buffer)
{
    return BufferIsValid(buffer) && buffer_block(buffer) == map_page(heap_block);
}

bool
vm_clear(Relation rel, BlockNumber heap_block, Buffer vm_buffer, uint8 bits)
{
    uint8 mask = (uint8)(bits << map_shift(heap_block));
    uint8 *byte = &map_of(vm_buffer)[map_byte(heap_block)];
    bool cleared = false;

    Assert(vm_pin_ok(heap_block, vm_buffer));
    buffer_lock(vm_buffer, BUFFER_LOCK_EXCLUSIVE);
    if ((*byte & mask) != 0) {
        *byte &= (uint8)~mask;
        buffer_mark_dirty(vm_buffer);
        cleared = true;
    }
    buffer_unlock(vm_buffer);
    return cleared;
}

void
heap__vm_set_bits(Buffer vm_buffer, BlockNumber heap_block, uint8 bits)
{
    uint8 *byte = &map_of(vm_buffer)[map_byte(heap_block)];
    int shift = map_shift(heap_block);

    *byte = (uint8)((*byte & ~(VM_VALID_BITS << shift)) | (bits << shift));
}

/* V1, V2. lsn: of the record in redo; InvalidXLogRecPtr: log it here. */
void
vm_set(Relation rel, BlockNumber heap_block, Buffer heap_buffer, XLogRecPtr lsn, Buffer vm_buffer,
       TransactionId cutoff_xid, uint8 bits)
{
    int shift = map_shift(heap_block);
    uint8 *byte = &map_of(vm_buffer)[map_byte(heap_block)];

    Assert(vm_pin_ok(heap_block, vm_buffer));
    Assert(bits == VM_ALL_VISIBLE || bits == VM_VALID_BITS);
    Assert(page_has_flag(buffer_page(heap_buffer), PAGE_ALL_VISIBLE));
    buffer_lock(vm_buffer, BUFFER_LOCK_EXCLUSIVE);
    if (((*byte >> shift) & VM_VALID_BITS) != bits) {
        START_CRIT_SECTION();
        heap__vm_set_bits(vm_buffer, heap_block, bits);
        buffer_mark_dirty(vm_buffer);
        if (RelationNeedsWAL(rel) && lsn == InvalidXLogRecPtr) {
            WalHeapVisible record = {.bits = bits};
            memcpy(record.cutoff_xid, &cutoff_xid, 6);
            buffer_mark_dirty(heap_buffer);
            wal_begin_insert();
            wal_register_data(&record, sizeof(record));
            buffer_wal_register(0, vm_buffer, WAL_BLOCK_NO_IMAGE);
            buffer_wal_register(1, heap_buffer, WAL_BLOCK_STANDARD);
            lsn = wal_insert(WAL_RMGR_HEAP, WAL_HEAP_VISIBLE);
            page_set_lsn(buffer_page(heap_buffer), lsn);
        }
        if (lsn != InvalidXLogRecPtr)
            page_set_lsn(buffer_page(vm_buffer), lsn);
        END_CRIT_SECTION();
    }
    buffer_unlock(vm_buffer);
}

uint8
vm_status(Relation rel, BlockNumber heap_block, Buffer *buffer)
{
    if (BufferIsValid(*buffer) && buffer_block(*buffer) != map_page(heap_block)) {
        buffer_release(*buffer);
        *buffer = InvalidBuffer;
    }
    if (!BufferIsValid(*buffer)) {
        *buffer = read_page(rel, map_page(heap_block), false);
        if (!BufferIsValid(*buffer))
            return 0;
    }
    return (uint8)((map_of(*buffer)[map_byte(heap_block)] >> map_shift(heap_block)) &
                   VM_VALID_BITS);
}

void
vm_count(Relation rel, BlockNumber *ret_all_visible, BlockNumber *ret_all_frozen)
{
    BlockNumber visible = 0, frozen = 0;

    for (BlockNumber page = 0;; page++) {
        Buffer buffer = read_page(rel, page, false);
        const uint64 *words;

        if (!BufferIsValid(buffer))
            break;
        words = (const uint64 *)map_of(buffer);
        for (int i = 0; i < VM_BYTES / 8; i++) {
            uint64 word;
            memcpy(&word, words + i, sizeof(word));
            visible += (BlockNumber)__builtin_popcountll(word & UINT64CONST(0x5555555555555555));
            frozen += (BlockNumber)__builtin_popcountll(word & UINT64CONST(0xaaaaaaaaaaaaaaaa));
        }
        buffer_release(buffer);
    }
    *ret_all_visible = visible;
    if (ret_all_frozen != NULL)
        *ret_all_frozen = frozen;
}

BlockNumber
vm_prepare_truncate(Relation rel, BlockNumber heap_blocks)
{
    BlockNumber keep = map_page(heap_blocks);
    SmgrRelation *smgr = relation_smgr(rel);

    if (!smgr_exists(smgr, VISIBILITYMAP_FORKNUM))
        return InvalidBlockNumber;
    if (map_byte(heap_blocks) != 0 || map_shift(heap_blocks) != 0) {
        Buffer buffer = read_page(rel, keep, false);
        uint8 *map;

        keep++;
        if (!BufferIsValid(buffer))
            return InvalidBlockNumber;
        buffer_lock(buffer, BUFFER_LOCK_EXCLUSIVE);
        map = map_of(buffer);
        map[map_byte(heap_blocks)] &= (uint8)((1 << map_shift(heap_blocks)) - 1);
        memset(map + map_byte(heap_blocks) + 1, 0, VM_BYTES - map_byte(heap_blocks) - 1);
        buffer_mark_dirty(buffer);
        buffer_unlock_release(buffer);
    }
    return keep < smgr_nblocks(smgr, VISIBILITYMAP_FORKNUM) ? keep : InvalidBlockNumber;
}
