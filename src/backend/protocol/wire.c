/*
 * wire.c - buffers and waits of the one client connection
 *
 * Why        Each statement should cost one wait, one recv and one send. Input is read into one
 *            buffer as it comes, and a message is used where it lies; output gathers in one
 *            buffer until the statement loop is about to wait.
 * Invariants W1. recv_start <= recv_end <= recv_size; a message handed out lies between them.
 *            W2. message_at is the offset of the message being written, or NO_MESSAGE.
 *            W3. After the first failed send the connection is broken and nothing more is sent.
 * Errors     throws FATAL 08P01 for a violation of the framing, 08006 for a lost connection
 */
#include "protocol/wire.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "error/error.h"
#include "error/interrupt.h"
#include "memory/memory.h"
#include "sync/latch.h"
#include "sync/wait_event.h"

#define RECV_BUFFER_BYTES 8192
#define SEND_BUFFER_BYTES 8192
#define SEND_FLUSH_BYTES 65536                  /* a result larger than this is sent as it grows */
#define BUFFER_KEEP_BYTES_MAX (1024 * 1024)     /* a larger buffer is given back when it is idle */
#define MESSAGE_BYTES_MAX ((uint32) 0x3fffffff) /* PostgreSQL's limit: 1 GB less one byte */
#define SMALL_MESSAGE_BYTES_MAX 10000           /* for kinds that carry no data */
#define NO_MESSAGE ((Size) -1)

static struct {
    int fd;
    bool broken;
    char *recv;
    Size recv_start, recv_end, recv_size;
    char *send;
    Size send_end, send_size;
    Size message_at;
    MemoryContext context; /* the session's life; holds both buffers */
    struct sockaddr_storage address;
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
} wire = {.fd = -1, .message_at = NO_MESSAGE};

void
wire_init(int fd)
{
    socklen_t length = sizeof wire.address;

    wire.fd = fd;
    wire.context = AllocSetContextCreate(TopMemoryContext, "Wire", ALLOCSET_DEFAULT_SIZES);
    wire.recv_size = RECV_BUFFER_BYTES;
    wire.recv = MemoryContextAlloc(wire.context, wire.recv_size);
    wire.send_size = SEND_BUFFER_BYTES;
    wire.send = MemoryContextAlloc(wire.context, wire.send_size);

    memset(&wire.address, 0, sizeof wire.address);
    if (getpeername(fd, (struct sockaddr *) &wire.address, &length) != 0)
        wire.address.ss_family = AF_UNIX;
    if (wire.address.ss_family == AF_UNIX) {
        strcpy(wire.host, "[local]");
        return;
    }

    const int on = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    getnameinfo((struct sockaddr *) &wire.address, length, wire.host, sizeof wire.host, wire.port,
                sizeof wire.port, NI_NUMERICHOST | NI_NUMERICSERV);
}

int
wire_fd(void)
{
    return wire.fd;
}

const struct sockaddr_storage *
wire_client_address(void)
{
    return &wire.address;
}

const char *
wire_client_host(void)
{
    return wire.host;
}

const char *
wire_client_port(void)
{
    return wire.port;
}

bool
wire_is_broken(void)
{
    return wire.broken;
}

/* ---- input ---- */

/* Waits until the socket is ready for the event; signals set the latch and are served here. */
static void
wait_for_socket(uint32 event, uint32 wait_event)
{
    uint32 got = WaitLatchOrSocket(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH | event, wire.fd,
                                   -1, wait_event);

    if (got & WL_LATCH_SET)
        ResetLatch(MyLatch);
    CHECK_FOR_INTERRUPTS();
}

/* Makes room for a message of so many bytes that begins at recv_start. */
static void
make_recv_room(Size message_bytes)
{
    Size have = wire.recv_end - wire.recv_start;

    if (wire.recv_start > 0 && wire.recv_start + message_bytes > wire.recv_size) {
        memmove(wire.recv, wire.recv + wire.recv_start, have);
        wire.recv_start = 0;
        wire.recv_end = have;
    }
    if (message_bytes > wire.recv_size) {
        wire.recv_size = message_bytes;
        wire.recv = repalloc_huge(wire.recv, wire.recv_size);
    }
}

