/*
 * encoding.c - UTF-8, and the conversions a client may ask for
 *
 * Why        the server stores UTF-8; ICU's converters read and write what clients speak. Only the
 *            encodings PostgreSQL names exist; MULE_INTERNAL has no converter and is refused.
 * Errors     22021 for bytes that are no text, 22P05 for characters the client's encoding lacks
 */
#include <unicode/ucnv.h>

#include "types_int.h"
#include "types/encoding.h"

typedef struct EncodingName
{
    const char *name;
    const char *icu; /* NULL: no conversion */
    int8 max_length;
    bool client_only;
} EncodingName;

static const EncodingName encoding_names[PG_ENCODING_COUNT] = {
    {"SQL_ASCII", NULL, 1, false},
    {"EUC_JP", "euc-jp", 3, false},
    {"EUC_CN", "gb2312", 2, false},
    {"EUC_KR", "euc-kr", 3, false},
    {"EUC_TW", "euc-tw", 4, false},
    {"EUC_JIS_2004", "euc-jp", 3, false},
    {"UTF8", "utf-8", 4, false},
    {"MULE_INTERNAL", NULL, 4, false},
    {"LATIN1", "iso-8859-1", 1, false},
    {"LATIN2", "iso-8859-2", 1, false},
    {"LATIN3", "iso-8859-3", 1, false},
    {"LATIN4", "iso-8859-4", 1, false},
    {"LATIN5", "iso-8859-9", 1, false},
    {"LATIN6", "iso-8859-10", 1, false},
    {"LATIN7", "iso-8859-13", 1, false},
    {"LATIN8", "iso-8859-14", 1, false},
    {"LATIN9", "iso-8859-15", 1, false},
    {"LATIN10", "iso-8859-16", 1, false},
    {"WIN1256", "windows-1256", 1, false},
    {"WIN1258", "windows-1258", 1, false},
    {"WIN866", "ibm866", 1, false},
    {"WIN874", "windows-874", 1, false},
    {"KOI8R", "koi8-r", 1, false},
    {"WIN1251", "windows-1251", 1, false},
    {"WIN1252", "windows-1252", 1, false},
    {"ISO_8859_5", "iso-8859-5", 1, false},
    {"ISO_8859_6", "iso-8859-6", 1, false},
    {"ISO_8859_7", "iso-8859-7", 1, false},
    {"ISO_8859_8", "iso-8859-8", 1, false},
    {"WIN1250", "windows-1250", 1, false},
    {"WIN1253", "windows-1253", 1, false},
    {"WIN1254", "windows-1254", 1, false},
    {"WIN1255", "windows-1255", 1, false},
    {"WIN1257", "windows-1257", 1, false},
    {"KOI8U", "koi8-u", 1, false},
    {"SJIS", "shift_jis", 2, true},
    {"BIG5", "big5", 2, true},
    {"GBK", "gbk", 2, true},
    {"UHC", "windows-949", 2, true},
    {"GB18030", "gb18030", 4, true},
    {"JOHAB", NULL, 3, true},
    {"SHIFT_JIS_2004", "shift_jis", 2, true},
};

static const struct
{
    const char *alias;
    int encoding;
} encoding_aliases[] = {
    {"unicode", PG_UTF8}, {"sqlascii", PG_SQL_ASCII}, {"iso88591", 8},   {"iso88592", 9},
    {"iso88593", 10},     {"iso88594", 11},           {"iso88599", 12},  {"iso885910", 13},
    {"iso885913", 14},    {"iso885914", 15},          {"iso885915", 16}, {"iso885916", 17},
    {"koi8", 22},         {"alt", 20},                {"win", 23},       {"tcvn", 19},
    {"tcvn5712", 19},     {"vscii", 19},              {"abc", 19},       {"shiftjis", 35},
    {"mskanji", 35},      {"win932", 35},             {"windows932", 35}, {"win936", 37},
    {"windows936", 37},   {"win949", 38},             {"windows949", 38}, {"win950", 36},
    {"windows950", 36},   {"windows1250", 29},        {"windows1251", 23}, {"windows1252", 24},
    {"windows1253", 30},  {"windows1254", 31},        {"windows1255", 32}, {"windows1256", 18},
    {"windows1257", 33},  {"windows1258", 19},        {"windows866", 20}, {"windows874", 21},
};

