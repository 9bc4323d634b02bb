/*
 * base_test.c - numbers to text and back, checksums, bytes, lists, random numbers
 *
 * Method: known answers, and random values against a slower way to the same answer.
 */
#include "base/base.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/crc32c.h"
#include "base/fmgr.h"
#include "base/hash.h"
#include "base/ilist.h"
#include "base/number.h"
#include "base/random.h"
#include "base/varlena.h"
#include "tap.h"

static void
test_crc32c(void)
{
    uint8 data[5000];
    bool same = true;
    tap_is_int(crc32c_of("123456789", 9), 0xE3069283, "CRC-32C of the standard check string");
    tap_is_int(crc32c_of("", 0), 0, "CRC-32C of nothing");
    memset(data, 0, 32);
    tap_is_int(crc32c_of(data, 32), 0x8A9136AA, "CRC-32C of 32 zeros (RFC 3720)");
    for (int i = 0; i < lengthof(data); i++)
        data[i] = (uint8) pg_prng_uint32(&pg_global_prng_state);
    for (Size len = 0; len < lengthof(data) - 8; len += 1 + len / 16)
        for (int start = 0; start < 8; start++)
            same &= crc32c_update(123, data + start, len) ==
                    crc32c_update_portable(123, data + start, len);
    tap_ok(same, "instruction and tables agree for all lengths and alignments");
    uint32 whole = crc32c_of(data, 4000);
    uint32 parts = crc32c_update(CRC32C_INIT, data, 1234);
    parts = crc32c_finish(crc32c_update(parts, data + 1234, 4000 - 1234));
    tap_ok(whole == parts, "a sum in two parts is the sum of the whole");
}

static void
test_bytes(void)
{
    uint8 data[9];
    memset(data, 0xAA, sizeof(data));
    bytes_set_u48(data + 1, UINT64CONST(0x0123456789AB));
    tap_ok(bytes_get_u48(data + 1) == UINT64CONST(0x0123456789AB) && data[0] == 0xAA &&
               data[7] == 0xAA,
           "a 48-bit integer touches six bytes");
    tap_ok(data[1] == 0xAB && data[6] == 0x01, "which are little-endian");
    bytes_set_be32(data, 0x01020304);
    tap_ok(data[0] == 1 && data[3] == 4 && bytes_get_be32(data) == 0x01020304, "big-endian");
    tap_ok(pg_nextpower2_32(1) == 1 && pg_nextpower2_32(5) == 8 && pg_nextpower2_32(8) == 8 &&
               pg_nextpower2_64(UINT64CONST(1) << 40) == UINT64CONST(1) << 40,
           "next powers of two");
    ItemPointerData tid;
    ItemPointerSet(&tid, 0x12345678, 9);
    tap_ok(ItemPointerGetBlockNumber(&tid) == 0x12345678 && ItemPointerGetOffsetNumber(&tid) == 9,
           "item pointer holds block and offset");
}

static void
test_number_output(void)
{
    char got[32], want[32];
    bool same = true;
    const int64 edges[] = {0, 1, 9, 10, 99, 100, 999999999, 1000000000, INT32_MAX, INT32_MIN,
                           INT64_MAX, INT64_MIN, -1, -10};
    for (int i = 0; i < lengthof(edges); i++)
    {
        int length = pg_lltoa(edges[i], got);
        snprintf(want, sizeof(want), "%lld", (long long) edges[i]);
        same &= strcmp(got, want) == 0 && length == (int) strlen(want);
        pg_ltoa((int32) edges[i], got);
        snprintf(want, sizeof(want), "%d", (int32) edges[i]);
        same &= strcmp(got, want) == 0;
    }
    for (int i = 0; i < 100000; i++)
    {
        int64 value = (int64) (pg_prng_uint64(&pg_global_prng_state) >>
                               pg_prng_uint64_range(&pg_global_prng_state, 0, 63));
        pg_lltoa(value, got);
        snprintf(want, sizeof(want), "%lld", (long long) value);
        same &= strcmp(got, want) == 0;
    }
    tap_ok(same, "integers print as printf prints them");
    *pg_ultostr_zeropad(got, 7, 3) = '\0';
    tap_is_string(got, "007", "zero padding");
    *pg_ultostr_zeropad(got, 12345, 3) = '\0';
    tap_is_string(got, "12345", "zero padding never cuts");
}

