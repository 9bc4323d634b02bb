/*
 * copy_options.c - the options of COPY, read and checked against each other
 */
#include "copy_int.h"

#include "types/encoding.h"

typedef struct OptionsGiven {
    bool format, freeze, header, force_quote, force_not_null, force_null, encoding;
    const char *delimiter, *null_text, *quote, *escape;
} OptionsGiven;

static pg_noreturn void
throw_syntax(const char *text)
{
    ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR), errmsg("%s", text)));
    pg_unreachable();
}

static pg_noreturn void
throw_unsupported(const char *text)
{
    ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED), errmsg("%s", text)));
    pg_unreachable();
}

static pg_noreturn void
throw_invalid(const char *text)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("%s", text)));
    pg_unreachable();
}

static List *
read_names(const Utility *u, const PgQuery__DefElem *option)
{
    List *names = NIL;

    if (!RAW_IS(option->arg, LIST))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument to option \"%s\" must be a list of column names",
                               option->defname),
                        errposition(commands_position(u->sql, option->location))));
    for (size_t i = 0; i < option->arg->list->n_items; i++) {
        RawNode *item = option->arg->list->items[i];

        if (!RAW_IS(item, STRING))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("argument to option \"%s\" must be a list of column names",
                                   option->defname),
                            errposition(commands_position(u->sql, option->location))));
        names = lappend(names, item->string->sval);
    }
    return names;
}

static CopyHeader
read_header(const PgQuery__DefElem *option, bool is_from)
{
    const char *text = option_string(option);
    bool value;

    if (text == NULL)
        return COPY_HEADER_LINE;
    if (pg_strcasecmp(text, "match") == 0) {
        if (!is_from)
            throw_unsupported("cannot use \"match\" with HEADER in COPY TO");
        return COPY_HEADER_MATCH;
    }
    if (strcmp(text, "1") == 0 || pg_strcasecmp(text, "true") == 0 ||
        pg_strcasecmp(text, "on") == 0)
        value = true;
    else if (strcmp(text, "0") == 0 || pg_strcasecmp(text, "false") == 0 ||
             pg_strcasecmp(text, "off") == 0)
        value = false;
    else
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("%s requires a Boolean value or \"match\"", option->defname)));
    return value ? COPY_HEADER_LINE : COPY_HEADER_NONE;
}

static void
once(const Utility *u, const PgQuery__DefElem *option, bool *given)
{
    if (*given)
        option_conflict(u, option);
    *given = true;
}

static const char *
text_once(const Utility *u, const PgQuery__DefElem *option, const char *before)
{
    const char *text;

    if (before != NULL)
        option_conflict(u, option);
    text = option_string(option);
    if (text == NULL)
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("%s requires a parameter", option->defname)));
    return text;
}

static void
read_format(const Utility *u, const PgQuery__DefElem *option, CopyOptions *options)
{
    const char *text = text_once(u, option, NULL);

    if (strcmp(text, "text") == 0)
        options->format = COPY_TEXT;
    else if (strcmp(text, "csv") == 0)
        options->format = COPY_CSV;
    else if (strcmp(text, "binary") == 0)
        options->format = COPY_BINARY;
    else
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("COPY format \"%s\" not recognized", text),
                        errposition(commands_position(u->sql, option->location))));
}

static void
read_encoding(const Utility *u, const PgQuery__DefElem *option, CopyOptions *options)
{
    const char *text = text_once(u, option, NULL);

    options->encoding = pg_char_to_encoding(text);
    if (options->encoding < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("argument to option \"%s\" must be a valid encoding name",
                               option->defname),
                        errposition(commands_position(u->sql, option->location))));
}

static void
read_option(const Utility *u, const PgQuery__CopyStmt *stmt, const PgQuery__DefElem *option,
            CopyOptions *options, OptionsGiven *given)
{
    if (option_is(option, "format")) {
        once(u, option, &given->format);
        read_format(u, option, options);
    } else if (option_is(option, "freeze")) {
        once(u, option, &given->freeze);
        options->freeze = option_bool(option);
    } else if (option_is(option, "delimiter"))
        given->delimiter = text_once(u, option, given->delimiter);
    else if (option_is(option, "null"))
        given->null_text = text_once(u, option, given->null_text);
    else if (option_is(option, "header")) {
        once(u, option, &given->header);
        options->header = read_header(option, stmt->is_from);
    } else if (option_is(option, "quote"))
        given->quote = text_once(u, option, given->quote);
    else if (option_is(option, "escape"))
        given->escape = text_once(u, option, given->escape);
    else if (option_is(option, "force_quote")) {
        once(u, option, &given->force_quote);
        if (RAW_IS(option->arg, A_STAR))
            options->force_quote_all = true;
        else
            options->force_quote = read_names(u, option);
    } else if (option_is(option, "force_not_null")) {
        once(u, option, &given->force_not_null);
        options->force_not_null = read_names(u, option);
    } else if (option_is(option, "force_null")) {
        once(u, option, &given->force_null);
        options->force_null = read_names(u, option);
    } else if (option_is(option, "encoding")) {
        once(u, option, &given->encoding);
        read_encoding(u, option, options);
    } else
        ereport(ERROR, (errcode(ERRCODE_SYNTAX_ERROR),
                        errmsg("option \"%s\" not recognized", option->defname),
                        errposition(commands_position(u->sql, option->location))));
}

