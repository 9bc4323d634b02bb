/*
 * sync_request.h - who still owes an fsync, collected for the next checkpoint
 *
 * A process that wrote a file without fsync hands a FileTag to the checkpointer through a queue in
 * shared memory; a full queue is compacted, and if that does not help the caller does the fsync
 * itself. The checkpointer absorbs the queue into a private table, and a checkpoint fsyncs what is
 * there when it starts. Files whose unlink must wait for the next checkpoint (so that their number
 * is not used again before) travel the same way.
 */
#ifndef FILE_SYNC_REQUEST_H
#define FILE_SYNC_REQUEST_H

#include "base/base.h"

typedef enum SyncRequestType {
    SYNC_REQUEST,        /* fsync this file at the next checkpoint */
    SYNC_UNLINK_REQUEST, /* unlink it after the next checkpoint */
    SYNC_FORGET_REQUEST, /* forget requests for this file */
    SYNC_FILTER_REQUEST, /* forget all that match */
} SyncRequestType;

typedef enum SyncHandlerKind {
    SYNC_HANDLER_MD = 0,
    SYNC_HANDLER_CLOG,
    SYNC_HANDLER_MULTIXACT_OFFSET,
    SYNC_HANDLER_MULTIXACT_MEMBER,
    SYNC_HANDLER_NONE,
    SYNC_HANDLER_COUNT = SYNC_HANDLER_NONE,
} SyncHandlerKind;

typedef struct FileTag {
    int16 handler;
    int16 fork;
    RelFileLocator locator;
    uint64 segment;
} FileTag;

typedef struct SyncHandler {
    /* fsync the file; -1 with errno; fills the path for messages */
    int (*sync)(const FileTag *tag, char *ret_path);
    int (*unlink)(const FileTag *tag, char *ret_path);
    bool (*matches)(const FileTag *pattern, const FileTag *candidate);
} SyncHandler;

extern void sync_register_handler(SyncHandlerKind kind, const SyncHandler *handler);
extern void sync_shmem_register(void);

/* Hands on a request. False when the queue is full and retry_on_full is false. */
extern bool sync_register_request(const FileTag *tag, SyncRequestType type, bool retry_on_full);

/* Checkpointer (also startup process and single-process tools): owns the private table. */
extern void sync_become_owner(void);
extern void sync_absorb_requests(void);
extern void sync_pre_checkpoint(void);
extern void sync_process_requests(int *ret_files, uint64 *ret_longest_us, uint64 *ret_total_us);
extern void sync_post_checkpoint(void);
/* Requests that backends had to serve themselves since start. */
extern uint64 sync_backend_fsync_count(void);

#endif
