/*
 * regexp.c - regular expressions as SQL sees them
 *
 * Read first regexp_compile.c, regexp_collect()
 */
#include "regexp_int.h"
#include "types/array.h"
#include "types/encoding.h"
#include "types/funcapi.h"

/* One match: byte spans of the whole and of each group, -1 where a group took no part. */
typedef struct RegexpMatches
{
    char *text;
    int length;
    int match_count;
    int group_count;   /* spans per match, less the whole */
    int *spans;        /* 2 * (group_count + 1) per match */
    int capacity;
    int next; /* of a set being returned */
} RegexpMatches;

typedef struct RegexpOptions
{
    int flags;
    bool global;
} RegexpOptions;

/* ---- options ---- */

static RegexpOptions
regexp_parse_options(text *options)
{
    RegexpOptions result = {0, false};

    if (options == NULL)
        return result;
    for (int i = 0; i < (int) VARSIZE_ANY_EXHDR(options); i++)
    {
        const char *p = VARDATA_ANY(options) + i;

        switch (*p)
        {
            case 'g':
                result.global = true;
                break;
            case 'i':
                result.flags |= REGEXP_ICASE;
                break;
            case 'c':
                result.flags &= ~REGEXP_ICASE;
                break;
            case 'm':
            case 'n':
                result.flags |= REGEXP_NLSTOP | REGEXP_NLANCH;
                break;
            case 'p':
                result.flags = (result.flags | REGEXP_NLSTOP) & ~REGEXP_NLANCH;
                break;
            case 'w':
                result.flags = (result.flags | REGEXP_NLANCH) & ~REGEXP_NLSTOP;
                break;
            case 's':
                result.flags &= ~(REGEXP_NLSTOP | REGEXP_NLANCH);
                break;
            case 'x':
                result.flags |= REGEXP_EXPANDED;
                break;
            case 't':
                result.flags &= ~REGEXP_EXPANDED;
                break;
            case 'q':
                result.flags |= REGEXP_LITERAL;
                break;
            case 'e':
                break;
            case 'b':
                types_throw_unsupported("the basic regular expression option \"b\"");
            default:
                ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                                errmsg("invalid regular expression option: \"%.*s\"", pg_mblen(p),
                                       p)));
        }
    }
    return result;
}

static void
regexp_refuse_global(const RegexpOptions *options, const char *function, const char *hint)
{
    if (options->global)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("%s does not support the \"global\" option", function),
                        hint ? errhint("Use the %s function instead.", hint) : 0));
}

/* ---- operators ---- */

static bool
regexp_matches_text(const char *s, int length, text *pattern, int flags, Oid collation)
{
    PCRE2_SIZE *spans;
    Regexp *regexp = regexp_compile(VARDATA_ANY(pattern), (int) VARSIZE_ANY_EXHDR(pattern), flags,
                                    collation);

    return regexp_execute(regexp, s, length, 0, &spans);
}

static bool
regexp_operator_text(FunctionCallInfo fcinfo, int flags)
{
    text *s = PG_GETARG_TEXT_PP(0);

    return regexp_matches_text(VARDATA_ANY(s), (int) VARSIZE_ANY_EXHDR(s), PG_GETARG_TEXT_PP(1),
                               flags, PG_GET_COLLATION());
}

static bool
regexp_operator_name(FunctionCallInfo fcinfo, int flags)
{
    const char *s = PG_GETARG_POINTER(0);

    return regexp_matches_text(s, (int) strnlen(s, NAMEDATALEN), PG_GETARG_TEXT_PP(1), flags,
                               PG_GET_COLLATION());
}

#define REGEXP_OPERATOR(name, expression)                                                          \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(expression);                                                                \
    }

