/*
 * raw_parse.c - the binding of libpg_query: text to raw trees
 *
 * Why        libpg_query is PostgreSQL's own grammar. Its tree comes as one protobuf message, and
 *            both building and unpacking it recurse as deep as the tree is. So the depth is bounded
 *            first, on tokens, by a scan that needs no stack (raw_depth.c).
 * Memory     the unpacked tree is palloc'd in the caller's context and is never freed singly.
 * Errors     syntax errors are 42601 with the grammar's own message; depth is 54001.
 */
#include "base/base.h"

#include "pg_query_int.h"
#include <string.h>

#include "error/error.h"
#include "memory/memory.h"
#include "parser/nodefuncs.h"
#include "parser/parser.h"
#include "raw_depth_int.h"
#include "raw_int.h"

static void *
unpack_alloc(void *unused, size_t size)
{
    return MemoryContextAllocHuge(CurrentMemoryContext, size);
}

static void
unpack_free(void *unused, void *chunk)
{
    if (chunk != NULL)
        pfree(chunk);
}

static ProtobufCAllocator unpack_allocator = {unpack_alloc, unpack_free, NULL};

/* Errors of the grammar that are not plain syntax errors, or that carry a hint. */
static const struct GrammarError {
    const char *start; /* of the message */
    int sqlstate;
    const char *hint;
} grammar_errors[] = {
    {"subquery in FROM must have an alias", ERRCODE_SYNTAX_ERROR,
     "For example, FROM (SELECT ...) [AS] foo."},
    {"VALUES in FROM must have an alias", ERRCODE_SYNTAX_ERROR,
     "For example, FROM (VALUES ...) [AS] foo."},
    {"LIMIT #,# syntax is not supported", ERRCODE_SYNTAX_ERROR,
     "Use separate LIMIT and OFFSET clauses."},
    {"ON CONFLICT DO UPDATE requires inference", ERRCODE_SYNTAX_ERROR,
     "For example, ON CONFLICT (column_name)."},
    {"frame start", ERRCODE_WINDOWING_ERROR, NULL},
    {"frame end", ERRCODE_WINDOWING_ERROR, NULL},
    {"frame of", ERRCODE_WINDOWING_ERROR, NULL},
    {"invalid Unicode", ERRCODE_SYNTAX_ERROR, NULL},
    {"unsafe use of \\'", ERRCODE_NONSTANDARD_USE_OF_ESCAPE_CHARACTER,
     "Use '' to write quotes in strings. \\' is insecure in client-only encodings."},
    {"CREATE ASSERTION is not yet", ERRCODE_FEATURE_NOT_SUPPORTED, NULL},
    {"MATCH PARTIAL not yet", ERRCODE_FEATURE_NOT_SUPPORTED, NULL},
    {"UNIQUE predicate is not yet", ERRCODE_FEATURE_NOT_SUPPORTED, NULL},
    {"current database cannot be changed", ERRCODE_FEATURE_NOT_SUPPORTED, NULL},
    {"GLOBAL temporary table", ERRCODE_FEATURE_NOT_SUPPORTED, NULL},
    {"time zone interval must be", ERRCODE_SYNTAX_ERROR, NULL},
    {"constraint declared INITIALLY DEFERRED", ERRCODE_SYNTAX_ERROR, NULL},
};

static void
report_grammar_error(const char *message, int position)
{
    int sqlstate = ERRCODE_SYNTAX_ERROR;
    const char *hint = NULL;

    for (size_t i = 0; i < lengthof(grammar_errors); i++)
    {
        const struct GrammarError *known = &grammar_errors[i];

        if (strncmp(message, known->start, strlen(known->start)) == 0)
        {
            sqlstate = known->sqlstate;
            hint = known->hint;
        }
    }
    if (strncmp(message, "memory exhausted", 16) == 0)
        report_stack_depth();
    if (strstr(message, "cannot be marked") != NULL)
        sqlstate = ERRCODE_FEATURE_NOT_SUPPORTED;
    ereport(ERROR, (errcode(sqlstate), errmsg("%s", message), hint ? errhint("%s", hint) : 0,
                    position > 0 ? errposition(position) : 0));
}

static List *
unpack_statements(const PgQueryProtobuf *packed)
{
    PgQuery__ParseResult *tree;
    List *statements = NIL;

    tree = pg_query__parse_result__unpack(&unpack_allocator, packed->len,
                                          (const uint8_t *) packed->data);
    if (tree == NULL)
        elog(ERROR, "could not unpack the parse tree");
    for (size_t i = 0; i < tree->n_stmts; i++)
    {
        RawStmt *raw = makeNode(RawStmt);

        raw->stmt = tree->stmts[i]->stmt;
        raw->stmt_location = tree->stmts[i]->stmt_location;
        raw->stmt_len = tree->stmts[i]->stmt_len;
        statements = lappend(statements, raw);
    }
    return statements;
}

List *
parser_parse(const char *sql)
{
    PgQueryProtobufParseResult result;
    List *statements = NIL;
    size_t length = strlen(sql);

    if (length > PARSER_TEXT_BYTES_MAX)
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("statement is too long: %zu bytes", length)));
    if (raw_depth(sql, length) > RAW_DEPTH_MAX)
        report_stack_depth();
    result = pg_query_parse_protobuf(sql);
    PG_TRY();
    {
        if (result.error != NULL)
        {
            char *message = pstrdup(result.error->message);

            report_grammar_error(message, result.error->cursorpos);
        }
        statements = unpack_statements(&result.parse_tree);
    }
    PG_FINALLY();
    {
        pg_query_free_protobuf_parse_result(result);
    }
    PG_END_TRY();
    return statements;
}

/* ---- helpers on raw trees ------------------------------------------------------------------ */

RawNode *
node_copy_raw(const RawNode *from)
{
    size_t size;
    uint8_t *packed;
    RawNode *to;

    if (from == NULL)
        return NULL;
    size = pg_query__node__get_packed_size(from);
    packed = MemoryContextAllocHuge(CurrentMemoryContext, size + 1);
    pg_query__node__pack(from, packed);
    to = pg_query__node__unpack(&unpack_allocator, size, packed);
    pfree(packed);
    if (to == NULL)
        elog(ERROR, "could not copy a parse tree");
    return to;
}

bool
raw_is_star(const RawNode *node)
{
    return RAW_IS(node, A_STAR);
}

char *
raw_names_text(RawNode *const *items, size_t count)
{
    StringInfoData text;

    initStringInfo(&text);
    for (size_t i = 0; i < count; i++)
    {
        if (i > 0)
            appendStringInfoChar(&text, '.');
        if (RAW_IS(items[i], STRING))
            appendStringInfoString(&text, RAW_STRVAL(items[i]));
        else
            appendStringInfoChar(&text, '*');
    }
    return text.data;
}
