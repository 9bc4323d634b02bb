/*
 * pages.c - sengi-pages: decodes the pages of a relation file
 *
 * Reads a file as it lies on disk, without a server. Exit code 1 if a page is damaged, 2 for a
 * wrong call or a file that cannot be read.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <unistd.h>

#include "pages.h"

static struct {
    const char *path;
    BlockNumber first, last;
    BlockNumber file_first; /* block number of the file's first page: segment * 131072 */
    PageKind kind;
    bool with_items, with_bytes, check_only, raw;
} options = {.last = MaxBlockNumber, .with_items = true};

static const char usage[] =
    "sengi-pages decodes the pages of a relation file.\n\n"
    "Usage:\n"
    "  sengi-pages [OPTION]... FILE\n\n"
    "Options:\n"
    "  -b, --block=N        only this block, or a range N-M\n"
    "  -c, --check          only check the pages; print the damaged ones\n"
    "  -k, --kind=KIND      heap, btree, fsm or vm; default: by name and content\n"
    "  -s, --summary        page headers, without items\n"
    "  -x, --hex            also the bytes of each item\n"
    "  -X, --raw            the bytes of the whole page\n"
    "  -V, --version        output version information, then exit\n"
    "  -?, --help           show this help, then exit\n";

static PageKind
kind_by_name(const char *path)
{
    const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;

    if (strstr(name, "_fsm") != NULL)
        return KIND_FSM;
    if (strstr(name, "_vm") != NULL)
        return KIND_VM;
    return KIND_UNKNOWN;
}

/* A file's later gigabytes are FILE.1, FILE.2 ... */
static BlockNumber
first_block_of(const char *path)
{
    const char *dot = strrchr(path, '.');

    if (dot == NULL || dot[1] == '\0' || strspn(dot + 1, "0123456789") != strlen(dot + 1))
        return 0;
    return (BlockNumber)strtoul(dot + 1, NULL, 10) * RELSEG_SIZE;
}

static PageKind
kind_of_page(const char *page)
{
    if (options.kind != KIND_UNKNOWN)
        return options.kind;
    return page_special_size(page) == sizeof(BtreePageOpaque) ? KIND_BTREE : KIND_HEAP;
}

static void
print_fsm(const char *page)
{
    const FsmPage *fsm = (const FsmPage *)(page + PAGE_HEADER_SIZE);

    printf("  free space map: most %u bytes free, next slot %u\n",
           fsm->nodes[0] * FSM_CLASS_BYTES, fsm->next);
    for (int slot = 0; options.with_items && slot < FSM_SLOTS; slot++)
        if (fsm->nodes[FSM_INNER + slot] != 0)
            printf("    slot %d: %u\n", slot, fsm->nodes[FSM_INNER + slot] * FSM_CLASS_BYTES);
}

static void
print_vm(const char *page, BlockNumber block)
{
    const uint8 *bits = (const uint8 *)page + PAGE_HEADER_SIZE;
    unsigned visible = 0, frozen = 0;

    for (int i = 0; i < VM_BYTES; i++) {
        visible += (unsigned)__builtin_popcount(bits[i] & 0x55);
        frozen += (unsigned)__builtin_popcount(bits[i] & 0xaa);
    }
    printf("  visibility map: %u blocks all-visible, %u all-frozen\n", visible, frozen);
    for (unsigned i = 0; options.with_items && i < VM_BLOCKS_PER_PAGE; i++) {
        unsigned value = (bits[i / VM_BLOCKS_PER_BYTE] >> (i % VM_BLOCKS_PER_BYTE * 2)) & 3;
        if (value != 0)
            printf("    block %u:%s%s\n", block * VM_BLOCKS_PER_PAGE + i,
                   (value & VM_ALL_VISIBLE) != 0 ? " all-visible" : "",
                   (value & VM_ALL_FROZEN) != 0 ? " all-frozen" : "");
    }
}

static void
print_header(const char *page)
{
    PageHeader header = page_header(page);

    printf("  lsn %X/%X crc %08x flags%s%s%s lower %u upper %u special %u version %u items %u "
           "free %zu\n",
           LSN_FORMAT_ARGS(header->lsn), header->crc,
           page_has_flag(page, PAGE_HAS_FREE_LINES) ? " free-lines" : "",
           page_has_flag(page, PAGE_FULL) ? " full" : "",
           page_has_flag(page, PAGE_ALL_VISIBLE) ? " all-visible" : "", header->lower,
           header->upper, header->special, header->version, page_max_offset(page),
           page_exact_free_space(page));
    if (page_prune_xid(page) != 0)
        printf("  prune xid %llu\n", (unsigned long long)page_prune_xid(page));
}

