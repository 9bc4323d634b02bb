/*
 * shape.c - statements of a known shape run without being parsed
 *
 * Why        Clients that send plain text send the same few statements again and again, with other
 *            literals. The text is split into its shape and its literals in well under a
 *            microsecond; a known shape is a prepared statement whose parameters are the
 *            literals. So every statement runs like a prepared one.
 * Invariants SH1. An entry's literals that did not become parameters are part of its key: they are
 *                 compared byte for byte.
 *            SH2. A shape is made only from a text that was analyzed whole, as one plannable
 *                 statement without parameters of its own.
 *            SH3. An entry is used only while its plan is cheaper than planning anew (statement.c),
 *                 and dropped when it is the least recently used.
 * Errors     throws what the statement throws
 */
#include "session_int.h"

#include <string.h>

#include <pg_query/pg_query.pb-c.h>

#include "base/hash.h"
#include "base/ilist.h"
#include "error/error.h"
#include "error/interrupt.h"
#include "memory/memory.h"
#include "parser/shape.h"
#include "xact/snapshot.h"

#define SHAPES_MAX 512
#define BUCKET_COUNT 256
#define SHAPE_BYTES_ON_STACK 2048

typedef struct ShapeEntry {
    struct ShapeEntry *next; /* in its bucket */
    dlist_node by_use;       /* most recent first */
    uint64 hash;
    uint32 shape_length;
    char *shape;
    int literal_count;
    ShapeUse *uses;
    char **fixed; /* text of each literal that is no parameter, else NULL (SH1) */
    uint32 *fixed_lengths;
    ShapeClass *classes;
    Statement *statement; /* NULL: seen once, not worth more yet, or never cacheable */
    bool never;
    ParamListInfo params; /* reused by each execution */
    DestReceiver *printer;
    MemoryContext values; /* reset by each execution */
} ShapeEntry;

static struct {
    ShapeEntry *buckets[BUCKET_COUNT];
    dlist_head by_use;
    int count;
    MemoryContext context; /* for ever */
} shapes;

void
shape_cache_register(void)
{
    shapes.context = AllocSetContextCreate(TopMemoryContext, "shapes", ALLOCSET_DEFAULT_SIZES);
    dlist_init(&shapes.by_use);
}

static void
drop(ShapeEntry *entry)
{
    ShapeEntry **place = &shapes.buckets[entry->hash % BUCKET_COUNT];

    while (*place != entry)
        place = &(*place)->next;
    *place = entry->next;
    dlist_delete(&entry->by_use);
    shapes.count--;
    if (entry->statement)
        statement_free(entry->statement);
    MemoryContextDelete(entry->values); /* holds the entry itself in its parent */
    for (int i = 0; i < entry->literal_count; i++)
        if (entry->fixed[i])
            pfree(entry->fixed[i]);
    pfree(entry->fixed);
    pfree(entry->fixed_lengths);
    pfree(entry->uses);
    pfree(entry->classes);
    pfree(entry->shape);
    pfree(entry);
}

void
shape_cache_drop_all(void)
{
    while (!dlist_is_empty(&shapes.by_use))
        drop(dlist_container(ShapeEntry, by_use, dlist_head_node(&shapes.by_use)));
}

static bool
literals_match(const ShapeEntry *entry, const char *sql, const ShapeLiteral *literals)
{
    for (int i = 0; i < entry->literal_count; i++) {
        if (entry->classes[i] != literals[i].class)
            return false;
        if (entry->fixed[i] &&
            (entry->fixed_lengths[i] != literals[i].length ||
             memcmp(entry->fixed[i], sql + literals[i].offset, literals[i].length) != 0))
            return false;
    }
    return true;
}

static ShapeEntry *
find(const ShapeScan *scan, const char *shape, const char *sql, const ShapeLiteral *literals)
{
    for (ShapeEntry *entry = shapes.buckets[scan->hash % BUCKET_COUNT]; entry; entry = entry->next)
        if (entry->hash == scan->hash && entry->shape_length == scan->shape_length &&
            (uint32) entry->literal_count == scan->literal_count &&
            memcmp(entry->shape, shape, scan->shape_length) == 0 &&
            literals_match(entry, sql, literals))
            return entry;
    return NULL;
}

/* What the literals became; NULL when the statement cannot be a shape (SH2). */
static Statement *
analyze_shape(const char *sql, const ShapeLiteral *literals, int count, ShapeUse *uses)
{
    List *raws = parser_parse(sql);

    if (list_length(raws) != 1)
        return NULL;

    RawStmt *raw = linitial(raws);

    switch (raw->stmt->node_case) {
    case PG_QUERY__NODE__NODE_SELECT_STMT:
    case PG_QUERY__NODE__NODE_INSERT_STMT:
    case PG_QUERY__NODE__NODE_UPDATE_STMT:
    case PG_QUERY__NODE__NODE_DELETE_STMT:
        break;
    default:
        return NULL;
    }
    return statement_create_shape(sql, raw, literals, count, uses);
}

