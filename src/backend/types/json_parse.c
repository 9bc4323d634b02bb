/*
 * json_parse.c - reads JSON text
 *
 * Why        json keeps its text, so a value need only be checked once and can be walked in place.
 * Errors     22P02 with PostgreSQL's details; depth is bounded by the stack (54001)
 */
#include "json_int.h"
#include "types/encoding.h"

#define JSON_DEPTH_MAX 6000

typedef struct JsonChecker
{
    const char *p;
    const char *end;
    const char *text;
    int depth;
} JsonChecker;

static void json_check_value(JsonChecker *c);

static const char *
json_skip_space(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r'))
        p++;
    return p;
}

pg_noreturn static void
json_throw(const char *detail)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
                    errmsg("invalid input syntax for type %s", "json"), errdetail("%s", detail)));
    pg_unreachable();
}

/* Names the token at p: a word, or one character. */
pg_noreturn static void
json_throw_token(JsonChecker *c, const char *expected)
{
    const char *end = c->p;

    if (c->p >= c->end)
        json_throw("The input string ended unexpectedly.");
    while (end < c->end && (isalnum((unsigned char) *end) || (*end & 0x80) || *end == '_'))
        end++;
    if (end == c->p)
        end++;
    if (expected == NULL)
        json_throw(psprintf("Token \"%.*s\" is invalid.", (int) (end - c->p), c->p));
    json_throw(psprintf("Expected %s, but found \"%.*s\".", expected, (int) (end - c->p), c->p));
}

static uint32
json_hex4(JsonChecker *c)
{
    uint32 code = 0;

    for (int i = 0; i < 4; i++, c->p++)
    {
        if (c->p >= c->end || !isxdigit((unsigned char) *c->p))
            json_throw("\"\\u\" must be followed by four hexadecimal digits.");
        code = code * 16 +
               (uint32) (isdigit((unsigned char) *c->p) ? *c->p - '0' : (*c->p | 32) - 'a' + 10);
    }
    return code;
}

static void
json_check_string(JsonChecker *c)
{
    const char *start = c->p;

    for (c->p++;; c->p++)
    {
        if (c->p >= c->end)
            json_throw(psprintf("Token \"%.*s\" is invalid.", (int) (c->end - start), start));
        if (*c->p == '"')
            break;
        if ((unsigned char) *c->p < 32)
            json_throw(psprintf("Character with value 0x%02x must be escaped.",
                                (unsigned char) *c->p));
        if (*c->p != '\\')
            continue;
        c->p++;
        if (c->p < c->end && *c->p == 'u')
        {
            c->p++;
            json_hex4(c);
            c->p--;
        }
        else if (c->p >= c->end || strchr("\"\\/bfnrt", *c->p) == NULL)
            json_throw(psprintf("Escape sequence \"\\%.*s\" is invalid.",
                                c->p < c->end ? pg_mblen(c->p) : 0, c->p));
    }
    c->p++;
}

static void
json_check_number(JsonChecker *c)
{
    const char *start = c->p;
    bool good;

    if (*c->p == '-')
        c->p++;
    good = c->p < c->end && isdigit((unsigned char) *c->p);
    if (good && *c->p == '0')
        c->p++;
    else
        while (c->p < c->end && isdigit((unsigned char) *c->p))
            c->p++;
    if (good && c->p < c->end && *c->p == '.')
    {
        c->p++;
        good = c->p < c->end && isdigit((unsigned char) *c->p);
        while (c->p < c->end && isdigit((unsigned char) *c->p))
            c->p++;
    }
    if (good && c->p < c->end && (*c->p == 'e' || *c->p == 'E'))
    {
        c->p++;
        if (c->p < c->end && (*c->p == '+' || *c->p == '-'))
            c->p++;
        good = c->p < c->end && isdigit((unsigned char) *c->p);
        while (c->p < c->end && isdigit((unsigned char) *c->p))
            c->p++;
    }
    if (!good || (c->p < c->end && (isalnum((unsigned char) *c->p) || (*c->p & 0x80) || *c->p == '_')))
    {
        while (c->p < c->end && (isalnum((unsigned char) *c->p) || (*c->p & 0x80) || *c->p == '_'))
            c->p++;
        json_throw(psprintf("Token \"%.*s\" is invalid.", (int) (c->p - start), start));
    }
}

static void
json_check_object(JsonChecker *c)
{
    c->p = json_skip_space(c->p + 1, c->end);
    if (c->p < c->end && *c->p == '}')
    {
        c->p++;
        return;
    }
    for (bool first = true;; first = false)
    {
        c->p = json_skip_space(c->p, c->end);
        if (c->p >= c->end || *c->p != '"')
            json_throw_token(c, first ? "string or \"}\"" : "string");
        json_check_string(c);
        c->p = json_skip_space(c->p, c->end);
        if (c->p >= c->end || *c->p != ':')
            json_throw_token(c, "\":\"");
        c->p++;
        json_check_value(c);
        c->p = json_skip_space(c->p, c->end);
        if (c->p < c->end && *c->p == ',')
        {
            c->p++;
            continue;
        }
        if (c->p >= c->end || *c->p != '}')
            json_throw_token(c, "\",\" or \"}\"");
        c->p++;
        return;
    }
}

static void
json_check_array(JsonChecker *c)
{
    c->p = json_skip_space(c->p + 1, c->end);
    if (c->p < c->end && *c->p == ']')
    {
        c->p++;
        return;
    }
    for (;;)
    {
        json_check_value(c);
        c->p = json_skip_space(c->p, c->end);
        if (c->p < c->end && *c->p == ',')
        {
            c->p++;
            continue;
        }
        if (c->p >= c->end || *c->p != ']')
            json_throw_token(c, "\",\" or \"]\"");
        c->p++;
        return;
    }
}

