/*
 * regexp_compile.c - PostgreSQL's advanced regular expressions, translated for PCRE2
 *
 * Why        PCRE2 is kept well and compiles to machine code. The two languages agree on most; this
 *            file rewrites what differs and refuses what only PCRE2 has, so that no expression means
 *            something new by accident. README.md has the table, and the one difference left: an
 *            alternation takes its first branch that matches, not the longest.
 * Errors     2201B "invalid regular expression: ..."
 */
#include "regexp_int.h"
#include "types/collation.h"
#include "types/encoding.h"

#define REGEXP_CACHE_SIZE 64
#define REGEXP_MATCH_LIMIT 50000000
#define REGEXP_HEAP_KB_MAX (256 * 1024)

typedef struct RegexpEntry
{
    Regexp regexp;
    char *pattern;
    int length;
    int flags;
    bool ascii;
    uint64 used; /* tick of the last use */
} RegexpEntry;

static struct
{
    RegexpEntry entries[REGEXP_CACHE_SIZE];
    int count;
    uint64 tick;
    pcre2_compile_context *compile;
    pcre2_match_context *match;
} regexp_cache;

typedef struct RegexpScan
{
    const char *p;
    const char *end;
    int flags;
    bool atom; /* something that may be repeated came last */
    bool quantified;
    int depth;
    StringInfoData out;
} RegexpScan;

pg_noreturn static void
regexp_throw(const char *reason)
{
    ereport(ERROR, (errcode(ERRCODE_INVALID_REGULAR_EXPRESSION),
                    errmsg("invalid regular expression: %s", reason)));
    pg_unreachable();
}

static void
regexp_put_code(RegexpScan *scan, uint32 code)
{
    appendStringInfo(&scan->out, "\\x{%x}", code);
}

static uint32
regexp_hex(RegexpScan *scan, int min, int max)
{
    uint32 code = 0;
    int n = 0;

    while (n < max && scan->p < scan->end && isxdigit((unsigned char) *scan->p))
    {
        char c = *scan->p++;

        code = code * 16 + (uint32) (isdigit((unsigned char) c) ? c - '0' : (c | 32) - 'a' + 10);
        n++;
    }
    if (n < min || code > 0x10ffff)
        regexp_throw("invalid escape \\ sequence");
    return code;
}

/* An escape that names one character; false if it is no such. p is behind the letter. */
static bool
regexp_escape_character(RegexpScan *scan, char c)
{
    switch (c)
    {
        case 'a':
            regexp_put_code(scan, 7);
            return true;
        case 'b':
            regexp_put_code(scan, 8);
            return true;
        case 'B':
            appendStringInfoString(&scan->out, "\\\\");
            return true;
        case 'c':
            if (scan->p >= scan->end)
                regexp_throw("invalid escape \\ sequence");
            regexp_put_code(scan, (uint32) (*scan->p++ & 0x1f));
            return true;
        case 'e':
            regexp_put_code(scan, 27);
            return true;
        case 'f':
        case 'n':
        case 'r':
        case 't':
            appendStringInfo(&scan->out, "\\%c", c);
            return true;
        case 'v':
            regexp_put_code(scan, 11);
            return true;
        case 'u':
            regexp_put_code(scan, regexp_hex(scan, 4, 4));
            return true;
        case 'U':
            regexp_put_code(scan, regexp_hex(scan, 8, 8));
            return true;
        case 'x':
            regexp_put_code(scan, regexp_hex(scan, 1, 255));
            return true;
        default:
            return false;
    }
}

/* Octal \0, \00, \ddd or a reference back. */
static void
regexp_escape_digits(RegexpScan *scan)
{
    const char *start = scan->p - 1;
    int value = 0;

    if (*start == '0')
    {
        while (scan->p < scan->end && scan->p < start + 3 && *scan->p >= '0' && *scan->p <= '7')
            value = value * 8 + (*scan->p++ - '0');
        regexp_put_code(scan, (uint32) value);
        return;
    }
    while (scan->p < scan->end && isdigit((unsigned char) *scan->p) && scan->p < start + 2)
        scan->p++;
    appendStringInfo(&scan->out, "(?:\\g{%.*s})", (int) (scan->p - start), start);
}

