/*
 * copy.c - COPY: which table, which columns, who may, from and to what
 */
#include "copy_int.h"

#include <sys/stat.h>

#include "types/encoding.h"

#define COPY_ROLE_READ_FILES 4569    /* pg_read_server_files */
#define COPY_ROLE_WRITE_FILES 4570   /* pg_write_server_files */
#define COPY_ROLE_RUN_PROGRAMS 4571  /* pg_execute_server_program */

CopyTypeKind
copy_type_kind(Oid type)
{
    switch (type) {
        case INT2OID:
            return COPY_TYPE_INT2;
        case INT4OID:
            return COPY_TYPE_INT4;
        case INT8OID:
            return COPY_TYPE_INT8;
        case TEXTOID:
        case VARCHAROID:
            return COPY_TYPE_TEXT;
        case BPCHAROID:
            return COPY_TYPE_BPCHAR;
        default:
            return COPY_TYPE_OTHER;
    }
}

/* ---- rights ---- */

static void
check_file_rights(const PgQuery__CopyStmt *stmt)
{
    const char *hint = "Anyone can COPY to stdout or from stdin. psql's \\copy command also works "
                       "for anyone.";

    if (raw_text(stmt->filename) == NULL)
        return;
    if (stmt->is_program) {
        if (!has_privs_of_role(GetUserId(), COPY_ROLE_RUN_PROGRAMS))
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                            errmsg("must be superuser or have privileges of the "
                                   "pg_execute_server_program role to COPY to or from an external "
                                   "program"),
                            errhint("%s", hint)));
    } else if (stmt->is_from) {
        if (!has_privs_of_role(GetUserId(), COPY_ROLE_READ_FILES))
            ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                            errmsg("must be superuser or have privileges of the "
                                   "pg_read_server_files role to COPY from a file"),
                            errhint("%s", hint)));
    } else if (!has_privs_of_role(GetUserId(), COPY_ROLE_WRITE_FILES))
        ereport(ERROR, (errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
                        errmsg("must be superuser or have privileges of the "
                               "pg_write_server_files role to COPY to a file"),
                        errhint("%s", hint)));
}

/* INSERT or SELECT on the copied columns. */
static void
check_table_rights(Relation rel, List *attnums, bool is_from)
{
    RangeTblEntry *rte = makeNode(RangeTblEntry);
    Bitmapset *columns = NULL;
    ListCell *cell;

    rte->rtekind = RTE_RELATION;
    rte->relid = RelationGetRelid(rel);
    rte->relkind = rel->rd_rel->relkind;
    rte->rellockmode = is_from ? RowExclusiveLock : AccessShareLock;
    rte->requiredPerms = is_from ? ACL_INSERT : ACL_SELECT;
    foreach (cell, attnums)
        columns = bms_add_member(columns, lfirst_int(cell) - FirstLowInvalidHeapAttributeNumber);
    if (is_from)
        rte->insertedCols = columns;
    else
        rte->selectedCols = columns;
    executor_check_permissions(list_make1(rte));
}

/* ---- columns ---- */

static int
find_column(TupleDesc desc, const char *name)
{
    for (int i = 0; i < desc->natts; i++)
        if (!TupleDescAttr(desc, i)->attisdropped &&
            strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
            return i;
    return -1;
}

static List *
copied_columns(TupleDesc desc, const char *relname, const PgQuery__CopyStmt *stmt)
{
    List *attnums = NIL;

    if (stmt->n_attlist == 0) {
        for (int i = 0; i < desc->natts; i++)
            if (!TupleDescAttr(desc, i)->attisdropped && !TupleDescAttr(desc, i)->attgenerated)
                attnums = lappend_int(attnums, i + 1);
        return attnums;
    }
    for (size_t i = 0; i < stmt->n_attlist; i++) {
        const char *name = stmt->attlist[i]->string->sval;
        int column = find_column(desc, name);

        if (column < 0 && relname != NULL)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" of relation \"%s\" does not exist", name,
                                   relname)));
        if (column < 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" does not exist", name)));
        if (TupleDescAttr(desc, column)->attgenerated)
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("column \"%s\" is a generated column", name),
                            errdetail("Generated columns cannot be used in COPY.")));
        if (list_member_int(attnums, column + 1))
            ereport(ERROR, (errcode(ERRCODE_DUPLICATE_COLUMN),
                            errmsg("column \"%s\" specified more than once", name)));
        attnums = lappend_int(attnums, column + 1);
    }
    return attnums;
}

