/*
 * pqformat.c - binary values into and out of a StringInfo
 *
 * Errors     a message shorter than its reader wants, or longer, throws 08P01
 */
#include "types_int.h"
#include "types/encoding.h"

static const char *pqformat_take(StringInfo msg, int length);

void
pq_begintypsend(StringInfo buf)
{
    initStringInfo(buf);
    appendBinaryStringInfo(buf, "\0\0\0\0", VARHDRSZ);
}

bytea *
pq_endtypsend(StringInfo buf)
{
    bytea *result = (bytea *) buf->data;

    Assert(buf->len >= VARHDRSZ);
    SET_VARSIZE(result, buf->len);
    return result;
}

void
pq_sendbyte(StringInfo buf, uint8 byte)
{
    appendStringInfoCharMacro(buf, (char) byte);
}

void
pq_sendint8(StringInfo buf, uint8 value)
{
    appendStringInfoCharMacro(buf, (char) value);
}

void
pq_sendint16(StringInfo buf, uint16 value)
{
    uint16 swapped = __builtin_bswap16(value);

    appendBinaryStringInfo(buf, (char *) &swapped, sizeof(swapped));
}

void
pq_sendint32(StringInfo buf, uint32 value)
{
    uint32 swapped = __builtin_bswap32(value);

    appendBinaryStringInfo(buf, (char *) &swapped, sizeof(swapped));
}

void
pq_sendint64(StringInfo buf, uint64 value)
{
    uint64 swapped = __builtin_bswap64(value);

    appendBinaryStringInfo(buf, (char *) &swapped, sizeof(swapped));
}

void
pq_sendfloat4(StringInfo buf, float4 value)
{
    uint32 bits;

    memcpy(&bits, &value, sizeof(bits));
    pq_sendint32(buf, bits);
}

void
pq_sendfloat8(StringInfo buf, float8 value)
{
    uint64 bits;

    memcpy(&bits, &value, sizeof(bits));
    pq_sendint64(buf, bits);
}

void
pq_sendbytes(StringInfo buf, const void *data, int length)
{
    appendBinaryStringInfo(buf, data, length);
}

void
pq_sendtext(StringInfo buf, const char *text, int length)
{
    int converted_length;
    char *converted = encoding_server_to_client(text, length, &converted_length);

    appendBinaryStringInfo(buf, converted, converted_length);
    if (converted != text)
        pfree(converted);
}

void
pq_sendstring(StringInfo buf, const char *text)
{
    pq_sendtext(buf, text, (int) strlen(text));
    appendStringInfoCharMacro(buf, '\0');
}

static const char *
pqformat_take(StringInfo msg, int length)
{
    const char *data;

    if (length < 0 || length > msg->len - msg->cursor)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("insufficient data left in message")));
    data = msg->data + msg->cursor;
    msg->cursor += length;
    return data;
}

int
pq_getmsgbyte(StringInfo msg)
{
    if (msg->cursor >= msg->len)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION), errmsg("no data left in message")));
    return (unsigned char) msg->data[msg->cursor++];
}

unsigned int
pq_getmsgint(StringInfo msg, int size_bytes)
{
    const unsigned char *data = (const unsigned char *) pqformat_take(msg, size_bytes);
    unsigned int value = 0;

    for (int i = 0; i < size_bytes; i++)
        value = (value << 8) | data[i];
    return value;
}

int64
pq_getmsgint64(StringInfo msg)
{
    uint64 value;

    memcpy(&value, pqformat_take(msg, sizeof(value)), sizeof(value));
    return (int64) __builtin_bswap64(value);
}

float4
pq_getmsgfloat4(StringInfo msg)
{
    uint32 bits = pq_getmsgint(msg, 4);
    float4 value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

float8
pq_getmsgfloat8(StringInfo msg)
{
    int64 bits = pq_getmsgint64(msg);
    float8 value;

    memcpy(&value, &bits, sizeof(value));
    return value;
}

const char *
pq_getmsgbytes(StringInfo msg, int length)
{
    return pqformat_take(msg, length);
}

void
pq_copymsgbytes(StringInfo msg, char *ret_data, int length)
{
    memcpy(ret_data, pqformat_take(msg, length), length);
}

char *
pq_getmsgtext(StringInfo msg, int rawbytes, int *ret_length)
{
    const char *data = pqformat_take(msg, rawbytes);
    int length;
    char *converted = encoding_client_to_server(data, rawbytes, &length);

    if (converted == data)
    {
        converted = palloc(rawbytes + 1);
        memcpy(converted, data, rawbytes);
        converted[rawbytes] = '\0';
        length = rawbytes;
    }
    *ret_length = length;
    return converted;
}

const char *
pq_getmsgstring(StringInfo msg)
{
    const char *start = msg->data + msg->cursor;
    const char *end = memchr(start, '\0', msg->len - msg->cursor);
    int length;

    if (end == NULL)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("invalid string in message")));
    msg->cursor += (int) (end - start) + 1;
    return encoding_client_to_server(start, (int) (end - start), &length);
}

void
pq_getmsgend(StringInfo msg)
{
    if (msg->cursor != msg->len)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION), errmsg("invalid message format")));
}