static void
regexp_escape(RegexpScan *scan)
{
    char c;

    if (++scan->p >= scan->end)
        regexp_throw("invalid escape \\ sequence");
    c = *scan->p;
    scan->atom = true;
    if ((unsigned char) c >= 0x80 || !isalnum((unsigned char) c))
    {
        int n = pg_mblen(scan->p);

        appendStringInfoChar(&scan->out, '\\');
        appendBinaryStringInfo(&scan->out, scan->p, n);
        if ((unsigned char) c >= 0x80)
        {
            scan->out.len -= n + 1;
            appendBinaryStringInfo(&scan->out, scan->p, n);
        }
        scan->p += n;
        return;
    }
    scan->p++;
    if (isdigit((unsigned char) c))
    {
        regexp_escape_digits(scan);
        return;
    }
    switch (c)
    {
        case 'd':
        case 's':
        case 'w':
        case 'D':
        case 'S':
        case 'W':
            appendStringInfo(&scan->out, "\\%c", c);
            return;
        case 'A':
            appendStringInfoString(&scan->out, "\\A");
            scan->atom = false;
            return;
        case 'Z':
            appendStringInfoString(&scan->out, "\\z");
            scan->atom = false;
            return;
        case 'm':
            appendStringInfoString(&scan->out, "\\b(?=\\w)");
            scan->atom = false;
            return;
        case 'M':
            appendStringInfoString(&scan->out, "\\b(?<=\\w)");
            scan->atom = false;
            return;
        case 'y':
            appendStringInfoString(&scan->out, "\\b");
            scan->atom = false;
            return;
        case 'Y':
            appendStringInfoString(&scan->out, "\\B");
            scan->atom = false;
            return;
        default:
            if (!regexp_escape_character(scan, c))
                regexp_throw("invalid escape \\ sequence");
    }
}

/* [:name:], [.x.] and [=x=] inside brackets; p is at the inner [. */
static void
regexp_bracket_named(RegexpScan *scan)
{
    static const char *const classes[] = {"alpha", "upper", "lower", "digit", "xdigit", "alnum",
                                          "print", "punct", "graph", "cntrl", "space", "blank",
                                          "word"};
    char kind = scan->p[1];
    const char *start = scan->p + 2;
    const char *p = start;

    while (p + 1 < scan->end && !(p[0] == kind && p[1] == ']'))
        p++;
    if (p + 1 >= scan->end)
        regexp_throw("brackets [] not balanced");
    scan->p = p + 2;
    if (kind == ':')
    {
        for (int i = 0; i < lengthof(classes); i++)
            if (strlen(classes[i]) == (size_t) (p - start) &&
                strncmp(classes[i], start, p - start) == 0)
            {
                bool cased = strcmp(classes[i], "upper") == 0 || strcmp(classes[i], "lower") == 0;

                appendStringInfo(&scan->out, "[:%s:]",
                                 cased && (scan->flags & REGEXP_ICASE) ? "alpha" : classes[i]);
                return;
            }
        regexp_throw("invalid character class");
    }
    if (p == start || pg_mblen(start) != p - start)
        regexp_throw("invalid collating element");
    regexp_put_code(scan, encoding_utf8_decode((const unsigned char *) start));
}

static void
regexp_bracket(RegexpScan *scan)
{
    bool first = true;

    if (scan->end - scan->p >= 7 && strncmp(scan->p, "[[:<:]]", 7) == 0)
    {
        appendStringInfoString(&scan->out, "\\b(?=\\w)");
        scan->p += 7;
        scan->atom = false;
        return;
    }
    if (scan->end - scan->p >= 7 && strncmp(scan->p, "[[:>:]]", 7) == 0)
    {
        appendStringInfoString(&scan->out, "\\b(?<=\\w)");
        scan->p += 7;
        scan->atom = false;
        return;
    }
    appendStringInfoChar(&scan->out, '[');
    scan->p++;
    if (scan->p < scan->end && *scan->p == '^')
    {
        appendStringInfoChar(&scan->out, '^');
        if (scan->flags & REGEXP_NLSTOP)
            appendStringInfoString(&scan->out, "\\n");
        scan->p++;
    }
    for (; scan->p < scan->end && (*scan->p != ']' || first); first = false)
    {
        char c = *scan->p;
        int n = pg_mblen(scan->p);

        if (c == '[' && scan->p + 1 < scan->end &&
            (scan->p[1] == ':' || scan->p[1] == '.' || scan->p[1] == '='))
            regexp_bracket_named(scan);
        else if (c == '\\')
            regexp_escape(scan);
        else if (c == '[' || c == ']')
        {
            appendStringInfo(&scan->out, "\\%c", c);
            scan->p++;
        }
        else
        {
            appendBinaryStringInfo(&scan->out, scan->p, n);
            scan->p += n;
        }
    }
    if (scan->p >= scan->end)
        regexp_throw("brackets [] not balanced");
    appendStringInfoChar(&scan->out, ']');
    scan->p++;
    scan->atom = true;
}