static struct
{
    int database;
    int client;
} encoding_state = {PG_UTF8, PG_UTF8};

static void
encoding_clean(const char *name, char *ret_clean)
{
    int length = 0;

    for (; *name != '\0' && length < NAMEDATALEN - 1; name++)
        if (isalnum((unsigned char) *name))
            ret_clean[length++] = (char) pg_ascii_tolower((unsigned char) *name);
    ret_clean[length] = '\0';
}

int
pg_char_to_encoding(const char *name)
{
    char wanted[NAMEDATALEN];
    char known[NAMEDATALEN];

    encoding_clean(name, wanted);
    if (wanted[0] == '\0')
        return -1;
    for (int i = 0; i < PG_ENCODING_COUNT; i++)
    {
        encoding_clean(encoding_names[i].name, known);
        if (strcmp(wanted, known) == 0)
            return i;
    }
    for (int i = 0; i < lengthof(encoding_aliases); i++)
        if (strcmp(wanted, encoding_aliases[i].alias) == 0)
            return encoding_aliases[i].encoding;
    return -1;
}

const char *
pg_encoding_to_char(int encoding)
{
    return encoding >= 0 && encoding < PG_ENCODING_COUNT ? encoding_names[encoding].name : "";
}

int
pg_encoding_max_length(int encoding)
{
    return encoding >= 0 && encoding < PG_ENCODING_COUNT ? encoding_names[encoding].max_length : 0;
}

bool
encoding_is_client_supported(int encoding)
{
    return encoding == PG_SQL_ASCII || (encoding > 0 && encoding < PG_ENCODING_COUNT &&
                                        encoding_names[encoding].icu != NULL);
}

int
GetDatabaseEncoding(void)
{
    return encoding_state.database;
}

const char *
GetDatabaseEncodingName(void)
{
    return encoding_names[encoding_state.database].name;
}

void
SetDatabaseEncoding(int encoding)
{
    encoding_state.database = encoding;
}

int
pg_get_client_encoding(void)
{
    return encoding_state.client;
}

void
encoding_set_client(int encoding)
{
    Assert(encoding_is_client_supported(encoding));
    encoding_state.client = encoding;
}

int
pg_database_encoding_max_length(void)
{
    return pg_encoding_max_length(encoding_state.database);
}

/* ---- UTF-8 ---- */

/* Bytes the lead byte announces. */
static inline int
encoding_utf8_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if ((lead & 0xe0) == 0xc0)
        return 2;
    if ((lead & 0xf0) == 0xe0)
        return 3;
    if ((lead & 0xf8) == 0xf0)
        return 4;
    return 1;
}

static bool
encoding_utf8_valid(const unsigned char *s, int length)
{
    if (length == 1)
        return *s < 0x80;
    for (int i = 1; i < length; i++)
        if ((s[i] & 0xc0) != 0x80)
            return false;
    switch (length)
    {
        case 2:
            return s[0] >= 0xc2;
        case 3:
            return !(s[0] == 0xe0 && s[1] < 0xa0) && !(s[0] == 0xed && s[1] > 0x9f);
        default:
            return !(s[0] == 0xf0 && s[1] < 0x90) && s[0] <= 0xf4 && !(s[0] == 0xf4 && s[1] > 0x8f);
    }
}

/* Length of the longest well-formed prefix without a zero byte. */
int
encoding_utf8_valid_length(const unsigned char *text, int length)
{
    int i = 0;

    while (i < length)
    {
        uint64 word;
        int n;

        if (i + 8 <= length)
        {
            memcpy(&word, text + i, 8);
            if ((word & UINT64CONST(0x8080808080808080)) == 0 &&
                ((word - UINT64CONST(0x0101010101010101)) & UINT64CONST(0x8080808080808080)) == 0)
            {
                i += 8;
                continue;
            }
        }
        n = encoding_utf8_length(text[i]);
        if (text[i] == 0 || n > length - i || !encoding_utf8_valid(text + i, n))
            break;
        i += n;
    }
    return i;
}

