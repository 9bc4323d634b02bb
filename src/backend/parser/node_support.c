/*
 * node_support.c - copies, compares, prints and reads any node
 *
 * Why        one table row per tag holds the generated code; this file has what is common: lists,
 *            value nodes, datums, the tokens of the printed form.
 * Format     {NAME :field value ...}; lists (a b), (i 1 2), (o 1 2); bitmapsets (b 1 2); <> is NULL;
 *            strings are bare tokens with backslash escapes. Locations are read back as -1.
 * Errors     throws XX000 on text that does not parse: such text comes from our own catalogs.
 */
#include "base/base.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/varlena.h"
#include "error/error.h"
#include "memory/memory.h"
#include "parser/makefuncs.h"
#include "parser/nodefuncs.h"
#include "raw_int.h"

static NodeSupport support[NODE_TAG_COUNT];

void
node_support_register(NodeTag first, const NodeSupport *rows, int count)
{
    for (int i = 0; i < count; i++)
    {
        if (rows[i].name != NULL)
            support[first + i] = rows[i];
    }
}

static const NodeSupport *
support_of(const Node *node)
{
    NodeTag tag = nodeTag(node);

    if ((int) tag <= 0 || tag >= NODE_TAG_COUNT || support[tag].name == NULL)
        elog(ERROR, "unrecognized node type: %d", (int) tag);
    return &support[tag];
}

/* ---- copy -------------------------------------------------------------------------------- */

static List *
copy_node_list(const List *from)
{
    List *to = list_copy(from);
    ListCell *cell;

    foreach (cell, to)
        lfirst(cell) = copyObjectImpl(lfirst(cell));
    return to;
}

static void *
copy_value(const Node *from)
{
    switch (nodeTag(from))
    {
        case T_Integer:
            return makeInteger(((const Integer *) from)->ival);
        case T_Float:
            return makeFloat(pstrdup(((const Float *) from)->fval));
        case T_Boolean:
            return makeBoolean(((const Boolean *) from)->boolval);
        case T_String:
            return makeString(pstrdup(((const String *) from)->sval));
        default:
            return makeBitString(pstrdup(((const BitString *) from)->bsval));
    }
}

void *
copyObjectImpl(const void *from)
{
    const NodeSupport *row;
    Node *to;

    if (from == NULL)
        return NULL;
    check_stack_depth();
    switch (nodeTag(from))
    {
        case T_List:
            return copy_node_list(from);
        case T_IntList:
        case T_OidList:
            return list_copy(from);
        case T_Integer:
        case T_Float:
        case T_Boolean:
        case T_String:
        case T_BitString:
            return copy_value(from);
        default:
            break;
    }
    row = support_of(from);
    to = palloc(row->size);
    memcpy(to, from, row->size);
    if (row->copy != NULL)
        row->copy(to, from);
    return to;
}

void *
node_copy_array(const void *from, size_t size)
{
    void *to;

    if (from == NULL || size == 0)
        return NULL;
    to = palloc(size);
    memcpy(to, from, size);
    return to;
}

static size_t
datum_size(Datum value, int len)
{
    if (len > 0)
        return len;
    if (len == -1)
        return VARSIZE_ANY(DatumGetPointer(value));
    return strlen(DatumGetCString(value)) + 1;
}

Datum
node_copy_datum(Datum value, bool byval, int len)
{
    return byval ? value
                 : PointerGetDatum(node_copy_array(DatumGetPointer(value), datum_size(value, len)));
}

/* ---- equal ------------------------------------------------------------------------------- */

bool
node_equal_string(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return strcmp(a, b) == 0;
}

bool
node_equal_datum(Datum a, Datum b, bool byval, int len)
{
    size_t size;

    if (byval)
        return a == b;
    size = datum_size(a, len);
    return size == datum_size(b, len) &&
           memcmp(DatumGetPointer(a), DatumGetPointer(b), size) == 0;
}

bool
node_array_differs(const void *a, const void *b, size_t size)
{
    if (a == NULL || b == NULL)
        return a != b;
    return memcmp(a, b, size) != 0;
}

bool
node_always_equal(const void *a, const void *b)
{
    return true;
}

static bool
equal_lists(const List *a, const List *b)
{
    if (list_length(a) != list_length(b))
        return false;
    for (int i = 0; i < list_length(a); i++)
    {
        bool same = false;

        if (nodeTag(a) == T_List)
            same = equal(list_nth(a, i), list_nth(b, i));
        else if (nodeTag(a) == T_IntList)
            same = list_nth_int(a, i) == list_nth_int(b, i);
        else
            same = list_nth_oid(a, i) == list_nth_oid(b, i);
        if (!same)
            return false;
    }
    return true;
}