REGEXP_OPERATOR(textregexeq, regexp_operator_text(fcinfo, 0))
REGEXP_OPERATOR(textregexne, !regexp_operator_text(fcinfo, 0))
REGEXP_OPERATOR(texticregexeq, regexp_operator_text(fcinfo, REGEXP_ICASE))
REGEXP_OPERATOR(texticregexne, !regexp_operator_text(fcinfo, REGEXP_ICASE))
REGEXP_OPERATOR(nameregexeq, regexp_operator_name(fcinfo, 0))
REGEXP_OPERATOR(nameregexne, !regexp_operator_name(fcinfo, 0))
REGEXP_OPERATOR(nameicregexeq, regexp_operator_name(fcinfo, REGEXP_ICASE))
REGEXP_OPERATOR(nameicregexne, !regexp_operator_name(fcinfo, REGEXP_ICASE))

static bool
regexp_like_with(FunctionCallInfo fcinfo, text *options)
{
    RegexpOptions parsed = regexp_parse_options(options);

    regexp_refuse_global(&parsed, "regexp_like()", NULL);
    return regexp_operator_text(fcinfo, parsed.flags);
}

SQL_FUNCTION(regexp_like)
{
    PG_RETURN_BOOL(regexp_like_with(fcinfo, PG_NARGS() > 2 ? PG_GETARG_TEXT_PP(2) : NULL));
}

SQL_FUNCTION(regexp_like_no_flags)
{
    PG_RETURN_BOOL(regexp_like_with(fcinfo, NULL));
}

/* ---- collecting matches ---- */

static void
regexp_add_match(RegexpMatches *matches, const PCRE2_SIZE *spans)
{
    int per_match = 2 * (matches->group_count + 1);

    if ((matches->match_count + 1) * per_match > matches->capacity)
    {
        matches->capacity = Max(matches->capacity * 2, per_match * 8);
        matches->spans = matches->spans == NULL
                             ? palloc(matches->capacity * sizeof(int))
                             : repalloc(matches->spans, matches->capacity * sizeof(int));
    }
    for (int i = 0; i < per_match; i++)
        matches->spans[matches->match_count * per_match + i] =
            spans[i] == PCRE2_UNSET ? -1 : (int) spans[i];
    matches->match_count++;
}

/*
 * All matches, or the first. skip_empty_edges: as split wants them, no empty match at the text's
 * ends nor right behind the match before.
 */
static RegexpMatches *
regexp_collect(text *string, text *pattern, RegexpOptions options, int32 start_position,
               Oid collation, bool for_split)
{
    RegexpMatches *matches = palloc0(sizeof(*matches));
    Regexp *regexp = regexp_compile(VARDATA_ANY(pattern), (int) VARSIZE_ANY_EXHDR(pattern),
                                    options.flags, collation);
    int position;
    int previous_end = 0;
    PCRE2_SIZE *spans;

    matches->length = (int) VARSIZE_ANY_EXHDR(string);
    matches->text = palloc(matches->length + 1);
    memcpy(matches->text, VARDATA_ANY(string), matches->length);
    matches->text[matches->length] = '\0';
    matches->group_count = regexp->group_count;
    if (start_position > 1 &&
        start_position > pg_mbstrlen_with_len(matches->text, matches->length) + 1)
        return matches;
    position = encoding_char_offset(matches->text, matches->length, start_position - 1);
    while (position <= matches->length &&
           regexp_execute(regexp, matches->text, matches->length, position, &spans))
    {
        int from = (int) spans[0];
        int to = (int) spans[1];

        if (!for_split || (from < matches->length && to > previous_end))
            regexp_add_match(matches, spans);
        previous_end = to;
        if (!options.global)
            break;
        position = to;
        if (from == to)
        {
            if (position >= matches->length)
                break;
            position += pg_mblen(matches->text + position);
        }
    }
    return matches;
}

static int *
regexp_span(RegexpMatches *matches, int match, int group)
{
    return matches->spans + 2 * ((matches->group_count + 1) * match + group);
}

static text *
regexp_span_text(RegexpMatches *matches, int match, int group)
{
    int *span = regexp_span(matches, match, group);

    return span[0] < 0 ? NULL
                       : cstring_to_text_with_len(matches->text + span[0], span[1] - span[0]);
}