static ShapeEntry *
add(const ShapeScan *scan, const char *shape, const char *sql, const ShapeLiteral *literals)
{
    int count = (int) scan->literal_count;
    MemoryContext caller = MemoryContextSwitchTo(shapes.context);
    ShapeEntry *entry = palloc0(sizeof *entry);

    entry->hash = scan->hash;
    entry->shape_length = scan->shape_length;
    entry->shape = pnstrdup(shape, scan->shape_length);
    memcpy(entry->shape, shape, scan->shape_length);
    entry->literal_count = count;
    entry->uses = palloc0(sizeof(ShapeUse) * (Size) Max(count, 1));
    entry->fixed = palloc0(sizeof(char *) * (Size) Max(count, 1));
    entry->fixed_lengths = palloc0(sizeof(uint32) * (Size) Max(count, 1));
    entry->classes = palloc0(sizeof(ShapeClass) * (Size) Max(count, 1));
    for (int i = 0; i < count; i++)
        entry->classes[i] = literals[i].class;
    entry->values = AllocSetContextCreate(shapes.context, "shape values", ALLOCSET_SMALL_SIZES);
    MemoryContextSwitchTo(caller);

    if (shapes.count >= SHAPES_MAX)
        drop(dlist_container(ShapeEntry, by_use, dlist_tail_node(&shapes.by_use)));
    entry->next = shapes.buckets[entry->hash % BUCKET_COUNT];
    shapes.buckets[entry->hash % BUCKET_COUNT] = entry;
    dlist_push_head(&shapes.by_use, &entry->by_use);
    shapes.count++;
    return entry;
}

/* Makes the entry's statement from the text at hand. */
static void
fill(ShapeEntry *entry, const char *sql, const ShapeLiteral *literals)
{
    Statement *statement =
        analyze_shape(sql, literals, entry->literal_count, entry->uses);

    if (!statement) {
        entry->never = true;
        return;
    }
    MemoryContextSetParent(statement->context, shapes.context);

    MemoryContext caller = MemoryContextSwitchTo(shapes.context);

    for (int i = 0; i < entry->literal_count; i++)
        if (entry->uses[i].paramid == 0) {
            entry->fixed[i] = palloc(literals[i].length + 1);
            memcpy(entry->fixed[i], sql + literals[i].offset, literals[i].length);
            entry->fixed_lengths[i] = literals[i].length;
        }
    entry->statement = statement;
    entry->params = statement->param_count > 0 ? makeParamList(statement->param_count) : NULL;
    MemoryContextSwitchTo(caller);
}

static void
set_values(ShapeEntry *entry, const char *sql, const ShapeLiteral *literals)
{
    MemoryContext caller = MemoryContextSwitchTo(entry->values);

    for (int i = 0; i < entry->literal_count; i++) {
        const ShapeUse *use = &entry->uses[i];

        if (use->paramid == 0)
            continue;

        ParamExternData *param = &entry->params->params[use->paramid - 1];

        param->value = shape_literal_value(sql, &literals[i], use);
        param->isnull = false;
        param->pflags = PARAM_FLAG_CONST;
        param->ptype = use->type;
    }
    MemoryContextSwitchTo(caller);
}

static void
run(ShapeEntry *entry)
{
    Statement *statement = entry->statement;
    bool is_generic;
    int64 rows;

    snapshot_push_active(snapshot_get_transaction());

    PlannedStmt *plan = statement_plan(statement, entry->params, &is_generic);

    snapshot_pop_active();

    Portal *portal = portal_create("", true, true);

    portal_define(portal, statement->sql, statement->tag, statement, plan, NULL, entry->params);
    if (portal->desc)
        session_sink->row_description(portal->desc, portal->targetlist, NULL);
    if (!entry->printer) {
        MemoryContext caller = MemoryContextSwitchTo(shapes.context);

        entry->printer = session_sink->make_receiver(NULL);
        MemoryContextSwitchTo(caller);
    }
    portal_run(portal, 0, true, entry->printer, &rows);

    QueryCompletion completion = portal->completion;

    portal_drop(portal);
    session_end_statement();
    session_sink->command_complete(completion.tag);
}

static bool
execute(const char *sql, const ShapeScan *scan, const char *shape, const ShapeLiteral *literals)
{
    ShapeEntry *entry = find(scan, shape, sql, literals);

    if (!entry) {
        /* Seen for the first time: remembered, and run the plain way. */
        add(scan, shape, sql, literals);
        return false;
    }
    if (entry->never)
        return false;
    dlist_move_head(&shapes.by_use, &entry->by_use);
    if (!entry->statement) {
        snapshot_push_active(snapshot_get_transaction());
        fill(entry, sql, literals);
        snapshot_pop_active();
        if (!entry->statement)
            return false;
        if (!literals_match(entry, sql, literals))
            return false;
    }
    CHECK_FOR_INTERRUPTS();
    MemoryContextReset(entry->values);
    set_values(entry, sql, literals);
    log_statement_begin(sql, entry->statement->tag);
    run(entry);
    log_duration_end(sql);
    return true;
}

bool
shape_execute(const char *sql, Size length)
{
    char on_stack[SHAPE_BYTES_ON_STACK];
    ShapeLiteral literals[SHAPE_LITERALS_MAX];
    ShapeScan scan;

    if (shape_cache == SHAPE_CACHE_OFF || length == 0 || length >= SHAPE_BYTES_ON_STACK)
        return false;
    if (!shape_scan(sql, length, on_stack, literals, &scan) || scan.param_max > 0)
        return false;
    return execute(sql, &scan, on_stack, literals);
}
