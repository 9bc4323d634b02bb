/*
 * names.c - SQLSTATE codes as text, and which of them an errno means
 */
#include "error_int.h"

static const struct
{
    int code;
    const char *name;
} condition_names[] = {
#include "error_names.inc"
};

const char *
unpack_sql_state(int sql_state)
{
    static char text[6];
    for (int i = 0; i < 5; i++)
        text[i] = (char) PGUNSIXBIT(sql_state >> (6 * i));
    return text;
}

int
error_sqlstate_from_text(const char *five_characters)
{
    const char *s = five_characters;
    return MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]);
}

const char *
error_condition_name(int sql_state)
{
    for (Size i = 0; i < lengthof(condition_names); i++)
        if (condition_names[i].code == sql_state)
            return condition_names[i].name;
    return NULL;
}

static int
code_of_file_errno(int error_number)
{
    switch (error_number)
    {
        case EPERM:
        case EACCES:
        case EROFS:
            return ERRCODE_INSUFFICIENT_PRIVILEGE;
        case ENOENT:
            return ERRCODE_UNDEFINED_FILE;
        case EEXIST:
            return ERRCODE_DUPLICATE_FILE;
        case ENOTDIR:
        case EISDIR:
        case ENOTEMPTY:
            return ERRCODE_WRONG_OBJECT_TYPE;
        case ENOSPC:
        case EDQUOT:
            return ERRCODE_DISK_FULL;
        case ENOMEM:
            return ERRCODE_OUT_OF_MEMORY;
        case ENFILE:
        case EMFILE:
            return ERRCODE_INSUFFICIENT_RESOURCES;
        case EIO:
            return ERRCODE_IO_ERROR;
        default:
            return ERRCODE_INTERNAL_ERROR;
    }
}

int
errcode_for_file_access(void)
{
    return errcode(code_of_file_errno(error__saved_errno()));
}

int
errcode_for_socket_access(void)
{
    switch (error__saved_errno())
    {
        case EPIPE:
        case ECONNRESET:
        case ECONNABORTED:
        case EHOSTDOWN:
        case EHOSTUNREACH:
        case ENETDOWN:
        case ENETRESET:
        case ENETUNREACH:
        case ETIMEDOUT:
            return errcode(ERRCODE_CONNECTION_FAILURE);
        default:
            return errcode(ERRCODE_INTERNAL_ERROR);
    }
}