/* An idle connection gives the memory of a huge message back. */
static void
shrink_recv(void)
{
    if (wire.recv_start != wire.recv_end)
        return;
    wire.recv_start = wire.recv_end = 0;
    if (wire.recv_size > BUFFER_KEEP_BYTES_MAX) {
        pfree(wire.recv);
        wire.recv_size = RECV_BUFFER_BYTES;
        wire.recv = MemoryContextAlloc(wire.context, wire.recv_size);
    }
}

/* Receives more bytes; false at the end of the stream. With wait false, false for none. */
static bool
receive_some(bool wait)
{
    if (wire.recv_end == wire.recv_size)
        make_recv_room(wire.recv_end - wire.recv_start + 1);
    for (;;) {
        ssize_t got = recv(wire.fd, wire.recv + wire.recv_end, wire.recv_size - wire.recv_end,
                           MSG_DONTWAIT);

        if (got > 0) {
            wire.recv_end += (Size) got;
            return true;
        }
        if (got == 0)
            return false;
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN)
            return false; /* reset by the peer: the same as closed */
        if (!wait)
            return false;
        wait_for_socket(WL_SOCKET_READABLE, WAIT_EVENT_CLIENT_READ);
    }
}

/* Until that many bytes lie in the buffer from recv_start. */
static bool
receive_at_least(Size bytes)
{
    make_recv_room(bytes);
    while (wire.recv_end - wire.recv_start < bytes)
        if (!receive_some(true))
            return false;
    return true;
}

static uint32
peek_int32(Size offset)
{
    uint32 value;

    memcpy(&value, wire.recv + wire.recv_start + offset, sizeof value);
    return __builtin_bswap32(value);
}

static uint32
length_max_of(char type)
{
    switch (type) {
    case 'Q': case 'P': case 'B': case 'F': case 'd': case 'p':
        return MESSAGE_BYTES_MAX;
    case 'C': case 'D': case 'E': case 'H': case 'S': case 'X': case 'c': case 'f':
        return SMALL_MESSAGE_BYTES_MAX;
    default:
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("invalid frontend message type %d", (unsigned char) type)));
        return 0;
    }
}

static _Noreturn void
lost_connection(void)
{
    wire.broken = true;
    ereport(FATAL, (errcode(ERRCODE_CONNECTION_FAILURE),
                    errmsg("connection to client lost")));
    abort();
}

bool
wire_read_message(WireMessage *ret_message)
{
    shrink_recv();
    if (wire.recv_end == wire.recv_start) {
        /* The usual case: the answer went out, the next statement has not come yet. */
        wait_for_socket(WL_SOCKET_READABLE, WAIT_EVENT_CLIENT_READ);
        if (!receive_some(true))
            return false;
    }

    char type = wire.recv[wire.recv_start];
    uint32 length_max = length_max_of(type);

    if (!receive_at_least(5))
        lost_connection();

    uint32 length = peek_int32(1);

    if (length < 4 || length > length_max)
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("invalid message length")));
    if (!receive_at_least(1 + (Size) length))
        lost_connection();
    *ret_message = (WireMessage){
        .type = type,
        .body = wire.recv + wire.recv_start + 5,
        .length = length - 4,
    };
    wire.recv_start += 1 + (Size) length;
    return true;
}

bool
wire_read_startup(WireMessage *ret_message, uint32 length_max)
{
    if (!receive_at_least(4))
        return false;

    uint32 length = peek_int32(0);

    if (length < 8 || length > length_max)
        ereport(FATAL, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("invalid length of startup packet")));
    if (!receive_at_least(length))
        return false;
    *ret_message = (WireMessage){.body = wire.recv + wire.recv_start + 4, .length = length - 4};
    wire.recv_start += length;
    return true;
}

bool
wire_has_buffered_input(void)
{
    return wire.recv_end > wire.recv_start;
}

bool
wire_has_input(void)
{
    return wire_has_buffered_input() || receive_some(false);
}

/* ---- bodies ---- */

const char *
wire_get_bytes(WireMessage *message, uint32 length)
{
    if (length > message->length - message->cursor)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("insufficient data left in message")));

    const char *bytes = message->body + message->cursor;

    message->cursor += length;
    return bytes;
}

int
wire_get_byte(WireMessage *message)
{
    return (unsigned char) *wire_get_bytes(message, 1);
}

