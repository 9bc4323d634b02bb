/*
 * pqformat.h - binary values: network byte order into and out of a StringInfo
 *
 * The names are PostgreSQL's, since the authors of send and receive functions know them.
 */
#ifndef TYPES_PQFORMAT_H
#define TYPES_PQFORMAT_H

#include "base/base.h"
#include "base/varlena.h"
#include "memory/stringinfo.h"

extern void pq_begintypsend(StringInfo buf);
extern bytea *pq_endtypsend(StringInfo buf);
extern void pq_sendbyte(StringInfo buf, uint8 byte);
extern void pq_sendint8(StringInfo buf, uint8 value);
extern void pq_sendint16(StringInfo buf, uint16 value);
extern void pq_sendint32(StringInfo buf, uint32 value);
extern void pq_sendint64(StringInfo buf, uint64 value);
extern void pq_sendfloat4(StringInfo buf, float4 value);
extern void pq_sendfloat8(StringInfo buf, float8 value);
extern void pq_sendbytes(StringInfo buf, const void *data, int length);
extern void pq_sendtext(StringInfo buf, const char *text, int length);
extern void pq_sendstring(StringInfo buf, const char *text);

extern int pq_getmsgbyte(StringInfo msg);
extern unsigned int pq_getmsgint(StringInfo msg, int size_bytes);
extern int64 pq_getmsgint64(StringInfo msg);
extern float4 pq_getmsgfloat4(StringInfo msg);
extern float8 pq_getmsgfloat8(StringInfo msg);
extern const char *pq_getmsgbytes(StringInfo msg, int length);
extern void pq_copymsgbytes(StringInfo msg, char *ret_data, int length);
/* Palloc'd, in the server's encoding, terminated by a zero that is not counted. */
extern char *pq_getmsgtext(StringInfo msg, int rawbytes, int *ret_length);
extern const char *pq_getmsgstring(StringInfo msg);
extern void pq_getmsgend(StringInfo msg);

#endif