bool
equal(const void *a, const void *b)
{
    if (a == b)
        return true;
    if (a == NULL || b == NULL || nodeTag(a) != nodeTag(b))
        return false;
    check_stack_depth();
    switch (nodeTag(a))
    {
        case T_List:
        case T_IntList:
        case T_OidList:
            return equal_lists(a, b);
        case T_Integer:
            return ((const Integer *) a)->ival == ((const Integer *) b)->ival;
        case T_Boolean:
            return ((const Boolean *) a)->boolval == ((const Boolean *) b)->boolval;
        case T_Float:
        case T_String:
        case T_BitString:
            return node_equal_string(((const String *) a)->sval, ((const String *) b)->sval);
        default:
            return support_of(a)->equal(a, b);
    }
}

/* ---- out --------------------------------------------------------------------------------- */

void
node_out_token(StringInfo str, const char *s)
{
    if (s == NULL)
    {
        appendStringInfoString(str, "<>");
        return;
    }
    if (*s == '\0')
    {
        appendStringInfoString(str, "\"\"");
        return;
    }
    if (*s == '<' || *s == '"' || isdigit((unsigned char) *s) || *s == '+' || *s == '-')
        appendStringInfoChar(str, '\\');
    for (; *s != '\0'; s++)
    {
        if (strchr(" \n\t(){}\\", *s) != NULL)
            appendStringInfoChar(str, '\\');
        appendStringInfoChar(str, *s);
    }
}

void
node_out_char(StringInfo str, char c)
{
    char text[2] = {c, '\0'};

    node_out_token(str, c == '\0' ? NULL : text);
}

void
node_out_datum(StringInfo str, Datum value, int len, bool byval)
{
    const unsigned char *bytes;
    size_t size = byval ? sizeof(Datum) : datum_size(value, len);

    bytes = byval ? (const unsigned char *) &value
                  : (const unsigned char *) DatumGetPointer(value);
    appendStringInfo(str, "%u [", (unsigned) (byval ? len : (int) size));
    for (size_t i = 0; i < size; i++)
        appendStringInfo(str, " %d", bytes[i]);
    appendStringInfoString(str, " ]");
}

void
node_out_bitmapset(StringInfo str, const Bitmapset *bms)
{
    int member = -1;

    appendStringInfoString(str, "(b");
    while ((member = bms_next_member(bms, member)) >= 0)
        appendStringInfo(str, " %d", member);
    appendStringInfoChar(str, ')');
}

static void
out_list(StringInfo str, const List *list)
{
    ListCell *cell;
    bool first = true;

    appendStringInfoChar(str, '(');
    if (nodeTag(list) == T_IntList)
        appendStringInfoChar(str, 'i');
    else if (nodeTag(list) == T_OidList)
        appendStringInfoChar(str, 'o');
    foreach (cell, list)
    {
        if (nodeTag(list) == T_IntList)
            appendStringInfo(str, " %d", lfirst_int(cell));
        else if (nodeTag(list) == T_OidList)
            appendStringInfo(str, " %u", lfirst_oid(cell));
        else
        {
            if (!first)
                appendStringInfoChar(str, ' ');
            node_out(str, lfirst(cell));
        }
        first = false;
    }
    appendStringInfoChar(str, ')');
}

void
node_out(StringInfo str, const void *obj)
{
    const NodeSupport *row;

    if (obj == NULL)
    {
        appendStringInfoString(str, "<>");
        return;
    }
    check_stack_depth();
    switch (nodeTag(obj))
    {
        case T_List:
        case T_IntList:
        case T_OidList:
            out_list(str, obj);
            return;
        case T_Integer:
            appendStringInfo(str, "%d", ((const Integer *) obj)->ival);
            return;
        case T_Boolean:
            appendStringInfoString(str, ((const Boolean *) obj)->boolval ? "true" : "false");
            return;
        case T_Float:
            appendStringInfo(str, "%s", ((const Float *) obj)->fval);
            return;
        case T_String:
            appendStringInfoChar(str, '"');
            if (((const String *) obj)->sval[0] != '\0')
                node_out_token(str, ((const String *) obj)->sval);
            appendStringInfoChar(str, '"');
            return;
        case T_BitString:
            appendStringInfoString(str, ((const BitString *) obj)->bsval);
            return;
        default:
            break;
    }
    row = support_of(obj);
    appendStringInfo(str, "{%s", row->name);
    if (row->out != NULL)
        row->out(str, obj);
    appendStringInfoChar(str, '}');
}

char *
nodeToString(const void *obj)
{
    StringInfoData str;

    initStringInfo(&str);
    node_out(&str, obj);
    return str.data;
}

/* ---- read -------------------------------------------------------------------------------- */

typedef struct NodeReader {
    const char *at;
} NodeReader;

/* The next token's start and length; brackets are tokens of their own. */
static const char *
next_token(NodeReader *reader, size_t *ret_length)
{
    const char *start;
    const char *p = reader->at;

    while (*p == ' ' || *p == '\n' || *p == '\t')
        p++;
    start = p;
    if (*p == '\0')
        elog(ERROR, "unexpected end of a stored node tree");
    if (strchr("(){}", *p) != NULL)
        p++;
    else
    {
        while (*p != '\0' && strchr(" \n\t(){}", *p) == NULL)
            p += (*p == '\\' && p[1] != '\0') ? 2 : 1;
    }
    reader->at = p;
    *ret_length = p - start;
    return start;
}

