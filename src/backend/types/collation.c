/*
 * collation.c - order and case by collation
 *
 * Why        see collation.h. An ICU collator is opened once per locale and process.
 * Invariants C1. two strings compare equal only if their bytes are equal, unless the collation is
 *                not deterministic: ties are broken by bytes.
 */
#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/uiter.h>
#include <unicode/ustring.h>

#include "types_int.h"
#include "types/collation.h"
#include "types/encoding.h"
#include "catalog/catalog.h"
#include "memory/hsearch.h"

#define DEFAULT_COLLATION 100
#define C_COLLATION 950
#define POSIX_COLLATION 951
#define COLLATION_CACHE_MAX 64

typedef struct CollationState
{
    Oid oid;
    bool bytes; /* compares bytes */
    bool deterministic;
    char locale[64];
    UCollator *collator;
} CollationState;

static struct
{
    int count;
    CollationState known[COLLATION_CACHE_MAX];
} collation_cache;

static bool
collation_name_is_bytes(const char *name)
{
    return name[0] == '\0' || strcmp(name, "C") == 0 || strcmp(name, "POSIX") == 0 ||
           strcmp(name, "C.UTF-8") == 0 || strcmp(name, "C.utf8") == 0 ||
           strcmp(name, "ucs_basic") == 0;
}

static CollationState *
collation_open(Oid collation)
{
    const CollationInfo *info;
    CollationState *state;
    UErrorCode status = U_ZERO_ERROR;

    for (int i = 0; i < collation_cache.count; i++)
        if (collation_cache.known[i].oid == collation)
            return &collation_cache.known[i];
    info = catalog_collation(collation);
    if (info == NULL)
        elog(ERROR, "cache lookup failed for collation %u", collation);
    if (collation_cache.count == COLLATION_CACHE_MAX)
    {
        for (int i = 0; i < COLLATION_CACHE_MAX; i++)
            if (collation_cache.known[i].collator != NULL)
                ucol_close(collation_cache.known[i].collator);
        collation_cache.count = 0;
    }
    state = &collation_cache.known[collation_cache.count];
    memset(state, 0, sizeof(*state));
    state->oid = collation;
    state->deterministic = info->collisdeterministic;
    if (info->collprovider == 'i')
        strlcpy(state->locale, info->colliculocale, sizeof(state->locale));
    else
    {
        state->bytes = info->collprovider == 'd' || collation_name_is_bytes(info->collcollate);
        strlcpy(state->locale, info->collcollate, sizeof(state->locale));
    }
    if (!state->bytes)
    {
        state->collator = ucol_open(state->locale, &status);
        if (U_FAILURE(status))
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("could not open collator for locale \"%s\": %s", state->locale,
                                   u_errorName(status))));
    }
    collation_cache.count++;
    return state;
}

static inline bool
collation_is_plain(Oid collation)
{
    return collation == DEFAULT_COLLATION || collation == C_COLLATION ||
           collation == POSIX_COLLATION;
}

static void
collation_require(Oid collation, const char *what)
{
    if (!OidIsValid(collation))
        ereport(ERROR, (errcode(ERRCODE_INDETERMINATE_COLLATION),
                        errmsg("could not determine which collation to use for %s", what),
                        errhint("Use the COLLATE clause to set the collation explicitly.")));
}

bool
collation_is_deterministic(Oid collation)
{
    return !OidIsValid(collation) || collation_is_plain(collation) ||
           collation_open(collation)->deterministic;
}

bool
lc_collate_is_c(Oid collation)
{
    return !OidIsValid(collation) || collation_is_plain(collation) ||
           collation_open(collation)->bytes;
}

bool
lc_ctype_is_c(Oid collation)
{
    return collation == C_COLLATION || collation == POSIX_COLLATION;
}

char *
collation_version(Oid collation)
{
    UVersionInfo version;
    char text[U_MAX_VERSION_STRING_LENGTH];

    if (lc_collate_is_c(collation))
        return NULL;
    ucol_getVersion(collation_open(collation)->collator, version);
    u_versionToString(version, text);
    return pstrdup(text);
}

void
collation_check_locale(const char *locale)
{
    UErrorCode status = U_ZERO_ERROR;
    UCollator *collator = ucol_open(locale, &status);

    if (U_FAILURE(status))
        ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                        errmsg("could not open collator for locale \"%s\": %s", locale,
                               u_errorName(status))));
    ucol_close(collator);
}

int
varstr_cmp(const char *arg1, int len1, const char *arg2, int len2, Oid collid)
{
    int r;

    if (likely(collid == DEFAULT_COLLATION || collid == C_COLLATION))
    {
        r = memcmp(arg1, arg2, Min(len1, len2));
        return r != 0 ? r : len1 < len2 ? -1 : len1 > len2;
    }
    collation_require(collid, "string comparison");
    if (collid != POSIX_COLLATION && !(len1 == len2 && memcmp(arg1, arg2, len1) == 0))
    {
        CollationState *state = collation_open(collid);
        UErrorCode status = U_ZERO_ERROR;

        if (!state->bytes)
        {
            r = ucol_strcollUTF8(state->collator, arg1, len1, arg2, len2, &status);
            if (U_FAILURE(status))
                ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                                errmsg("collation failed: %s", u_errorName(status))));
            if (r != 0 || !state->deterministic)
                return r;
        }
    }
    r = memcmp(arg1, arg2, Min(len1, len2));
    return r != 0 ? r : len1 < len2 ? -1 : len1 > len2;
}

