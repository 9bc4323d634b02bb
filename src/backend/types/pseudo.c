/*
 * pseudo.c - types that columns cannot have: they refuse text, or pass it to the real type
 */
#include "types_int.h"

pg_noreturn static void
pseudo_refuse(const char *verb, const char *type)
{
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("cannot %s a value of type %s", verb, type)));
    pg_unreachable();
}

#define PSEUDO_IN(name, type)                                                                      \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        pseudo_refuse("accept", type);                                                             \
    }
#define PSEUDO_OUT(name, type)                                                                     \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        pseudo_refuse("display", type);                                                            \
    }
#define PSEUDO_TYPE(type)                                                                          \
    PSEUDO_IN(type##_in, #type)                                                                    \
    PSEUDO_OUT(type##_out, #type)

PSEUDO_TYPE(any)
PSEUDO_TYPE(internal)
PSEUDO_TYPE(trigger)
PSEUDO_TYPE(event_trigger)
PSEUDO_TYPE(language_handler)
PSEUDO_TYPE(fdw_handler)
PSEUDO_TYPE(index_am_handler)
PSEUDO_TYPE(table_am_handler)
PSEUDO_TYPE(tsm_handler)
PSEUDO_TYPE(anyelement)
PSEUDO_TYPE(anynonarray)
PSEUDO_TYPE(anycompatible)
PSEUDO_TYPE(anycompatiblenonarray)
PSEUDO_IN(anyarray_in, "anyarray")
PSEUDO_IN(anyarray_recv, "anyarray")
PSEUDO_IN(anycompatiblearray_in, "anycompatiblearray")
PSEUDO_IN(anycompatiblearray_recv, "anycompatiblearray")
PSEUDO_IN(anyenum_in, "anyenum")
PSEUDO_IN(anyrange_in, "anyrange")
PSEUDO_IN(anycompatiblerange_in, "anycompatiblerange")
PSEUDO_IN(anymultirange_in, "anymultirange")
PSEUDO_IN(anycompatiblemultirange_in, "anycompatiblemultirange")
PSEUDO_IN(pg_ddl_command_in, "pg_ddl_command")
PSEUDO_OUT(pg_ddl_command_out, "pg_ddl_command")
PSEUDO_IN(pg_ddl_command_recv, "pg_ddl_command")
PSEUDO_OUT(pg_ddl_command_send, "pg_ddl_command")
PSEUDO_IN(pg_node_tree_in, "pg_node_tree")
PSEUDO_IN(pg_node_tree_recv, "pg_node_tree")

SQL_FUNCTION(pg_node_tree_out)
{
    return textout(fcinfo);
}

SQL_FUNCTION(pg_node_tree_send)
{
    return textsend(fcinfo);
}

SQL_FUNCTION(anyarray_out)
{
    return array_out(fcinfo);
}

SQL_FUNCTION(anyarray_send)
{
    return array_send(fcinfo);
}

SQL_FUNCTION(anycompatiblearray_out)
{
    return array_out(fcinfo);
}

SQL_FUNCTION(anycompatiblearray_send)
{
    return array_send(fcinfo);
}

SQL_FUNCTION(shell_in)
{
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("cannot accept a value of a shell type")));
    pg_unreachable();
}

SQL_FUNCTION(shell_out)
{
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                    errmsg("cannot display a value of a shell type")));
    pg_unreachable();
}

SQL_FUNCTION(void_in)
{
    PG_RETURN_VOID();
}

SQL_FUNCTION(void_out)
{
    PG_RETURN_CSTRING(pstrdup(""));
}

SQL_FUNCTION(void_recv)
{
    StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);

    buf->cursor = buf->len;
    PG_RETURN_VOID();
}

SQL_FUNCTION(void_send)
{
    StringInfoData buf;

    pq_begintypsend(&buf);
    PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}
