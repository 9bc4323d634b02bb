/*
 * file.h - virtual file descriptors, durable file operations, published stdio wrappers
 *
 * A File is an index into this process's table of virtual descriptors: the kernel's descriptor
 * behind it is closed and opened again as max_files_per_process demands. Relative paths are
 * relative to the data directory, which is every server process's working directory.
 *
 * Errors  Functions that return int or ssize_t: < 0 with errno set, never throw (except that
 *         file_open_temp and the durable_* with elevel >= ERROR throw). Short reads at end of file
 *         return the bytes read; a short write is continued, and what cannot be written fails with
 *         ENOSPC.
 */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/base.h"

typedef int File; /* >= 0; -1 is no file */

#define FILE_MODE_DEFAULT 0600
#define DIR_MODE_DEFAULT 0700
extern int file_create_mode; /* 0600, or 0640 when the data directory is group readable */
extern int dir_create_mode;

/* Sets the modes above and the umask from the data directory's own mode. */
extern void file_set_data_directory_modes(mode_t data_directory_mode);

/* Once per process, before any other call; and what the process may open at most. */
extern void file_init(void);
/* Bounds max_files_per_process by the kernel's limit, once settings are final. */
extern void file_limit_descriptors(void);

/* --- virtual descriptors --- */
extern File file_open(const char *path, int flags);
extern File file_open_mode(const char *path, int flags, mode_t mode);
extern void file_close(File file);
extern ssize_t file_read(File file, void *buffer, size_t size, off_t offset, uint32 wait_event);
extern ssize_t file_write(File file, const void *buffer, size_t size, off_t offset,
                          uint32 wait_event);
extern int file_sync(File file, uint32 wait_event);
extern off_t file_size(File file);
extern int file_truncate(File file, off_t size, uint32 wait_event);
extern int file_prefetch(File file, off_t offset, off_t size, uint32 wait_event);
extern void file_writeback(File file, off_t offset, off_t size, uint32 wait_event);
/* Makes [offset, offset + size) exist as zeros; posix_fallocate for large runs. */
extern int file_extend_zero(File file, off_t offset, off_t size, uint32 wait_event);
extern const char *file_path(File file);

/* Temporary file in base/pgsql_tmp, removed on close; owned by CurrentResourceOwner. */
extern File file_open_temp(void);
extern uint64 file_temp_bytes_written(void);
extern uint64 file_temp_files_created(void);
/* Removes what a crashed server left in pgsql_tmp; called by the startup process. */
extern void file_remove_temp_leftovers(void);

/* --- published names: closed at transaction end if forgotten --- */
extern FILE *AllocateFile(const char *name, const char *mode);
extern int FreeFile(FILE *file);
extern FILE *OpenPipeStream(const char *command, const char *mode);
extern int ClosePipeStream(FILE *file);
extern DIR *AllocateDir(const char *dirname);
extern struct dirent *ReadDir(DIR *dir, const char *dirname);
extern struct dirent *ReadDirExtended(DIR *dir, const char *dirname, int elevel);
extern int FreeDir(DIR *dir);
extern int OpenTransientFile(const char *path, int flags);
extern int OpenTransientFilePerm(const char *path, int flags, mode_t mode);
extern int CloseTransientFile(int fd);
extern int BasicOpenFile(const char *path, int flags);
extern int BasicOpenFilePerm(const char *path, int flags, mode_t mode);

/* xact calls these: forgotten streams are closed; a leak at commit is a WARNING. */
extern void file_at_transaction_end(bool is_commit);
/* before_shmem_exit: temp files of this process go. */
extern void file_at_process_exit(void);

/* --- durability --- */
/* PANIC, or `elevel` when data_sync_retry is on: a failed fsync may have lost the pages. */
extern int data_sync_elevel(int elevel);
extern int pg_fsync(int fd);     /* honours fsync = off; -1 and errno on failure */
extern int pg_fdatasync(int fd);
extern void pg_flush_data(int fd, off_t offset, off_t size);
extern int fsync_fname(const char *path, bool is_directory, int elevel);
extern int fsync_parent_path(const char *path, int elevel);
extern int durable_rename(const char *old_path, const char *new_path, int elevel);
extern int durable_unlink(const char *path, int elevel);

/* --- directories --- */
extern int MakePGDirectory(const char *path);
extern bool rmtree(const char *path, bool remove_top);
/* Copies a directory's files (not deeper); reflink or copy_file_range; throws. Not yet fsynced. */
extern void copy_dir(const char *from, const char *to);
extern void copy_file(const char *from, const char *to);
extern void file_sync_tree(const char *path); /* fsync of every file and directory below; throws */

/* --- faults on demand: -Dstop_points=true only --- */
#ifdef USE_STOP_POINTS
typedef enum FileFaultKind {
    FILE_FAULT_NONE = 0,
    FILE_FAULT_EIO,   /* the n-th operation fails with EIO */
    FILE_FAULT_TEAR,  /* the n-th write writes half and the process kills itself */
    FILE_FAULT_ENOSPC /* every write that extends fails from the n-th on */
} FileFaultKind;
extern void file_set_fault(FileFaultKind kind, int countdown);
#endif

#endif
