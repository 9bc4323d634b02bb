/*
 * alter_int.h - what the files of ALTER share
 */
#ifndef COMMANDS_ALTER_INT_H
#define COMMANDS_ALTER_INT_H

#include "commands_int.h"

/* 42703 if there is none, 0A000 for a system column. */
extern AttrNumber alter_find_column(Relation rel, const char *name);
extern void alter_relation_owner(Relation rel, Oid owner);
extern void alter_add_check(const Utility *u, Oid relid, PgQuery__Constraint *constraint);

/* alter_column.c */
extern void alter_add_column(const Utility *u, Relation rel, const PgQuery__AlterTableCmd *cmd);
extern void alter_column_type(const Utility *u, Relation rel, const PgQuery__AlterTableCmd *cmd);

#endif