static bool
json_check_word(JsonChecker *c, const char *word)
{
    size_t length = strlen(word);

    if ((size_t) (c->end - c->p) < length || strncmp(c->p, word, length) != 0 ||
        (c->p + length < c->end && (isalnum((unsigned char) c->p[length]) || c->p[length] == '_' ||
                                    (c->p[length] & 0x80))))
        return false;
    c->p += length;
    return true;
}

static void
json_check_value(JsonChecker *c)
{
    if (++c->depth > JSON_DEPTH_MAX)
        ereport(ERROR, (errcode(ERRCODE_STATEMENT_TOO_COMPLEX), errmsg("stack depth limit exceeded")));
    c->p = json_skip_space(c->p, c->end);
    if (c->p >= c->end)
        json_throw("The input string ended unexpectedly.");
    if (*c->p == '{')
        json_check_object(c);
    else if (*c->p == '[')
        json_check_array(c);
    else if (*c->p == '"')
        json_check_string(c);
    else if (*c->p == '-' || isdigit((unsigned char) *c->p))
        json_check_number(c);
    else if (!json_check_word(c, "true") && !json_check_word(c, "false") &&
             !json_check_word(c, "null"))
        json_throw_token(c, strchr("}],:", *c->p) ? "JSON value" : NULL);
    c->depth--;
}

void
json_check(const char *text, int length)
{
    JsonChecker c = {.p = text, .end = text + length, .text = text};

    json_check_value(&c);
    c.p = json_skip_space(c.p, c.end);
    if (c.p < c.end)
        json_throw_token(&c, "end of input");
}

/* ---- walking checked text ---- */

static const char *
json_string_end(const char *p)
{
    for (p++; *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p + 1;
}

JsonValue
json_value_at(const char *p, const char *end)
{
    JsonValue value = {.start = p = json_skip_space(p, end)};
    int depth = 0;

    switch (*p)
    {
        case '"':
            value.kind = JSON_STRING;
            value.end = json_string_end(p);
            return value;
        case '{':
        case '[':
            value.kind = *p == '{' ? JSON_OBJECT : JSON_ARRAY;
            do
            {
                if (*p == '"')
                    p = json_string_end(p) - 1;
                else if (*p == '{' || *p == '[')
                    depth++;
                else if (*p == '}' || *p == ']')
                    depth--;
                p++;
            } while (depth > 0);
            value.end = p;
            return value;
        case 't':
            value.kind = JSON_TRUE;
            break;
        case 'f':
            value.kind = JSON_FALSE;
            break;
        case 'n':
            value.kind = JSON_NULL;
            break;
        default:
            value.kind = JSON_NUMBER;
            break;
    }
    while (p < end && strchr(",:]} \t\n\r", *p) == NULL)
        p++;
    value.end = p;
    return value;
}

bool
json_next(const char **p, const char *end, bool object, JsonValue *ret_key, JsonValue *ret_value)
{
    *p = json_skip_space(*p, end);
    if (**p == ',')
        *p = json_skip_space(*p + 1, end);
    if (**p == '}' || **p == ']')
        return false;
    if (object)
    {
        *ret_key = json_value_at(*p, end);
        *p = json_skip_space(ret_key->end, end) + 1;
    }
    *ret_value = json_value_at(*p, end);
    *p = ret_value->end;
    return true;
}

static void
json_unescape_unicode(const char **p, const char *end, StringInfo out)
{
    JsonChecker c = {.p = *p + 1, .end = end};
    uint32 code = json_hex4(&c);
    unsigned char bytes[4];

    if (code == 0)
        ereport(ERROR, (errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
                        errmsg("unsupported Unicode escape sequence"),
                        errdetail("\\u0000 cannot be converted to text.")));
    if (code >= 0xd800 && code <= 0xdbff && end - c.p >= 6 && c.p[0] == '\\' && c.p[1] == 'u')
    {
        uint32 low;

        c.p += 2;
        low = json_hex4(&c);
        if (low < 0xdc00 || low > 0xdfff)
            json_throw("Unicode high surrogate must not follow a high surrogate.");
        code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
    }
    else if (code >= 0xd800 && code <= 0xdfff)
        json_throw("Unicode low surrogate must follow a high surrogate.");
    appendBinaryStringInfo(out, bytes, encoding_utf8_encode(code, bytes));
    *p = c.p - 1;
}

char *
json_unescape(const JsonValue *string, int *ret_length)
{
    StringInfoData out;

    initStringInfo(&out);
    for (const char *p = string->start + 1; p < string->end - 1; p++)
    {
        if (*p != '\\')
        {
            appendStringInfoChar(&out, *p);
            continue;
        }
        switch (*++p)
        {
            case 'b':
                appendStringInfoChar(&out, '\b');
                break;
            case 'f':
                appendStringInfoChar(&out, '\f');
                break;
            case 'n':
                appendStringInfoChar(&out, '\n');
                break;
            case 'r':
                appendStringInfoChar(&out, '\r');
                break;
            case 't':
                appendStringInfoChar(&out, '\t');
                break;
            case 'u':
                json_unescape_unicode(&p, string->end - 1, &out);
                break;
            default:
                appendStringInfoChar(&out, *p);
        }
    }
    if (ret_length != NULL)
        *ret_length = out.len;
    return out.data;
}