static void
regexp_group(RegexpScan *scan)
{
    scan->p++;
    scan->depth++;
    scan->atom = false;
    appendStringInfoChar(&scan->out, '(');
    if (scan->p >= scan->end || *scan->p != '?')
        return;
    if (scan->p + 1 >= scan->end)
        regexp_throw("quantifier operand invalid");
    switch (scan->p[1])
    {
        case '#':
            scan->out.len--;
            while (scan->p < scan->end && *scan->p != ')')
                scan->p++;
            if (scan->p >= scan->end)
                regexp_throw("parentheses () not balanced");
            scan->p++;
            scan->depth--;
            return;
        case ':':
        case '=':
        case '!':
            appendBinaryStringInfo(&scan->out, scan->p, 2);
            scan->p += 2;
            return;
        case '<':
            if (scan->p + 2 < scan->end && (scan->p[2] == '=' || scan->p[2] == '!'))
            {
                appendBinaryStringInfo(&scan->out, scan->p, 3);
                scan->p += 3;
                return;
            }
            /* FALLTHROUGH */
        default:
            regexp_throw("quantifier operand invalid");
    }
}

/* *, +, ?, {m,n}, each with ? for lazy. */
static void
regexp_quantifier(RegexpScan *scan)
{
    if (!scan->atom)
        regexp_throw("quantifier operand invalid");
    if (*scan->p == '{')
    {
        const char *close = memchr(scan->p, '}', scan->end - scan->p);
        int m;
        int n = -1;
        int used = 0;

        if (close == NULL)
            regexp_throw("braces {} not balanced");
        if (sscanf(scan->p, "{%d}%n", &m, &used) == 1 && used > 0)
            n = m;
        else if (sscanf(scan->p, "{%d,%d}%n", &m, &n, &used) == 2 && used > 0)
            ;
        else if (sscanf(scan->p, "{%d,}%n", &m, &used) == 1 && used > 0)
            n = -1;
        else
            regexp_throw("invalid repetition count(s)");
        if (m < 0 || m > 255 || n > 255 || (n >= 0 && n < m))
            regexp_throw("invalid repetition count(s)");
        appendBinaryStringInfo(&scan->out, scan->p, used);
        scan->p += used;
    }
    else
        appendStringInfoChar(&scan->out, *scan->p++);
    if (scan->p < scan->end && *scan->p == '?')
        appendStringInfoChar(&scan->out, *scan->p++);
    scan->atom = false;
    scan->quantified = true;
}

static void
regexp_translate_one(RegexpScan *scan)
{
    char c = *scan->p;
    bool is_quantifier = c == '*' || c == '+' || c == '?' ||
                         (c == '{' && scan->p + 1 < scan->end && isdigit((unsigned char) scan->p[1]));

    if (is_quantifier)
    {
        regexp_quantifier(scan);
        return;
    }
    scan->quantified = false;
    switch (c)
    {
        case '\\':
            regexp_escape(scan);
            break;
        case '[':
            regexp_bracket(scan);
            break;
        case '(':
            regexp_group(scan);
            break;
        case ')':
            if (scan->depth-- == 0)
                regexp_throw("parentheses () not balanced");
            appendStringInfoChar(&scan->out, ')');
            scan->p++;
            scan->atom = true;
            break;
        case '|':
        case '^':
        case '$':
            appendStringInfoChar(&scan->out, c);
            scan->p++;
            scan->atom = false;
            break;
        case '{':
            appendStringInfoString(&scan->out, "\\{");
            scan->p++;
            scan->atom = true;
            break;
        case '#':
            if (scan->flags & REGEXP_EXPANDED)
            {
                while (scan->p < scan->end && *scan->p != '\n')
                    scan->p++;
                break;
            }
            appendStringInfoString(&scan->out, "\\#");
            scan->p++;
            scan->atom = true;
            break;
        default:
            if ((scan->flags & REGEXP_EXPANDED) && isspace((unsigned char) c))
            {
                scan->p++;
                break;
            }
            appendBinaryStringInfo(&scan->out, scan->p, pg_mblen(scan->p));
            scan->p += pg_mblen(scan->p);
            scan->atom = true;
            break;
    }
}