static void
test_number_input(void)
{
    int16 i16;
    int32 i32;
    int64 i64;
    uint32 u32;
    tap_ok(number_parse_int32(" -12 ", &i32) == NUMBER_OK && i32 == -12, "spaces around");
    tap_ok(number_parse_int32("2147483647", &i32) == NUMBER_OK && i32 == INT32_MAX, "int4 max");
    tap_ok(number_parse_int32("-2147483648", &i32) == NUMBER_OK && i32 == INT32_MIN, "int4 min");
    tap_ok(number_parse_int32("2147483648", &i32) == NUMBER_OUT_OF_RANGE, "int4 max + 1");
    tap_ok(number_parse_int16("32768", &i16) == NUMBER_OUT_OF_RANGE, "int2 max + 1");
    tap_ok(number_parse_int64("-9223372036854775808", &i64) == NUMBER_OK && i64 == INT64_MIN,
           "int8 min");
    tap_ok(number_parse_int64("9223372036854775808", &i64) == NUMBER_OUT_OF_RANGE, "int8 max + 1");
    tap_ok(number_parse_int64("99999999999999999999999", &i64) == NUMBER_OUT_OF_RANGE, "far out");
    tap_ok(number_parse_int32("12a", &i32) == NUMBER_BAD_SYNTAX &&
               number_parse_int32("", &i32) == NUMBER_BAD_SYNTAX &&
               number_parse_int32("-", &i32) == NUMBER_BAD_SYNTAX &&
               number_parse_int64("99999999999999999999999x", &i64) == NUMBER_BAD_SYNTAX,
           "no integer");
    tap_ok(number_parse_uint32("4294967295", &u32) == NUMBER_OK && u32 == UINT32_MAX, "oid max");
    tap_ok(number_parse_uint32("-1", &u32) == NUMBER_OK && u32 == UINT32_MAX, "oid -1 wraps");
    tap_ok(number_parse_uint32("4294967296", &u32) == NUMBER_OUT_OF_RANGE, "oid max + 1");
}

static void
test_words(void)
{
    bool value;
    tap_ok(parse_bool("tr", &value) && value && parse_bool("OFF", &value) && !value &&
               parse_bool("0", &value) && !value,
           "booleans and their prefixes");
    tap_ok(!parse_bool("o", &value) && !parse_bool("", &value) && !parse_bool("truer", &value),
           "words that are no boolean");
    tap_ok(pg_strcasecmp("AbC", "aBc") == 0 && pg_strcasecmp("a", "b") < 0 &&
               pg_strncasecmp("abcX", "ABCy", 3) == 0,
           "comparison without case");
    char small[4];
    tap_ok(strlcpy(small, "abcdef", sizeof(small)) == 6 && strcmp(small, "abc") == 0, "strlcpy");
    NameData name;
    namestrcpy(&name, "x");
    tap_ok(namestrcmp(&name, "x") == 0 && name.data[63] == 0, "names are padded with zeros");
}

static void
test_varlena(void)
{
    char raw[64];
    char *p = raw + 3; /* nothing is aligned */
    SET_VARSIZE(p, 14);
    tap_ok(VARSIZE_ANY(p) == 14 && VARSIZE_ANY_EXHDR(p) == 10 && VARDATA_ANY(p) == p + 4 &&
               VARATT_IS_4B_U(p),
           "4-byte header");
    SET_VARSIZE_SHORT(p, 11);
    tap_ok(VARSIZE_ANY(p) == 11 && VARSIZE_ANY_EXHDR(p) == 10 && VARDATA_ANY(p) == p + 1 &&
               VARATT_IS_SHORT(p),
           "1-byte header");
    SET_VARSIZE_COMPRESSED(p, 40);
    tap_ok(VARATT_IS_COMPRESSED(p) && VARSIZE(p) == 40, "compressed header");
    SET_VARTAG_EXTERNAL(p, VARTAG_ONDISK);
    tap_ok(VARATT_IS_EXTERNAL(p) && VARSIZE_ANY(p) == 18, "pointer to a value out of line");
}

typedef struct Item
{
    int value;
    dlist_node node;
} Item;