/* text[] of the groups of a match, or of the whole match if there are no groups. */
static ArrayType *
regexp_match_array(RegexpMatches *matches, int match)
{
    int count = Max(matches->group_count, 1);
    int first = matches->group_count > 0 ? 1 : 0;
    int lower = 1;
    Datum *values = palloc(count * sizeof(Datum));
    bool *nulls = palloc(count * sizeof(bool));

    for (int i = 0; i < count; i++)
    {
        text *value = regexp_span_text(matches, match, first + i);

        nulls[i] = value == NULL;
        values[i] = PointerGetDatum(value);
    }
    return construct_md_array(values, nulls, 1, &count, &lower, TEXTOID, -1, false, 'i');
}

static text *
regexp_optional_text(FunctionCallInfo fcinfo, int argument)
{
    return PG_NARGS() > argument ? PG_GETARG_TEXT_PP(argument) : NULL;
}

SQL_FUNCTION(regexp_match)
{
    RegexpOptions options = regexp_parse_options(regexp_optional_text(fcinfo, 2));
    RegexpMatches *matches;

    regexp_refuse_global(&options, "regexp_match()", "regexp_matches");
    matches = regexp_collect(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1), options, 1,
                             PG_GET_COLLATION(), false);
    if (matches->match_count == 0)
        PG_RETURN_NULL();
    PG_RETURN_ARRAYTYPE_P(regexp_match_array(matches, 0));
}

SQL_FUNCTION(regexp_match_no_flags)
{
    return regexp_match(fcinfo);
}

SQL_FUNCTION(regexp_matches)
{
    FuncCallContext *funcctx;
    RegexpMatches *matches;

    if (SRF_IS_FIRSTCALL())
    {
        RegexpOptions options = regexp_parse_options(regexp_optional_text(fcinfo, 2));
        MemoryContext old;

        funcctx = SRF_FIRSTCALL_INIT();
        old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
        funcctx->user_fctx = regexp_collect(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1), options, 1,
                                            PG_GET_COLLATION(), false);
        MemoryContextSwitchTo(old);
    }
    funcctx = SRF_PERCALL_SETUP();
    matches = funcctx->user_fctx;
    if (matches->next < matches->match_count)
        SRF_RETURN_NEXT(funcctx, PointerGetDatum(regexp_match_array(matches, matches->next++)));
    SRF_RETURN_DONE(funcctx);
}

SQL_FUNCTION(regexp_matches_no_flags)
{
    return regexp_matches(fcinfo);
}

/* ---- split ---- */

static text *
regexp_piece(RegexpMatches *matches, int piece)
{
    int from = piece == 0 ? 0 : regexp_span(matches, piece - 1, 0)[1];
    int to = piece == matches->match_count ? matches->length : regexp_span(matches, piece, 0)[0];

    return cstring_to_text_with_len(matches->text + from, to - from);
}

static RegexpMatches *
regexp_split(FunctionCallInfo fcinfo, const char *function)
{
    RegexpOptions options = regexp_parse_options(regexp_optional_text(fcinfo, 2));

    regexp_refuse_global(&options, function, NULL);
    options.global = true;
    return regexp_collect(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1), options, 1,
                          PG_GET_COLLATION(), true);
}

SQL_FUNCTION(regexp_split_to_table)
{
    FuncCallContext *funcctx;
    RegexpMatches *matches;

    if (SRF_IS_FIRSTCALL())
    {
        MemoryContext old;

        funcctx = SRF_FIRSTCALL_INIT();
        old = MemoryContextSwitchTo(funcctx->multi_call_memory_ctx);
        funcctx->user_fctx = regexp_split(fcinfo, "regexp_split_to_table()");
        MemoryContextSwitchTo(old);
    }
    funcctx = SRF_PERCALL_SETUP();
    matches = funcctx->user_fctx;
    if (matches->next <= matches->match_count)
        SRF_RETURN_NEXT(funcctx, PointerGetDatum(regexp_piece(matches, matches->next++)));
    SRF_RETURN_DONE(funcctx);
}

SQL_FUNCTION(regexp_split_to_table_no_flags)
{
    return regexp_split_to_table(fcinfo);
}

