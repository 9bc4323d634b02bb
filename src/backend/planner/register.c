/*
 * register.c - plan nodes can be copied, compared and printed like all others
 */
#include "planner_int.h"

extern const NodeSupport planner_node_rows[NODE_TAG_COUNT];

void
planner_register(void)
{
    node_support_register((NodeTag) 0, planner_node_rows, NODE_TAG_COUNT);
}
