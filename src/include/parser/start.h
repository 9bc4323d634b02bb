/*
 * start.h - the parser room in the life of a process
 */
#ifndef PARSER_START_H
#define PARSER_START_H

/* Once per process tree, before anything is parsed or stored nodes are read: registers this room's
 * nodes and warms libpg_query up, so that children forked later need not. */
extern void parser_start(void);

#endif