SQL_FUNCTION(regexp_split_to_array)
{
    RegexpMatches *matches = regexp_split(fcinfo, "regexp_split_to_array()");
    ArrayBuildState *state = NULL;

    for (int i = 0; i <= matches->match_count; i++)
        state = accumArrayResult(state, PointerGetDatum(regexp_piece(matches, i)), false, TEXTOID,
                                 CurrentMemoryContext);
    return makeArrayResult(state, CurrentMemoryContext);
}

SQL_FUNCTION(regexp_split_to_array_no_flags)
{
    return regexp_split_to_array(fcinfo);
}

/* ---- substr, count, instr ---- */

SQL_FUNCTION(textregexsubstr)
{
    RegexpMatches *matches = regexp_collect(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1),
                                            (RegexpOptions){0, false}, 1, PG_GET_COLLATION(), false);
    text *result = NULL;

    if (matches->match_count > 0)
        result = regexp_span_text(matches, 0, matches->group_count > 0 ? 1 : 0);
    if (result == NULL)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(result);
}

static int32
regexp_argument(FunctionCallInfo fcinfo, int argument, const char *name, int32 min, int32 standard)
{
    int32 value;

    if (PG_NARGS() <= argument)
        return standard;
    value = PG_GETARG_INT32(argument);
    if (value < min)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid value for parameter \"%s\": %d", name, value)));
    return value;
}

SQL_FUNCTION(regexp_count)
{
    int32 start = regexp_argument(fcinfo, 2, "start", 1, 1);
    RegexpOptions options = regexp_parse_options(regexp_optional_text(fcinfo, 3));

    regexp_refuse_global(&options, "regexp_count()", NULL);
    options.global = true;
    PG_RETURN_INT32(regexp_collect(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1), options, start,
                                   PG_GET_COLLATION(), false)
                        ->match_count);
}

SQL_FUNCTION(regexp_instr)
{
    int32 start = regexp_argument(fcinfo, 2, "start", 1, 1);
    int32 n = regexp_argument(fcinfo, 3, "n", 1, 1);
    int32 end = regexp_argument(fcinfo, 4, "endoption", 0, 0);
    int32 group = regexp_argument(fcinfo, 6, "subexpr", 0, 0);
    RegexpOptions options;
    RegexpMatches *matches;
    int *span;

    if (end > 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid value for parameter \"%s\": %d", "endoption", end)));
    options = regexp_parse_options(regexp_optional_text(fcinfo, 5));
    regexp_refuse_global(&options, "regexp_instr()", NULL);
    options.global = true;
    matches = regexp_collect(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1), options, start,
                             PG_GET_COLLATION(), false);
    if (n > matches->match_count || group > matches->group_count)
        PG_RETURN_INT32(0);
    span = regexp_span(matches, n - 1, group);
    if (span[0] < 0)
        PG_RETURN_INT32(0);
    PG_RETURN_INT32(pg_mbstrlen_with_len(matches->text, span[end]) + 1);
}

SQL_FUNCTION(regexp_substr)
{
    int32 start = regexp_argument(fcinfo, 2, "start", 1, 1);
    int32 n = regexp_argument(fcinfo, 3, "n", 1, 1);
    int32 group = regexp_argument(fcinfo, 5, "subexpr", 0, 0);
    RegexpOptions options = regexp_parse_options(regexp_optional_text(fcinfo, 4));
    RegexpMatches *matches;
    text *result;

    regexp_refuse_global(&options, "regexp_substr()", NULL);
    options.global = true;
    matches = regexp_collect(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1), options, start,
                             PG_GET_COLLATION(), false);
    if (n > matches->match_count || group > matches->group_count)
        PG_RETURN_NULL();
    result = regexp_span_text(matches, n - 1, group);
    if (result == NULL)
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(result);
}

#define REGEXP_SHORTER(name, full)                                                                 \
    SQL_FUNCTION(name)                                                                             \
    {                                                                                              \
        return full(fcinfo);                                                                       \
    }