/* ***: ***= and (?flags) at the very start. */
static void
regexp_directives(RegexpScan *scan)
{
    if (scan->end - scan->p >= 4 && strncmp(scan->p, "***", 3) == 0)
    {
        if (scan->p[3] == '=')
            scan->flags |= REGEXP_LITERAL;
        else if (scan->p[3] != ':')
            regexp_throw("quantifier operand invalid");
        scan->p += 4;
    }
    if (scan->flags & REGEXP_LITERAL)
        return;
    if (scan->end - scan->p >= 3 && scan->p[0] == '(' && scan->p[1] == '?' &&
        islower((unsigned char) scan->p[2]))
    {
        for (scan->p += 2; scan->p < scan->end && islower((unsigned char) *scan->p); scan->p++)
        {
            switch (*scan->p)
            {
                case 'i':
                    scan->flags |= REGEXP_ICASE;
                    break;
                case 'c':
                    scan->flags &= ~REGEXP_ICASE;
                    break;
                case 'm':
                case 'n':
                    scan->flags |= REGEXP_NLSTOP | REGEXP_NLANCH;
                    break;
                case 'p':
                    scan->flags = (scan->flags | REGEXP_NLSTOP) & ~REGEXP_NLANCH;
                    break;
                case 'w':
                    scan->flags = (scan->flags | REGEXP_NLANCH) & ~REGEXP_NLSTOP;
                    break;
                case 's':
                    scan->flags &= ~(REGEXP_NLSTOP | REGEXP_NLANCH);
                    break;
                case 'x':
                    scan->flags |= REGEXP_EXPANDED;
                    break;
                case 'q':
                    scan->flags |= REGEXP_LITERAL;
                    break;
                case 't':
                    scan->flags &= ~REGEXP_EXPANDED;
                    break;
                case 'e':
                    break;
                default:
                    regexp_throw("invalid embedded option");
            }
        }
        if (scan->p >= scan->end || *scan->p != ')')
            regexp_throw("invalid embedded option");
        scan->p++;
    }
}

static void
regexp_translate(RegexpScan *scan)
{
    initStringInfo(&scan->out);
    regexp_directives(scan);
    if (scan->flags & REGEXP_LITERAL)
    {
        appendBinaryStringInfo(&scan->out, scan->p, (int) (scan->end - scan->p));
        return;
    }
    while (scan->p < scan->end)
        regexp_translate_one(scan);
    if (scan->depth != 0)
        regexp_throw("parentheses () not balanced");
}

static const char *
regexp_reason(int code)
{
    switch (code)
    {
        case PCRE2_ERROR_MISSING_CLOSING_PARENTHESIS:
        case PCRE2_ERROR_UNMATCHED_CLOSING_PARENTHESIS:
            return "parentheses () not balanced";
        case PCRE2_ERROR_MISSING_SQUARE_BRACKET:
            return "brackets [] not balanced";
        case PCRE2_ERROR_QUANTIFIER_INVALID:
            return "quantifier operand invalid";
        case PCRE2_ERROR_QUANTIFIER_OUT_OF_ORDER:
        case PCRE2_ERROR_QUANTIFIER_TOO_BIG:
            return "invalid repetition count(s)";
        case PCRE2_ERROR_CLASS_RANGE_ORDER:
        case PCRE2_ERROR_CLASS_INVALID_RANGE:
            return "invalid character range";
        case PCRE2_ERROR_UNKNOWN_POSIX_CLASS:
            return "invalid character class";
        case PCRE2_ERROR_BAD_SUBPATTERN_REFERENCE:
            return "invalid backreference number";
        default:
            return NULL;
    }
}