pg_noreturn static void
encoding_throw_invalid(int encoding, const unsigned char *s, int length)
{
    char bytes[8 * 5 + 1];
    int count = encoding == PG_UTF8 ? encoding_utf8_length(*s) : 1;
    int n = 0;

    for (int i = 0; i < Min(count, length); i++)
        n += snprintf(bytes + n, sizeof(bytes) - n, "%s0x%02x", i > 0 ? " " : "", s[i]);
    ereport(ERROR, (errcode(ERRCODE_CHARACTER_NOT_IN_REPERTOIRE),
                    errmsg("invalid byte sequence for encoding \"%s\": %s",
                           pg_encoding_to_char(encoding), bytes)));
    pg_unreachable();
}

bool
pg_verify_mbstr(int encoding, const char *text, int length, bool quiet)
{
    const unsigned char *s = (const unsigned char *) text;
    const char *zero;
    int valid;

    if (encoding == PG_UTF8)
        valid = encoding_utf8_valid_length(s, length);
    else
    {
        zero = memchr(text, '\0', length);
        valid = zero == NULL ? length : (int) (zero - text);
    }
    if (valid == length)
        return true;
    if (!quiet)
        encoding_throw_invalid(encoding, s + valid, length - valid);
    return false;
}

bool
pg_verifymbstr(const char *text, int length, bool quiet)
{
    return pg_verify_mbstr(encoding_state.database, text, length, quiet);
}

int
pg_mblen(const char *text)
{
    return encoding_state.database == PG_UTF8 ? encoding_utf8_length((unsigned char) *text) : 1;
}

int
pg_mbstrlen_with_len(const char *text, int length)
{
    int count = 0;

    if (encoding_state.database != PG_UTF8)
        return length;
    for (int i = 0; i < length; i++)
        count += ((unsigned char) text[i] & 0xc0) != 0x80;
    return count;
}

int
pg_mbstrlen(const char *text)
{
    return pg_mbstrlen_with_len(text, (int) strlen(text));
}

/* Bytes of whole characters that fit into limit bytes. */
int
pg_mbcliplen(const char *text, int length, int limit)
{
    int i = 0;

    if (encoding_state.database != PG_UTF8)
        return Min(length, limit);
    while (i < length)
    {
        int n = pg_mblen(text + i);

        if (i + n > limit || i + n > length)
            break;
        i += n;
    }
    return i;
}

/* Bytes of the first limit characters. */
int
pg_mbcharcliplen(const char *text, int length, int limit)
{
    return encoding_char_offset(text, length, limit);
}

int
encoding_char_offset(const char *text, int length, int char_count)
{
    int i = 0;

    if (encoding_state.database != PG_UTF8)
        return Min(length, char_count);
    while (i < length && char_count-- > 0)
        i += pg_mblen(text + i);
    return Min(i, length);
}

uint32
encoding_utf8_decode(const unsigned char *s)
{
    switch (encoding_utf8_length(*s))
    {
        case 1:
            return *s;
        case 2:
            return ((uint32) (s[0] & 0x1f) << 6) | (s[1] & 0x3f);
        case 3:
            return ((uint32) (s[0] & 0x0f) << 12) | ((uint32) (s[1] & 0x3f) << 6) | (s[2] & 0x3f);
        default:
            return ((uint32) (s[0] & 0x07) << 18) | ((uint32) (s[1] & 0x3f) << 12) |
                   ((uint32) (s[2] & 0x3f) << 6) | (s[3] & 0x3f);
    }
}

