/*
 * start.c - registers the room's nodes, warms the grammar library up
 */
#include "parser/start.h"

#include "pg_query_int.h"

#include "parser/nodefuncs.h"

extern const NodeSupport parser_node_rows[NODE_TAG_COUNT];

static bool
list_member_equal(const void *a, const void *b)
{
    return equal(a, b);
}

static void *
list_member_copy(const void *node)
{
    return copyObjectImpl(node);
}

void
parser_start(void)
{
    PgQueryProtobufParseResult warm;

    node_support_register((NodeTag) 0, parser_node_rows, NODE_TAG_COUNT);
    node_equal_hook = list_member_equal;
    node_copy_hook = list_member_copy;
    warm = pg_query_parse_protobuf("SELECT 1");
    pg_query_free_protobuf_parse_result(warm);
}