REGEXP_SHORTER(regexp_count_no_start, regexp_count)
REGEXP_SHORTER(regexp_count_no_flags, regexp_count)
REGEXP_SHORTER(regexp_instr_no_start, regexp_instr)
REGEXP_SHORTER(regexp_instr_no_n, regexp_instr)
REGEXP_SHORTER(regexp_instr_no_endoption, regexp_instr)
REGEXP_SHORTER(regexp_instr_no_flags, regexp_instr)
REGEXP_SHORTER(regexp_instr_no_subexpr, regexp_instr)
REGEXP_SHORTER(regexp_substr_no_start, regexp_substr)
REGEXP_SHORTER(regexp_substr_no_n, regexp_substr)
REGEXP_SHORTER(regexp_substr_no_flags, regexp_substr)
REGEXP_SHORTER(regexp_substr_no_subexpr, regexp_substr)

/* ---- replace ---- */

/* The replacement with \1 .. \9, \& and \\ filled in. */
static void
regexp_put_replacement(StringInfo out, text *replacement, RegexpMatches *matches, int match)
{
    const char *p = VARDATA_ANY(replacement);
    const char *end = p + VARSIZE_ANY_EXHDR(replacement);

    while (p < end)
    {
        int group = -1;

        if (*p != '\\' || p + 1 >= end)
        {
            appendStringInfoChar(out, *p++);
            continue;
        }
        if (p[1] >= '1' && p[1] <= '9')
            group = p[1] - '0';
        else if (p[1] == '&')
            group = 0;
        else
        {
            appendStringInfoChar(out, '\\');
            p += p[1] == '\\' ? 2 : 1;
            continue;
        }
        p += 2;
        if (group <= matches->group_count)
        {
            int *span = regexp_span(matches, match, group);

            if (span[0] >= 0)
                appendBinaryStringInfo(out, matches->text + span[0], span[1] - span[0]);
        }
    }
}

/* n = 0 replaces all, else the n-th only. */
static Datum
regexp_replace(FunctionCallInfo fcinfo, RegexpOptions options, int32 start, int32 n)
{
    RegexpMatches *matches;
    StringInfoData out;
    int done = 0;

    options.global = n != 1;
    matches = regexp_collect(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1), options, start,
                             PG_GET_COLLATION(), false);
    initStringInfo(&out);
    for (int i = 0; i < matches->match_count; i++)
    {
        int *span = regexp_span(matches, i, 0);

        if (n > 0 && i != n - 1)
            continue;
        appendBinaryStringInfo(&out, matches->text + done, span[0] - done);
        regexp_put_replacement(&out, PG_GETARG_TEXT_PP(2), matches, i);
        done = span[1];
    }
    appendBinaryStringInfo(&out, matches->text + done, matches->length - done);
    PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}

SQL_FUNCTION(textregexreplace_noopt)
{
    return regexp_replace(fcinfo, (RegexpOptions){0, false}, 1, 1);
}

SQL_FUNCTION(textregexreplace)
{
    text *flags = PG_GETARG_TEXT_PP(3);
    RegexpOptions options;

    /* A number here is most likely meant for the form with a start position. */
    if (VARSIZE_ANY_EXHDR(flags) > 0 && isdigit((unsigned char) *VARDATA_ANY(flags)))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid regular expression option: \"%.*s\"",
                               pg_mblen(VARDATA_ANY(flags)), VARDATA_ANY(flags)),
                        errhint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")));
    options = regexp_parse_options(flags);
    return regexp_replace(fcinfo, options, 1, options.global ? 0 : 1);
}

SQL_FUNCTION(textregexreplace_extended)
{
    int32 start = regexp_argument(fcinfo, 3, "start", 1, 1);
    int32 n = regexp_argument(fcinfo, 4, "n", 0, 1);
    RegexpOptions options = regexp_parse_options(regexp_optional_text(fcinfo, 5));

    if (PG_NARGS() <= 4)
        n = options.global ? 0 : 1;
    return regexp_replace(fcinfo, options, start, n);
}