int
encoding_utf8_encode(uint32 code, unsigned char *s)
{
    if (code < 0x80)
    {
        s[0] = (unsigned char) code;
        return 1;
    }
    if (code < 0x800)
    {
        s[0] = 0xc0 | (unsigned char) (code >> 6);
        s[1] = 0x80 | (code & 0x3f);
        return 2;
    }
    if (code < 0x10000)
    {
        s[0] = 0xe0 | (unsigned char) (code >> 12);
        s[1] = 0x80 | ((code >> 6) & 0x3f);
        s[2] = 0x80 | (code & 0x3f);
        return 3;
    }
    s[0] = 0xf0 | (unsigned char) (code >> 18);
    s[1] = 0x80 | ((code >> 12) & 0x3f);
    s[2] = 0x80 | ((code >> 6) & 0x3f);
    s[3] = 0x80 | (code & 0x3f);
    return 4;
}

/* ---- conversion ---- */

static UConverter *
encoding_open(int encoding)
{
    static UConverter *open[PG_ENCODING_COUNT];
    UErrorCode status = U_ZERO_ERROR;

    if (open[encoding] == NULL)
    {
        open[encoding] = ucnv_open(encoding_names[encoding].icu, &status);
        if (U_FAILURE(status))
            ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                            errmsg("encoding \"%s\" is not supported",
                                   pg_encoding_to_char(encoding))));
        ucnv_setToUCallBack(open[encoding], UCNV_TO_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
        ucnv_setFromUCallBack(open[encoding], UCNV_FROM_U_CALLBACK_STOP, NULL, NULL, NULL, &status);
    }
    ucnv_reset(open[encoding]);
    return open[encoding];
}

pg_noreturn static void
encoding_throw_untranslatable(const char *utf8, int length, int to)
{
    char bytes[32];
    int n = 0;

    for (int i = 0; i < Min(pg_mblen(utf8), length); i++)
        n += snprintf(bytes + n, sizeof(bytes) - n, "%s0x%02x", i > 0 ? " " : "",
                      (unsigned char) utf8[i]);
    ereport(ERROR, (errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
                    errmsg("character with byte sequence %s in encoding \"UTF8\" has no equivalent in encoding \"%s\"",
                           bytes, pg_encoding_to_char(to))));
    pg_unreachable();
}

/* Returns the input itself where the encodings make no difference. */
char *
encoding_convert(const char *text, int length, int from, int to, int *ret_length)
{
    UErrorCode status = U_ZERO_ERROR;
    UConverter *reader;
    UConverter *writer;
    UChar *middle;
    UChar *middle_end;
    const UChar *middle_read;
    const char *source = text;
    char *result;
    char *result_end;

    *ret_length = length;
    if (from == to || from == PG_SQL_ASCII || to == PG_SQL_ASCII || length == 0)
        return (char *) text;
    if (encoding_names[from].icu == NULL || encoding_names[to].icu == NULL)
        ereport(ERROR, (errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
                        errmsg("conversion between %s and %s is not supported",
                               pg_encoding_to_char(from), pg_encoding_to_char(to))));
    reader = encoding_open(from);
    writer = encoding_open(to);
    middle = middle_end = palloc((length + 1) * 2 * sizeof(UChar));
    ucnv_toUnicode(reader, &middle_end, middle + (length + 1) * 2, &source, text + length, NULL, true,
                   &status);
    if (U_FAILURE(status))
        encoding_throw_invalid(from, (const unsigned char *) source - 1,
                               (int) (text + length - source) + 1);
    result = result_end = palloc(length * 4 + 8);
    middle_read = middle;
    ucnv_fromUnicode(writer, &result_end, result + length * 4 + 7, &middle_read, middle_end, NULL,
                     true, &status);
    if (U_FAILURE(status))
    {
        UChar *bad = (UChar *) middle_read - (middle_read > middle ? 1 : 0);
        unsigned char utf8[8];
        uint32 code = *bad;

        encoding_utf8_encode(code, utf8);
        encoding_throw_untranslatable((char *) utf8, 4, to);
    }
    *result_end = '\0';
    *ret_length = (int) (result_end - result);
    pfree(middle);
    return result;
}

