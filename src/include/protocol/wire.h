/*
 * wire.h - the bytes of one client connection: buffers, messages, waiting
 *
 * One process serves one client, so the connection is this room's single static state. Messages
 * are read in place from the receive buffer and written in place into the send buffer; nothing is
 * copied twice.
 */
#ifndef PROTOCOL_WIRE_H
#define PROTOCOL_WIRE_H

#include <string.h>
#include <sys/socket.h>

#include "base/base.h"

/* A received message: bytes in the receive buffer, valid until the next wire_read_message(). */
typedef struct WireMessage {
    char type;
    const char *body;
    uint32 length; /* of the body, in bytes */
    uint32 cursor; /* next byte to be read by wire_get_*() */
} WireMessage;

/* Takes the connected, non-blocking socket over. */
void wire_init(int fd);
int wire_fd(void);
const struct sockaddr_storage *wire_client_address(void);
/* "[local]" or a numeric address; the port is empty for a Unix socket. Static storage. */
const char *wire_client_host(void);
const char *wire_client_port(void);

/*
 * The next typed message. Waits for it; while nothing of it has come, interrupts are served.
 * Returns false when the client has closed the connection between messages. Throws FATAL 08P01
 * when it breaks off inside one or names a length outside 4 .. length_max.
 */
bool wire_read_message(WireMessage *ret_message);
/* A message without type byte, as at start-up. Same returns; false also for garbage lengths. */
bool wire_read_startup(WireMessage *ret_message, uint32 length_max);
/* Whether the client has sent more that is not read yet. */
bool wire_has_input(void);
/* Bytes may follow an encryption request in the same packet: an attack. Drops nothing, tells. */
bool wire_has_buffered_input(void);

/* Reading a body. All throw 08P01 past its end. */
int wire_get_byte(WireMessage *message);
int16 wire_get_int16(WireMessage *message);
int32 wire_get_int32(WireMessage *message);
const char *wire_get_bytes(WireMessage *message, uint32 length);
const char *wire_get_string(WireMessage *message); /* NUL-terminated, in place */
void wire_get_end(const WireMessage *message);

/*
 * Writing. wire_begin() .. wire_end() is one message; wire_abandon_message() takes back one that
 * an error left half written. Nothing is sent before wire_flush() or a full buffer. A client that
 * has gone makes further output vanish; the read side notices and ends the session.
 */
void wire_begin(char type);
void wire_end(void);
void wire_abandon_message(void);
void wire_put_bytes(const void *bytes, Size length);
void wire_put_string(const char *text); /* with its NUL */
/* length bytes of the send buffer to be filled by the caller at once. */
char *wire_reserve(Size length);
/* Gives back what a reservation did not use: end is one past the last byte used. */
void wire_reserve_end(const char *end);
void wire_flush(void);
void wire_send_raw_byte(char byte); /* answer to an SSLRequest; sent at once */
Size wire_unsent_bytes(void);
bool wire_is_broken(void);

static inline void
wire_put_byte(int byte)
{
    *wire_reserve(1) = (char) byte;
}

static inline void
wire_put_int16(uint16 value)
{
    value = __builtin_bswap16(value);
    memcpy(wire_reserve(2), &value, 2);
}

static inline void
wire_put_int32(uint32 value)
{
    value = __builtin_bswap32(value);
    memcpy(wire_reserve(4), &value, 4);
}

#endif