static void
check_delimiter(const CopyOptions *options, const char *delimiter)
{
    bool is_csv = options->format == COPY_CSV;

    if (strlen(delimiter) != 1)
        throw_unsupported("COPY delimiter must be a single one-byte character");
    if (strchr(delimiter, '\r') != NULL || strchr(delimiter, '\n') != NULL)
        throw_invalid("COPY delimiter cannot be newline or carriage return");
    if (strchr(options->null_text, '\r') != NULL || strchr(options->null_text, '\n') != NULL)
        throw_invalid("COPY null representation cannot use newline or carriage return");
    if (!is_csv && strchr("\\.abcdefghijklmnopqrstuvwxyz0123456789", delimiter[0]) != NULL)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("COPY delimiter cannot be \"%s\"", delimiter)));
}

static void
check_csv(const CopyOptions *options, const OptionsGiven *given, const char *delimiter,
          const char *quote, const char *escape, bool is_from)
{
    bool is_csv = options->format == COPY_CSV;

    if (!is_csv && given->quote != NULL)
        throw_unsupported("COPY quote available only in CSV mode");
    if (is_csv && strlen(quote) != 1)
        throw_unsupported("COPY quote must be a single one-byte character");
    if (is_csv && delimiter[0] == quote[0])
        throw_invalid("COPY delimiter and quote must be different");
    if (!is_csv && given->escape != NULL)
        throw_unsupported("COPY escape available only in CSV mode");
    if (is_csv && strlen(escape) != 1)
        throw_unsupported("COPY escape must be a single one-byte character");
    if (!is_csv && (options->force_quote != NIL || options->force_quote_all))
        throw_unsupported("COPY force quote available only in CSV mode");
    if ((options->force_quote != NIL || options->force_quote_all) && is_from)
        throw_unsupported("COPY force quote only available using COPY TO");
    if (!is_csv && options->force_not_null != NIL)
        throw_unsupported("COPY force not null available only in CSV mode");
    if (options->force_not_null != NIL && !is_from)
        throw_unsupported("COPY force not null only available using COPY FROM");
    if (!is_csv && options->force_null != NIL)
        throw_unsupported("COPY force null available only in CSV mode");
    if (options->force_null != NIL && !is_from)
        throw_unsupported("COPY force null only available using COPY FROM");
    if (strchr(options->null_text, delimiter[0]) != NULL)
        throw_unsupported("COPY delimiter must not appear in the NULL specification");
    if (is_csv && strchr(options->null_text, quote[0]) != NULL)
        throw_unsupported("CSV quote character must not appear in the NULL specification");
}

void
copy_options_read(const Utility *u, const PgQuery__CopyStmt *stmt, CopyOptions *ret_options)
{
    OptionsGiven given = {0};
    CopyOptions options = {.encoding = pg_get_client_encoding()};
    const char *delimiter, *quote, *escape;

    for (size_t i = 0; i < stmt->n_options; i++)
        read_option(u, stmt, stmt->options[i]->def_elem, &options, &given);
    if (options.format == COPY_BINARY && given.delimiter != NULL)
        throw_syntax("cannot specify DELIMITER in BINARY mode");
    if (options.format == COPY_BINARY && given.null_text != NULL)
        throw_syntax("cannot specify NULL in BINARY mode");
    delimiter = given.delimiter != NULL ? given.delimiter
                                        : options.format == COPY_CSV ? "," : "\t";
    options.null_text = given.null_text != NULL ? given.null_text
                                                : options.format == COPY_CSV ? "" : "\\N";
    options.null_length = (int) strlen(options.null_text);
    quote = given.quote != NULL ? given.quote : "\"";
    escape = given.escape != NULL ? given.escape : quote;
    check_delimiter(&options, delimiter);
    if (options.format == COPY_BINARY && options.header != COPY_HEADER_NONE)
        throw_unsupported("cannot specify HEADER in BINARY mode");
    check_csv(&options, &given, delimiter, quote, escape, stmt->is_from);
    options.delimiter = delimiter[0];
    options.quote = quote[0];
    options.escape = escape[0];
    *ret_options = options;
}

bool *
copy_column_flags(TupleDesc desc, List *attnums, List *names, const char *option)
{
    bool *flags = palloc0(sizeof(bool) * (Size) Max(desc->natts, 1));
    ListCell *cell;

    foreach (cell, names) {
        const char *name = lfirst(cell);
        int attnum = 0;

        for (int i = 0; i < desc->natts; i++)
            if (!TupleDescAttr(desc, i)->attisdropped &&
                strcmp(NameStr(TupleDescAttr(desc, i)->attname), name) == 0)
                attnum = i + 1;
        if (attnum == 0)
            ereport(ERROR, (errcode(ERRCODE_UNDEFINED_COLUMN),
                            errmsg("column \"%s\" does not exist", name)));
        if (!list_member_int(attnums, attnum))
            ereport(ERROR, (errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
                            errmsg("%s column \"%s\" not referenced by COPY", option, name)));
        flags[attnum - 1] = true;
    }
    return flags;
}