REGEXP_SHORTER(textregexreplace_extended_no_n, textregexreplace_extended)
REGEXP_SHORTER(textregexreplace_extended_no_flags, textregexreplace_extended)

/* ---- SIMILAR TO: rewritten as an advanced expression ---- */

typedef struct SimilarScan
{
    StringInfoData out;
    bool in_brackets;
    bool after_escape;
    int separators; /* escape-double-quotes seen */
} SimilarScan;

static void
similar_plain(SimilarScan *scan, char c)
{
    switch (c)
    {
        case '[':
            appendStringInfoChar(&scan->out, c);
            scan->in_brackets = true;
            break;
        case '%':
            appendStringInfoString(&scan->out, ".*");
            break;
        case '_':
            appendStringInfoChar(&scan->out, '.');
            break;
        case '(':
            appendStringInfoString(&scan->out, "(?:");
            break;
        case '\\':
        case '.':
        case '^':
        case '$':
            appendStringInfo(&scan->out, "\\%c", c);
            break;
        default:
            appendStringInfoChar(&scan->out, c);
    }
}

/* escape-double-quote: first ends the shortest prefix, second the part SUBSTRING returns. */
static void
similar_separator(SimilarScan *scan)
{
    if (scan->separators == 0)
        appendStringInfoString(&scan->out, "){1,1}?(");
    else if (scan->separators == 1)
        appendStringInfoString(&scan->out, "){1,1}(?:");
    else
        ereport(ERROR, (errcode(ERRCODE_INVALID_USE_OF_ESCAPE_CHARACTER),
                        errmsg("SQL regular expression may not contain more than two escape-double-quote separators")));
    scan->separators++;
}

static text *
similar_to_are(text *pattern, text *escape)
{
    const char *p = VARDATA_ANY(pattern);
    const char *end = p + VARSIZE_ANY_EXHDR(pattern);
    const char *e = escape ? VARDATA_ANY(escape) : "\\";
    int e_length = escape ? (int) VARSIZE_ANY_EXHDR(escape) : 1;
    SimilarScan scan = {.separators = 0};

    if (e_length > 1 && pg_mbstrlen_with_len(e, e_length) != 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ESCAPE_SEQUENCE), errmsg("invalid escape string"),
                        errhint("Escape string must be empty or one character.")));
    initStringInfo(&scan.out);
    appendStringInfoString(&scan.out, "^(?:");
    while (p < end)
    {
        int n = pg_mblen(p);

        if (scan.after_escape)
        {
            if (*p == '"' && !scan.in_brackets)
                similar_separator(&scan);
            else
            {
                if (n == 1)
                    appendStringInfoChar(&scan.out, '\\');
                appendBinaryStringInfo(&scan.out, p, n);
            }
            scan.after_escape = false;
        }
        else if (e_length > 0 && n == e_length && memcmp(p, e, n) == 0)
            scan.after_escape = true;
        else if (n > 1)
            appendBinaryStringInfo(&scan.out, p, n);
        else if (scan.in_brackets)
        {
            if (*p == '\\')
                appendStringInfoChar(&scan.out, '\\');
            appendStringInfoChar(&scan.out, *p);
            if (*p == ']')
                scan.in_brackets = false;
        }
        else
            similar_plain(&scan, *p);
        p += n;
    }
    appendStringInfoString(&scan.out, ")$");
    return cstring_to_text_with_len(scan.out.data, scan.out.len);
}

SQL_FUNCTION(similar_to_escape_1)
{
    PG_RETURN_TEXT_P(similar_to_are(PG_GETARG_TEXT_PP(0), NULL));
}

SQL_FUNCTION(similar_to_escape_2)
{
    PG_RETURN_TEXT_P(similar_to_are(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1)));
}

SQL_FUNCTION(similar_escape)
{
    if (PG_ARGISNULL(0))
        PG_RETURN_NULL();
    PG_RETURN_TEXT_P(similar_to_are(PG_GETARG_TEXT_PP(0),
                                    PG_ARGISNULL(1) ? NULL : PG_GETARG_TEXT_PP(1)));
}
