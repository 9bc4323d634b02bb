/*
 * nodes.h - what all tree nodes share: their first member is their tag
 */
#ifndef MEMORY_NODES_H
#define MEMORY_NODES_H

#include "base/nodetags.h"
#include "memory/memory.h"

struct Node
{
    NodeTag type;
};

#define nodeTag(node) (((const Node *) (node))->type)
#define NodeSetTag(node, t) (((Node *) (node))->type = (t))
#define IsA(node, Type) (nodeTag(node) == T_##Type)

static inline Node *
newNode(Size size, NodeTag tag)
{
    Node *node = palloc0(size);
    Assert(size >= sizeof(Node));
    node->type = tag;
    return node;
}
#define makeNode(Type) ((Type *) newNode(sizeof(Type), T_##Type))

#ifdef USE_ASSERT_CHECKING
static inline Node *
castNodeImpl(NodeTag tag, const void *node)
{
    Assert(node == NULL || nodeTag(node) == tag);
    return (Node *) node;
}
#define castNode(Type, node) ((Type *) castNodeImpl(T_##Type, node))
#else
#define castNode(Type, node) ((Type *) (node))
#endif

/* Compare and copy trees: set by the parser room, which knows all nodes. */
extern bool (*node_equal_hook)(const void *a, const void *b);
extern void *(*node_copy_hook)(const void *node);

#endif