/* ---- case ---- */

char *
asc_tolower(const char *text, size_t length)
{
    char *result = palloc(length + 1);

    for (size_t i = 0; i < length; i++)
        result[i] = (char) pg_ascii_tolower((unsigned char) text[i]);
    result[length] = '\0';
    return result;
}

char *
asc_toupper(const char *text, size_t length)
{
    char *result = palloc(length + 1);

    for (size_t i = 0; i < length; i++)
        result[i] = (char) pg_ascii_toupper((unsigned char) text[i]);
    result[length] = '\0';
    return result;
}

/* Character by character with Unicode's simple mappings, as C.UTF-8 does it. */
static char *
collation_map(const char *text, size_t length, bool upper, bool title)
{
    unsigned char *result = palloc(length * 4 + 1);
    size_t in = 0;
    int out = 0;
    bool in_word = false;

    while (in < length)
    {
        uint32 code = encoding_utf8_decode((const unsigned char *) text + in);

        in += pg_mblen(text + in);
        if (title)
        {
            upper = !in_word;
            in_word = u_isalnum((UChar32) code);
        }
        code = (uint32) (upper ? u_toupper((UChar32) code) : u_tolower((UChar32) code));
        out += encoding_utf8_encode(code, result + out);
    }
    result[out] = '\0';
    return (char *) result;
}

static char *
collation_map_ascii_title(const char *text, size_t length)
{
    char *result = palloc(length + 1);
    bool in_word = false;

    for (size_t i = 0; i < length; i++)
    {
        unsigned char c = (unsigned char) text[i];

        result[i] = (char) (in_word ? pg_ascii_tolower(c) : pg_ascii_toupper(c));
        in_word = c < 0x80 && isalnum(c);
    }
    result[length] = '\0';
    return result;
}

typedef int32_t (*CollationCaseMap)(UChar *, int32_t, const UChar *, int32_t, const char *,
                                    UErrorCode *);

static int32_t
collation_to_title(UChar *to, int32_t size, const UChar *from, int32_t length, const char *locale,
                   UErrorCode *status)
{
    return u_strToTitle(to, size, from, length, NULL, locale, status);
}

/* Whole words by the locale's rules: one character may become several. */
static char *
collation_map_locale(const char *text, size_t length, const char *locale, CollationCaseMap map)
{
    UErrorCode status = U_ZERO_ERROR;
    int32_t wide_length;
    int32_t mapped_length;
    int32_t result_length;
    UChar *wide = palloc((length + 1) * sizeof(UChar));
    UChar *mapped = palloc((length * 3 + 1) * sizeof(UChar));
    char *result = palloc(length * 9 + 1);

    u_strFromUTF8(wide, (int32_t) length + 1, &wide_length, text, (int32_t) length, &status);
    mapped_length = map(mapped, (int32_t) length * 3 + 1, wide, wide_length, locale, &status);
    u_strToUTF8(result, (int32_t) length * 9 + 1, &result_length, mapped, mapped_length, &status);
    if (U_FAILURE(status))
        ereport(ERROR, (errcode(ERRCODE_INTERNAL_ERROR),
                        errmsg("case conversion failed: %s", u_errorName(status))));
    result[result_length] = '\0';
    pfree(wide);
    pfree(mapped);
    return result;
}

static bool
collation_is_utf8_plain(Oid collation)
{
    return collation == DEFAULT_COLLATION || collation_open(collation)->bytes;
}

char *
str_tolower(const char *text, size_t length, Oid collation)
{
    collation_require(collation, "lower() function");
    if (lc_ctype_is_c(collation) || GetDatabaseEncoding() != PG_UTF8)
        return asc_tolower(text, length);
    if (collation_is_utf8_plain(collation))
        return collation_map(text, length, false, false);
    return collation_map_locale(text, length, collation_open(collation)->locale, u_strToLower);
}

char *
str_toupper(const char *text, size_t length, Oid collation)
{
    collation_require(collation, "upper() function");
    if (lc_ctype_is_c(collation) || GetDatabaseEncoding() != PG_UTF8)
        return asc_toupper(text, length);
    if (collation_is_utf8_plain(collation))
        return collation_map(text, length, true, false);
    return collation_map_locale(text, length, collation_open(collation)->locale, u_strToUpper);
}

char *
str_initcap(const char *text, size_t length, Oid collation)
{
    collation_require(collation, "initcap() function");
    if (lc_ctype_is_c(collation) || GetDatabaseEncoding() != PG_UTF8)
        return collation_map_ascii_title(text, length);
    if (collation_is_utf8_plain(collation))
        return collation_map(text, length, true, true);
    return collation_map_locale(text, length, collation_open(collation)->locale,
                                collation_to_title);
}