int16
wire_get_int16(WireMessage *message)
{
    uint16 value;

    memcpy(&value, wire_get_bytes(message, sizeof value), sizeof value);
    return (int16) __builtin_bswap16(value);
}

int32
wire_get_int32(WireMessage *message)
{
    uint32 value;

    memcpy(&value, wire_get_bytes(message, sizeof value), sizeof value);
    return (int32) __builtin_bswap32(value);
}

const char *
wire_get_string(WireMessage *message)
{
    const char *text = message->body + message->cursor;
    const char *end = memchr(text, '\0', message->length - message->cursor);

    if (!end)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("invalid string in message")));
    message->cursor += (uint32) (end - text) + 1;
    return text;
}

void
wire_get_end(const WireMessage *message)
{
    if (message->cursor != message->length)
        ereport(ERROR, (errcode(ERRCODE_PROTOCOL_VIOLATION),
                        errmsg("invalid message format")));
}

/* ---- output ---- */

char *
wire_reserve(Size length)
{
    if (unlikely(wire.send_end + length > wire.send_size)) {
        Size size = wire.send_size;

        while (size < wire.send_end + length)
            size *= 2;
        wire.send = repalloc_huge(wire.send, size);
        wire.send_size = size;
    }

    char *place = wire.send + wire.send_end;

    wire.send_end += length;
    return place;
}

void
wire_reserve_end(const char *end)
{
    Assert(end >= wire.send && end <= wire.send + wire.send_end);
    wire.send_end = (Size) (end - wire.send);
}

void
wire_put_bytes(const void *bytes, Size length)
{
    memcpy(wire_reserve(length), bytes, length);
}

void
wire_put_string(const char *text)
{
    wire_put_bytes(text, strlen(text) + 1);
}

void
wire_begin(char type)
{
    Assert(wire.message_at == NO_MESSAGE); /* W2 */
    wire.message_at = wire.send_end;
    *wire_reserve(5) = type;
}

void
wire_end(void)
{
    Size length = wire.send_end - wire.message_at - 1;
    uint32 network = __builtin_bswap32((uint32) length);

    if (unlikely(length > MESSAGE_BYTES_MAX)) {
        wire_abandon_message();
        ereport(ERROR, (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
                        errmsg("out of memory"),
                        errdetail("Cannot enlarge string buffer containing %zu bytes by %d more "
                                  "bytes.", length, 1)));
    }
    memcpy(wire.send + wire.message_at + 1, &network, sizeof network);
    wire.message_at = NO_MESSAGE;
    if (unlikely(wire.send_end >= SEND_FLUSH_BYTES))
        wire_flush();
}

void
wire_abandon_message(void)
{
    if (wire.message_at != NO_MESSAGE)
        wire.send_end = wire.message_at;
    wire.message_at = NO_MESSAGE;
}

Size
wire_unsent_bytes(void)
{
    return wire.send_end;
}

/*
 * Sends all of the buffer. While the client does not read, only an order to end the session is
 * served: a statement cannot be cancelled between two bytes of a message.
 */
void
wire_flush(void)
{
    Size sent = 0;

    Assert(wire.message_at == NO_MESSAGE);
    while (sent < wire.send_end && !wire.broken) {
        ssize_t n = send(wire.fd, wire.send + sent, wire.send_end - sent,
                         MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n >= 0) {
            sent += (Size) n;
            continue;
        }
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN) {
            wire.broken = true; /* W3: the read side will see the end, or the next interrupt */
            InterruptPending = true;
            ClientConnectionLost = true;
            break;
        }

        uint32 got = WaitLatchOrSocket(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH |
                                                    WL_SOCKET_WRITEABLE,
                                       wire.fd, -1, WAIT_EVENT_CLIENT_WRITE);

        if (got & WL_LATCH_SET)
            ResetLatch(MyLatch);
        if (ProcDiePending)
            wire.broken = true;
    }
    wire.send_end = 0;
    if (wire.send_size > BUFFER_KEEP_BYTES_MAX) {
        pfree(wire.send);
        wire.send_size = SEND_BUFFER_BYTES;
        wire.send = MemoryContextAlloc(wire.context, wire.send_size);
    }
}

void
wire_send_raw_byte(char byte)
{
    wire_put_byte(byte);
    wire_flush();
}