static char *
unescape(const char *token, size_t length)
{
    char *result = palloc(length + 1);
    size_t n = 0;

    for (size_t i = 0; i < length; i++)
    {
        if (token[i] == '\\' && i + 1 < length)
            i++;
        result[n++] = token[i];
    }
    result[n] = '\0';
    return result;
}

void
node_read_label(NodeReader *reader, const char *label)
{
    size_t length;
    const char *token = next_token(reader, &length);

    if (length != strlen(label) || memcmp(token, label, length) != 0)
        elog(ERROR, "stored node tree: expected \"%s\" but found \"%.*s\"", label, (int) length,
             token);
}

int64
node_read_int(NodeReader *reader)
{
    size_t length;

    return strtoll(next_token(reader, &length), NULL, 10);
}

uint64
node_read_uint(NodeReader *reader)
{
    size_t length;

    return strtoull(next_token(reader, &length), NULL, 10);
}

double
node_read_float(NodeReader *reader)
{
    size_t length;

    return strtod(next_token(reader, &length), NULL);
}

bool
node_read_bool(NodeReader *reader)
{
    size_t length;

    return *next_token(reader, &length) == 't';
}

char *
node_read_string(NodeReader *reader)
{
    size_t length;
    const char *token = next_token(reader, &length);

    if (length == 2 && memcmp(token, "<>", 2) == 0)
        return NULL;
    if (length == 2 && memcmp(token, "\"\"", 2) == 0)
        return pstrdup("");
    return unescape(token, length);
}

char
node_read_char(NodeReader *reader)
{
    char *text = node_read_string(reader);

    return text == NULL ? '\0' : text[0];
}

Datum
node_read_datum(NodeReader *reader, int len, bool byval)
{
    size_t size = (size_t) node_read_uint(reader);
    unsigned char *bytes;
    Datum value = 0;

    if (byval)
        size = sizeof(Datum);
    bytes = palloc(size + 1);
    node_read_label(reader, "[");
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char) node_read_int(reader);
    node_read_label(reader, "]");
    if (!byval)
        return PointerGetDatum(bytes);
    memcpy(&value, bytes, sizeof(Datum));
    pfree(bytes);
    return value;
}

Bitmapset *
node_read_bitmapset(NodeReader *reader)
{
    Bitmapset *result = NULL;

    node_read_label(reader, "(");
    node_read_label(reader, "b");
    for (;;)
    {
        size_t length;
        const char *token = next_token(reader, &length);

        if (*token == ')')
            return result;
        result = bms_add_member(result, (int) strtol(token, NULL, 10));
    }
}

/* Behind the opening bracket. */
static List *
read_list(NodeReader *reader)
{
    List *list = NIL;
    size_t length;
    const char *saved = reader->at;
    const char *token = next_token(reader, &length);
    char kind = (length == 1 && (*token == 'i' || *token == 'o')) ? *token : 'n';

    if (kind == 'n')
        reader->at = saved;
    for (;;)
    {
        saved = reader->at;
        token = next_token(reader, &length);
        if (*token == ')')
            return list;
        if (kind == 'i')
            list = lappend_int(list, (int) strtol(token, NULL, 10));
        else if (kind == 'o')
            list = lappend_oid(list, (Oid) strtoul(token, NULL, 10));
        else
        {
            reader->at = saved;
            list = lappend(list, node_read(reader));
        }
    }
}

static void *
read_struct(NodeReader *reader)
{
    size_t length;
    const char *token = next_token(reader, &length);

    for (int tag = 1; tag < NODE_TAG_COUNT; tag++)
    {
        const NodeSupport *row = &support[tag];
        Node *node;

        if (row->name == NULL || strlen(row->name) != length ||
            memcmp(row->name, token, length) != 0)
            continue;
        node = palloc0(row->size);
        node->type = (NodeTag) tag;
        if (row->read != NULL)
            row->read(reader, node);
        node_read_label(reader, "}");
        return node;
    }
    elog(ERROR, "stored node tree: unknown node \"%.*s\"", (int) length, token);
    return NULL;
}

void *
node_read(NodeReader *reader)
{
    size_t length;
    const char *token;

    check_stack_depth();
    token = next_token(reader, &length);
    if (*token == '{')
        return read_struct(reader);
    if (*token == '(')
        return read_list(reader);
    if (length == 2 && memcmp(token, "<>", 2) == 0)
        return NULL;
    if (*token == '"')
        return makeString(unescape(token + 1, length - 2));
    if (*token == 't' || *token == 'f')
        return makeBoolean(*token == 't');
    if (memchr(token, '.', length) != NULL)
        return makeFloat(unescape(token, length));
    if (isdigit((unsigned char) *token) || *token == '-')
        return makeInteger((int) strtol(token, NULL, 10));
    elog(ERROR, "stored node tree: unexpected \"%.*s\"", (int) length, token);
    return NULL;
}

void *
stringToNode(const char *str)
{
    NodeReader reader = {str};

    return node_read(&reader);
}