char *
encoding_client_to_server(const char *text, int length, int *ret_length)
{
    int database = encoding_state.database;

    if (encoding_state.client == database || encoding_state.client == PG_SQL_ASCII ||
        database == PG_SQL_ASCII)
    {
        pg_verify_mbstr(database == PG_SQL_ASCII ? encoding_state.client : database, text, length,
                        false);
        *ret_length = length;
        return (char *) text;
    }
    return encoding_convert(text, length, encoding_state.client, database, ret_length);
}

char *
encoding_server_to_client(const char *text, int length, int *ret_length)
{
    return encoding_convert(text, length, encoding_state.database, encoding_state.client, ret_length);
}

/* ---- SQL ---- */

SQL_FUNCTION(PG_char_to_encoding)
{
    PG_RETURN_INT32(pg_char_to_encoding(NameStr(*PG_GETARG_NAME(0))));
}

SQL_FUNCTION(PG_encoding_to_char)
{
    NameData *name = palloc0(sizeof(NameData));

    namestrcpy(name, pg_encoding_to_char(PG_GETARG_INT32(0)));
    PG_RETURN_NAME(name);
}

SQL_FUNCTION(getdatabaseencoding)
{
    NameData *name = palloc0(sizeof(NameData));

    namestrcpy(name, GetDatabaseEncodingName());
    PG_RETURN_NAME(name);
}

SQL_FUNCTION(pg_client_encoding)
{
    NameData *name = palloc0(sizeof(NameData));

    namestrcpy(name, pg_encoding_to_char(encoding_state.client));
    PG_RETURN_NAME(name);
}

SQL_FUNCTION(pg_encoding_max_length_sql)
{
    int encoding = PG_GETARG_INT32(0);

    if (encoding < 0 || encoding >= PG_ENCODING_COUNT)
        PG_RETURN_NULL();
    PG_RETURN_INT32(pg_encoding_max_length(encoding));
}

static int
encoding_by_name(Name name, const char *role)
{
    int encoding = pg_char_to_encoding(NameStr(*name));

    if (encoding < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid %s encoding name \"%s\"", role, NameStr(*name))));
    return encoding;
}

static Datum
encoding_convert_value(struct varlena *value, int from, int to)
{
    int length = (int) VARSIZE_ANY_EXHDR(value);
    char *converted;

    pg_verify_mbstr(from, VARDATA_ANY(value), length, false);
    converted = encoding_convert(VARDATA_ANY(value), length, from, to, &length);
    PG_RETURN_TEXT_P(cstring_to_text_with_len(converted, length));
}

SQL_FUNCTION(pg_convert)
{
    int from = encoding_by_name(PG_GETARG_NAME(1), "source");
    int to = encoding_by_name(PG_GETARG_NAME(2), "destination");

    return encoding_convert_value(PG_GETARG_VARLENA_PP(0), from, to);
}

SQL_FUNCTION(pg_convert_from)
{
    return encoding_convert_value(PG_GETARG_VARLENA_PP(0),
                                  encoding_by_name(PG_GETARG_NAME(1), "source"),
                                  encoding_state.database);
}

SQL_FUNCTION(pg_convert_to)
{
    return encoding_convert_value(PG_GETARG_VARLENA_PP(0), encoding_state.database,
                                  encoding_by_name(PG_GETARG_NAME(1), "destination"));
}

SQL_FUNCTION(length_in_encoding)
{
    struct varlena *value = PG_GETARG_VARLENA_PP(0);
    int encoding = pg_char_to_encoding(NameStr(*PG_GETARG_NAME(1)));
    int length = (int) VARSIZE_ANY_EXHDR(value);
    int count = 0;

    if (encoding < 0)
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("invalid encoding name \"%s\"", NameStr(*PG_GETARG_NAME(1)))));
    pg_verify_mbstr(encoding, VARDATA_ANY(value), length, false);
    if (encoding != PG_UTF8)
        PG_RETURN_INT32(length);
    for (int i = 0; i < length; i++)
        count += ((unsigned char) VARDATA_ANY(value)[i] & 0xc0) != 0x80;
    PG_RETURN_INT32(count);
}
