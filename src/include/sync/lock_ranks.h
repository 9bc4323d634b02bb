/*
 * lock_ranks.h - every kind of LWLock, in the order in which they may be taken
 *
 * A process that holds a lock may only take one that stands later in this list (L1). Kinds marked
 * SAME may be held several at once: buffer content locks and per-process locks in an order that
 * their room proves, the others in ascending address order. cassert builds assert it at each
 * acquisition. Locks of tranches that a module allocated have no rank and are not checked.
 *
 * LWTRANCHE(enum name, wait event name, SAME or ONE, what it guards)
 */
#ifndef LWTRANCHE
#error "define LWTRANCHE before including sync/lock_ranks.h"
#endif

/* --- taken first, held long --- */
LWTRANCHE(CHECKPOINT, "Checkpoint", ONE, "one checkpoint at a time")
LWTRANCHE(AUTOFILE, "AutoFile", ONE, "postgresql.auto.conf")
LWTRANCHE(TABLESPACE_CREATE, "TablespaceCreate", ONE, "making and dropping tablespaces")
LWTRANCHE(RELCACHE_INIT, "RelCacheInit", ONE, "shared relation cache file")
LWTRANCHE(RELATION_MAPPING, "RelationMapping", ONE, "map of relations to files")
LWTRANCHE(AUTOVACUUM, "Autovacuum", ONE, "autovacuum workers' shared state")
LWTRANCHE(AUTOVACUUM_SCHEDULE, "AutovacuumSchedule", ONE, "who vacuums which table")
LWTRANCHE(REPLICATION_SLOT_ALLOCATION, "ReplicationSlotAllocation", ONE, "making of slots")
LWTRANCHE(REPLICATION_SLOT_CONTROL, "ReplicationSlotControl", SAME, "array of slots")
LWTRANCHE(BACKGROUND_WORKER, "BackgroundWorker", ONE, "worker slots")
LWTRANCHE(BTREE_VACUUM, "BtreeVacuum", ONE, "vacuum cycle ids of indexes")
LWTRANCHE(SYNC_SCAN, "SyncScan", ONE, "start places of shared scans")
LWTRANCHE(SHAPE_CACHE, "ShapeCache", SAME, "shared plans")
LWTRANCHE(STATS, "PgStatsHash", SAME, "statistics entries")
LWTRANCHE(STATS_DATA, "PgStatsData", SAME, "one statistics entry")
LWTRANCHE(PARALLEL_HASH_JOIN, "ParallelHashJoin", SAME, "parallel hash join batches")
LWTRANCHE(PARALLEL_APPEND, "ParallelAppend", ONE, "choice of the next subplan")
LWTRANCHE(SHARED_TUPLESTORE, "SharedTupleStore", SAME, "shared tuple store files")

/* --- dynamic segments --- */
LWTRANCHE(DSM_REGISTRY, "DSMRegistry", ONE, "names of dynamic segments")
LWTRANCHE(DSHASH, "DSMRegistryHash", SAME, "partitions of shared hash tables")
LWTRANCHE(DSA, "DSMRegistryDSA", SAME, "size classes and areas of shared allocators")
LWTRANCHE(DSM_CONTROL, "DynamicSharedMemoryControl", ONE, "slots of dynamic segments")

/* --- pages and what is looked up while one is locked --- */
LWTRANCHE(BUFFER_CONTENT, "BufferContent", SAME, "bytes of one page; room: who uses the page")
LWTRANCHE(RELATION_EXTEND, "RelationExtend", ONE, "appending blocks to a relation")
LWTRANCHE(FAST_PATH, "LockFastPath", SAME, "fast-path locks of one process")
LWTRANCHE(LOCK_MANAGER, "LockManager", SAME, "a partition of the lock tables")
LWTRANCHE(PREDICATE_LOCK_MANAGER, "PredicateLockManager", SAME, "predicate lock partitions")
LWTRANCHE(SERIALIZABLE_XACT_HASH, "SerializableXactHash", ONE, "serializable transactions")
LWTRANCHE(TWO_PHASE_STATE, "TwoPhaseState", ONE, "prepared transactions")
LWTRANCHE(MULTIXACT_TRUNCATION, "MultiXactTruncation", ONE, "cutting of multixacts")
LWTRANCHE(MULTIXACT_GEN, "MultiXactGen", ONE, "next multixact id and member offset")
LWTRANCHE(PROC_ARRAY, "ProcArray", ONE, "which transactions run; see procarray.h")
LWTRANCHE(XID_GEN, "XidGen", ONE, "next transaction id; adding xids to the procarray")
LWTRANCHE(MULTIXACT_OFFSET_SLRU, "MultiXactOffsetSLRU", ONE, "a bank of multixact offset pages")
LWTRANCHE(MULTIXACT_MEMBER_SLRU, "MultiXactMemberSLRU", ONE, "a bank of multixact member pages")
LWTRANCHE(SUBTRANS_SLRU, "SubtransSLRU", ONE, "a bank of subtransaction pages")
LWTRANCHE(XACT_SLRU, "XactSLRU", ONE, "a bank of clog pages")
LWTRANCHE(NOTIFY_SLRU, "NotifySLRU", ONE, "a bank of notification pages")
LWTRANCHE(NOTIFY_QUEUE, "NotifyQueue", ONE, "notification queue heads")
LWTRANCHE(SERIAL_SLRU, "SerialSLRU", ONE, "a bank of serializable pages")
LWTRANCHE(BUFFER_MAPPING, "BufferMapping", SAME, "a partition of the buffer table")
LWTRANCHE(BUFFER_STRATEGY, "BufferStrategy", ONE, "clock hand and free list")
LWTRANCHE(SMGR_SIZE, "SmgrSize", SAME, "remembered sizes of relation files")
LWTRANCHE(CHECKPOINTER_COMM, "CheckpointerComm", ONE, "fsync request queue")

/* --- WAL --- */
LWTRANCHE(OID_GEN, "OidGen", ONE, "next oid")
LWTRANCHE(WAL_INSERT, "WALInsert", SAME, "one insertion slot")
LWTRANCHE(WAL_BUF_MAPPING, "WALBufMapping", ONE, "replacing of WAL pages in buffers")
LWTRANCHE(WAL_WRITE, "WALWrite", ONE, "writing and flushing WAL")
LWTRANCHE(CONTROL_FILE, "ControlFile", ONE, "global/pg_control")
LWTRANCHE(WAL_FILE, "WALFile", ONE, "making and recycling of segments")

/* --- leaves --- */
LWTRANCHE(SINVAL_WRITE, "SInvalWrite", ONE, "adding to the invalidation ring")
LWTRANCHE(SINVAL_READ, "SInvalRead", ONE, "reading it; exclusive to renumber it")
LWTRANCHE(LOGICAL_REP_WORKER, "LogicalRepWorker", ONE, "replication workers")
LWTRANCHE(SYNC_REP, "SyncRep", ONE, "waiters for synchronous standbys")
LWTRANCHE(PROC_BARRIER, "ProcSignalBarrier", ONE, "emitting of barriers")
LWTRANCHE(MEMORY_CONTEXTS, "MemoryContexts", SAME, "published context trees")
LWTRANCHE(SHMEM_INDEX, "ShmemIndex", ONE, "names in the main segment")
LWTRANCHE(ADDIN_SHMEM_INIT, "AddinShmemInit", ONE, "initialisation of modules' areas")
