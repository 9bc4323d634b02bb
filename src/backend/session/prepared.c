/*
 * prepared.c - the names of prepared statements
 *
 * PREPARE and Parse share one name space; the unnamed statement stands apart.
 */
#include <string.h>

#include "base/hash.h"
#include "error/error.h"
#include "memory/hsearch.h"
#include "memory/memory.h"
#include "session_int.h"

#define NAMES_AT_START 32
#define TEXTS_MAX 256 /* a power of two */

typedef struct PreparedEntry {
    char name[NAMEDATALEN];
    Statement *statement;
} PreparedEntry;

/* A remembered text of the unnamed statement. */
typedef struct TextEntry {
    uint32 hash;
    Statement *statement; /* NULL: free */
    Oid *given_types;
    int given_count;
} TextEntry;

static struct {
    HTAB *names;
    Statement *unnamed;
    TextEntry texts[TEXTS_MAX]; /* each at its hash, a later one replaces an earlier */
} prepared;

static HTAB *
names(void)
{
    if (!prepared.names) {
        HASHCTL control = {.keysize = NAMEDATALEN, .entrysize = sizeof(PreparedEntry)};

        prepared.names = hash_create("prepared statements", NAMES_AT_START, &control,
                                     HASH_ELEM | HASH_STRINGS);
    }
    return prepared.names;
}

void
prepared_visit(void (*visit)(const char *name, const Statement *statement, void *arg), void *arg)
{
    HASH_SEQ_STATUS scan;
    PreparedEntry *entry;

    if (!prepared.names)
        return;
    hash_seq_init(&scan, prepared.names);
    while ((entry = hash_seq_search(&scan)) != NULL)
        visit(entry->name, entry->statement, arg);
}

Statement *
prepared_unnamed(void)
{
    if (!prepared.unnamed)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_PSTATEMENT),
                        errmsg("unnamed prepared statement does not exist")));
    return prepared.unnamed;
}

void
prepared_drop_unnamed(void)
{
    Statement *statement = prepared.unnamed;

    prepared.unnamed = NULL;
    if (statement && !statement->is_remembered)
        statement_free(statement);
}

Statement *
prepared_find(const char *name, bool missing_ok)
{
    if (!name[0])
        return prepared_unnamed();

    PreparedEntry *entry = prepared.names ? hash_search(prepared.names, name, HASH_FIND, NULL)
                                          : NULL;

    if (!entry && !missing_ok)
        ereport(ERROR, (errcode(ERRCODE_UNDEFINED_PSTATEMENT),
                        errmsg("prepared statement \"%s\" does not exist", name)));
    return entry ? entry->statement : NULL;
}

/* Takes the statement over: its context moves to TopMemoryContext. */
void
prepared_store(const char *name, Statement *statement)
{
    if (!name[0]) {
        prepared_drop_unnamed();
        MemoryContextSetParent(statement->context, TopMemoryContext);
        prepared.unnamed = statement;
        return;
    }

    bool found;
    PreparedEntry *entry = hash_search(names(), name, HASH_ENTER, &found);

    if (found)
        ereport(ERROR, (errcode(ERRCODE_DUPLICATE_PSTATEMENT),
                        errmsg("prepared statement \"%s\" already exists", name)));
    entry->statement = statement;
    MemoryContextSetParent(statement->context, TopMemoryContext);
}

void
prepared_drop(const char *name, bool missing_ok)
{
    if (!name[0]) {
        prepared_drop_unnamed();
        return;
    }

    Statement *statement = prepared_find(name, missing_ok);

    if (!statement)
        return;
    hash_search(prepared.names, name, HASH_REMOVE, NULL);
    statement_free(statement);
}

void
prepared_drop_all(void)
{
    HASH_SEQ_STATUS status;
    PreparedEntry *entry;

    if (!prepared.names)
        return;
    hash_seq_init(&status, prepared.names);
    while ((entry = hash_seq_search(&status)) != NULL) {
        Statement *statement = entry->statement;

        hash_search(prepared.names, entry->name, HASH_REMOVE, NULL);
        statement_free(statement);
    }
}

/* ---- texts of the unnamed statement ---- */

static TextEntry *
text_entry(const char *sql, uint32 *ret_hash)
{
    *ret_hash = hash_bytes(sql, strlen(sql));
    return &prepared.texts[*ret_hash % TEXTS_MAX];
}

bool
prepared_reuse_unnamed(const char *sql, const Oid *types, int type_count)
{
    uint32 hash;
    TextEntry *entry = text_entry(sql, &hash);

    if (!entry->statement || entry->hash != hash || entry->given_count != type_count ||
        entry->statement->stamp != statement_stamp() || strcmp(entry->statement->sql, sql) != 0 ||
        (type_count > 0 &&
         memcmp(entry->given_types, types, sizeof(Oid) * (Size) type_count) != 0))
        return false;
    if (prepared.unnamed != entry->statement)
        prepared_drop_unnamed();
    prepared.unnamed = entry->statement;
    return true;
}

static void
forget(TextEntry *entry)
{
    Statement *statement = entry->statement;

    if (!statement)
        return;
    entry->statement = NULL;
    statement->is_remembered = false;
    if (entry->given_types)
        pfree(entry->given_types);
    entry->given_types = NULL;
    if (prepared.unnamed != statement)
        statement_free(statement);
}

void
prepared_remember_unnamed(Statement *statement, const Oid *types, int type_count)
{
    uint32 hash;
    TextEntry *entry = text_entry(statement->sql, &hash);

    if (!statement->raw || shape_cache == SHAPE_CACHE_OFF)
        return;
    forget(entry);
    entry->hash = hash;
    entry->given_count = type_count;
    if (type_count > 0) {
        entry->given_types = MemoryContextAlloc(TopMemoryContext, sizeof(Oid) * (Size) type_count);
        memcpy(entry->given_types, types, sizeof(Oid) * (Size) type_count);
    }
    entry->statement = statement;
    statement->is_remembered = true;
}

void
prepared_forget_texts(void)
{
    for (int i = 0; i < TEXTS_MAX; i++)
        forget(&prepared.texts[i]);
}