/* What is wrong with the page, or NULL. */
static const char *
fault_of(const char *page, BlockNumber block)
{
    PageHeader header = page_header(page);

    if (page_is_new(page))
        return page_is_all_zero(page) ? NULL : "header is zero, but the page is not";
    if (header->lower < PAGE_HEADER_SIZE || header->lower > header->upper ||
        header->upper > header->special || header->special > BLCKSZ)
        return "lower, upper and special are out of order";
    if (header->version != PAGE_LAYOUT_VERSION)
        return "another layout version";
    if (header->crc != page_compute_crc(page, block))
        return "checksum does not match";
    return NULL;
}

/* False if the page is damaged. */
static bool
print_page(const char *page, BlockNumber block)
{
    const char *fault = fault_of(page, block);

    if (options.check_only) {
        if (fault != NULL)
            printf("block %u: %s\n", block, fault);
        return fault == NULL;
    }
    printf("block %u\n", block);
    if (fault != NULL)
        printf("  damaged: %s\n", fault);
    if (options.raw)
        print_bytes(page, BLCKSZ);
    if (page_is_new(page)) {
        printf("  new page\n");
        return fault == NULL;
    }
    print_header(page);
    if (fault != NULL)
        return false;
    switch (kind_of_page(page)) {
    case KIND_FSM:
        print_fsm(page);
        break;
    case KIND_VM:
        print_vm(page, block);
        break;
    case KIND_BTREE:
        print_btree_page(page, options.with_items, options.with_bytes);
        break;
    default:
        if (options.with_items)
            print_heap_items(page, options.with_bytes);
    }
    return true;
}

static int
print_file(void)
{
    _Alignas(8) char page[BLCKSZ];
    int fd = open(options.path, O_RDONLY | O_CLOEXEC), status = 0;
    BlockNumber block = options.first;

    if (fd < 0) {
        fprintf(stderr, "sengi-pages: could not open file \"%s\": %s\n", options.path,
                strerror(errno));
        return 2;
    }
    for (; block <= options.last; block++) {
        ssize_t got = pread(fd, page, BLCKSZ, (off_t)block * BLCKSZ);
        if (got == 0)
            break;
        if (got != BLCKSZ) {
            fprintf(stderr, "sengi-pages: could not read block %u of file \"%s\": %s\n", block,
                    options.path, got < 0 ? strerror(errno) : "the file ends within the page");
            status = 2;
            break;
        }
        if (!print_page(page, options.file_first + block) && status == 0)
            status = 1;
    }
    close(fd);
    if (options.check_only && status == 0)
        printf("%u pages, none damaged\n", block - options.first);
    return status;
}

static bool
parse_kind(const char *name)
{
    static const char *const names[] = {[KIND_HEAP] = "heap", [KIND_BTREE] = "btree",
                                        [KIND_FSM] = "fsm", [KIND_VM] = "vm"};

    for (size_t i = KIND_HEAP; i < lengthof(names); i++)
        if (strcmp(name, names[i]) == 0) {
            options.kind = (PageKind)i;
            return true;
        }
    return false;
}

static bool
parse_range(const char *text)
{
    char *end;

    options.first = (BlockNumber)strtoul(text, &end, 10);
    options.last = options.first;
    if (end == text)
        return false;
    if (*end == '-') {
        const char *second = end + 1;
        options.last = (BlockNumber)strtoul(second, &end, 10);
        if (end == second)
            return false;
    }
    return *end == '\0' && options.first <= options.last;
}

int
main(int argc, char **argv)
{
    static const struct option longs[] = {
        {"block", required_argument, NULL, 'b'}, {"check", no_argument, NULL, 'c'},
        {"kind", required_argument, NULL, 'k'},  {"summary", no_argument, NULL, 's'},
        {"hex", no_argument, NULL, 'x'},         {"raw", no_argument, NULL, 'X'},
        {"version", no_argument, NULL, 'V'},     {"help", no_argument, NULL, '?'},
        {NULL, 0, NULL, 0}};
    int letter;

    if (argc > 1 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-?") == 0)) {
        fputs(usage, stdout);
        return 0;
    }
    while ((letter = getopt_long(argc, argv, "b:ck:sxXV", longs, NULL)) != -1) {
        bool good = true;
        switch (letter) {
        case 'b':
            good = parse_range(optarg);
            break;
        case 'c':
            options.check_only = true;
            break;
        case 'k':
            good = parse_kind(optarg);
            break;
        case 's':
            options.with_items = false;
            break;
        case 'x':
            options.with_bytes = true;
            break;
        case 'X':
            options.raw = true;
            break;
        case 'V':
            puts("sengi-pages (Sengi) " SENGI_VERSION);
            return 0;
        default:
            good = false;
        }
        if (!good) {
            fputs("Try \"sengi-pages --help\" for more information.\n", stderr);
            return 2;
        }
    }
    if (optind + 1 != argc) {
        fputs("sengi-pages: one file is needed\n"
              "Try \"sengi-pages --help\" for more information.\n",
              stderr);
        return 2;
    }
    options.path = argv[optind];
    options.file_first = first_block_of(options.path);
    if (options.kind == KIND_UNKNOWN)
        options.kind = kind_by_name(options.path);
    return print_file();
}
