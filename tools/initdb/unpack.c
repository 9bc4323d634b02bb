/*
 * unpack.c - writes the template of a new cluster into a directory
 *
 * Why        The template is made when the server is built, a tar archive compressed by zstd.
 *            Unpacking it costs the time of making its files and no more.
 * Errors     returns an errno, with the path it concerns
 */
#include "initdb_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zstd.h>

#define TAR_BLOCK 512

/* The fields of a ustar header that we read. */
typedef struct TarHeader {
    char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type, link[100];
    char magic[6], version[2], uname[32], gname[32], major[8], minor[8], prefix[155], pad[12];
} TarHeader;
_Static_assert(sizeof(TarHeader) == TAR_BLOCK, "a tar header is one block");

static unsigned char *
read_whole(const char *path, size_t *ret_size)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    unsigned char *bytes = NULL;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &status) == 0 && (bytes = malloc((size_t) status.st_size + 1)) != NULL &&
        read(fd, bytes, (size_t) status.st_size) != status.st_size) {
        free(bytes);
        bytes = NULL;
    }
    close(fd);
    *ret_size = bytes ? (size_t) status.st_size : 0;
    return bytes;
}

static int
write_file(int dir, const char *name, const unsigned char *bytes, size_t size)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno;
    while (size > 0) {
        ssize_t written = write(fd, bytes, size);

        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0) {
            int failure = written == 0 ? ENOSPC : errno;

            close(fd);
            return failure;
        }
        bytes += written;
        size -= (size_t) written;
    }
    return close(fd) == 0 ? 0 : errno;
}

static int
unpack_tar(const unsigned char *tar, size_t size, int dir, char *ret_path)
{
    for (size_t at = 0; at + TAR_BLOCK <= size;) {
        const TarHeader *header = (const TarHeader *) (tar + at);
        size_t bytes = strtoul(header->size, NULL, 8);
        char name[101];
        int failure = 0;

        if (header->name[0] == '\0')
            return 0;
        snprintf(name, sizeof name, "%.100s", header->name);
        at += TAR_BLOCK;
        if (bytes > size - at)
            return EINVAL;
        if (header->type == '5') {
            if (strcmp(name, "./") != 0 && mkdirat(dir, name, 0700) != 0)
                failure = errno;
        } else if (header->type == '0' || header->type == '\0') {
            failure = write_file(dir, name, tar + at, bytes);
        }
        if (failure) {
            strcpy(ret_path, name);
            return failure;
        }
        at += (bytes + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
    }
    return 0;
}

int
initdb_unpack(const char *image, const char *data_dir, char *ret_path)
{
    size_t packed_size;
    unsigned char *packed = read_whole(image, &packed_size), *tar = NULL;
    int failure = 0, dir = -1;

    snprintf(ret_path, INITDB_PATH_CHARS_MAX, "%s", image);
    if (!packed)
        return errno ? errno : EIO;

    unsigned long long size = ZSTD_getFrameContentSize(packed, packed_size);

    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN ||
        (tar = malloc(size)) == NULL ||
        ZSTD_isError(ZSTD_decompress(tar, size, packed, packed_size)))
        failure = EINVAL;
    if (!failure && (dir = open(data_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        failure = errno;
    if (!failure)
        failure = unpack_tar(tar, size, dir, ret_path);
    if (dir >= 0)
        close(dir);
    free(tar);
    free(packed);
    return failure;
}
