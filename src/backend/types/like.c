/*
 * like.c - LIKE and ILIKE
 *
 * Why        matching is greedy on the part before the last %, so one remembered retry point is
 *            enough and time is at worst pattern times text, without recursion.
 * Errors     22025 for a pattern that ends in its escape character
 */
#include "types_int.h"
#include "types/collation.h"
#include "types/encoding.h"

static bool
like_match(const char *s, int s_length, const char *p, int p_length, bool multibyte)
{
    const char *s_end = s + s_length;
    const char *p_end = p + p_length;
    const char *retry_p = NULL;
    const char *retry_s = NULL;

    for (;;)
    {
        if (p < p_end && *p == '%')
        {
            while (p < p_end && *p == '%')
                p++;
            if (p == p_end)
                return true;
            retry_p = p;
            retry_s = s;
            continue;
        }
        if (s == s_end)
        {
            if (p == p_end)
                return true;
            return false;
        }
        if (p < p_end && *p == '_')
        {
            p++;
            s += multibyte ? Min(pg_mblen(s), (int) (s_end - s)) : 1;
            continue;
        }
        if (p < p_end)
        {
            const char *literal = p;

            if (*literal == '\\')
            {
                literal++;
                if (literal == p_end)
                    break;
            }
            if (*literal == *s)
            {
                p = literal + 1;
                s++;
                continue;
            }
        }
        if (retry_p == NULL)
            return false;
        retry_s += multibyte ? Min(pg_mblen(retry_s), (int) (s_end - retry_s)) : 1;
        p = retry_p;
        s = retry_s;
    }
    ereport(ERROR, (errcode(ERRCODE_INVALID_ESCAPE_SEQUENCE),
                    errmsg("LIKE pattern must not end with escape character")));
    pg_unreachable();
}

static bool
like_text(FunctionCallInfo fcinfo)
{
    text *s = PG_GETARG_TEXT_PP(0);
    text *p = PG_GETARG_TEXT_PP(1);

    if (!collation_is_deterministic(PG_GET_COLLATION()))
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("nondeterministic collations are not supported for LIKE")));
    return like_match(VARDATA_ANY(s), (int) VARSIZE_ANY_EXHDR(s), VARDATA_ANY(p),
                      (int) VARSIZE_ANY_EXHDR(p), pg_database_encoding_max_length() > 1);
}

static bool
like_bytea(FunctionCallInfo fcinfo)
{
    bytea *s = PG_GETARG_BYTEA_PP(0);
    bytea *p = PG_GETARG_BYTEA_PP(1);

    return like_match(VARDATA_ANY(s), (int) VARSIZE_ANY_EXHDR(s), VARDATA_ANY(p),
                      (int) VARSIZE_ANY_EXHDR(p), false);
}

static bool
like_name(FunctionCallInfo fcinfo)
{
    const char *s = PG_GETARG_POINTER(0);
    text *p = PG_GETARG_TEXT_PP(1);

    return like_match(s, (int) strnlen(s, NAMEDATALEN), VARDATA_ANY(p), (int) VARSIZE_ANY_EXHDR(p),
                      pg_database_encoding_max_length() > 1);
}

static bool
like_folded(const char *s, int s_length, text *pattern, Oid collation)
{
    char *folded;
    char *folded_pattern;

    if (!OidIsValid(collation))
        ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_COLLATION),
                        errmsg("could not determine which collation to use for ILIKE"),
                        errhint("Use the COLLATE clause to set the collation explicitly.")));
    folded = str_tolower(s, s_length, collation);
    folded_pattern = str_tolower(VARDATA_ANY(pattern), VARSIZE_ANY_EXHDR(pattern), collation);
    return like_match(folded, (int) strlen(folded), folded_pattern, (int) strlen(folded_pattern),
                      pg_database_encoding_max_length() > 1);
}

static bool
ilike_text(FunctionCallInfo fcinfo)
{
    text *s = PG_GETARG_TEXT_PP(0);

    return like_folded(VARDATA_ANY(s), (int) VARSIZE_ANY_EXHDR(s), PG_GETARG_TEXT_PP(1),
                       PG_GET_COLLATION());
}

static bool
ilike_name(FunctionCallInfo fcinfo)
{
    const char *s = PG_GETARG_POINTER(0);

    return like_folded(s, (int) strnlen(s, NAMEDATALEN), PG_GETARG_TEXT_PP(1), PG_GET_COLLATION());
}

#define LIKE_PAIR(like, not_like, matcher)                                                         \
    SQL_FUNCTION(like)                                                                             \
    {                                                                                              \
        PG_RETURN_BOOL(matcher(fcinfo));                                                           \
    }                                                                                              \
    SQL_FUNCTION(not_like)                                                                         \
    {                                                                                              \
        PG_RETURN_BOOL(!matcher(fcinfo));                                                          \
    }

LIKE_PAIR(textlike, textnlike, like_text)
LIKE_PAIR(namelike, namenlike, like_name)
LIKE_PAIR(bytealike, byteanlike, like_bytea)
LIKE_PAIR(texticlike, texticnlike, ilike_text)
LIKE_PAIR(nameiclike, nameicnlike, ilike_name)

/* Rewrites a pattern with its own escape character into one whose escape is the backslash. */
static text *
like_change_escape(struct varlena *pattern, struct varlena *escape, bool multibyte)
{
    const char *p = VARDATA_ANY(pattern);
    const char *end = p + VARSIZE_ANY_EXHDR(pattern);
    const char *e = VARDATA_ANY(escape);
    int e_length = (int) VARSIZE_ANY_EXHDR(escape);
    bool after_escape = false;
    StringInfoData result;

    initStringInfo(&result);
    if (e_length > 0 && (multibyte ? pg_mbstrlen_with_len(e, e_length) : e_length) != 1)
        ereport(ERROR, (errcode(ERRCODE_INVALID_ESCAPE_SEQUENCE), errmsg("invalid escape string"),
                        errhint("Escape string must be empty or one character.")));
    while (p < end)
    {
        int n = multibyte ? pg_mblen(p) : 1;

        if (e_length > 0 && !after_escape && *e != '\\' && n == e_length && memcmp(p, e, n) == 0)
        {
            appendStringInfoChar(&result, '\\');
            after_escape = true;
        }
        else if (*p == '\\' && !(e_length == 1 && *e == '\\'))
        {
            if (!after_escape)
                appendStringInfoChar(&result, '\\');
            appendStringInfoChar(&result, '\\');
            after_escape = false;
        }
        else
        {
            appendBinaryStringInfo(&result, p, n);
            after_escape = false;
        }
        p += n;
    }
    return cstring_to_text_with_len(result.data, result.len);
}

SQL_FUNCTION(like_escape)
{
    PG_RETURN_TEXT_P(like_change_escape(PG_GETARG_TEXT_PP(0), PG_GETARG_TEXT_PP(1), true));
}

SQL_FUNCTION(like_escape_bytea)
{
    PG_RETURN_BYTEA_P(like_change_escape(PG_GETARG_BYTEA_PP(0), PG_GETARG_BYTEA_PP(1), false));
}