static void
regexp_build(RegexpEntry *entry)
{
    RegexpScan scan = {.p = entry->pattern, .end = entry->pattern + entry->length,
                       .flags = entry->flags};
    uint32_t options = PCRE2_DOLLAR_ENDONLY | PCRE2_NEVER_BACKSLASH_C;
    PCRE2_SIZE offset;
    uint32_t groups;
    int code;

    regexp_translate(&scan);
    if (GetDatabaseEncoding() == PG_UTF8)
        options |= PCRE2_UTF | PCRE2_NO_UTF_CHECK | (entry->ascii ? 0 : PCRE2_UCP);
    if (scan.flags & REGEXP_ICASE)
        options |= PCRE2_CASELESS;
    if (scan.flags & REGEXP_LITERAL)
        options = (options & (PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_CASELESS)) | PCRE2_LITERAL;
    else
    {
        if (!(scan.flags & REGEXP_NLSTOP))
            options |= PCRE2_DOTALL;
        if (scan.flags & REGEXP_NLANCH)
            options |= PCRE2_MULTILINE;
    }
    if (regexp_cache.compile == NULL)
    {
        regexp_cache.compile = pcre2_compile_context_create(NULL);
        pcre2_set_newline(regexp_cache.compile, PCRE2_NEWLINE_LF);
        regexp_cache.match = pcre2_match_context_create(NULL);
        pcre2_set_match_limit(regexp_cache.match, REGEXP_MATCH_LIMIT);
        pcre2_set_heap_limit(regexp_cache.match, REGEXP_HEAP_KB_MAX);
    }
    entry->regexp.code = pcre2_compile((PCRE2_SPTR) scan.out.data, scan.out.len, options, &code,
                                       &offset, regexp_cache.compile);
    if (entry->regexp.code == NULL)
    {
        char message[128];
        const char *reason = regexp_reason(code);

        if (reason == NULL)
        {
            pcre2_get_error_message(code, (PCRE2_UCHAR *) message, sizeof(message));
            reason = message;
        }
        regexp_throw(reason);
    }
    pcre2_jit_compile(entry->regexp.code, PCRE2_JIT_COMPLETE);
    pcre2_pattern_info(entry->regexp.code, PCRE2_INFO_CAPTURECOUNT, &groups);
    entry->regexp.group_count = (int) groups;
    entry->regexp.match = pcre2_match_data_create_from_pattern(entry->regexp.code, NULL);
    pfree(scan.out.data);
}

Regexp *
regexp_compile(const char *pattern, int length, int flags, Oid collation)
{
    RegexpEntry *slot = NULL;
    RegexpEntry fresh = {.length = length, .flags = flags, .ascii = lc_ctype_is_c(collation)};

    if (!OidIsValid(collation))
        ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_COLLATION),
                        errmsg("could not determine which collation to use for regular expression"),
                        errhint("Use the COLLATE clause to set the collation explicitly.")));
    regexp_cache.tick++;
    for (int i = 0; i < regexp_cache.count; i++)
    {
        RegexpEntry *entry = &regexp_cache.entries[i];

        if (entry->length == length && entry->flags == flags && entry->ascii == fresh.ascii &&
            memcmp(entry->pattern, pattern, length) == 0)
        {
            entry->used = regexp_cache.tick;
            return &entry->regexp;
        }
        if (slot == NULL || entry->used < slot->used)
            slot = entry;
    }
    fresh.pattern = MemoryContextAlloc(TopMemoryContext, length + 1);
    memcpy(fresh.pattern, pattern, length);
    fresh.pattern[length] = '\0';
    PG_TRY();
    {
        regexp_build(&fresh);
    }
    PG_CATCH();
    {
        pfree(fresh.pattern);
        PG_RE_THROW();
    }
    PG_END_TRY();
    if (regexp_cache.count < REGEXP_CACHE_SIZE)
        slot = &regexp_cache.entries[regexp_cache.count++];
    else
    {
        pcre2_match_data_free(slot->regexp.match);
        pcre2_code_free(slot->regexp.code);
        pfree(slot->pattern);
    }
    fresh.used = regexp_cache.tick;
    *slot = fresh;
    return &slot->regexp;
}

bool
regexp_execute(Regexp *regexp, const char *text, int length, int start, PCRE2_SIZE **ret_spans)
{
    int result;

    CHECK_FOR_INTERRUPTS();
    result = pcre2_match(regexp->code, (PCRE2_SPTR) text, length, start, 0, regexp->match,
                         regexp_cache.match);
    if (result == PCRE2_ERROR_NOMATCH)
        return false;
    if (result < 0)
    {
        char message[128];

        pcre2_get_error_message(result, (PCRE2_UCHAR *) message, sizeof(message));
        ereport(ERROR, (errcode(ERRCODE_INVALID_REGULAR_EXPRESSION),
                        errmsg("regular expression failed: %s", message)));
    }
    *ret_spans = pcre2_get_ovector_pointer(regexp->match);
    return true;
}
