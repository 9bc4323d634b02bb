/*
 * prepared.c - the names of prepared statements
 *
 * PREPARE and Parse share one name space; the unnamed statement stands apart.
 */
#include <string.h>

#include "base/fmgr.h"
#include "error/error.h"
#include "memory/hsearch.h"
#include "memory/memory.h"
#include "session_int.h"

#define NAMES_AT_START 32

typedef struct PreparedEntry {
    char name[NAMEDATALEN];
    Statement *statement;
} PreparedEntry;

static struct {
    HTAB *names;
    Statement *unnamed;
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
    if (statement)
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