static void
check_kind(Relation rel, bool is_from)
{
    const char *name = RelationGetRelationName(rel);
    const char *direction = is_from ? "to" : "from";

    switch (rel->rd_rel->relkind) {
        case RELKIND_RELATION:
            return;
        case RELKIND_VIEW:
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("cannot copy %s view \"%s\"", direction, name),
                            is_from ? errhint("To enable copying to a view, provide an INSTEAD OF "
                                              "INSERT trigger.")
                                    : errhint("Try the COPY (SELECT ...) TO variant.")));
            break;
        case RELKIND_MATVIEW:
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("cannot copy %s materialized view \"%s\"", direction, name),
                            is_from ? 0 : errhint("Try the COPY (SELECT ...) TO variant.")));
            break;
        case RELKIND_SEQUENCE:
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("cannot copy %s sequence \"%s\"", direction, name)));
            break;
        default:
            ereport(ERROR, (errcode(ERRCODE_WRONG_OBJECT_TYPE),
                            errmsg("cannot copy %s non-table relation \"%s\"", direction, name)));
    }
}

/* ---- server files ---- */

static void
refuse_directory(FILE *file, const char *path)
{
    struct stat info;

    if (fstat(fileno(file), &info) != 0)
        ereport(ERROR,
                (errcode_for_file_access(), errmsg("could not stat file \"%s\": %m", path)));
    if (S_ISDIR(info.st_mode))
        ereport(ERROR,
                (errcode(ERRCODE_WRONG_OBJECT_TYPE), errmsg("\"%s\" is a directory", path)));
}

FILE *
copy_open_file(const PgQuery__CopyStmt *stmt, bool is_from)
{
    const char *path = stmt->filename;
    mode_t mask;
    FILE *file;

    if (stmt->is_program) {
        file = OpenPipeStream(path, is_from ? "r" : "w");
        if (file == NULL)
            ereport(ERROR, (errcode_for_file_access(),
                            errmsg("could not execute command \"%s\": %m", path)));
        return file;
    }
    if (!is_from && path[0] != '/')
        ereport(ERROR, (errcode(ERRCODE_INVALID_NAME),
                        errmsg("relative path not allowed for COPY to file")));
    mask = umask(S_IWGRP | S_IWOTH);
    file = AllocateFile(path, is_from ? "r" : "w");
    umask(mask);
    if (file == NULL) {
        int error = errno;

        ereport(ERROR,
                (errcode_for_file_access(),
                 errmsg("could not open file \"%s\" for %s: %s", path,
                        is_from ? "reading" : "writing", strerror(error)),
                 error == ENOENT || error == EACCES
                     ? errhint("COPY %s instructs the PostgreSQL server process to %s a file. You "
                               "may want a client-side facility such as psql's \\copy.",
                               is_from ? "FROM" : "TO", is_from ? "read" : "write")
                     : 0));
    }
    refuse_directory(file, path);
    return file;
}

void
copy_close_file(FILE *file, const PgQuery__CopyStmt *stmt, bool is_from)
{
    if (stmt->is_program) {
        int status = ClosePipeStream(file);

        if (status == -1)
            ereport(ERROR, (errcode_for_file_access(),
                            errmsg("could not close pipe to external command: %m")));
        if (status != 0)
            ereport(ERROR, (errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
                            errmsg("program \"%s\" failed", stmt->filename)));
    } else if (FreeFile(file) != 0 && !is_from)
        ereport(ERROR, (errcode_for_file_access(),
                        errmsg("could not close file \"%s\": %m", stmt->filename)));
}

void
copy_process(Utility *u)
{
    PgQuery__CopyStmt *stmt = u->raw->copy_stmt;
    CopyOptions options;
    Relation rel = NULL;
    List *attnums = NIL;
    bool pushed;
    uint64 count;

    check_file_rights(stmt);
    if (stmt->relation != NULL) {
        LOCKMODE mode = stmt->is_from ? RowExclusiveLock : AccessShareLock;

        rel = open_rangevar(stmt->relation, mode, false);
        attnums = copied_columns(RelationGetDescr(rel), RelationGetRelationName(rel), stmt);
        check_table_rights(rel, attnums, stmt->is_from);
        if (stmt->is_from && !rel->rd_islocaltemp)
            xact_prevent_read_only("COPY FROM");
        check_kind(rel, stmt->is_from);
    }
    copy_options_read(u, stmt, &options);
    pushed = need_snapshot();
    if (stmt->is_from)
        count = copy_from(u, rel, attnums, &options);
    else
        count = copy_to(u, rel, attnums, &options);
    done_snapshot(pushed);
    if (rel != NULL)
        relation_close(rel, NoLock);
    snprintf(u->completion->tag, sizeof(u->completion->tag), "COPY %llu",
             (unsigned long long) count);
}