static void
test_lists(void)
{
    dlist_head head = DLIST_STATIC_INIT(head);
    Item items[5];
    dlist_mutable_iter iter;
    int sum = 0;
    for (int i = 0; i < 5; i++)
    {
        items[i].value = i;
        dlist_push_tail(&head, &items[i].node);
    }
    dlist_foreach_modify(iter, &head)
        if (dlist_container(Item, node, iter.cur)->value % 2)
            dlist_delete(iter.cur);
    dlist_iter plain;
    dlist_foreach(plain, &head)
        sum = sum * 10 + dlist_container(Item, node, plain.cur)->value;
    tap_is_int(sum, 24, "deleting while walking leaves 0, 2, 4");
    dlist_move_head(&head, &items[4].node);
    tap_is_int(dlist_head_element(Item, node, &head)->value, 4, "move to the head");
    dlist_head zeroed = {{NULL, NULL}};
    tap_ok(dlist_is_empty(&zeroed), "a zeroed head is an empty list");
    slist_head singles = SLIST_STATIC_INIT(singles);
    slist_node nodes[2];
    slist_push_head(&singles, &nodes[0]);
    slist_push_head(&singles, &nodes[1]);
    tap_ok(slist_pop_head_node(&singles) == &nodes[1] && !slist_is_empty(&singles), "slist");
}

static void
test_random(void)
{
    pg_prng_state state;
    bool inside = true;
    int64 low = INT64_MAX, high = INT64_MIN;
    double sum = 0;
    pg_prng_seed(&state, 42);
    for (int i = 0; i < 100000; i++)
    {
        int64 value = pg_prng_int64_range(&state, -3, 12);
        double real = pg_prng_double(&state);
        low = Min(low, value);
        high = Max(high, value);
        inside &= real >= 0.0 && real < 1.0;
        sum += real;
    }
    tap_ok(low == -3 && high == 12, "a range reaches both its ends and no further");
    tap_ok(inside && sum > 49000 && sum < 51000, "reals lie in [0, 1) around one half");
    int64 full = pg_prng_int64_range(&state, INT64_MIN, INT64_MAX);
    tap_ok(full != pg_prng_int64_range(&state, INT64_MIN, INT64_MAX), "the full range works");
    char secret[32] = {0}, zero[32] = {0};
    tap_ok(pg_strong_random(secret, 32) && memcmp(secret, zero, 32) != 0, "the kernel's bytes");
}

static void
test_clock(void)
{
    TimestampTz now = GetCurrentTimestamp();
    tap_ok(time_t_to_timestamptz(timestamptz_to_time_t(now)) <= now &&
               time_t_to_timestamptz(946684800) == 0,
           "the epoch is 2000-01-01");
    tap_ok(TimestampDifferenceMilliseconds(0, 1) == 1 &&
               TimestampDifferenceMilliseconds(5, 5) == 0 &&
               TimestampDifferenceMilliseconds(5, 4) == 0 &&
               TimestampDifferenceMilliseconds(INT64_MIN, INT64_MAX) == INT_MAX,
           "milliseconds between times are rounded up and bounded");
}

static Datum
add_two(PG_FUNCTION_ARGS)
{
    if (PG_GETARG_INT32(0) == 99)
        PG_RETURN_NULL();
    PG_RETURN_INT32(PG_GETARG_INT32(0) + PG_GETARG_INT32(1));
}

static void
test_fmgr(void)
{
    FmgrInfo info = {.fn_addr = add_two, .fn_nargs = 2, .fn_strict = true};
    tap_is_int(DatumGetInt32(DirectFunctionCall2(add_two, Int32GetDatum(40), Int32GetDatum(2))),
               42, "a function called directly");
    tap_is_int(DatumGetInt32(FunctionCall2(&info, Int32GetDatum(-1), Int32GetDatum(-2))), -3,
               "a function called by FmgrInfo");
    tap_ok(DatumGetFloat8(Float8GetDatum(-0.5)) == -0.5 &&
               DatumGetFloat4(Float4GetDatum(1.25f)) == 1.25f &&
               DatumGetInt16(Int16GetDatum(-7)) == -7,
           "values pass through a Datum");
}

int
main(void)
{
    random_init();
    test_crc32c();
    test_bytes();
    test_number_output();
    test_number_input();
    test_words();
    test_varlena();
    test_lists();
    test_random();
    test_clock();
    test_fmgr();
    tap_ok(hash_bytes("a", 1) != hash_bytes("b", 1) && hash_cstring("ab") == hash_bytes("ab", 2),
           "hashes");
    return tap_done();
}
